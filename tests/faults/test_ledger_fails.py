"""A ledger that cannot be used: the run says why and what to do, sends nothing after it, and the next run goes on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.fake import good, project, shop
from tests.faults.test_stopped import ALL, booked, finish
from tests.running import RECIPE, here

TOKEN = {"SHOP_TOKEN": "some-token"}

FULL = (
    sys.executable,
    "-c",
    "from engine.ledger.sqlite import SqliteLedger as Ledger; plain = Ledger._connect\n"
    "def small(self, **given):\n"
    "    made = plain(self, **given)\n"
    "    made.execute('PRAGMA max_page_count = 1')\n"  # as many as there are
    "    return made\n"
    "Ledger._connect = small\n"
    "from engine.commands import main; main()",
)
"""The program, on a disk with no room for another page of the ledger."""


def script(statements: str) -> Callable[[Path], None]:
    def apply(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.executescript(statements)

    return apply


@pytest.mark.parametrize(
    ("spoil", "told", "cure"),
    [
        (
            lambda file: file.write_bytes(b"nonsense" * 1000),
            "it is no database, or damaged",
            "put the last good copy",
        ),
        (script("DROP TABLE effect"), "is damaged: the table effect is missing", "put the last good copy"),
        (script("PRAGMA user_version = 99"), "was written by a newer engine", "update recipe-engine"),
        (script("PRAGMA application_id = 1"), "is a database of another program", "move it away"),
    ],
)
def test_a_ledger_that_is_not_ours_to_use_is_refused_before_anything_is_asked_or_sent(
    spoil: Callable[[Path], None], told: str, cure: str, tmp_path: Path
) -> None:
    asked: list[str] = []

    def counting(path: str, token: str) -> object:
        asked.append(path)
        return good(path, token)

    with shop(counting) as address:  # type: ignore[arg-type]  # answers as good does
        folder = project(tmp_path / "project", address)
        assert here("run", RECIPE, cwd=folder, environ=TOKEN).returncode == 0
        before = len(asked)
        spoil(folder / ".recipe" / "ledger.db")
        done = here("run", RECIPE, cwd=folder, environ=TOKEN)
    assert done.returncode == 4
    assert told in done.stderr
    assert f"help: {cure}" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(asked) == before
    assert booked(folder) == ALL


def test_a_full_disk_stops_the_run_before_the_next_write_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with shop(good) as address:
        folder = project(tmp_path / "project", address)
        done = subprocess.run(
            [*FULL, "run", RECIPE],
            cwd=folder,
            env={**os.environ, **TOKEN},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 4
        assert "could not be written: the disk is full" in done.stderr
        assert "help: free space on the disk; nothing was sent after this" in done.stderr
        assert "Traceback" not in done.stderr
        with closing(sqlite3.connect(folder / ".recipe" / "ledger.db")) as file:
            intents = file.execute("SELECT count(*) FROM effect").fetchone()[0]
        assert sum(booked(folder).values()) <= intents < sum(ALL.values())
        finish(folder)
    assert booked(folder) == ALL
