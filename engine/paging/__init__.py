"""Paging kinds: how a list goes on. Each knows both sides: the client's next request and the sample server's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.paths import Path
from engine.wire import Answer, Request


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a sample.

    Attributes:
        headers: What leads on in the answer's head.
        fields: What leads on in the answer's body: a place, and the value that stands there.
    """

    records: Sequence[Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[tuple[Path, Any]] = ()


class Paging(Protocol):
    """One way of paging."""

    def next(self, request: Request, answer: Answer) -> Request | None:
        """Return the request for the page after *answer*, or None on the last one.

        Raises:
            ConnectionFailed: the answer does not say where the list goes on.
            Refused: it leads to no address.
        """
        ...

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        """Serve a sample: the page of *records* that the query parameters or variables *asked* name at *url*."""
        ...
