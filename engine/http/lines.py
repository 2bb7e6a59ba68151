"""Connections as bytes: what a request writes goes out in one piece, as its answer is waited for.

What is written is held here until an answer is read, so that a request is one call of the system and one packet; and
whether anything of it went out is known exactly: nothing did before that.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2

HELD: Final = 256 * 1024
"""Bytes that are held before they are written, and of what came before no more is read."""
BROKEN: Final = (httpx2.TransportError,)
"""What a line raises where it was not made or is over."""


class _Ends(asyncio.Protocol):
    """Takes in what comes, until that is enough; tells who waits."""

    def __init__(self) -> None:
        self.came: deque[bytes] = deque()
        self.size = 0
        self.is_over = False
        self.failure: Exception | None = None
        self.transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a stream's is one

    def data_received(self, data: bytes) -> None:
        self.came.append(data)
        self.size += len(data)
        if self.size > HELD and self.transport is not None:
            self.transport.pause_reading()
        self._tell()

    def eof_received(self) -> None:
        self.is_over = True
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over, self.failure = True, exc
        self._may_write.set()
        self._tell()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def written(self) -> None:
        """Wait until more may be written."""
        await self._may_write.wait()

    async def more(self) -> None:
        """Wait until something came, or nothing will."""
        if not self.came and not self.is_over:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    def taken(self, most: int) -> bytes:
        """Return up to so many bytes of what came."""
        data = self.came.popleft()
        if len(data) > most:
            self.came.appendleft(data[most:])
            data = data[:most]
        before, self.size = self.size, self.size - len(data)
        if before > HELD >= self.size and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        return data

    def _tell(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Line:
    """One connection.

    Attributes:
        has_sent: Whether anything went to the system since this was last set to False; a handshake does not count.
    """

    def __init__(self, transport: asyncio.Transport, ends: _Ends) -> None:
        self._transport, self._ends = transport, ends
        self._socket: socket.socket | None = transport.get_extra_info("socket")
        self._held = b""
        self.has_sent = False

    async def read(self, most: int) -> bytes:
        """Send what is held, and return up to so many bytes of what comes; none where nothing more will."""
        self._send()
        await self._ends.more()
        if self._ends.came:
            return self._ends.taken(most)
        if self._ends.failure is not None:
            raise httpx2.ReadError(_reason(self._ends.failure)) from self._ends.failure
        return b""

    async def write(self, data: bytes) -> None:
        """Hold *data*; what is more than a little goes out at once."""
        self._held = self._held + data if self._held else data
        if len(self._held) > HELD:
            self._send()
            await self._ends.written()

    def _send(self) -> None:
        if not self._held:
            return
        if self._ends.is_over or self._transport.is_closing():
            raise httpx2.WriteError("the other side has closed the connection")
        if self._ends.came and not self.has_sent:  # it would be read as the answer to what is sent now
            raise httpx2.WriteError("something came that nobody had asked for")
        self.has_sent = True
        self._transport.write(self._held)
        self._held = b""

    async def aclose(self) -> None:
        """Close it at once."""
        # What was not handed over yet never will be: nobody waits for an answer to it.
        self._held = b""
        self._transport.abort()
        await asyncio.sleep(0)  # the loop closes the socket in its next turn

    async def start_tls(self, tls: ssl.SSLContext, host: str, seconds: float) -> None:
        """Encrypt it from now on, where the other side proves to be *host* within so many seconds."""
        if self._ends.came:  # whoever sends before the handshake is not whom it would prove
            self._transport.abort()
            raise httpx2.ConnectError("something came before the encrypted connection was made")
        loop = asyncio.get_running_loop()
        try:
            async with _within(seconds):
                upgraded = await loop.start_tls(self._transport, self._ends, tls, server_hostname=host)
        except (OSError, EOFError) as error:  # an error of TLS is an OSError
            self._transport.abort()
            raise httpx2.ConnectError(_reason(error)) from error
        except BaseException:
            self._transport.abort()
            raise
        if upgraded is None:
            raise httpx2.ConnectError("the other side has closed the connection")
        self._transport = self._ends.transport = upgraded

    def is_quiet(self) -> bool:
        """Tell whether it is open and nothing came, not even to the system."""
        return not (self._ends.came or self._ends.is_over or _is_readable(self._socket))


async def connect(address: str, port: int, seconds: float) -> Line:
    """Return a connection to *address*, which is numeric, within so many seconds."""
    loop = asyncio.get_running_loop()
    try:
        async with _within(seconds):
            transport, ends = await loop.create_connection(_Ends, address, port)
    except OSError as error:
        raise httpx2.ConnectError(_reason(error)) from error
    return Line(transport, ends)


def trusting() -> ssl.SSLContext:
    """Return whom an encrypted connection trusts: authorities that come with the engine, read in 35 ms."""
    return httpx2.create_ssl_context(trust_env=False)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise httpx2.ConnectTimeout(f"nothing within {seconds:g} s") from error


def _is_readable(connection: socket.socket | None) -> bool:
    number = -1 if connection is None else connection.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([number], [], [], 0)[0])
    asked = select.poll()
    asked.register(number, select.POLLIN)
    return bool(asked.poll(0))


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
