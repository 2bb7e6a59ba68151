"""Paging kinds: how a list goes on. Each knows both sides: the client's next request and the sample server's page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from engine import canonical
from engine.errors import ConnectionFailed
from engine.paths import Path
from engine.raw import Raw
from engine.wire import Answer, Request

CURE: Final = "correct the paging of this operation in its connector, or ask the vendor"


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

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        """Return the request for the page after *answer*, or None on the last one.

        Args:
            records: Those of the page, as ``Raw`` or as plain data.

        Raises:
            ConnectionFailed: the answer does not say where the list goes on.
            Refused: it leads to no address.
        """
        ...

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        """Serve a sample: the page of *records* that the query parameters or variables *asked* name at *url*."""
        ...


def asked_of(request: Request) -> dict[str, str]:
    """Return the query parameters of *request*."""
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def with_query(request: Request, changed: Mapping[str, str], without: Collection[str] = ()) -> Request:
    """Return *request* with some query parameters *changed* and *without* others; the rest stays in its order."""
    parts = urlsplit(request.url)
    kept = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0] not in changed and pair[0] not in without
    ]
    return replace(request, url=parts._replace(query=urlencode([*kept, *changed.items()])).geturl())


def told_at(path: Path, answer: Answer) -> Any:
    """Return what *path* selects in the body of *answer*; no more of it is decoded than that takes.

    Raises:
        ConnectionFailed: the body is no JSON.
    """
    try:
        return Raw(answer.body).at(path)
    except canonical.NotJson as error:
        raise ConnectionFailed("the answer that should lead on is no JSON", help=CURE) from error


def count_in(header: str, answer: Answer) -> int:
    """Return the number that the *header* of *answer* holds; raises ``ConnectionFailed`` where it holds none."""
    return counted(answer.headers.get(header.lower()), f"in the header {header}")


def counted(said: Any, where: str) -> int:
    """Return what was *said* of how many pages there are; raises ``ConnectionFailed`` where that is no number."""
    text = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not (text.isascii() and text.isdigit()):
        raise ConnectionFailed(f"the answer does not say {where} how many pages there are", help=CURE)
    return int(text)
