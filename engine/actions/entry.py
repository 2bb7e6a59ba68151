"""What one ``file.write`` adds to a file, and what is the same for every format."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from engine import canonical
from engine.actions.context import Context
from engine.actions.once import key_of, started
from engine.actions.revision import Parked, chosen, of_this_account
from engine.errors import ConnectionFailed, RecordError
from engine.ledger import EffectRow, EffectState, Written
from engine.ledger.changes import Change
from engine.lock import folder_lock
from engine.policy import OnRevision
from engine.tables import BadTable
from engine.tables.writing import csv_header, csv_line, jsonl_line
from engine.tables.writing_excel import check_excel
from engine.world import World

Columns = tuple[str, ...]
BY_HAND: Final = "look for it there, and add it by hand if it is missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """Rows for a file.

    Attributes:
        name: The file, from the folder that files are written below; one name for one file.
        path: Where it lies.
        columns: As the action names them; empty where it does not.
        sheet: Of a workbook; empty for Excel's own first one.
        pointer: The action's place in the recipe.
    """

    name: str
    path: Path
    format: Literal["csv", "excel", "jsonl"]
    rows: Sequence[Mapping[str, Any]]
    columns: Columns
    sheet: str
    pointer: str

    def effect(self, context: Context, body: bytes = b"") -> EffectRow:
        """Return the effect that these rows are, about to be made by writing *body*."""
        given = {"file": self.name, "rows": self.rows}
        row = started(given, context, url=self.name, body=body)
        return replace(row, remote_id=self.name)

    def lines_behind(self, kept: str, sheet: str = "") -> tuple[Columns, bytes]:
        """Return the file's columns, and the rows as they are appended under them, or kept for a workbook.

        Args:
            kept: The columns that the file has, as the ledger keeps them; empty for a file that is begun now.
            sheet: The sheet that it has.

        Raises:
            RecordError: the rows, or the columns or sheet that the action names, are not the file's.
        """
        columns: Columns = tuple(canonical.decode(kept)) if kept else self.columns or tuple(self.rows[0])
        if self.columns and self.columns != columns:
            raise self.refused(
                f"{self.name} has the columns {', '.join(columns)}; this action names {', '.join(self.columns)}",
                "move the file away: then the next row begins a new one; or write to another name",
            )
        if kept and self.format == "excel" and self.sheet != sheet:
            raise self.refused(
                f"{self.name} has {_named(sheet)}; this action names {_named(self.sheet)}",
                "write each sheet to a workbook of its own",
            )
        try:
            if self.format == "excel":
                check_excel(columns, self.rows, self.sheet)
            elif self.format == "csv":
                csv_header(columns)
            return columns, self._lines(columns)
        except BadTable as error:
            raise self.refused(f"{self.name} cannot take this row: {error.message}", error.help) from error

    def _lines(self, columns: Columns) -> bytes:
        if self.format == "excel":
            return canonical.encode(self.rows)
        if self.format == "csv":
            return b"".join(csv_line(columns, row) for row in self.rows)
        return b"".join(map(jsonl_line, self.rows))

    def refused(self, message: str, help: str = "") -> RecordError:
        """Return why these rows cannot be written."""
        return RecordError("X107", message, pointer=self.pointer, help=help)


def _named(sheet: str) -> str:
    return f"the sheet {sheet}" if sheet else "no name for its sheet"


def stands(entry: Entry, context: Context) -> bool:
    """Tell whether the rows of *entry* were written before.

    Raises:
        Parked: others were, from an earlier state of the record, or a person must look.
        RecordError: a record of another account has this key.
    """
    world, pointer = context.world, context.call.pointer
    known = world.ledger.effect(key_of(context).text)
    if known is None:
        return False
    if known.state is EffectState.PARKED:
        raise Parked("X301", known.error, pointer=pointer, help=BY_HAND)
    if context.call.key is None:
        of_this_account(known, context.origin, pointer)
    # A row of a file cannot be changed or taken back.
    asked: OnRevision = "skip" if context.on_revision == "skip" else "park"
    is_same = known.request_digest == entry.effect(context).request_digest or context.settles
    if not is_same and chosen(context.origin, known, asked, asked, remaps=context.remaps) == "park":
        raise Parked(
            "X302",
            f"the record changed after file.write wrote its row to {known.url}",
            pointer=pointer,
            help=f"compare the record with its row in {known.url} and correct it there, or where the rows go",
        )
    if known.state is not EffectState.DONE:
        message = f"it cannot be told whether this row was written to {known.url}"
        raise Parked("X301", message, pointer=pointer, help=BY_HAND)
    return True


def done(effect: EffectRow, world: World) -> EffectRow:
    """Return *effect* as it stands once its rows are durable."""
    return replace(effect, state=EffectState.DONE, finished_at=world.stamp())


def ended(effects: Iterable[str], world: World) -> list[Change]:
    """Return what tells that the effects with these keys, which were being made, are done."""
    to = {"state": EffectState.DONE.value, "finished_at": world.stamp()}
    return [Change(EffectRow, (key,), to) for key in effects]


@contextlib.asynccontextmanager
async def alone_in(folder: Path, world: World) -> AsyncIterator[None]:
    """Hold *folder* for as long as the block runs; other processes and others of this one wait.

    Those of this one wait for each other in the loop: of its threads, which wait for other processes, there are few.

    Raises:
        UsageError: the system refuses it.
    """
    async with world.alone(f"folder {folder}"), folder_lock(folder):
        yield


async def commit(world: World, *rows: Written) -> None:
    """Commit *rows*, and do not leave before they are: who is cancelled lets go of a file only when that is settled."""
    task = asyncio.ensure_future(world.ledger.commit(rows))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def unusable(error: BadTable) -> ConnectionFailed:
    """Return that a file cannot be written now: no record is to be blamed for it."""
    return ConnectionFailed(f"file.write: {error.message}", help=error.help)
