"""A ledger that is read as another one, and written in memory only: what a plan would write is gone with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

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
)


class Aside:
    """A ``Ledger`` of what *known* holds, with the records, effects and accounts that are committed here in front.

    Lists are those of *known*: nobody takes up what a plan left behind.

    Args:
        known: What is read; None for an empty one. It is not written, and not closed.
    """

    def __init__(self, known: Ledger | None) -> None:
        self._known = known
        self._effects: dict[str, EffectRow] = {}
        self._records: dict[tuple[str, str, str, str], RecordRow] = {}
        self._accounts: dict[str, AccountRow] = {}

    async def commit(self, rows: Sequence[Row]) -> None:
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
        return self._effects.get(key) or (self._known.effect(key) if self._known else None)

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
        planned = self._records.get((recipe, source, target, key))
        return planned or (self._known.record(recipe, source, target, key) if self._known else None)

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
        return self._known.cursor(recipe, source, target, digest) if self._known else None

    def cursors(self, recipe: str = "") -> Sequence[CursorRow]:
        return self._known.cursors(recipe) if self._known else []

    def close(self) -> None:
        """Forget what was committed here."""
        self._effects.clear()
        self._records.clear()
        self._accounts.clear()
