"""Carries what comes in pages by up to N tasks of one event loop: in order by lane, and nothing new once one fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
MANY: Final = 128
"""From so many entries at once on they begin in bunches."""
HEAVY: Final = 8 << 20
"""Bytes of entries, as they came, from which on no further one begins; as plain data they take ten times as much."""


class Stream(Generic[T]):
    """Takes each entry of pages once.

    The next entry, and with it the next page, is asked for only when one of the tasks is free for it: with one task
    nothing is read ahead, with more no more than the page that is being handed out is in memory.

    Args:
        limit: How many entries are taken at once. Once so many are in hand, no further one begins before half of them
            are done, where that is more than a few: what is asked for together then stays together.
        weight: Gives the bytes of an entry, of which no more than ``HEAVY`` are in hand at once; one is, however heavy.
        lane: Gives what an entry must not overtake: entries of one lane are taken one after the other, in the order in
            which they came. None for an entry that may be taken at any time.
        take: Takes one entry. Whatever it raises ends the stream: no further entry begins, those in hand are finished.
        in_order: Whether entries begin in the order in which they came: none does while one waits for its lane.
        stopping: Asked before each entry; once true, no further one begins.
    """

    def __init__(
        self,
        limit: int,
        lane: Callable[[T], str | None],
        take: Callable[[T], Awaitable[None]],
        stopping: Callable[[], bool] = lambda: False,
        weight: Callable[[T], int] = lambda _: 0,
        *,
        in_order: bool = False,
    ) -> None:
        self._lane, self._take, self._stopping, self._weight = lane, take, stopping, weight
        self._in_order, self._room = in_order, _Room(limit)
        self._last: dict[str, asyncio.Future[None]] = {}
        self._failed: asyncio.Future[BaseException] | None = None
        self._stopped = False

    async def carry(self, pages: AsyncGenerator[Iterable[T], None]) -> bool:
        """Take every entry of *pages*, and tell whether that was to their end.

        Raises:
            BaseException: the first that taking an entry or reading a page raised, once the entries in hand are done.
        """
        self._failed = asyncio.get_running_loop().create_future()
        async with contextlib.aclosing(pages), asyncio.TaskGroup() as tasks:
            page: Iterator[T] = iter(())
            while await self._may_begin():
                entry = next(page, None)
                while entry is None and (more := await self._read(pages)) is not None:
                    page = iter(more)
                    entry = next(page, None)
                if entry is None or not self._goes_on():
                    break
                lane = self._lane(entry)
                if self._in_order and lane is not None and (before := self._last.get(lane)) is not None:
                    await asyncio.shield(before)
                    if not self._goes_on():
                        break
                tasks.create_task(self._in_turn(entry, lane))
        if self._failed.done():
            raise self._failed.result()
        return not self._stopped

    async def _may_begin(self) -> bool:
        """Wait for room, and tell whether one more entry may begin."""
        await self._room.free()
        return not self._has_failed

    def _goes_on(self) -> bool:
        self._stopped = self._stopped or self._stopping()
        return not self._stopped and not self._has_failed

    @property
    def _has_failed(self) -> bool:
        return self._failed is not None and self._failed.done()

    def _fail(self, error: BaseException) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_result(error)

    async def _read(self, pages: AsyncGenerator[Iterable[T], None]) -> Iterable[T] | None:
        """Return the next page; None behind the last one, and where an entry in hand fails before it is there."""
        if self._failed is None or self._failed.done():
            return None
        reading = asyncio.ensure_future(_next(pages))
        try:
            either: set[asyncio.Future[Any]] = {reading, self._failed}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A read that nobody waits for any more may be given up, whatever it waits for: it changes nothing.
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})
        if reading.cancelled():
            return None
        if error := reading.exception():
            self._fail(error)
            return None
        return reading.result()

    def _in_turn(self, entry: T, lane: str | None) -> Coroutine[None, None, None]:
        """Queue *entry* in its lane, at once, and return what takes it when it is its turn."""
        before, weight = self._last.get(lane) if lane is not None else None, self._weight(entry)
        self._room.take(weight)
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if lane is not None:
            self._last[lane] = through

        async def taken() -> None:
            try:
                if before is not None:
                    await asyncio.shield(before)
                if before is None or self._goes_on():
                    await self._take(entry)
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001  # raised again once what is in hand is finished
                self._fail(error)
            finally:
                through.set_result(None)
                if lane is not None and self._last[lane] is through:
                    del self._last[lane]
                self._room.leave(weight)

        return taken()


class _Room:
    """How many more entries may be in hand.

    Args:
        limit: How many at most.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._few = limit, limit - 1 if limit < MANY else limit // 2
        self._count = self._weight = 0
        self._waits: asyncio.Future[None] | None = None

    async def free(self) -> None:
        """Wait until one more may be taken; for one waiter."""
        if self._count < self._limit and self._weight < HEAVY:
            return
        self._waits = asyncio.get_running_loop().create_future()
        await self._waits

    def take(self, weight: int) -> None:
        """Count one more."""
        self._count, self._weight = self._count + 1, self._weight + weight

    def leave(self, weight: int) -> None:
        """Count one less, and wake who waits where that made enough room."""
        self._count, self._weight = self._count - 1, self._weight - weight
        if self._waits is not None and self._count <= self._few and self._weight <= HEAVY // 2:
            if not self._waits.done():
                self._waits.set_result(None)
            self._waits = None


async def _next(pages: AsyncGenerator[Iterable[T], None]) -> Iterable[T] | None:
    return await anext(pages, None)
