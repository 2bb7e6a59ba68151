"""Group commit: what tasks of one event loop ask for while the last group is carried out is carried out together.

No timer: what is asked for in one turn of the loop goes together, and a lone request waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Group(Generic[T, R]):
    """Carries requests out, group after group.

    Args:
        carry: Carries out a group, in the order in which its requests were made, and returns for each what it came to,
            or the error to be raised. What it raises itself is raised for each.
    """

    def __init__(self, carry: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]) -> None:
        self._carry = carry
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def join(self, request: T) -> R:
        """Return what *request* came to.

        Who is cancelled takes back a request that waits, and does not leave before one that is under way is settled.

        Raises:
            Exception: what ``carry`` gave for it, or raised.
        """
        made: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, made))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.ensure_future(self._work())
        try:
            return await made
        except asyncio.CancelledError:
            await asyncio.wait({self._worker})
            raise

    async def _work(self) -> None:
        while self._waiting:
            group = [each for each in self._waiting if not each[1].done()]
            self._waiting.clear()
            if not group:
                continue
            try:
                came_to: Sequence[R | BaseException] = await self._carry([request for request, _ in group])
            except BaseException as error:  # noqa: BLE001  # raised where the requests were made, who else would wait
                came_to = [error] * len(group)
            for (_, made), each in zip(group, came_to, strict=True):
                if made.done():
                    continue
                if isinstance(each, BaseException):
                    made.set_exception(each)
                else:
                    made.set_result(each)
