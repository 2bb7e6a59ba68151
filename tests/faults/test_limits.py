"""Limits against a target that counts: nobody is refused, whoever asks with whom, and whatever dies in between."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.commands import main
from engine.launch import Wish, launch, prepare
from engine.ledger.budgets import FILE
from tests.faults.target import Target
from tests.faults.target.connectors import write
from tests.postgres import Server
from tests.project import Silent

ROOT = Path(__file__).resolve().parents[2]
RECIPE = """\
recipe: {name}
version: 1
connections: {{desk: target-header}}
settings: {{concurrency: {concurrency}}}
trigger: {{file: {name}.jsonl, format: jsonl, key: $.id}}
actions:
  - {{id: note, uses: desk.notes.create, with: {{text: $.text, amount: $.amount}}}}
"""
PATIENT = {"name": "burst", "kind": "window", "limit": 5, "per": "0.2s"}


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    with Target() as target:
        yield target


class Project:
    """A project over a target that has limits, as its connectors declare them."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target = folder, target

    def declare(self, *limits: dict[str, Any], timeout: str = "10s") -> None:
        connections = {"desk": write(self.folder, self.target.address, timeout, limits)["header"]}
        (self.folder / "connections.yaml").write_text(json.dumps({"connections": connections}), "utf-8")

    def recipe(self, name: str, count: int, concurrency: int = 1) -> None:
        text = RECIPE.format(name=name, concurrency=concurrency)
        (self.folder / f"{name}.yaml").write_text(text, "utf-8")
        rows = [{"id": f"{name}{each}", "text": "one", "amount": "1.00"} for each in range(count)]
        (self.folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def run(self, name: str) -> Result:
        return CliRunner().invoke(main, ["run", f"{name}.yaml", "--new-ledger"])

    def begin(self, name: str, hold: float = 10.0) -> subprocess.Popen[str]:
        """Start a run in a process of its own, which begins at a line of its input."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.limited", str(self.folder), f"{name}.yaml", str(hold)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def together(self, *names: str) -> list[dict[str, Any]]:
        """Run *names* at once, each in a process of its own, and return their reports."""
        with ExitStack() as stack:
            processes = [stack.enter_context(self.begin(name)) for name in names]
            for each in processes:
                assert told(each) == "ready"
            for each in processes:
                go(each)
            return [json.loads(told(each)) for each in processes]

    def statuses(self) -> list[int | None]:
        return [entry["status"] for entry in self.target.log()]


def told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.fixture
def project(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    server.reset()
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, server)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_two_processes_of_one_account_together_never_exceed_its_window_and_both_finish(
    project: Project, concurrency: int
) -> None:
    project.declare(PATIENT)
    project.recipe("first", 15, concurrency)
    project.recipe("second", 15, concurrency)
    project.target.limit(window=5, seconds=0.2)
    reports = project.together("first", "second")
    assert [(report["outcome"], report["done"]) for report in reports] == [("done", 15)] * 2
    assert project.statuses() == [201] * 30


def test_without_declared_limits_the_same_runs_are_refused(project: Project) -> None:
    project.declare()
    project.recipe("first", 15, 8)
    project.target.limit(window=5, seconds=60)
    assert project.run("first").exit_code == 4
    assert 429 in project.statuses()


def test_two_processes_together_never_have_more_in_hand_than_is_allowed_at_once(project: Project) -> None:
    project.declare({"name": "at-once", "kind": "concurrency", "limit": 3})
    project.recipe("first", 20, 8)
    project.recipe("second", 20, 8)
    project.target.limit(at_once=3)
    project.target.arm({"match": {"method": "POST"}, "do": {"delay": 0.01}})
    reports = project.together("first", "second")
    assert [(report["outcome"], report["done"]) for report in reports] == [("done", 20)] * 2
    assert project.target.limits() == {"most": 3, "refused": 0}


def test_what_a_killed_process_had_in_hand_comes_back_to_the_others(project: Project) -> None:
    project.declare({"name": "at-once", "kind": "concurrency", "limit": 1})
    project.recipe("first", 1)
    project.recipe("second", 2)
    project.target.arm({"match": {"method": "POST", "nth": 1}, "do": "hold"})
    with project.begin("first", hold=0.5) as dead, project.begin("second") as other:
        assert (told(dead), told(other)) == ("ready", "ready")
        go(dead)
        while not project.target.log():
            os.sched_yield()
        dead.kill()
        go(other)
        report = json.loads(told(other))
    assert (report["outcome"], report["done"]) == ("done", 2)
    assert project.statuses()[1:] == [201, 201]


def test_a_quota_that_is_spent_stops_the_run_and_spends_no_record(project: Project) -> None:
    project.declare({"name": "day", "kind": "quota", "limit": 3, "every": "month"})
    project.recipe("first", 5)
    stopped = project.run("first")
    assert stopped.exit_code == 4
    assert "created 3" in stopped.stdout
    assert "failed 0" in stopped.stdout
    assert "the limit 'day' of target-header?account=main is spent until 20" in stopped.stderr
    assert "run again then: no record was spent" in stopped.stderr
    again = project.run("first")
    assert (again.exit_code, len(project.target.log())) == (4, 3)
    assert "created 0" in again.stdout
    (project.folder / ".recipe" / FILE).unlink()
    assert project.run("first").exit_code == 0
    assert project.statuses() == [201] * 5


def test_what_an_answer_says_is_left_stops_the_run_before_it_is_refused(project: Project) -> None:
    answers = {"remaining": {"header": "X-Left"}}
    project.declare({"name": "day", "kind": "quota", "limit": 1000, "every": "month", "answers": answers})
    project.target.limit(total=3)
    project.recipe("first", 5)
    stopped = project.run("first")
    assert stopped.exit_code == 4
    assert "created 3" in stopped.stdout
    assert "the limit 'day'" in stopped.stderr
    assert project.statuses() == [201] * 3


def test_a_refusal_that_says_when_to_come_back_holds_every_recipe_of_the_account(project: Project) -> None:
    project.declare({"name": "minute", "kind": "window", "limit": 500, "per": "60s"})
    project.recipe("first", 1)
    project.recipe("second", 1)
    project.target.arm({"match": {"nth": 1}, "do": {"throttle": {"seconds": 1.2}}})
    assert project.run("first").exit_code == 4
    done = project.run("second")
    assert done.exit_code == 0
    refused, taken = project.target.log()
    assert (refused["status"], taken["status"]) == (429, 201)
    assert taken["seconds"] - refused["seconds"] >= 1.2
    assert "waited 1 s for the limit 'minute' of target-header?account=main" in done.stdout


def test_a_damaged_file_of_limits_stops_no_run_and_is_begun_anew(project: Project) -> None:
    project.declare(PATIENT)
    project.recipe("first", 2)
    project.recipe("second", 2)
    assert project.run("first").exit_code == 0
    state = project.folder / ".recipe"
    for ending in ("", "-wal", "-shm"):
        (state / f"{FILE}{ending}").unlink(missing_ok=True)
    (state / FILE).write_bytes(b"this is no database" * 100)
    assert project.run("second").exit_code == 0
    assert (state / FILE).read_bytes().startswith(b"SQLite format 3")
    events = [json.loads(line)["event"] for line in (state / "log.jsonl").read_text("utf-8").splitlines()]
    assert events.count("limits.begun") == 1


def test_with_a_ledger_on_a_server_the_limits_are_kept_there(project: Project, postgres: Server) -> None:
    project.declare({"name": "day", "kind": "quota", "limit": 1, "every": "month"})
    file = project.folder / "connections.yaml"
    schema = postgres.schema()
    kept = {"ledger": postgres.address(), "schema": schema}
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "state": kept}), "utf-8")
    project.recipe("first", 1)
    project.recipe("second", 1)
    assert project.run("first").exit_code == 0
    spent = project.run("second")
    assert spent.exit_code == 4
    assert "the limit 'day'" in spent.stderr
    assert postgres.run("SELECT account FROM budgets", schema) == [("target-header?account=main",)]
    assert not list((project.folder / ".recipe").glob("limits*"))


class Impatient(Silent):
    """A user who stops a run as soon as it says that it waits."""

    def __init__(self) -> None:
        self.said = ""

    def waits(self, text: str) -> None:
        self.said = text


def test_a_wait_ends_when_its_user_stops_the_run(project: Project) -> None:
    project.declare({"name": "minute", "kind": "window", "limit": 2, "per": "60s"})
    project.recipe("first", 4)
    user = Impatient()
    plan = prepare(Wish("first.yaml", begin="new"), project.folder)
    report = asyncio.run(launch(plan, user, {}, lambda: bool(user.said)))
    assert user.said.endswith(" s for the limit 'minute' of target-header?account=main")
    assert (report.outcome, report.done, report.failed) == ("stopped", 2, 0)
    assert report.seconds < 30
    assert report.stopped_by is not None
    assert "asked to stop while it waited for the limit 'minute'" in report.stopped_by.message


def test_without_limits_nothing_is_opened_or_written(project: Project) -> None:
    project.declare()
    project.recipe("first", 2)
    assert project.run("first").exit_code == 0
    assert not list((project.folder / ".recipe").glob("limits*"))


def test_a_sample_has_no_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "shopify-to-invoice.yaml", "--sample"])
    assert done.exit_code == 0
    assert list(tmp_path.rglob("ledger.db"))
    assert not list(tmp_path.rglob("limits*"))


def test_another_address_is_an_account_of_its_own(project: Project) -> None:
    project.declare({"name": "day", "kind": "quota", "limit": 1, "every": "month"})
    project.recipe("first", 1)
    project.recipe("second", 1)
    assert project.run("first").exit_code == 0
    assert project.run("second").exit_code == 4
    entry = {"connector": "target-header", "account": "main", "base_url": f"{project.target.address}/"}
    (project.folder / "connections.yaml").write_text(json.dumps({"connections": {"desk": entry}}), "utf-8")
    assert project.run("second").exit_code == 0
