"""``statement``: the query's own text says where a page begins and how much it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.errors import ConnectionFailed
from engine.paging import CURE, Page, asked_of, with_query
from engine.wire import Answer, Request


class Params(BaseModel):
    """Settings of ``paging: {kind: statement}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(
        min_length=1, description="Query parameter that carries the statement.", examples=["query"]
    )
    start: str = Field(
        pattern="^[A-Za-z]+$",
        description="Word before the number at which a page begins; the statement ends with it and with size.",
        examples=["STARTPOSITION"],
    )
    size: str = Field(
        pattern="^[A-Za-z]+$",
        description="Word before the number of records that a page holds at most.",
        examples=["MAXRESULTS"],
    )
    first: int = Field(default=1, ge=0, le=1, description="Number of the first record.", examples=[1])


@dataclass(frozen=True, slots=True)
class _Part:
    """What a statement's end says: where the number of its *start* stands, that number, and how many it asks for."""

    at: tuple[int, int]
    start: int
    size: int


class StatementPaging:
    """Moves the beginning on until a page is not full."""

    def __init__(self, params: Params) -> None:
        self._params = params
        # At the end alone: a text that a recipe gives may hold the same words.
        self._end = re.compile(rf"\b{params.start} (?P<start>\d+) {params.size} (?P<size>\d+)$", re.ASCII)

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        text = asked_of(request).get(self._params.to, "")
        part = self._part(text)
        if len(records) < part.size:
            return None
        begin, end = part.at
        return with_query(request, {self._params.to: f"{text[:begin]}{part.start + part.size}{text[end:]}"})

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        part = self._part(str(asked.get(self._params.to, "")))
        begin = part.start - self._params.first
        return Page(records[begin : begin + part.size])

    def _part(self, text: str) -> _Part:
        found = self._end.search(text)
        if found is None:
            told = f"the statement does not end with {self._params.start} and {self._params.size}"
            raise ConnectionFailed(told, help=CURE)
        return _Part(found.span("start"), int(found["start"]), int(found["size"]))


DECLARATION = Declaration(
    "statement",
    "The statement's text says where a page begins and how much it holds; a page that is not full ends the list.",
    StatementPaging,
    Params,
)
