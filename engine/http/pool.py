"""The connections to one target: the one that was used last is used first, and the others are not looked at.

A library's pool goes through all of its connections for each request and again for each answer, and asks the system
about each that rests: with sixteen that is a third of what a request costs.
"""

from __future__ import annotations

import asyncio
from ssl import SSLContext
from typing import Final

from engine.http.connection import Connection, Place

MOST: Final = 16
"""Connections at once; who wants one more waits."""
REST: Final = 30.0
"""Seconds after which a connection that nobody uses is closed."""


class Pool:
    """Connections that are open.

    Args:
        tls: How those are encrypted that are.
        seconds: What connecting may take.
    """

    def __init__(self, tls: SSLContext, seconds: float) -> None:
        self._tls, self._seconds = tls, seconds
        self._resting: list[Connection] = []
        self._free = asyncio.Semaphore(MOST)
        self._is_closed = False

    async def take(self, place: Place) -> Connection:
        """Return a connection to *place*, as soon as there may be one more; it must be given back."""
        await self._free.acquire()
        try:
            while self._resting:
                found = self._resting.pop()
                if found.place == place and found.until > _now() and found.is_of_use:
                    return found
                await found.aclose()
        except BaseException:
            self._free.release()
            raise
        return Connection(place, self._tls, self._seconds)

    async def give_back(self, connection: Connection) -> None:
        """Let a connection rest, or close it where it can take no further request."""
        try:
            if not self._is_closed and connection.is_done():
                connection.until = _now() + REST
                self._resting.append(connection)
            else:
                await connection.aclose()
            # The first one has rested longest.
            if self._resting and self._resting[0].until <= _now():
                await self._resting.pop(0).aclose()
        finally:
            self._free.release()

    async def aclose(self) -> None:
        """Close the connections that rest, and each other one as soon as its answer is through."""
        self._is_closed = True
        while self._resting:
            await self._resting.pop().aclose()


def _now() -> float:
    return asyncio.get_running_loop().time()
