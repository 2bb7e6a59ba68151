"""Carries what comes in pages by up to N tasks of one event loop: in order by lane, and nothing new once one fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Stream(Generic[T]):
    """Takes each entry of pages once.

    The next entry, and with it the next page, is asked for only when one of the tasks is free for it: with one task
    nothing is read ahead, with more no more than the page that is being handed out is in memory.

    Args:
        limit: How many entries are taken at once.
        lane: Gives what an entry must not overtake: entries of one lane are taken one after the other, in the order in
            which they came. None for an entry that may be taken at any time.
        take: Takes one entry. Whatever it raises ends the stream: no further entry begins, those in hand are finished.
        stopping: Asked before each entry; once true, no further one begins.
    """

    def __init__(
        self,
        limit: int,
        lane: Callable[[T], str | None],
        take: Callable[[T], Awaitable[None]],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._lane, self._take, self._stopping = lane, take, stopping
        self._free = asyncio.Semaphore(limit)
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
                tasks.create_task(self._in_turn(entry, self._lane(entry)))
        if self._failed.done():
            raise self._failed.result()
        return not self._stopped

    async def _may_begin(self) -> bool:
        """Wait for a free task, and tell whether one more entry may begin."""
        await self._free.acquire()
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
        before = self._last.get(lane) if lane is not None else None
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if lane is not None:
            self._last[lane] = through

        async def taken() -> None:
            try:
                if before is not None:
                    await before
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
                self._free.release()

        return taken()


async def _next(pages: AsyncGenerator[Iterable[T], None]) -> Iterable[T] | None:
    return await anext(pages, None)
