"""What goes over a transport and what comes back, as frozen values.

They are the engine's own, not an HTTP library's, for two reasons: a header may hold a ``Secret``, which only the door
opens; and a stored request is sent again byte for byte, years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from engine.secret import Secret

HEADER: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
"""The name of a header (RFC 9110, section 5.6.2)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: ``GET``, ``POST`` …
        url: Absolute, with its query; for the embedded books ``books:/invoices``.
        headers: Names in the order they are sent; values are text or a Secret.
        body: The exact bytes, or None.
        form: Fields of a form that the door writes as the body, since some are secrets; no stored request has one.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str | Secret], ...] = ()
    body: bytes | None = None
    form: tuple[tuple[str, str | Secret], ...] = ()

    def with_header(self, name: str, value: str | Secret) -> Request:
        """Return a copy with one header more, in place of one of the same name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end within the bounds of the door.

    Attributes:
        status: HTTP status.
        headers: Names in lower case.
        body: The decompressed bytes.
        url: The address that answered, after redirects.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: str = ""


class Transport(Protocol):
    """A way to a target: ``http``, ``smtp``, or the embedded books."""

    async def send(self, request: Request) -> Answer:
        """Send *request* and return its answer, whatever its status.

        Raises:
            NoAnswer: nothing came back; ``left`` says whether the request may have arrived.
            Refused: the door would not send it.
        """
        ...


class NoAnswer(Exception):
    """No usable answer came back.

    Attributes:
        left: Whether the request may have reached the other side. In doubt it is true.
    """

    def __init__(self, message: str, *, left: bool) -> None:
        super().__init__(message)
        self.left = left
