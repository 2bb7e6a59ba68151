"""A paged source for tests: records that show when they changed, listed in pages, bounded as they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from engine import canonical
from engine.cursor import WHAT_IS_NEW, Window
from engine.keys import Identity
from engine.ledger import CursorRow
from engine.paging.cursor import CursorPaging, Params
from engine.report import Report
from engine.runner import Runner
from engine.variables import values
from engine.wire import Answer, Request
from engine.world import Target, World
from tests.bench import Bench

CONNECTOR: Final = """
connector: shelf
version: 1
summary: A source of the tests.
base_url: https://shelf.example
settings: {name: {type: string, description: Which shelf., default: one, example: one}}
identity: [name]
operations:
  books.list:
    effect: read
    summary: Books.
    path: /books
    records: $.books
    params:
      since: {in: query, type: string}
      until: {in: query, type: string}
      of: {in: query, type: string}
    paging: {kind: cursor, cursor: $.next, to: page}
    incremental: {field: $.at, from: since%s}
  books.all: {effect: read, summary: Books., path: /books, records: $.books}
"""
RECIPE: Final = """
recipe: bench
version: 1
connections: {shelf: shelf, desk: desk}
settings: {concurrency: %s, timezone: America/New_York}
vars: {note: {type: text, default: none}}
trigger: {poll: shelf.books.list, key: $.id, revision: $.at%s}
actions:
  - {id: n, uses: desk.notes.create, with: {text: $.text, amount: $.amount?}, key: [$.id, $.at]}
"""
NOON: Final = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def at(minute: float) -> str:
    """Return the instant so many minutes after noon."""
    return (NOON + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def book(name: str, minute: float, **more: Any) -> dict[str, Any]:
    """Return a record that changed so many minutes after noon."""
    return {"id": name, "text": f"{name}@{minute:g}", "at": at(minute), **more}


class Hands:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.minute = 60.0

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)


class Shelf:
    """Gives its books in pages.

    Attributes:
        size: How many books a page has.
        order: By what pages are sorted; None for the order in which the books stand.
        filters: Whether it heeds the bounds.
        asked: The bounds of each list that was begun, minutes after noon or None.
        turned: Called before each page with its number, from 0.
    """

    def __init__(self, *books: dict[str, Any]) -> None:
        self.books = list(books)
        self.size = 2
        self.order: Callable[[dict[str, Any]], Any] | None = lambda each: (str(each.get("at")), each["id"])
        self.filters = True
        self.asked: list[tuple[float | None, float | None]] = []
        self.turned: Callable[[int], None] = lambda _: None
        self._list: list[list[dict[str, Any]]] = []
        self.pages: Callable[[list[dict[str, Any]]], list[list[dict[str, Any]]]] = self._in_pages

    def put(self, *books: dict[str, Any]) -> None:
        """Put *books* there in place of those of the same id."""
        names = {each["id"] for each in books}
        self.books = [each for each in self.books if each["id"] not in names] + list(books)

    async def send(self, request: Request) -> Answer:
        asked = dict(parse_qsl(urlsplit(request.url).query))
        number = int(asked.get("page", "0"))
        self.turned(number)
        await asyncio.sleep(0)
        if number == 0:
            since, until = _minute(asked.get("since")), _minute(asked.get("until"))
            self.asked.append((since, until))
            self._list = self.pages([each for each in self.books if self._is_within(each, since, until)])
        page = self._list[number] if number < len(self._list) else []
        following = str(number + 1) if number + 1 < len(self._list) else None
        return Answer(200, {}, canonical.encode({"books": page, "next": following}))

    def _is_within(self, book: dict[str, Any], since: float | None, until: float | None) -> bool:
        minute = _minute(book.get("at"))
        if not self.filters or minute is None:
            return True
        return (since is None or minute >= since) and (until is None or minute <= until)

    def _in_pages(self, books: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        found = sorted(books, key=self.order) if self.order is not None else books
        return [found[start : start + self.size] for start in range(0, len(found), self.size)]


def _minute(text: Any) -> float | None:
    try:
        return (datetime.fromisoformat(text) - NOON).total_seconds() / 60
    except (TypeError, ValueError):
        return None


class Library(Bench):
    """A bench whose recipe reads a shelf.

    Args:
        how: What the connector says of the list beside field and from, such as ``ascending: true``.
    """

    def __init__(self, path: Path, how: str = "") -> None:
        super().__init__(path)
        folder = path / "connectors" / "shelf"
        folder.mkdir()
        (folder / "connector.yaml").write_text(CONNECTOR % (f", {how}" if how else ""), encoding="utf-8")
        self.shelf = Shelf()
        self.hand = self.clock = Hands()
        self.how = how
        self.concurrency = 1
        self.place = "one"

    def read(
        self,
        window: Window | None = WHAT_IS_NEW,
        *,
        trigger: str = "",
        variables: Sequence[str] = (),
        more: str = "",
        stopping: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Run the recipe on what the shelf gives."""
        recipe = self.recipe(RECIPE % (self.concurrency, trigger) + more)
        paging = {"books.list": CursorPaging(Params(cursor="$.next", to="page"))}
        source = Identity("shelf", (("name", "one"),))
        shelf = Target(self.shelf, source, "https://shelf.example", paging)
        desk = Target(self.desk, Identity("desk", (("name", self.place),)), "https://desk.example", {})
        targets = {"shelf": shelf, "desk": desk}
        world = World(self.clock, self.ledger, self, targets, self.path, None, self.sleep)
        poll = self.registry.declaration("triggers", "poll").run
        given = values(recipe.variables, variables)
        return asyncio.run(Runner(recipe, world, self, poll, given, stopping, window).run())

    @property
    def cursors(self) -> list[CursorRow]:
        """The cursors that stand."""
        return list(self.ledger.cursors())

    @property
    def minute(self) -> float | None:
        """Where the one cursor stands, in minutes after noon; None where there is none."""
        rows = self.cursors
        assert len(rows) < 2
        return _minute(rows[0].position) if rows else None
