"""``page``: pages have numbers, and a header or the body says how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.paging import Page, asked_of, count_in, counted, told_at, with_query
from engine.paths import Path, compile_path
from engine.wire import Answer, Request

FIRST: Final = "1"


class Params(BaseModel):
    """Settings of ``paging: {kind: page}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(
        default="page", description="Query parameter that takes a page's number.", examples=["page"]
    )
    header: str = Field(
        default="",
        pattern="^[A-Za-z0-9-]+$",
        description="Header of an answer that says how many pages there are.",
        examples=["X-WP-TotalPages"],
    )
    at: str = Field(
        default="",
        pattern="^[$]",
        description="Path in an answer of how many pages there are; without it and header an empty one ends the list.",
        examples=["$.total_pages"],
    )
    size: str = Field(
        default="per_page", description="Query parameter that holds a page's size.", examples=["per_page"]
    )


class PagePaging:
    """Counts pages up to the number that each answer gives, or to an empty one."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._at: Path | None = compile_path(params.at) if params.at else None

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        number = int(asked_of(request).get(self._params.to, FIRST))
        pages = self._pages(answer)
        if number >= pages if pages is not None else not records:
            return None
        return with_query(request, {self._params.to: str(number + 1)})

    def _pages(self, answer: Answer) -> int | None:
        """Return how many pages there are, or None where nothing is to say it."""
        if self._params.header:
            return count_in(self._params.header, answer)
        return counted(told_at(self._at, answer), f"at {self._at.text}") if self._at is not None else None

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        size = max(1, int(asked.get(self._params.size, "10")))
        number = int(asked.get(self._params.to, FIRST))
        pages = -(-len(records) // size)
        head = {self._params.header: str(pages)} if self._params.header else {}
        fields = [(self._at, pages)] if self._at is not None else []
        return Page(records[(number - 1) * size : number * size], head, fields)


DECLARATION = Declaration(
    "page",
    "Pages have numbers; an answer says how many there are, or an empty page ends the list.",
    PagePaging,
    Params,
)
