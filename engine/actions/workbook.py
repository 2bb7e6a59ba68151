"""Rows of a workbook: durable in the ledger at once, written as a whole when the run ends.

The workbook is written beside and renamed. Its digest is committed before the rename, so that whoever comes after a
process that died can tell the old workbook, the new one and one that somebody else saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from engine import canonical
from engine.actions.context import Context
from engine.actions.entry import Entry, alone_in, commit, done, stands, unusable
from engine.errors import ConnectionFailed
from engine.ledger import Ledger, WorkbookRow
from engine.tables import BadTable
from engine.tables.writing import digest_of, is_there, make_folders, safe_path
from engine.tables.writing_excel import MAX_EXCEL_ROWS, beside, new_workbook
from engine.world import World


async def keep(entry: Entry, context: Context) -> bool:
    """Keep the rows of *entry* for its workbook once, and return whether that was now.

    Raises:
        RecordError: the workbook's columns or sheet are others, or it is full; ``Parked`` where other rows of this
            record were kept before.
        ConnectionFailed: the workbook is not the one that was last written.
    """
    world = context.world
    try:
        make_folders(entry.path.parent, world.output)
        async with alone_in(entry.path.parent, world):
            book = await _settled(entry.name, entry.path, world)
            if stands(entry, context):
                return False
            if book.rows == book.written:
                book = _at_hand(book, entry.path)
            begun = book.rows > book.first
            columns, lines = entry.lines_behind(book.columns if begun else "", book.sheet)
            rows = book.rows + len(entry.rows)
            if rows - book.first >= MAX_EXCEL_ROWS:
                raise entry.refused(
                    f"{entry.name} is full", "move it away: then the next row begins a new one"
                )
            kept = canonical.encode(columns).decode()
            effect = entry.effect(context, lines)
            book = replace(book, recipe=effect.recipe, sheet=entry.sheet, columns=kept, rows=rows)
            await commit(world, done(effect, world), book)
    except BadTable as error:
        raise unusable(error) from error
    return True


async def flush(name: str, world: World) -> None:
    """Write the workbook *name*, if it has rows that have not been written.

    Raises:
        ConnectionFailed: it is not the one that was last written, or cannot be written.
    """
    try:
        path = safe_path(world.output, name)
        make_folders(path.parent, world.output)
        async with alone_in(path.parent, world):
            book = await _settled(name, path, world)
            if book.rows == book.written:
                return
            book = _at_hand(book, path)
            columns = canonical.decode(book.columns)
            rows = islice(_rows(name, world.ledger), book.first, book.rows)
            with new_workbook(path, columns, rows, book.sheet) as digest:
                await commit(world, replace(book, pending=digest))
            await commit(world, replace(book, digest=digest, written=book.rows))
    except BadTable as error:
        raise unusable(error) from error


async def _settled(name: str, path: Path, world: World) -> WorkbookRow:
    """Return what is known of the workbook, once it is known whether the last one was put in its place."""
    book = world.ledger.workbook(name) or WorkbookRow(name)
    if not book.pending:
        return book
    found = digest_of(path)
    # The rename takes away what lay beside: where both are gone, somebody took the new workbook away.
    is_placed = found == book.pending or not (found or is_there(beside(path)))
    if is_placed:
        book = replace(book, digest=book.pending, written=book.rows)
    book = replace(book, pending="")
    await commit(world, book)
    return book


def _at_hand(book: WorkbookRow, path: Path) -> WorkbookRow:
    """Return *book* as it goes on: behind what was taken away, never over what somebody else saved."""
    found = digest_of(path)
    if found == book.digest:
        return book
    if not found:
        return replace(book, first=book.written, digest="")
    what = "is not as it was last written here" if book.digest else "was not written here"
    raise ConnectionFailed(
        f"file.write: {path} {what}; its {book.rows - book.written} new rows are kept",
        help="put it back as it was, or move it away: then a new one is begun with the new rows",
    )


def _rows(name: str, ledger: Ledger) -> Iterator[Mapping[str, Any]]:
    for effect in ledger.effects(remote_id=name):
        if effect.operation == "file.write" and effect.url == name:
            yield from canonical.decode(effect.body)
