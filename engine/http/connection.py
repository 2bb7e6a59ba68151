"""One connection: HTTP/1.1 as h11 speaks it, straight over a line.

h11 knows what may be sent when, where an answer ends, and what is no HTTP. A client's layers over it, of which the door
would need nothing, are half of what a request costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import h11

from engine.http.addresses import connect
from engine.http.lines import Line

READ: Final = 64 * 1024
"""Bytes that are read at once."""
HEAD: Final = 100 * 1024
"""Bytes that the head of an answer may have."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is connected to.

    Attributes:
        host: In lower case and ASCII; an IPv6 address without brackets.
    """

    is_encrypted: bool
    host: str
    port: int


class Connection:
    """A connection to *place*, which is made as the first request needs it.

    Args:
        tls: How it is encrypted, where that is asked for.
        seconds: What connecting may take, and the handshake behind it again.

    Attributes:
        until: When it has rested long enough; whoever lets it rest sets that.
    """

    def __init__(self, place: Place, tls: SSLContext, seconds: float) -> None:
        self.place, self._tls, self._seconds = place, tls, seconds
        self.until = 0.0
        self._line: Line | None = None
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD)

    @property
    def has_sent(self) -> bool:
        """Whether anything of the last request went out."""
        return self._line is not None and self._line.has_sent

    @property
    def is_of_use(self) -> bool:
        """Whether a connection that rests is open still, and nothing came that nobody had asked for."""
        return self._line is not None and self._line.is_quiet()

    async def ask(
        self, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> h11.Response | h11.InformationalResponse:
        """Send a request and return the head of its answer.

        Raises:
            httpx2.TransportError: there is no connection, or it broke.
            h11.ProtocolError: what came back is no HTTP.
            Refused: the address is not allowed.
        """
        if self._line is None:
            self._line = await self._connected()
        self._line.has_sent = False
        message = self._state.send(h11.Request(method=method, target=target, headers=headers))
        if body:
            message += self._state.send(h11.Data(data=body))
        await self._line.write(message + self._state.send(h11.EndOfMessage()))
        await self._feed()  # nothing of the answer was there before
        while True:
            event = await self._event()
            # 101 is the last that is said in HTTP.
            if isinstance(event, h11.Response) or getattr(event, "status_code", 0) == 101:
                return event  # type: ignore[no-any-return]

    async def more(self) -> bytes | None:
        """Return the next piece of the answer's body, or None at its end; raises as ``ask``."""
        event = await self._event()
        return event.data if isinstance(event, h11.Data) else None

    def is_done(self) -> bool:
        """Tell whether another request may go through, and make ready for it: the answer was read to its end.

        What came behind an answer would be read as the answer to the next request, and the wrong id be kept.
        """
        state = self._state
        if not (state.our_state is state.their_state is h11.DONE) or state.trailing_data[0]:
            return False
        state.start_next_cycle()
        return True

    async def aclose(self) -> None:
        """Close it, whatever it is at."""
        if self._line is not None:
            await self._line.aclose()

    async def _connected(self) -> Line:
        line = await connect(self.place.host, self.place.port, self._seconds)
        if self.place.is_encrypted:
            await line.start_tls(self._tls, self.place.host, self._seconds)
        return line

    async def _event(self) -> Any:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            await self._feed()
        return event

    async def _feed(self) -> None:
        if self._line is None:
            raise AssertionError("nothing was asked")
        self._state.receive_data(await self._line.read(READ))
