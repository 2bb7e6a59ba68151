"""``keyset``: the next page begins behind the last record of this one, wherever that stands by then.

Unlike pages by number it loses nothing where records come, go or change while the list is read. A list by a time asks
for what is *later* than a value, which several records may share: then it steps back a little, and records of that
moment come twice; where they fill a page, the next page of the same moment is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine import stamps
from engine.dates import NotDate
from engine.declare import Declaration
from engine.errors import ConnectionFailed
from engine.paging import CURE, Page, asked_of, count_in, told_at, with_query
from engine.paths import MISSING, RECORD, Path, compile_path
from engine.policy import DURATION, seconds
from engine.raw import look
from engine.stamps import Stamp
from engine.wire import Answer, Request


class Params(BaseModel):
    """Settings of ``paging: {kind: keyset}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(
        pattern="^[$]",
        description="Path in a record of what the list is sorted by.",
        examples=["$.id"],
    )
    to: str = Field(
        min_length=1,
        description="Query parameter that takes that of the last record.",
        examples=["starting_after"],
    )
    more: str = Field(
        default="",
        pattern="^[$]",
        description="Path of the true or false that says whether there are more pages; without it an empty page ends "
        "the list.",
        examples=["$.has_more"],
    )
    header: str = Field(
        default="",
        pattern="^[A-Za-z0-9-]+$",
        description="Header of an answer that says how many pages there are of what was asked for; one is the last.",
        examples=["X-WP-TotalPages"],
    )
    back: str = Field(
        default="",
        pattern=DURATION,
        description="What is subtracted from a time, so that records which share it are not passed over.",
        examples=["1s"],
    )
    stamp: Stamp = Field(
        default="instant",
        alias="as",
        description="How times are written, with back: instant is RFC 3339, utc the same in UTC without saying so, "
        "epoch seconds since 1970.",
    )
    page: str = Field(
        default="page",
        description="Query parameter of a page's number, with back: for more records of one time than a page holds.",
        examples=["page"],
    )
    size: str = Field(
        default="limit", description="Query parameter that holds a page's size.", examples=["limit"]
    )


class KeysetPaging:
    """Asks for what stands behind the last record until there is no more."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._field = compile_path(params.field)
        self._more: Path | None = compile_path(params.more) if params.more else None
        self._back = timedelta(seconds=seconds(params.back)) if params.back else None

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        if not self._goes_on(answer):
            return None
        if not records:
            if self._more is not None or self._is_counted(request, answer):
                raise ConnectionFailed(
                    "the answer has an empty page, and says that it is not the last", help=CURE
                )
            return None
        return self._behind_id(request, records) if self._back is None else self._later(request, records)

    def _goes_on(self, answer: Answer) -> bool:
        """Tell whether something says that this page is not the last, or nothing says anything."""
        if self._more is None:
            return not self._params.header or count_in(self._params.header, answer) > 1
        said = told_at(self._more, answer)
        if not isinstance(said, bool):
            raise ConnectionFailed(f"the answer says neither true nor false at {self._more.text}", help=CURE)
        return said

    def _is_counted(self, request: Request, answer: Answer) -> bool:
        """Tell whether *answer* counts this very page among those that there are."""
        number = int(asked_of(request).get(self._params.page, "1"))
        return bool(self._params.header) and number <= count_in(self._params.header, answer)

    def _behind_id(self, request: Request, records: Sequence[Any]) -> Request:
        value = look(self._field, records[-1])
        if value is MISSING or isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise ConnectionFailed(f"the last record of a page has no value at {self._field.text}", help=CURE)
        return with_query(request, {self._params.to: str(value)})

    def _later(self, request: Request, records: Sequence[Any]) -> Request:
        to, page, asked = self._params.to, self._params.page, asked_of(request)
        # Each of them: a list that is sorted otherwise may begin and end well, and would lose what lies between.
        shown = [self._shown(each) for each in records]
        since = self._since(shown[-1])
        begun = self._read(asked[to]) if to in asked else None
        if begun is not None and (shown[0] < begun or self._read(since) < begun):
            raise ConnectionFailed(
                f"a record of the answer is from before {to}, by which later ones were asked for", help=CURE
            )
        if any(later < earlier for earlier, later in pairwise(shown)):
            raise ConnectionFailed(
                f"the answer's records do not come sorted by {self._field.text}, oldest first", help=CURE
            )
        if asked.get(to) != since:
            return with_query(request, {to: since}, without={page})
        # The whole page is of one moment: there are more records of it behind, or none at all.
        return with_query(request, {page: str(int(asked.get(page, "1")) + 1)})

    def _since(self, last: datetime) -> str:
        """Return what asks for all from the moment *last* on."""
        return str(stamps.written(last - (self._back or timedelta(0)), self._params.stamp))

    def _shown(self, record: Any) -> datetime:
        try:
            return stamps.read(look(self._field, record), self._params.stamp)
        except NotDate as error:
            raise ConnectionFailed(
                f"a record of the page has no time at {self._field.text}", help=CURE
            ) from error

    def _read(self, text: str) -> datetime:
        """Return the moment that a query parameter says."""
        try:
            return stamps.read(int(text) if self._params.stamp == "epoch" else text, self._params.stamp)
        except ValueError as error:
            raise ConnectionFailed(f"{self._params.to} is no time: {error}", help=CURE) from error

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        size, after, start = max(1, int(asked.get(self._params.size, "10"))), asked.get(self._params.to), 0
        head = {}
        if self._back is None:
            values = [str(self._field.select({RECORD: each})) for each in records]
            start = values.index(after) + 1 if after else 0
        else:
            later = [each for each in records if not after or self._shown(each) > self._read(after)]
            records = sorted(later, key=self._shown)
            start = (int(asked.get(self._params.page, "1")) - 1) * size
            head = {self._params.header: str(-(-len(records) // size))} if self._params.header else {}
        fields = [(self._more, start + size < len(records))] if self._more is not None else []
        return Page(records[start : start + size], head, fields)


DECLARATION = Declaration(
    "keyset",
    "The next page begins behind the last record of this one, by its id or by its time.",
    KeysetPaging,
    Params,
)
