"""Auth kinds: generators of requests without I/O. The door sends what they yield and hands back the answer.

A kind never opens a secret: it puts ``Secret`` values into headers, and the HTTP door opens them as they leave.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from engine.wire import Answer, Request


class Auth(Protocol):
    """Adds what a vendor wants to see to a request."""

    def flow(self, request: Request) -> Generator[Request, Answer, None]:
        """Yield the requests to send; the last one's answer is the caller's."""
        ...
