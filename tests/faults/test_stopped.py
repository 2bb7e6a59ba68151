"""A run that its user stops, or that finds its recipe running or its ledger held: it says so, and the next goes on."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.commands import main
from tests.fake import Reply, good, project, shop
from tests.running import PROGRAM, RECIPE, recipe

IMPATIENT = (
    sys.executable,
    "-c",
    "import sqlite3; plain = sqlite3.connect\n"
    "sqlite3.connect = lambda *given, **named: plain(*given, **{**named, 'timeout': 0})\n"
    "from engine.commands import main; main()",
)
"""The program, waiting for no other process's lock."""


class Held:
    """A shop that holds its answer to one request until the test lets it go."""

    def __init__(self, which: str) -> None:
        self.which, self.asked, self.go = which, threading.Event(), threading.Event()

    def __call__(self, path: str, token: str) -> Reply:
        if self.which in path and not self.asked.is_set():
            self.asked.set()
            self.go.wait(60)
        return good(path, token)


@contextmanager
def running(folder: Path, held: Held, program: tuple[str, ...] = PROGRAM) -> Iterator[subprocess.Popen[str]]:
    """Start a run against *held* in *folder* and give it when the held request has been asked."""
    with shop(held) as address:
        project(folder, address)
        with subprocess.Popen(
            [*program, "run", RECIPE],
            cwd=folder,
            env={**os.environ, "SHOP_TOKEN": "some-token"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert held.asked.wait(30), process.communicate(timeout=30)
                yield process
            finally:
                held.go.set()
                process.kill()


def until(process: subprocess.Popen[str], words: str) -> str:
    """Read the standard error of *process* up to the line that holds *words*."""
    assert process.stderr is not None
    read = ""
    for line in process.stderr:
        read += line
        if words in line:
            return read
    raise AssertionError(f"{words!r} was not said: {read}")


def booked(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / ".recipe" / "books.db")) as file:
        return dict(file.execute("SELECT kind, count(*) FROM document GROUP BY kind"))


def finish(folder: Path) -> dict[str, int]:
    """Run again in *folder* and return the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner(env={"SHOP_TOKEN": "some-token"}).invoke(main, ["run", RECIPE, "--format", "json"])
    assert done.exit_code == 0, done.output
    told: dict[str, int] = json.loads(done.stdout)
    return told


ALL = {"invoice": 12, "payment": 13}


@pytest.mark.parametrize(
    ("how", "which"), [(signal.SIGINT, "/orders.json"), (signal.SIGTERM, "/transactions.json")]
)
def test_a_run_that_is_asked_to_stop_ends_after_its_record_and_the_next_goes_on(
    how: signal.Signals, which: str, tmp_path: Path
) -> None:
    held = Held(which)
    with running(tmp_path / "project", held) as process:
        process.send_signal(how)
        until(process, "stopping after this record")
        held.go.set()
        out, err = process.communicate(timeout=30)
        assert process.returncode == 4
        assert "interrupted; run again to go on" in out
        assert "Traceback" not in err
        told = finish(tmp_path / "project")
    assert told["done"] + told["skipped"] == 12
    assert booked(tmp_path / "project") == ALL


def test_a_run_that_is_asked_twice_stops_at_once_and_the_next_goes_on(tmp_path: Path) -> None:
    held = Held("/transactions.json")
    with running(tmp_path / "project", held) as process:
        process.send_signal(signal.SIGINT)
        until(process, "stopping after this record")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (4, "")
        assert "stopped at once" in err
        assert "Traceback" not in err
        held.go.set()
        finish(tmp_path / "project")
    assert booked(tmp_path / "project") == ALL


def test_of_two_runs_at_once_the_second_is_told_who_runs(tmp_path: Path) -> None:
    held = Held("/orders.json")
    with running(tmp_path / "project", held) as process:
        second = recipe("run", RECIPE, cwd=tmp_path / "project", environ={"SHOP_TOKEN": "some-token"})
        assert second.returncode == 4
        assert f"is running already: process {process.pid} since 20" in second.stderr
        assert "wait until it has finished" in second.stderr
        held.go.set()
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert booked(tmp_path / "project") == ALL


def test_a_run_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    held = Held("/transactions.json")
    with running(tmp_path / "project", held) as process:
        process.kill()
        process.wait(30)
        held.go.set()
        assert finish(tmp_path / "project")["done"] == 12
    assert booked(tmp_path / "project") == ALL


def test_a_ledger_that_another_process_locks_stops_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    held = Held("/transactions.json")
    with running(tmp_path / "project", held, IMPATIENT) as process:
        with closing(
            sqlite3.connect(tmp_path / "project" / ".recipe" / "ledger.db", isolation_level=None)
        ) as file:
            file.execute("BEGIN IMMEDIATE")
            held.go.set()
            out, err = process.communicate(timeout=30)
        assert process.returncode == 4
        assert "stopped: read 1, created 0" in out
        assert "could not be written: another process has it locked" in err
        assert booked(tmp_path / "project") == {}
        assert finish(tmp_path / "project")["done"] == 12
    assert booked(tmp_path / "project") == ALL


def test_a_ledger_that_is_locked_from_the_beginning_is_said_to_be(tmp_path: Path) -> None:
    state = tmp_path / "project" / ".recipe"
    state.mkdir(parents=True)
    with closing(sqlite3.connect(state / "ledger.db", isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        with shop(good) as address:
            project(tmp_path / "project", address)
            done = subprocess.run(
                [*IMPATIENT, "run", RECIPE],
                cwd=tmp_path / "project",
                env={**os.environ, "SHOP_TOKEN": "some-token"},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
    assert done.returncode == 4
    assert "ledger.db cannot be opened: another process has it locked" in done.stderr
