"""Budgets: what a request takes, for how long it waits, what answers correct, and what is left by those that die."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.budgets import Alone, Around, Budget, Budgets, Lost, Said
from engine.errors import ConnectionFailed
from engine.paths import MISSING
from engine.policy import Limit, seconds
from engine.registry import Registry

REGISTRY = Registry()
ACCOUNT = "desk?name=one"


class Clock:
    """A clock that goes on by waiting alone."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.waited = 0.0

    async def sleep(self, length: float) -> None:
        self.waited += length
        self.now += length


def budget(name: str, kind: str, **given: Any) -> Budget:
    """Return a budget as a connector declares it."""
    own = {"operations", "costs", "each_operation", "pause"}
    settings = {key: value for key, value in given.items() if key not in own}
    declared = REGISTRY.declaration("limits", kind)
    limit = Limit(
        name,
        kind,
        settings,
        frozenset(given.get("operations", ())),
        given.get("costs", {}),
        given.get("each_operation", False),
        seconds(given["pause"]) if "pause" in given else 0.0,
    )
    return Budget(limit, declared.run(declared.params.model_validate(settings)))


class Office:
    """Processes that share the rows of one account, by one clock."""

    def __init__(self, *budgets: Budget) -> None:
        self.clock, self.budgets = Clock(), budgets
        self.rows = Alone(lambda: self.clock.now)
        self.events: list[str] = []
        self.said: list[str] = []
        self.is_stopping: Callable[[], bool] = lambda: False

    def process(self, timeout: float = 5.0) -> Budgets:
        around = Around(
            lambda: self.clock.now,
            lambda name, **fields: self.events.append(name),
            self.clock.sleep,
            lambda: self.is_stopping(),
            self.said.append,
        )
        return Budgets(ACCOUNT, self.budgets, self.rows, around, timeout)

    def states(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.rows._rows[ACCOUNT])
        return found


def said(headers: Mapping[str, str] | None = None, data: Any = MISSING, **more: Any) -> Said:
    return Said(headers or {}, data, **more)


async def asks(
    process: Budgets, operation: str = "notes.list", answer: Said | None = None, longest: float = 300.0
) -> float | None:
    """Make one request."""
    async with process.admitted(operation, longest) as admission:
        return await admission.answered(answer or said())


def run(work: Any, *processes: Budgets) -> Any:
    async def whole() -> Any:
        try:
            return await work
        finally:
            for each in processes:
                await each.close()

    return asyncio.run(whole())


MINUTE = {"limit": 3, "per": "60s"}


def test_what_is_there_is_not_waited_for_and_then_it_is_waited_for_until_it_comes_back() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def work() -> None:
        for _ in range(3):
            await asks(process)
        assert office.clock.waited == 0
        await asks(process)
        assert 60 <= office.clock.waited <= 62

    run(work(), process)


def test_two_processes_together_get_no_more_than_one_would() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    one, other = office.process(), office.process()

    async def work() -> None:
        for process in (one, other, one):
            await asks(process)
        await asks(other)

    run(work(), one, other)
    assert office.clock.waited >= 60


def test_a_request_takes_of_every_budget_that_covers_it_and_of_no_other() -> None:
    office = Office(
        budget("all", "quota", limit=10, every="day"),
        budget("writes", "quota", limit=10, every="day", operations=["notes.create"]),
        budget("search", "quota", limit=10, every="day", costs={"notes.list": 4}),
        budget("each", "quota", limit=10, every="day", each_operation=True),
    )
    process = office.process()
    run(asks(process, "notes.list"), process)
    run(asks(process, "notes.create"), process)
    assert {name: sum(cost for _, cost in state["back"]) for name, state in office.states().items()} == {
        "all": 2, "writes": 1, "search": 5, "each/notes.list": 1, "each/notes.create": 1,
    }  # fmt: skip


def test_nothing_is_taken_of_one_budget_while_another_lacks_it() -> None:
    office = Office(
        budget("day", "quota", limit=1000, every="day"), budget("second", "window", limit=1, per="1s")
    )
    process = office.process()

    async def work() -> None:
        await asks(process)
        with pytest.raises(ConnectionFailed, match="'second'"):
            await asks(process, longest=0.5)

    run(work(), process)
    assert sum(cost for _, cost in office.states()["day"]["back"]) == 1
    assert office.states()["day"]["held"] == {}


def test_a_quota_that_is_spent_says_until_when_and_what_to_do() -> None:
    office = Office(budget("day", "quota", limit=1, every="day"))
    process = office.process()

    async def work() -> None:
        await asks(process)
        with pytest.raises(ConnectionFailed) as failed:
            await asks(process)
        assert failed.value.message == (
            f"notes.list: the limit 'day' of {ACCOUNT} is spent until 1970-01-13T00:00:00+00:00"
        )
        assert failed.value.after == 13 * 86400 - 1_000_000 - 86400
        assert "no record was spent" in failed.value.help

    run(work(), process)
    assert office.clock.waited == 0


def test_so_many_are_in_hand_at_once_and_the_next_goes_as_soon_as_one_is_over() -> None:
    office = Office(budget("at-once", "concurrency", limit=2))
    one, other = office.process(), office.process()
    most = now = 0

    async def request(process: Budgets) -> None:
        nonlocal most, now
        async with process.admitted("notes.list", 300):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.002)
            now -= 1

    async def work() -> None:
        await asyncio.gather(*(request(each) for each in (one, other) * 10))

    run(work(), one, other)
    assert (most, now) == (2, 0)
    assert office.states()["at-once"]["held"] == {}


def test_whoever_waits_for_what_is_in_hand_here_is_told_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.budgets.SOON", 60.0)
    office = Office(budget("at-once", "concurrency", limit=1))
    process = office.process()

    async def request() -> None:
        async with process.admitted("notes.list", 300):
            await asyncio.sleep(0.001)

    async def work() -> None:
        await asyncio.wait_for(asyncio.gather(*(request() for _ in range(5))), 30)

    run(work(), process)
    assert office.states()["at-once"]["takes"] == 5


def test_what_no_answer_came_to_is_over_too_and_counts() -> None:
    office = Office(budget("minute", "window", **MINUTE), budget("at-once", "concurrency", limit=1))
    process = office.process()

    async def work() -> None:
        for _ in range(2):
            with pytest.raises(OSError, match="gone"):
                async with process.admitted("notes.list", 300):
                    raise OSError("gone")

    run(work(), process)
    assert sum(cost for _, cost in office.states()["minute"]["back"]) == 2
    assert office.states()["at-once"]["held"] == {}


def test_what_a_process_that_died_had_in_hand_comes_back_by_itself() -> None:
    office = Office(budget("at-once", "concurrency", limit=1), budget("minute", "window", limit=2, per="10s"))
    dead, other = office.process(timeout=5.0), office.process()

    async def work() -> None:
        await dead.take("notes.list", 300)
        await dead.close()
        office.clock.now += 5.9
        with pytest.raises(ConnectionFailed, match=r"'at-once' of .* is in use by other requests"):
            await asks(other, longest=0.0)
        office.clock.now += 0.2
        await asks(other)
        # It may have been counted: of the window it comes back like any other.
        before = office.clock.waited
        await asks(other)
        assert office.clock.waited - before >= 9

    run(work(), other)


def test_what_is_in_hand_for_long_is_not_taken_from_a_process_that_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.budgets.HOLD", 0.06)
    office = Office(budget("at-once", "concurrency", limit=1))
    one, other = office.process(), office.process()

    async def work() -> None:
        loop = asyncio.get_running_loop()
        office.rows._now = loop.time
        async with one.admitted("notes.list", 300):
            await asyncio.sleep(0.3)
            with pytest.raises(ConnectionFailed, match="in use"):
                await asks(other, longest=0.0)

    run(work(), one, other)


def test_a_refusal_closes_the_account_for_every_process_until_then() -> None:
    office = Office(budget("minute", "window", **MINUTE), budget("writes", "window", limit=9, per="1s",
                                                                 operations=["notes.create"]))  # fmt: skip
    one, other = office.process(), office.process()

    async def work() -> None:
        await asks(one, answer=said(throttled=True, after=7.5))
        await asks(other)

    run(work(), one, other)
    assert office.clock.waited == pytest.approx(7.5)
    assert "writes" not in office.states()


def test_a_refusal_that_does_not_say_for_how_long_closes_it_for_the_declared_pause() -> None:
    office = Office(budget("minute", "window", limit=500, per="60s", pause="60s"))
    process = office.process()

    async def work() -> None:
        assert await asks(process, answer=said(throttled=True)) == 60.0
        await asks(process)

    run(work(), process)
    assert office.clock.waited == pytest.approx(60.0)


def test_a_refusal_of_which_nobody_knows_more_is_left_to_the_recipes_own_pauses() -> None:
    office = Office(budget("minute", "window", limit=500, per="60s"))
    process = office.process()

    async def work() -> None:
        assert await asks(process, answer=said(throttled=True)) is None
        await asks(process)

    run(work(), process)
    assert office.clock.waited == 0


LEFT = {"remaining": {"header": "X-Left"}}


def test_an_answer_that_says_less_is_left_is_believed() -> None:
    office = Office(budget("day", "quota", limit=5000, every="day", answers=LEFT))
    process = office.process()

    async def work() -> None:
        await asks(process, answer=said({"x-left": "1"}))
        await asks(process, answer=said({"x-left": "0"}))
        with pytest.raises(ConnectionFailed, match=r"'day' .* is spent until"):
            await asks(process)

    run(work(), process)


def test_an_answer_that_says_more_is_left_is_believed_of_a_request_that_was_alone() -> None:
    office = Office(budget("minute", "window", limit=3, per="60s", answers=LEFT))
    process = office.process()

    async def work() -> None:
        for _ in range(5):
            await asks(process, answer=said({"x-left": "2"}))

    run(work(), process)
    assert office.clock.waited == 0


def test_an_answer_that_says_more_is_left_is_not_believed_of_one_that_was_not() -> None:
    office = Office(budget("minute", "window", limit=3, per="60s", answers=LEFT))
    one, other = office.process(), office.process()

    async def work() -> None:
        async with one.admitted("notes.list", 300) as early:
            await asks(other, answer=said({"x-left": "0"}))
            await early.answered(said({"x-left": "3"}))
        with pytest.raises(ConnectionFailed, match="'minute'"):
            await asks(one, longest=1.0)

    run(work(), one, other)


def test_nor_of_one_that_was_sent_while_another_was_under_way() -> None:
    office = Office(budget("minute", "window", limit=3, per="60s", answers=LEFT))
    one, other = office.process(), office.process()

    async def work() -> None:
        async with one.admitted("notes.list", 300) as early, other.admitted("notes.list", 300) as late:
            await early.answered(said({"x-left": "0"}))
            await late.answered(said({"x-left": "2"}))
        with pytest.raises(ConnectionFailed, match="'minute'"):
            await asks(one, longest=1.0)

    run(work(), one, other)


def test_a_larger_plan_is_learnt_and_shared() -> None:
    answers = {
        "used": {"header": "X-Calls", "pattern": "^([0-9]+)/"},
        "limit": {"header": "X-Calls", "pattern": "/([0-9]+)$"},
    }
    office = Office(budget("calls", "bucket", limit=2, rate=1, answers=answers))
    one, other = office.process(), office.process()

    async def work() -> None:
        await asks(one, answer=said({"x-calls": "1/20"}))
        for _ in range(19):
            await asks(other)
        assert office.clock.waited == 0
        await asks(other)
        assert office.clock.waited == pytest.approx(0.1)

    run(work(), one, other)


POINTS = {
    "cost": {"at": "$.cost.requested"},
    "spent": {"at": "$.cost.actual"},
    "remaining": {"at": "$.cost.left"},
    "rate": {"at": "$.cost.rate"},
}


def test_the_cost_of_an_operation_is_learnt_and_the_next_request_waits_for_as_much() -> None:
    office = Office(budget("points", "bucket", limit=1000, rate=50, answers=POINTS))
    process = office.process()
    cost = {"requested": 400, "actual": Decimal(120), "left": 100, "rate": 100}

    async def work() -> None:
        await asks(process, answer=said(data={"cost": cost}))
        await asks(process, "other.query")
        assert office.clock.waited == 0
        await asks(process)

    run(work(), process)
    assert office.clock.waited == pytest.approx(3.01)  # 400 less the 99 that are left, at 100 a second


def test_what_is_turned_away_takes_nothing_where_the_answer_says_what_is_left() -> None:
    office = Office(budget("points", "bucket", limit=1000, rate=100, answers=POINTS))
    process = office.process()
    left = {"requested": 400, "left": 100, "rate": 100}

    async def work() -> None:
        await asks(process, answer=said(data={"cost": left}))
        async with process.admitted("other.query", 300):
            assert await asks(process, answer=said(data={"cost": left}, throttled=True)) == 3.01

    run(work(), process)


def test_what_costs_more_than_there_ever_is_waits_for_all_there_is() -> None:
    office = Office(budget("points", "bucket", limit=10, rate=1, costs={"notes.list": 25}))
    process = office.process()

    async def work() -> None:
        await asks(process)
        await asks(process)

    run(work(), process)
    assert office.clock.waited == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("window", {"limit": 2, "per": "60s"}),
        ("bucket", {"limit": 2, "rate": 1}),
        ("quota", {"limit": 2, "every": "hour"}),
    ],
)
def test_a_clock_that_is_set_back_wedges_nothing(kind: str, given: Any) -> None:
    office = Office(budget("it", kind, **given))
    dead, other = office.process(), office.process()

    async def work() -> None:
        await dead.take("notes.list", 300)
        await dead.close()
        await asks(other, answer=said(throttled=True, after=20.0))
        office.clock.now -= 30 * 86400
        await asks(other, longest=3700.0)

    run(work(), other)
    assert 20 <= office.clock.waited <= 3661


def test_what_is_held_by_the_dead_comes_back_though_the_clock_is_set_back() -> None:
    office = Office(budget("at-once", "concurrency", limit=1))
    dead, other = office.process(timeout=5.0), office.process()

    async def work() -> None:
        await dead.take("notes.list", 300)
        await dead.close()
        office.clock.now -= 30 * 86400
        with pytest.raises(ConnectionFailed):
            await asks(other, longest=0.0)
        office.clock.now += 7
        await asks(other)

    run(work(), other)
    assert office.states()["at-once"]["held"] == {}


def test_a_clock_that_goes_forward_costs_nothing_but_a_refusal() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def work() -> None:
        for _ in range(3):
            await asks(process)
        office.clock.now += 86400
        await asks(process)

    run(work(), process)
    assert office.clock.waited == 0


def test_a_wait_ends_when_the_run_is_to_stop() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def work() -> None:
        for _ in range(3):
            await asks(process)
        office.is_stopping = lambda: office.clock.waited >= 2
        with pytest.raises(ConnectionFailed, match="asked to stop while it waited for the limit 'minute'"):
            await asks(process)

    run(work(), process)
    assert 2 <= office.clock.waited < 2.5


def test_long_waits_are_told_as_they_begin_and_noted_at_the_end() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def work() -> None:
        for _ in range(4):
            await asks(process)

    run(work(), process)
    [told] = office.said
    assert told.startswith("waiting 6")
    assert told.endswith(f" s for the limit 'minute' of {ACCOUNT}")
    [note] = process.notes()
    assert note.startswith("waited 6")


def test_short_waits_are_neither_told_nor_noted() -> None:
    office = Office(budget("calls", "bucket", limit=1, rate=2))
    process = office.process()

    async def work() -> None:
        for _ in range(2):
            await asks(process)

    run(work(), process)
    assert office.clock.waited == pytest.approx(0.5)
    assert (office.said, process.notes()) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        '{"minute": 3}',
        '{"minute": {}}',
        json.dumps({"minute": {"at": float("nan"), "closed": 0, "held": {}, "back": [], "drawn": 0, "limit": None,
                               "rate": None, "costs": {}, "takes": 0}}),
        json.dumps({"minute": {"at": 0, "closed": 0, "held": {"a": 1}, "back": [], "drawn": 0, "limit": None,
                               "rate": None, "costs": {}, "takes": 0}}),
    ],
)  # fmt: skip
def test_a_row_that_is_damaged_is_begun_anew(text: str) -> None:
    office = Office(budget("minute", "window", **MINUTE))
    office.rows._rows[ACCOUNT] = text
    process = office.process()
    run(asks(process), process)
    assert sum(cost for _, cost in office.states()["minute"]["back"]) == 1
    assert set(office.events) == {"limits.begun"}


class Frail(Alone):
    """Shared rows that are lost while *is_lost*."""

    is_lost = False
    asked = 0

    async def change(self, account: str, work: Callable[[str, float], tuple[str, Any]]) -> Any:
        self.asked += 1
        if self.is_lost:
            raise Lost("another process holds them")
        return await super().change(account, work)


def test_rows_that_were_lost_are_shared_again_after_a_while() -> None:
    office = Office(budget("minute", "window", limit=3, per="60s"))
    office.rows = rows = Frail(lambda: office.clock.now)
    process, other = office.process(), office.process()

    async def work() -> None:
        rows.is_lost = True
        await asks(process)
        rows.is_lost = False
        asked = rows.asked
        office.clock.now += 9
        await asks(process)
        assert rows.asked == asked  # not at each request: a try may take a while
        office.clock.now += 2
        for _ in range(3):
            await asks(process)
        with pytest.raises(ConnectionFailed, match="'minute'"):
            await asks(other, longest=1.0)

    run(work(), process, other)
    assert office.events == ["limits.alone", "limits.shared"]


def test_rows_that_stay_lost_are_told_of_once() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    office.rows = rows = Frail(lambda: office.clock.now)
    rows.is_lost = True
    process = office.process()

    async def work() -> None:
        for _ in range(3):
            await asks(process)
            office.clock.now += 11

    run(work(), process)
    assert office.events == ["limits.alone"]


def test_what_was_in_hand_as_rows_were_lost_is_given_up_though_others_are_under_way_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.budgets.HOLD", 0.06)
    monkeypatch.setattr("engine.budgets.AGAIN", 0.01)
    office = Office(budget("at-once", "concurrency", limit=2))
    process = office.process()

    async def work() -> None:
        office.rows = process._rows = process._shared = rows = Frail(asyncio.get_running_loop().time)
        process._around = replace(process._around, now=asyncio.get_running_loop().time)
        async with process.admitted("notes.list", 300) as early:
            rows.is_lost = True
            await early.answered(said())
        rows.is_lost = False
        await asyncio.sleep(0.02)
        async with process.admitted("notes.list", 300):
            await asyncio.sleep(0.15)
            async with process.admitted("notes.list", 0.0):
                assert sum(cost for cost, _ in office.states()["at-once"]["held"].values()) == 2

    run(work(), process)


def test_an_absurd_retry_after_closes_the_account_for_a_day_at_most_and_then_it_is_asked_again() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def work() -> None:
        await asks(process, answer=said(throttled=True, after=99_999_999.0))
        with pytest.raises(ConnectionFailed) as failed:
            await asks(process)
        assert failed.value.after == 86400
        office.clock.now += 86400
        await asks(process)

    run(work(), process)


@pytest.mark.parametrize("rate", [1e-12, 5e-324])
def test_a_bucket_that_hardly_fills_is_spent_until_an_instant_that_there_is(rate: float) -> None:
    office = Office(budget("calls", "bucket", limit=1, rate=rate))
    process = office.process()

    async def work() -> None:
        await asks(process)
        with pytest.raises(ConnectionFailed, match=r"'calls' of .* is spent until 1970-02-13") as failed:
            await asks(process)
        assert failed.value.after == 32 * 86400

    run(work(), process)


def test_a_bucket_that_an_answer_says_hardly_fills_is_full_again_in_a_day() -> None:
    answers = {"rate": {"header": "x-rate"}}
    office = Office(budget("calls", "bucket", limit=2, rate=2, answers=answers))
    process = office.process()

    async def work() -> None:
        for _ in range(2):
            await asks(process, answer=said({"x-rate": "0.000000000001"}))
        with pytest.raises(ConnectionFailed) as failed:
            await asks(process)
        assert failed.value.after == 43200
        office.clock.now += 86400
        for _ in range(2):
            await asks(process)

    run(work(), process)


def test_a_quota_of_a_day_that_an_answer_says_ends_in_a_month_ends_in_a_day() -> None:
    answers = {"remaining": {"header": "x-left"}, "resets": {"header": "x-resets"}}
    office = Office(budget("day", "quota", limit=5, every="day", answers=answers))
    process = office.process()

    async def work() -> None:
        await asks(process, answer=said({"x-left": "0", "x-resets": "9999999"}))
        with pytest.raises(ConnectionFailed, match="'day'"):
            await asks(process)
        office.clock.now += 86400 + 60
        for _ in range(5):
            await asks(process, longest=0.0)

    run(work(), process)


def test_a_limit_that_is_spent_says_how_what_is_known_of_it_is_forgotten() -> None:
    office = Office(budget("minute", "window", **MINUTE))
    process = office.process()

    async def told() -> str:
        with pytest.raises(ConnectionFailed) as failed:
            await asks(process, longest=1.0)
        return failed.value.help

    async def work() -> None:
        office.rows.cure = "remove limits.db"
        await asks(process, answer=said(throttled=True, after=3600.0))
        assert (await told()).endswith("; where the target allows more already, remove limits.db")
        office.rows.cure = ""
        assert (await told()).endswith("by max under on_error.retry")

    run(work(), process)


def test_who_came_first_goes_first() -> None:
    office = Office(budget("calls", "bucket", limit=1, rate=1))
    process = office.process()
    order: list[int] = []

    async def request(number: int) -> None:
        await asks(process)
        order.append(number)

    async def work() -> None:
        await asyncio.gather(*(request(each) for each in range(6)))

    run(work(), process)
    assert order == [0, 1, 2, 3, 4, 5]


def test_whoever_waited_behind_another_is_known_to_have_waited() -> None:
    office = Office(budget("at-once", "concurrency", limit=1))
    process = office.process()
    waited: list[bool] = []

    async def request() -> None:
        async with process.admitted("notes.list", 300) as admission:
            waited.append(admission.has_waited)
            await asyncio.sleep(0.001)

    async def work() -> None:
        await asyncio.gather(*(request() for _ in range(4)))

    run(work(), process)
    assert waited == [False, True, True, True]
