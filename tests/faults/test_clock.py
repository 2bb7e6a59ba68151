"""A clock that is set back, within a run and between two: nothing is made twice, nothing waits for what is over."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import engine.launch
from engine.ledger import EffectRow, EffectState
from tests.faults.kinds import FILE
from tests.faults.strategies import STRATEGIES
from tests.faults.target import Target
from tests.running import here

HOUR: Final = timedelta(hours=1)
LIFETIME: Final = 24 * HOUR
RECORDS: Final = [{"id": f"r{number}", "amount": f"{number}.50"} for number in range(1, 4)]
LOSES: Final = {"match": {"method": "POST"}, "do": "lose"}
FORGETS: Final = {"match": {"method": "POST"}, "do": "forget"}


class Clock:
    """The machine's clock, set by a test.

    Attributes:
        ahead: How far it is before the true time.
        back: How far it goes back once it was asked *after* times more.
    """

    def __init__(self) -> None:
        self.ahead, self.back, self.after = timedelta(0), timedelta(0), 0

    def now(self) -> datetime:
        self.after -= 1
        if not self.after:
            self.ahead -= self.back
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(engine.launch, "SystemClock", lambda: made)
    return made


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def runs(tmp_path: Path, target: Target, clock: Clock) -> Callable[[str], Run]:
    """``runs("find")`` gives what runs a recipe of this strategy."""

    def made(strategy: str) -> Run:
        STRATEGIES[strategy].write(tmp_path, target, FILE)
        target.records(RECORDS)
        return lambda *options: here("run", "matrix", "--new-ledger", *options, cwd=tmp_path)

    return made


def effects(folder: Path) -> list[EffectRow]:
    ledger = FILE.opened(folder)
    try:
        return list(ledger.effects())
    finally:
        ledger.close()


def posts(target: Target) -> list[dict[str, Any]]:
    return [entry for entry in target.log() if entry["method"] == "POST"]


def each_once(target: Target) -> bool:
    made = [effect["amount"] for found in target.effects().values() for effect in found]
    return sorted(made) == [each["amount"] for each in RECORDS]


@pytest.mark.parametrize("asked", [3, 6, 9, 12])
def test_a_clock_that_is_set_back_within_a_run_changes_nothing(
    asked: int, runs: Callable[[str], Run], target: Target, clock: Clock, tmp_path: Path
) -> None:
    run = runs("header")
    clock.after, clock.back = asked, HOUR
    done = run("--format", "json")
    assert done.returncode == 0, done.stderr
    assert clock.ahead == -HOUR
    assert json.loads(done.stdout)["done"] == len(RECORDS)
    assert float(json.loads(done.stdout)["seconds"]) >= 0
    assert run().returncode == 0
    assert len(posts(target)) == len(RECORDS)
    assert each_once(target)
    assert {row.state for row in effects(tmp_path)} == {EffectState.DONE}
    listed = json.loads(here("runs", "--format", "json", cwd=tmp_path).stdout)
    assert [each["outcome"] for each in listed] == ["done", "done"]


def lost(run: Run, target: Target) -> int:
    """Lose every answer in a run, and return how many requests were sent."""
    target.arm(LOSES)
    assert run().returncode == 4
    target.arm()
    return len(posts(target))


def test_a_lost_request_is_sent_again_where_the_clock_was_put_right_by_seconds(
    runs: Callable[[str], Run], target: Target, clock: Clock, tmp_path: Path
) -> None:
    run = runs("header")
    lost(run, target)
    clock.ahead = timedelta(seconds=-30)
    assert run().returncode == 0
    assert each_once(target)


@pytest.mark.parametrize("ahead", [-HOUR, -2 * LIFETIME])
def test_a_lost_request_is_left_to_a_person_where_the_clock_is_far_behind(
    ahead: timedelta, runs: Callable[[str], Run], target: Target, clock: Clock, tmp_path: Path
) -> None:
    run = runs("header")
    sent = lost(run, target)
    target.arm(FORGETS)
    clock.ahead = ahead
    left_to_a_person(run, target, sent, tmp_path)


def test_a_lost_request_is_not_sent_again_beyond_the_life_of_its_key_because_the_clock_went_back(
    runs: Callable[[str], Run], target: Target, clock: Clock, tmp_path: Path
) -> None:
    run = runs("header")
    sent = lost(run, target)
    clock.ahead = LIFETIME + HOUR
    target.arm({"match": {"method": "GET"}, "do": {"status": 503}})
    assert run().returncode == 4  # nothing of this run is known but when it was
    target.arm(FORGETS)
    clock.ahead = HOUR
    left_to_a_person(run, target, sent, tmp_path)


def left_to_a_person(run: Run, target: Target, sent: int, folder: Path) -> None:
    """Assert that the first record is parked with its reason, nothing of it sent, and the others are done."""
    for _ in range(2):
        assert run().returncode == 1
    key = posts(target)[0]["key"]
    assert len([entry for entry in posts(target) if entry["key"] == key]) == sent
    states = {json.loads(row.record)[0]: (row.state, row.error) for row in effects(folder)}
    assert states["r1"][0] is EffectState.PARKED
    assert "this target cannot say any more if it came" in states["r1"][1]
    assert {states[each["id"]][0] for each in RECORDS[1:]} == {EffectState.DONE}
    assert each_once(target)


@pytest.mark.parametrize("came", [True, False])
@pytest.mark.parametrize("ahead", [-HOUR, HOUR])
def test_a_lost_request_that_can_be_looked_up_is_settled_whatever_the_clock_says(
    came: bool, ahead: timedelta, runs: Callable[[str], Run], target: Target, clock: Clock, tmp_path: Path
) -> None:
    run = runs("find")
    lose = {"match": {"method": "POST"}, "do": "lose" if came else "reset"}
    target.arm(
        lose, {"match": {"method": "GET", "strategy": "find", "key": "matrix/note/r1"}, "do": {"status": 503}}
    )
    assert run().returncode == 4
    target.arm()
    clock.ahead = ahead
    assert run().returncode == 0
    assert each_once(target)
    assert {row.state for row in effects(tmp_path)} == {EffectState.DONE}
