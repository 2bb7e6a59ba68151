"""Rows appended to a CSV or JSON Lines file, each once, whatever dies in between.

Before a line is appended, an effect with its exact bytes is committed, and that it is this file's pending one; behind
it, that the line is done and how long the file is now. What a process that died has begun to append is cut off and
appended again. Nothing that was not written here is touched.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine import canonical
from engine.actions.context import Context
from engine.actions.entry import Entry, commit, done, stands, unusable
from engine.ledger import EffectRow, EffectState, FileRow
from engine.lock import folder_lock
from engine.tables import BadTable
from engine.tables.writing import append, begin, csv_header, expect, is_there, make_folders, safe_path
from engine.world import World


async def write(entry: Entry, context: Context) -> bool:
    """Append the rows of *entry* once, and return whether that was now.

    Raises:
        RecordError: the file's columns are others; ``Parked`` where other rows of this record were written before.
        ConnectionFailed: the file cannot be used: it is shorter than what was written, or holds what others wrote.
    """
    world = context.world
    try:
        make_folders(entry.path.parent, world.output)
        async with folder_lock(entry.path.parent):
            file = await _settled(entry.name, world)
            if stands(entry.effect(context, b""), context):
                return False
            file, body = await _ready(file, entry, world)
            effect = entry.effect(context, body)
            await _append(effect, replace(file, recipe=effect.recipe), entry.path, world)
    except BadTable as error:
        raise unusable(error) from error
    return True


async def settle(name: str, world: World) -> None:
    """Finish what a process that died has begun to append to *name*.

    Raises:
        ConnectionFailed: the file cannot be used.
    """
    try:
        path = safe_path(world.output, name)
        make_folders(path.parent, world.output)
        async with folder_lock(path.parent):
            await _settled(name, world)
    except BadTable as error:
        raise unusable(error) from error


async def _append(effect: EffectRow, file: FileRow, path: Path, world: World) -> None:
    """Intent, bytes, outcome."""
    await commit(world, effect, replace(file, pending=effect.key))
    size = append(path, effect.body, file.size)
    await commit(world, done(effect, world), replace(file, size=size))


async def _settled(name: str, world: World) -> FileRow:
    """Return what is known of the file, once nothing is pending there; the lock says that nobody is appending now."""
    file = world.ledger.file(name) or FileRow(name)
    effect = world.ledger.effect(file.pending) if file.pending else None
    if effect is None:
        return file
    path = safe_path(world.output, name)
    if not is_there(path):
        message = f"{name} was taken away while this row was being written to it"
        parked = replace(
            effect,
            state=EffectState.PARKED,
            error=f"{message}: look whether it stands there, and add it by hand if not",
            finished_at=world.stamp(),
        )
        fresh = replace(file, size=0, columns="", pending="")
        await commit(world, parked, fresh)
        return fresh
    size = append(path, effect.body, file.size, pending=effect.body)
    settled = replace(file, size=size, pending="")
    await commit(world, done(effect, world), settled)
    return settled


async def _ready(file: FileRow, entry: Entry, world: World) -> tuple[FileRow, bytes]:
    """Return the file, which is there then and as long as is known, and the bytes that are to be appended."""
    if not is_there(entry.path):
        columns = entry.columns_behind("")
        if file.size:
            # Whoever takes a file away, to an archive each month, has its rows: the next one begins a new file.
            file = FileRow(file.path, file.recipe)
            await commit(world, file)
        # Durable before the intent: a file that is not there any more was taken away.
        begin(entry.path, world.output)
    else:
        columns = entry.columns_behind(file.columns if file.size else "")
    expect(entry.path, file.size)
    head = csv_header(columns) if entry.format == "csv" and not file.size else b""
    kept = canonical.encode(columns).decode() if entry.format == "csv" else ""
    return replace(file, columns=kept), head + entry.lines(columns)
