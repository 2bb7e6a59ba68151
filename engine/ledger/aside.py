"""A ledger that is read as another one, and written in memory only: what a plan would write is gone with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.ledger import (
    AccountRow,
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    FileRow,
    Ledger,
    LinkRow,
    RecordRow,
    RecordState,
    Row,
    RunRow,
    WorkbookRow,
    Written,
)
from engine.ledger.changes import OldEffect


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a recipe and its actions were called before.

    Attributes:
        recipe: The present name.
        names: Those before.
        keys: Gives the keys that an effect may have had.
    """

    recipe: str
    names: tuple[str, ...]
    keys: Callable[[str], Iterable[str]]


class Aside:
    """A ``Ledger`` of what *known* holds, with the records, effects and accounts that are committed here in front.

    What was made under earlier names is found as a run would have it, which carries it over.

    Lists are those of *known*: nobody takes up what a plan left behind.

    Args:
        known: What is read; None for an empty one. It is not written, and not closed.
        earlier: What a recipe that has another name now was called.
    """

    def __init__(self, known: Ledger | None, earlier: Earlier | None = None) -> None:
        self._known, self._earlier = known, earlier
        self._effects: dict[str, EffectRow] = {}
        self._records: dict[tuple[str, str, str, str], RecordRow] = {}
        self._accounts: dict[str, AccountRow] = {}

    async def commit(self, rows: Sequence[Written]) -> None:
        for row in rows:
            if isinstance(row, EffectRow):
                # What stands is never sent again: its bytes, which are most of it, are not looked at any more.
                done = row.state is EffectState.DONE
                self._effects[row.key] = replace(row, body=b"", headers="[]") if done else row
            elif isinstance(row, RecordRow):
                known_as = (row.recipe, row.source, row.target, row.key)
                self._records[known_as] = replace(row, raw=b"")
            elif isinstance(row, AccountRow):
                self._accounts[row.identity] = row

    def effect(self, key: str) -> EffectRow | None:
        if key in self._effects or self._known is None:
            return self._effects.get(key)
        row = self._known.effect(key)
        if self._earlier is None or (row is not None and row.state is not EffectState.FAILED):
            return row
        found = (self._known.effect(old) for old in self._earlier.keys(key))
        return next((replace(each, key=key) for each in found if each is not None), row)

    def effects(
        self,
        *,
        run: str = "",
        recipe: str = "",
        record: str = "",
        external_id: str = "",
        remote_id: str = "",
        states: Sequence[EffectState] = (),
    ) -> Iterator[EffectRow]:
        if self._known is not None:
            yield from self._known.effects(
                run=run,
                recipe=recipe,
                record=record,
                external_id=external_id,
                remote_id=remote_id,
                states=states,
            )

    def links(self, *, effect: str = "", recipe: str = "", record: str = "") -> Iterator[LinkRow]:
        if self._known is not None:
            yield from self._known.links(effect=effect, recipe=recipe, record=record)

    def paths(self, recipe: str) -> set[str]:
        return self._known.paths(recipe) if self._known else set()

    def record(self, recipe: str, source: str, target: str, key: str) -> RecordRow | None:
        if planned := self._records.get((recipe, source, target, key)):
            return planned
        names = self._names(recipe) if self._known else ()
        found = (self._known.record(name, source, target, key) for name in names if self._known)
        return next((replace(row, recipe=recipe) for row in found if row is not None), None)

    def records(self, *, run: str = "", states: Sequence[RecordState] = ()) -> Iterator[RecordRow]:
        if self._known is not None:
            yield from self._known.records(run=run, states=states)

    def runs(self, limit: int = 20) -> Sequence[RunRow]:
        return self._known.runs(limit) if self._known else []

    def bindings(self) -> Sequence[BindingRow]:
        return self._known.bindings() if self._known else []

    def account(self, identity: str) -> AccountRow | None:
        return self._accounts.get(identity) or (self._known.account(identity) if self._known else None)

    def file(self, path: str) -> FileRow | None:
        return self._known.file(path) if self._known else None

    def files(self, recipe: str) -> Sequence[FileRow]:
        return self._known.files(recipe) if self._known else []

    def workbook(self, path: str) -> WorkbookRow | None:
        return self._known.workbook(path) if self._known else None

    def workbooks(self, recipe: str) -> Sequence[WorkbookRow]:
        return self._known.workbooks(recipe) if self._known else []

    def cursor(self, recipe: str, source: str, target: str, digest: str) -> CursorRow | None:
        names = self._names(recipe) if self._known else ()
        found = (self._known.cursor(name, source, target, digest) for name in names if self._known)
        return next((replace(row, recipe=recipe) for row in found if row is not None), None)

    def cursors(self, recipe: str = "") -> Sequence[CursorRow]:
        names = self._names(recipe) if self._known else ()
        return [
            replace(row, recipe=recipe or row.recipe)
            for name in names
            if self._known
            for row in self._known.cursors(name)
        ]

    def _names(self, recipe: str) -> tuple[str, ...]:
        earlier = self._earlier
        return (recipe, *earlier.names) if earlier is not None and earlier.recipe == recipe else (recipe,)

    def keys(self, row: type[Row], recipe: str, *more: str) -> Iterator[tuple[Any, ...]]:
        if self._known is not None:
            yield from self._known.keys(row, recipe, *more)

    def old_effects(self, before: str, after: int, limit: int) -> Sequence[OldEffect]:
        return self._known.old_effects(before, after, limit) if self._known else []

    def old_runs(self, before: str) -> Sequence[str]:
        return self._known.old_runs(before) if self._known else []

    def size(self) -> int:
        return self._known.size() if self._known else 0

    def compact(self) -> None:
        """Do nothing: it is not written."""

    def close(self) -> None:
        """Forget what was committed here."""
        self._effects.clear()
        self._records.clear()
        self._accounts.clear()
