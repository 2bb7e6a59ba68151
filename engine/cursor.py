"""The cursor: up to where a recipe has read a list, so that its next run reads only what is new.

It is a low-water mark. Every record up to it is final: done, skipped, parked, or in the dead letters with its bytes. It
moves over a page in the transaction of the row that makes the last record of that page, and of all pages before it,
final; where pages do not come sorted, at the end of the whole sweep. It never moves beyond an instant that a record
has shown, nor beyond the present one of this machine: what a wrong clock or a wrong record says loses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine import canonical, dates, stamps
from engine.connector import Incremental
from engine.errors import UsageError
from engine.ledger import CursorRow, Row
from engine.raw import look
from engine.recipe import Recipe
from engine.world import World

UNKNOWN: Final = ""
"""The position of a cursor that is taken back to the beginning."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a user asks to be read, in place of what is new.

    Attributes:
        since, until: Instants that bound it, inclusive; None for an open end.
        keeps: Whether the cursor goes on from where another one of this recipe stands.
        moves: Whether the cursor may move by it.
    """

    since: datetime | None = None
    until: datetime | None = None
    keeps: bool = False
    moves: bool = True


WHAT_IS_NEW: Final = Window()


@dataclass(slots=True)
class Page:
    """One page on its way.

    Attributes:
        left: How many of its records are not final.
        greatest: The latest instant that one of them shows, or None.
    """

    left: int
    greatest: datetime | None


class Cursor:
    """The cursor of one run, and what it does with it.

    Args:
        row: Where it stands; an unknown position reads from the beginning.
        window: What the user asks for.
        moves: Whether this run moves it.

    Attributes:
        bounds: Instants by the parameters of the operation that bound what is read.
        undated: How many records show no instant.
        is_sorted: Whether pages came sorted as far as the operation says that they are.
    """

    def __init__(
        self, how: Incremental, row: CursorRow, world: World, window: Window, *, moves: bool
    ) -> None:
        self._how, self._row, self._ledger, self._clock, self._moves = (
            how,
            row,
            world.ledger,
            world.clock,
            moves,
        )
        self.undated, self.is_sorted = 0, True
        self._from = row.position
        self._position = _read(row.position)
        if moves and self._position is None:
            self._position = window.since
        settled = _earlier(world.clock.now().astimezone(UTC), how.lag)
        self._end = window.until or settled
        since = window.since
        if since is None and self._position is not None and window.until is None:
            since = _earlier(min(self._position, self._end), how.overlap)
        ends = bool(how.end) and (moves or window.until is not None)
        self.bounds = {how.start: stamps.written(since, how.stamp)} if since is not None else {}
        self.bounds |= {how.end: stamps.written(self._end, how.stamp)} if ends else {}
        self._pages: deque[Page] = deque()
        self._greatest: datetime | None = None
        self._under_way: set[asyncio.Future[None]] = set()
        self._is_broken = False

    @property
    def position(self) -> str:
        """Where it stands in the ledger; empty where it does not."""
        return self._row.position

    @property
    def notes(self) -> list[str]:
        """What a person must know of how it moved."""
        field, told = self._how.field.text, []
        if self.undated:
            told.append(f"{self.undated} × no instant at {field}: the cursor goes by the other records")
        if not self.is_sorted:
            told.append(f"pages came out of the order of {field}: the cursor moves at a run's end only")
        return told

    async def opened(self, records: Sequence[Any]) -> Page | None:
        """Take note of a page that was read, before any record of it is taken."""
        if not self._moves:
            return None
        shown = [instant for each in records if (instant := self._shown(each)) is not None]
        page = Page(len(records), max(shown, default=None))
        if shown and self._greatest is not None and min(shown) < self._greatest and self._how.ascending:
            await self._unsorted()
        if page.greatest is not None:
            self._greatest = max(self._greatest or page.greatest, page.greatest)
        if self._how.ascending and self.is_sorted:
            self._pages.append(page)
        return page

    async def final(self, page: Page | None, *rows: Row) -> None:
        """Commit *rows*, which make a record of *page* final, and with the last one of it the cursor.

        Raises:
            LedgerError: nothing was written, and the cursor does not move any more.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        before = tuple(self._under_way)
        moved = self._passed(page) if page is not None else None
        self._under_way.add(done)
        try:
            if moved is not None and before:
                # Rows of other records of these pages: the cursor is not durable before they are.
                await asyncio.wait(before)
            move = [moved] if moved is not None and self.is_sorted and not self._is_broken else []
            if rows or move:
                await self._ledger.commit([*rows, *move])
                self._row = move[0] if move else self._row
        except BaseException:
            self._is_broken = True
            raise
        finally:
            self._under_way.discard(done)
            done.set_result(None)

    async def finish(self) -> None:
        """Move to the end of a sweep all of whose records are final."""
        if not self._moves or self._is_broken:
            return
        move = self._moved(self._greatest)
        if move is not None:
            await self._ledger.commit([move])
            self._row = move

    def _passed(self, page: Page) -> CursorRow | None:
        """Count one more record of *page* as final; returns where the cursor moves to, if it does."""
        page.left -= 1
        if not (self._how.ascending and self.is_sorted):
            return None
        greatest = None
        while self._pages and not self._pages[0].left:
            found = self._pages.popleft().greatest
            if found is not None:
                greatest = found if greatest is None else max(greatest, found)
        return self._moved(greatest) if greatest is not None else None

    def _moved(self, greatest: datetime | None) -> CursorRow | None:
        """Return the row of a cursor that everything up to *greatest* is final for; None where it stays."""
        reached = min(greatest, self._end) if greatest is not None else None
        known = [each for each in (self._position, reached) if each is not None]
        self._position = max(known, default=None)
        if self._position is None or _kept(self._position) == self._row.position:
            return None
        return replace(self._row, position=_kept(self._position), at=self._now())

    async def _unsorted(self) -> None:
        """Go back to where this sweep began: what is earlier than the cursor may still be to come."""
        self.is_sorted = False
        self._pages.clear()
        if self._under_way:
            await asyncio.wait(tuple(self._under_way))  # one of them may move it
        self._position = _read(self._from)
        if self._row.position != self._from:
            back = replace(self._row, position=self._from, at=self._now())
            await self._ledger.commit([back])
            self._row = back

    def _shown(self, record: Any) -> datetime | None:
        value = look(self._how.field, record) if record is not None else None
        try:
            return stamps.read(value, self._how.stamp)
        except dates.NotDate:
            self.undated += 1
            return None

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds")


def begin(
    recipe: Recipe,
    known_as: tuple[str, str],
    variables: Mapping[str, Any],
    world: World,
    window: Window,
    run: str,
) -> tuple[Cursor | None, list[Row]]:
    """Return the cursor of a run, None where there is none, and the rows that are written as the run begins.

    Args:
        known_as: The texts of the source account's and the target accounts' identities.

    Raises:
        UsageError: what the user asks for cannot be, or what is read has changed and the user must say from where.
    """
    trigger, how = recipe.trigger, recipe.trigger.incremental
    if how is None or trigger.use is None:
        _refuse(recipe, window)
        return None, []
    if window.until is not None and not how.end:
        raise UsageError(
            f"{trigger.use.text} can be told from when to read, and not up to when", help="leave out --to"
        )
    source, target = known_as
    asked = canonical.encode({**trigger.asked, "vars": dict(variables)})
    digest, at = canonical.digest(asked), world.clock.now().isoformat(timespec="milliseconds")
    row = CursorRow(recipe.name, source, target, digest, UNKNOWN, asked.decode(), run, at)
    known = world.ledger.cursor(recipe.name, source, target, digest)
    stands = known is not None and known.position != UNKNOWN
    if known is not None:
        row = replace(row, position=known.position)
    others = _others(row, world)
    rows: list[Row] = []
    if window.keeps and not stands:
        if not others:
            raise UsageError(
                "there is no cursor of this recipe and account to keep", help="leave out --keep-cursor"
            )
        row = replace(row, position=others[0].position)
        rows, stands = [row], True
    if others and not stands and window == WHAT_IS_NEW:
        raise _changed(others[0], asked, recipe.name)
    moves = window.moves and window.until is None and (window.since is None or not stands)
    if moves and window.since is not None and window.since > world.clock.now():
        raise UsageError(
            "--from lies in the future: nothing would be read before", help="give an earlier one"
        )
    return Cursor(how, row, world, window, moves=moves), rows


def _others(row: CursorRow, world: World) -> list[CursorRow]:
    """Return the cursors of the same recipe and accounts that stand for something else; the last moved one first."""
    return [
        each
        for each in world.ledger.cursors(row.recipe)
        if (each.source, each.target) == (row.source, row.target)
        and each.position != UNKNOWN
        and each.digest != row.digest
    ]


def window_of(since: str | None, until: str | None, zone: ZoneInfo | None, *, keeps: bool) -> Window:
    """Return what ``--from``, ``--to`` and ``--keep-cursor`` ask for; a day is one of *zone*, and counts whole.

    Raises:
        UsageError: one is neither an instant nor a day, or they contradict each other.
    """
    if keeps and (since is not None or until is not None):
        raise UsageError(
            "--keep-cursor goes on from where the cursor stands; --from and --to say something else",
            help="leave out one of the two",
        )
    first = _instant("--from", since, zone, days=0) if since is not None else None
    last = _instant("--to", until, zone, days=1) if until is not None else None
    if first is not None and last is not None and first > last:
        raise UsageError(f"--from {since} is later than --to {until}", help="give the earlier one to --from")
    return Window(first, last, keeps)


def _instant(option: str, text: str, zone: ZoneInfo | None, *, days: int) -> datetime:
    """Return the instant *text*, or the beginning of the day that it is, so many *days* later."""
    try:
        moment = dates.read(text)
        if moment.has_time:
            return dates.instant(text).astimezone(UTC)
        if zone is None:
            raise UsageError(
                f"{option} {text} is a day, and the recipe does not say in which zone it begins",
                help="give an instant such as 2026-11-22T00:00:00-05:00, or set settings.timezone",
            )
        return (moment.at + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)
    except (dates.NotDate, OverflowError) as error:
        told = str(error).partition("; for another notation")[0]  # which is a filter's to take
        raise UsageError(f"{option}: {told}", help="give a day or an instant with its offset") from error


def _refuse(recipe: Recipe, window: Window) -> None:
    """Refuse what only a cursor could do."""
    options = {"--from": window.since, "--to": window.until, "--keep-cursor": window.keeps or None}
    for option, value in options.items():
        if value is None:
            continue
        use = recipe.trigger.use
        if use is not None and (how := use.operation.incremental) is not None:
            names = " or ".join(name for name in (how.start, how.end) if name)
            why = f"its trigger bounds what it reads by itself, with {names}"
        elif use is not None:
            why = f"{use.text} cannot be told from when to read"
        else:
            why = f"its trigger is {recipe.trigger.kind}"
        raise UsageError(f"{option} is not for {recipe.name}: {why}", help=f"leave out {option}")


def _changed(other: CursorRow, asked: bytes, recipe: str) -> UsageError:
    now, before = canonical.decode(asked), canonical.decode(other.asked)
    what = " and ".join(
        f"{'vars' if name == 'vars' else f'trigger.{name}' if name == 'with' else f'the {name}'}"
        for name in now
        if now[name] != before.get(name)
    )
    return UsageError(
        f"{what} changed: {recipe} has read up to {other.position} as it was before, and what it reads now is another "
        "list",
        help="say from when it is read with --from, or go on from there with --keep-cursor",
    )


def _read(position: str) -> datetime | None:
    return dates.instant(position) if position else None


def _kept(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _earlier(instant: datetime, seconds: float) -> datetime:
    try:
        return instant - timedelta(seconds=seconds)
    except OverflowError:
        return instant
