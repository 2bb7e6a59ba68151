"""``cursor``: the answer's body holds a cursor that the next request sends back, as a query parameter or a variable."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine import canonical
from engine.declare import Declaration
from engine.errors import ConnectionFailed
from engine.money import kind
from engine.paging import CURE, Page, told_at, with_query
from engine.paths import MISSING, Path, compile_path
from engine.wire import Answer, Request


class Params(BaseModel):
    """Settings of ``paging: {kind: cursor}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str = Field(
        pattern="^[$]",
        description="Path of the cursor in the answer.",
        examples=["$.data.orders.pageInfo.endCursor"],
    )
    more: str = Field(
        default="",
        pattern="^[$]",
        description="Path of the true or false that says whether there are more pages; without it a cursor that is "
        "absent, null or empty ends the list.",
        examples=["$.data.orders.pageInfo.hasNextPage"],
    )
    to: str = Field(
        min_length=1, description="Query parameter or variable that takes the cursor.", examples=["after"]
    )
    place: Literal["query", "variables"] = Field(
        default="query", alias="in", description="Whether that is a query parameter or a GraphQL variable."
    )
    size: str = Field(
        default="limit",
        description="Query parameter or variable that holds a page's size.",
        examples=["first"],
    )


class CursorPaging:
    """Sends back the cursor until an answer says that there is no more."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._cursor = compile_path(params.cursor)
        self._more = compile_path(params.more) if params.more else None

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        cursor = told_at(self._cursor, answer)
        if self._more is not None:
            more = told_at(self._more, answer)
            if not isinstance(more, bool):
                raise _not_said(self._more, "true or false", more)
            if not more:
                return None
            if cursor is MISSING or cursor in (None, ""):
                raise _not_said(self._cursor, "a cursor", cursor)
        if cursor is MISSING or cursor in (None, ""):
            return None
        if not isinstance(cursor, str | int) or isinstance(cursor, bool):
            raise _not_said(self._cursor, "a cursor", cursor)
        return self._led_on(request, cursor)

    def _led_on(self, request: Request, cursor: str | int) -> Request:
        name = self._params.to
        if self._params.place == "variables":
            sent = canonical.decode(request.body or b"{}")
            sent["variables"] = {**sent.get("variables", {}), name: cursor}
            return replace(request, body=canonical.encode(sent))
        return with_query(request, {name: str(cursor)})

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        size = max(1, int(asked.get(self._params.size, "50")))
        after = asked.get(self._params.to)
        start = int(base64.urlsafe_b64decode(after)) if after else 0
        end = start + size
        more = end < len(records)
        last = base64.urlsafe_b64encode(str(end).encode()).decode()
        # As Relay's connections do it, the last page has a cursor too where another field says that it is the last.
        fields: list[tuple[Path, Any]] = [
            (self._cursor, last if more or (self._more is not None and records[start:end]) else None)
        ]
        if self._more is not None:
            fields.append((self._more, more))
        return Page(records[start:end], fields=fields)


def _not_said(path: Path, wanted: str, found: Any) -> ConnectionFailed:
    what = "nothing" if found is MISSING else kind(found)
    return ConnectionFailed(f"the answer has {what} at {path.text}, where {wanted} is wanted", help=CURE)


DECLARATION = Declaration(
    "cursor",
    "The answer's body gives a cursor, which the next request sends as a query parameter or a GraphQL variable.",
    CursorPaging,
    Params,
)
