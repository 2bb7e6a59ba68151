"""The connections to one target: the one that was used last is used first, and the others are not looked at.

The library's own pool goes through all of its connections for each request and again for each answer, and asks the
system about each that rests: with sixteen that is a third of what a request costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final

import httpcore2

from engine.http.addresses import GuardedBackend

MOST: Final = 16
"""Connections at once; who wants one more waits."""
REST: Final = 30.0
"""Seconds after which a connection that nobody uses is closed."""


class Sent:
    """Whether a request may have reached the other side; goes with it as its extension ``sent``."""

    may_have_arrived = False


@dataclass(slots=True)
class _Held:
    connection: httpcore2.AsyncHTTPConnection
    backend: GuardedBackend
    until: float = 0.0


class Pool:
    """Takes the place of the library's pool.

    Args:
        tls: How encrypted connections are made.
    """

    def __init__(self, tls: SSLContext) -> None:
        self._tls = tls
        self._resting: list[_Held] = []
        self._free = asyncio.Semaphore(MOST)
        self._is_closed = False

    async def handle_async_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """Send *request*, and return its answer, whose stream must be closed."""
        sent: Sent = request.extensions["sent"]
        await self._free.acquire()
        held: _Held | None = None
        try:
            held = await self._taken(request.url.origin)
            held.backend.begin()
            answer = await held.connection.handle_async_request(request)
        except BaseException:
            if held is not None:
                sent.may_have_arrived = held.backend.has_sent
            await self._give_back(held)
            raise
        sent.may_have_arrived = True
        body = _Body(answer.stream, self, held)  # type: ignore[arg-type]  # an asynchronous connection's
        return httpcore2.Response(
            answer.status, headers=answer.headers, content=body, extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close the connections that rest, and each other one as soon as its answer is through."""
        self._is_closed = True
        while self._resting:
            await self._resting.pop().connection.aclose()

    async def _taken(self, origin: httpcore2.Origin) -> _Held:
        while self._resting:
            held = self._resting.pop()
            if not held.connection.has_expired() and held.until > _now():
                return held
            await held.connection.aclose()
        backend = GuardedBackend()
        return _Held(
            httpcore2.AsyncHTTPConnection(origin, ssl_context=self._tls, network_backend=backend), backend
        )

    async def _give_back(self, held: _Held | None) -> None:
        """Let a connection rest, or close it where it can take no further request."""
        try:
            if held is not None and not self._is_closed and _may_rest(held.connection):
                held.until = _now() + REST
                self._resting.append(held)
            elif held is not None:
                await held.connection.aclose()
            # The first one has rested longest.
            if self._resting[:1] and self._resting[0].until <= _now():
                await self._resting.pop(0).connection.aclose()
        finally:
            self._free.release()


def _may_rest(connection: httpcore2.AsyncHTTPConnection) -> bool:
    """Tell whether another request may go through *connection*.

    What came behind an answer would be read as the answer to the next request, and the wrong id be kept.
    """
    if not connection.is_idle() or connection.is_closed():
        return False
    within = connection._connection
    return isinstance(within, httpcore2.AsyncHTTP11Connection) and not within._h11_state.trailing_data[0]


class _Body:
    """An answer's body; its connection is given back when this is closed."""

    def __init__(self, stream: AsyncIterator[bytes], pool: Pool, held: _Held) -> None:
        self._stream, self._pool = stream, pool
        self._held: _Held | None = held

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        try:
            await self._stream.aclose()  # type: ignore[attr-defined]  # as the library's streams have it
        finally:
            await self._pool._give_back(held)


def _now() -> float:
    return asyncio.get_running_loop().time()
