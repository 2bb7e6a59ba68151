"""Runs against a target that misbehaves, killed again and again: each effect stands once or is left to a person.

``make faults`` is the whole matrix; here a few records and kills are, and engines with a mistake are seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.driver import Hung, in_a_child
from tests.faults.kinds import LEDGERS
from tests.faults.matrix import Cell, drive
from tests.faults.strategies import STRATEGIES

LATE = 0.25
"""Seconds by which a target is late: more than an engine takes that does not wait, less than it has to wait."""


def always(method: str, strategy: str, do: Any) -> dict[str, Any]:
    return {"match": {"method": method, "strategy": strategy}, "do": do}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_runs_that_are_killed_again_and_again_leave_each_effect_once(
    strategy: str, one_ledger: dict[str, str]
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}, {one_ledger['ledger']}")
    outcome = drive(Cell(strategy, 24, 5, seed, one_ledger["ledger"], rate=0.02, server=one_ledger["server"]))
    assert outcome.findings == []
    assert outcome.kills >= 4
    assert outcome.out >= 3


@pytest.mark.parametrize(("strategy", "ledger"), [*zip(("find", "none"), LEDGERS, strict=True)])
def test_an_engine_whose_intent_comes_behind_the_send_would_be_seen(
    strategy: str, ledger: str, server_of: Callable[[str], str]
) -> None:
    cell = Cell(strategy, records=10, kills=3, seed=1, rate=0, engine="sends first", ledger=ledger)
    outcome = drive(replace(cell, server=server_of(ledger)))
    assert any("2 effects in place of one" in finding for finding in outcome.findings)


def test_an_engine_that_sends_again_under_another_key_would_be_seen() -> None:
    outcome = drive(Cell("body", records=10, kills=3, seed=1, rate=0, engine="sends anew"))
    assert any("2 effects in place of one" in finding for finding in outcome.findings)


def test_an_engine_that_takes_the_refusal_of_a_repeat_for_one_of_the_first_request_would_be_seen() -> None:
    faults: list[Any] = [{"status": 503, "after_commit": True}, "error_in_200"]
    refused = [{"match": {"method": "POST", "nth": nth}, "do": do} for nth, do in enumerate(faults, 7)]
    keeps, forgets = (
        drive(Cell("header", records=10, kills=2, seed=1, engine=engine, armed=refused))
        for engine in ("as it is", "forgets the first")
    )
    assert keeps.findings == []
    assert any("2 effects in place of one" in finding for finding in forgets.findings)


def test_an_engine_that_takes_not_found_before_the_target_has_settled_would_be_seen() -> None:
    late = [
        {"match": {"method": "POST", "nth": nth}, "do": {"find_late": LATE, "lose": True}} for nth in (3, 5)
    ]
    waits, not_so = (
        drive(Cell("find", records=10, kills=3, seed=1, engine=engine, armed=late))
        for engine in ("as it is", "does not wait")
    )
    assert waits.findings == []
    assert any("2 effects in place of one" in finding for finding in not_so.findings)


def test_an_engine_that_takes_a_record_without_the_key_for_its_own_would_be_seen() -> None:
    unfiltered = always("GET", "find", "ignore_filter")
    looks, does_not = (
        drive(Cell("find", records=10, kills=3, seed=1, engine=engine, armed=[unfiltered]))
        for engine in ("as it is", "believes the filter")
    )
    assert looks.findings == []
    assert any("stand at the target" in finding for finding in does_not.findings)


def test_a_run_that_hangs_is_killed_and_is_a_failure() -> None:
    def work() -> None:
        while True:
            pass

    with pytest.raises(Hung, match=r"not done after 0\.1 s"):
        in_a_child(work, bound=0.1)
