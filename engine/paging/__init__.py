"""Paging kinds: how a list goes on. Each knows both sides: the client's next request and the sample server's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.wire import Answer, Request


class Paging(Protocol):
    """One way of paging."""

    def next(self, request: Request, answer: Answer) -> Request | None:
        """Return the request for the page after *answer*, or None on the last one."""
        ...

    def page(
        self, records: Sequence[Any], query: Mapping[str, str], url: str
    ) -> tuple[Sequence[Any], dict[str, str]]:
        """Serve a sample: the records of the page that *query* asks for at *url*, and the headers that lead on."""
        ...
