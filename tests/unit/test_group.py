"""Group commit: what is asked for together is carried out together, in order, and each learns what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from engine.group import Group


class Refused(Exception):
    """Why one request cannot be."""


class Slow:
    """Carries groups out and notes them; a request below 0 is refused, 13 breaks the whole group."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    async def __call__(self, requests: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(requests))
        for _ in range(5):
            await asyncio.sleep(0)
        if 13 in requests:
            raise Refused("all")
        return [each * 2 if each >= 0 else Refused(str(each)) for each in requests]


async def asked(group: Group[int, int], *requests: int) -> list[int | BaseException]:
    return await asyncio.gather(*(group.join(each) for each in requests), return_exceptions=True)


def test_what_is_asked_for_in_one_turn_goes_together_and_what_comes_meanwhile_next() -> None:
    carry = Slow()

    async def work() -> list[list[int | BaseException]]:
        group = Group(carry)

        async def later() -> list[int | BaseException]:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return await asked(group, 4, 5)

        return [*await asyncio.gather(asked(group, 1, 2, 3), later())]

    assert asyncio.run(work()) == [[2, 4, 6], [8, 10]]
    assert carry.groups == [[1, 2, 3], [4, 5]]


def test_a_refused_request_is_refused_alone() -> None:
    first, second, third = asyncio.run(asked(Group(Slow()), 1, -2, 3))
    assert (first, str(second), third) == (2, "-2", 6)


def test_what_keeps_the_group_from_being_carried_out_is_told_to_each_and_the_next_group_goes_on() -> None:
    async def work() -> list[list[int | BaseException]]:
        group = Group(Slow())
        return [await asked(group, 13, 1), await asked(group, 1)]

    broken, after = asyncio.run(work())
    assert ([str(each) for each in broken], after) == (["all", "all"], [2])


def test_who_is_cancelled_takes_back_what_waits_and_does_not_leave_before_what_is_under_way_is_settled() -> (
    None
):
    carry, left = Slow(), []

    async def work() -> None:
        group = Group(carry)

        async def member(request: int) -> None:
            try:
                await group.join(request)
            finally:
                left.append(len(carry.groups))

        under_way = asyncio.create_task(member(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting = asyncio.create_task(member(2))
        await asyncio.sleep(0)
        for task in (waiting, under_way):
            task.cancel()
        for task in (waiting, under_way):
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(work())
    assert carry.groups == [[1]]
    assert left == [1, 1]
