"""Entries of pages are taken once each, N at a time, in order by lane; what fails or stops begins nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stream import HEAVY, MANY, Stream


class Wrong(Exception):
    """What an entry that cannot be taken raises."""


@dataclass
class Work:
    """Takes entries such as ``a1``, whose lane is the letter, and notes what happened.

    Attributes:
        turns: How often an entry lets the others go on before it is done.
        fails: Entries that fail when they are done.
    """

    turns: Callable[[str], int] = lambda _: 1
    fails: frozenset[str] = frozenset()
    now: list[str] = field(default_factory=list)
    most: int = 0
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    async def take(self, entry: str) -> None:
        assert entry[0] not in {other[0] for other in self.now}, "two of one lane at the same time"
        self.now.append(entry)
        self.most = max(self.most, len(self.now))
        self.begun.append(entry)
        try:
            for _ in range(self.turns(entry)):
                await asyncio.sleep(0)
            if entry in self.fails:
                raise Wrong(entry)
        finally:
            self.now.remove(entry)
        self.done.append(entry)

    async def pages(self, pages: Iterable[Iterable[str]]) -> AsyncGenerator[Iterable[str], None]:
        for page in pages:
            self.asked.append(len(self.begun))
            await asyncio.sleep(0)
            yield page

    def run(self, limit: int, *pages: str, stopping: Callable[[], bool] = lambda: False) -> bool:
        async def carry() -> bool:
            stream: Stream[str] = Stream(limit, lambda entry: entry[0], self.take, stopping)
            return await stream.carry(self.pages([page.split() for page in pages]))

        return asyncio.run(carry())


def test_one_at_a_time_takes_all_in_order_and_asks_for_a_page_when_the_one_before_is_done() -> None:
    work = Work()
    assert work.run(1, "a1 b1", "", "c1") is True
    assert (work.done, work.most, work.asked) == (["a1", "b1", "c1"], 1, [0, 2, 2])


def test_up_to_the_limit_are_taken_at_the_same_time() -> None:
    work = Work(turns=lambda _: 5)
    work.run(3, "a1 b1 c1 d1 e1")
    assert (work.most, sorted(work.done)) == (3, ["a1", "b1", "c1", "d1", "e1"])


def test_the_next_page_is_asked_for_while_the_last_entries_of_one_are_in_hand_and_no_further_one() -> None:
    work = Work(turns=lambda _: 50)
    work.run(3, "a1 b1", "c1 d1", "e1")
    assert work.asked == [0, 2, 4]
    assert work.most == 3


@given(
    pages=st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=5),
    limit=st.integers(1, 5),
    slow=st.dictionaries(st.integers(0, 30), st.integers(0, 9)),
)
def test_entries_of_one_lane_are_taken_in_the_order_in_which_they_came(
    pages: list[list[str]], limit: int, slow: dict[int, int]
) -> None:
    numbers = iter(range(1000))
    named = [" ".join(f"{lane}{next(numbers)}" for lane in page) for page in pages]
    work = Work(turns=lambda entry: slow.get(int(entry[1:]), 1))
    assert work.run(limit, *named) is True
    came = " ".join(named).split()
    assert sorted(work.done) == sorted(came)
    for lane in "abc":
        assert [each for each in work.done if each[0] == lane] == [each for each in came if each[0] == lane]


def test_an_entry_without_a_lane_waits_for_nobody() -> None:
    async def carry() -> int:
        most = now = 0

        async def take(_: int) -> None:
            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

        stream: Stream[int] = Stream(4, lambda _: None, take)
        await stream.carry(given_at_once([1, 2, 3, 4]))
        return most

    assert asyncio.run(carry()) == 4


async def given_at_once(*pages: Iterable[Any]) -> AsyncGenerator[Iterable[Any], None]:
    for page in pages:
        yield page


def test_a_failure_begins_nothing_more_finishes_what_is_in_hand_and_is_told() -> None:
    work = Work(turns=lambda entry: 9 if entry == "b1" else 1, fails=frozenset({"a1"}))
    with pytest.raises(Wrong, match="a1"):
        work.run(2, "a1 b1 c1 d1")
    assert (work.begun, work.done) == (["a1", "b1"], ["b1"])


def test_of_two_failures_the_first_is_told() -> None:
    work = Work(turns=lambda entry: 9 if entry == "a1" else 1, fails=frozenset({"a1", "b1"}))
    with pytest.raises(Wrong, match="b1"):
        work.run(2, "a1 b1")
    assert work.begun == ["a1", "b1"]


def test_an_entry_that_waits_behind_one_that_fails_does_not_begin() -> None:
    work = Work(turns=lambda _: 3, fails=frozenset({"a1"}))
    with pytest.raises(Wrong):
        work.run(3, "a1 a2 b1")
    assert work.begun == ["a1", "b1"]


def test_a_page_that_cannot_be_read_ends_it_once_what_is_in_hand_is_done() -> None:
    work = Work(turns=lambda _: 9)

    async def pages() -> AsyncGenerator[Iterable[str], None]:
        yield ["a1", "b1"]
        raise Wrong("the page")

    async def carry() -> None:
        stream: Stream[str] = Stream(4, lambda entry: entry[0], work.take)
        with pytest.raises(Wrong, match="the page"):
            await stream.carry(pages())

    asyncio.run(carry())
    assert work.done == ["a1", "b1"]


def test_a_page_that_is_waited_for_is_given_up_when_an_entry_in_hand_fails() -> None:
    work = Work(fails=frozenset({"a1"}))

    async def carry() -> None:
        never, closed = asyncio.Event(), []

        async def pages() -> AsyncGenerator[Iterable[str], None]:
            try:
                yield ["a1"]
                await never.wait()
            finally:
                closed.append(True)

        stream: Stream[str] = Stream(2, lambda entry: entry[0], work.take)
        with pytest.raises(Wrong, match="a1"):
            await asyncio.wait_for(stream.carry(pages()), 10)
        assert closed == [True]

    asyncio.run(carry())


def test_one_that_is_asked_to_stop_begins_nothing_more_and_finishes_what_is_in_hand() -> None:
    work = Work(turns=lambda _: 5)
    assert work.run(2, "a1 b1 c1", "d1", stopping=lambda: len(work.begun) >= 2) is False
    assert work.done == ["a1", "b1"]


def test_an_entry_that_waits_in_its_lane_does_not_begin_after_the_wish_to_stop() -> None:
    work = Work(turns=lambda _: 5)
    assert work.run(3, "a1 a2 b1", stopping=lambda: len(work.done) >= 1) is False
    assert work.begun == ["a1", "b1"]


def test_one_that_stops_behind_its_last_entry_came_to_the_end() -> None:
    work = Work()
    assert work.run(1, "a1", stopping=lambda: len(work.done) >= 1) is True


def test_one_that_is_cancelled_takes_its_entries_along() -> None:
    work = Work(turns=lambda _: 1000)

    async def carry() -> None:
        stream: Stream[str] = Stream(2, lambda entry: entry[0], work.take)
        task = asyncio.create_task(stream.carry(given_at_once(["a1", "b1", "c1"])))
        for _ in range(9):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert work.now == []

    asyncio.run(carry())
    assert (work.begun, work.done) == (["a1", "b1"], [])


def test_what_is_taken_in_bunches_is_begun_again_when_half_of_it_is_done() -> None:
    begun: list[int] = []

    async def carry() -> list[int]:
        hold: list[asyncio.Event] = []

        async def take(entry: int) -> None:
            begun.append(entry)
            hold.append(asyncio.Event())
            await hold[entry].wait()

        stream: Stream[int] = Stream(MANY, lambda _: None, take)
        work = asyncio.ensure_future(stream.carry(given_at_once(range(MANY * 2))))
        counts = []
        for done in (0, MANY // 2 - 1, MANY // 2):
            for event in hold[:done]:
                event.set()
            for _ in range(5):
                await asyncio.sleep(0)
            counts.append(len(begun))
        while not work.done():
            for event in hold:
                event.set()
            await asyncio.sleep(0)
        return counts

    assert asyncio.run(carry()) == [MANY, MANY, MANY + MANY // 2]
    assert begun == [*range(MANY * 2)]


def test_heavy_entries_are_not_in_hand_together_however_many_may_be() -> None:
    work = Work(turns=lambda _: 3)

    async def carry() -> None:
        def weight(entry: str) -> int:
            return HEAVY + 1 if entry == "c1" else HEAVY // 2

        stream: Stream[str] = Stream(16, lambda _: None, work.take, weight=weight)
        await stream.carry(given_at_once("a1 b1 c1 d1 e1".split()))

    asyncio.run(carry())
    assert (work.most, work.done) == (2, "a1 b1 c1 d1 e1".split())
