"""Rows appended to a CSV or JSON Lines file, each once, whatever dies in between.

Rows for one file that records bring while others are being appended go together. Before their lines are appended, their
effects with the exact bytes are committed, and that they are this file's pending ones; behind it, that they are done
and how long the file is now. What a process that died has begun to append is cut off and appended again. Nothing that
was not written here is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from engine import canonical
from engine.actions.context import Context
from engine.actions.entry import Entry, alone_in, commit, ended, stands, unusable
from engine.actions.once import key_of
from engine.errors import EngineError, RecordError
from engine.ledger import EffectRow, EffectState, FileRow
from engine.tables import BadTable
from engine.tables.writing import append, begin, csv_header, expect, is_there, make_folders, safe_path
from engine.world import World

HEAVY: Final = 8 << 20
"""Bytes of lines from which on no more are appended together."""


async def write(entry: Entry, context: Context) -> bool:
    """Append the rows of *entry* once, and return whether that was now.

    Raises:
        RecordError: the file's columns are others; ``Parked`` where other rows of this record were written before.
        ConnectionFailed: the file cannot be used: it is shorter than what was written, or holds what others wrote.
    """
    carry = partial(_together, entry.name, entry.path, context.world)
    return await context.world.group(f"file.write {entry.path}", carry).join((entry, context))


async def settle(name: str, world: World) -> None:
    """Finish what a process that died has begun to append to *name*.

    Raises:
        ConnectionFailed: the file cannot be used.
    """
    try:
        path = safe_path(world.output, name)
        make_folders(path.parent, world.output)
        async with alone_in(path.parent, world):
            await _settled(name, world)
    except BadTable as error:
        raise unusable(error) from error


async def _together(
    name: str, path: Path, world: World, requests: Sequence[tuple[Entry, Context]]
) -> list[bool | Exception]:
    """Append what *requests* ask for, and return for each whether its rows were added now, or why they cannot be."""
    came_to: list[bool | Exception] = []
    written = 0
    try:
        if safe_path(world.output, name) != path:
            raise BadTable(f"{name} leads elsewhere than before", help="run again")
        make_folders(path.parent, world.output)
        async with alone_in(path.parent, world):
            file, effects, size = await _settled(name, world), dict[str, EffectRow](), 0
            for entry, context in requests:
                # The second one of two records that share an effect finds it standing.
                if key_of(context).text in effects or size > HEAVY:
                    file, effects, size, written = (
                        await _append(effects, file, path, world),
                        {},
                        0,
                        len(came_to),
                    )
                try:
                    file, effect = await _added(entry, context, file, is_first=not effects)
                except (EngineError, BadTable) as error:
                    if not isinstance(error, RecordError):
                        raise
                    came_to.append(error)
                except Exception as error:  # noqa: BLE001  # a mistake of the engine takes no other record with it
                    came_to.append(error)
                else:
                    came_to.append(effect is not None)
                    if effect is not None:
                        effects[effect.key], size = effect, size + len(effect.body)
            if effects:
                await _append(effects, file, path, world)
    except (EngineError, BadTable) as error:
        why = unusable(error) if isinstance(error, BadTable) else error
        return [*came_to[:written], *[why] * (len(requests) - written)]
    return came_to


async def _added(
    entry: Entry, context: Context, file: FileRow, *, is_first: bool
) -> tuple[FileRow, EffectRow | None]:
    """Return the file with the columns that it has then, and the effect of *entry*; None where that stands.

    Args:
        is_first: Whether nothing else is about to be appended to the file.
    """
    world = context.world
    if stands(entry, context):
        return file, None
    if not is_first:
        columns, lines = entry.lines_behind(file.columns)
    else:
        if not is_there(entry.path):
            columns, lines = entry.lines_behind("")
            if file.size:
                # Whoever takes a file away, to an archive each month, has its rows: the next one begins a new file.
                file = FileRow(file.path, file.recipe)
                await commit(world, file)
            # Durable before the intent: a file that is not there any more was taken away.
            begin(entry.path, world.output)
        else:
            columns, lines = entry.lines_behind(file.columns if file.size else "")
        expect(entry.path, file.size)
        if entry.format == "csv" and not file.size:
            lines = csv_header(columns) + lines
    effect = entry.effect(context, lines)
    kept = canonical.encode(columns).decode() if entry.format == "csv" else ""
    if (file.columns, file.recipe) != (kept, effect.recipe):
        file = replace(file, columns=kept, recipe=effect.recipe)
    return file, effect


async def _append(effects: Mapping[str, EffectRow], file: FileRow, path: Path, world: World) -> FileRow:
    """Intents, bytes, outcomes; returns the file as it is then."""
    await commit(world, *effects.values(), replace(file, pending="\n".join(effects)))
    # Not in a thread: those that wait for other processes' locks may have taken all of them.
    size = append(path, _bytes(effects.values()), file.size)
    written = replace(file, size=size)
    await commit(world, *ended(effects, world), written)
    return written


async def _settled(name: str, world: World) -> FileRow:
    """Return what is known of the file, once nothing is pending there; the lock says that nobody is appending now."""
    file = world.ledger.file(name) or FileRow(name)
    found = [world.ledger.effect(key) for key in file.pending.split("\n")] if file.pending else []
    effects = [effect for effect in found if effect is not None]
    if not effects:
        return file
    path = safe_path(world.output, name)
    if not is_there(path):
        message = f"{name} was taken away while this row was being written to it"
        parked = [
            replace(
                effect,
                state=EffectState.PARKED,
                error=f"{message}: look whether it stands there, and add it by hand if not",
                finished_at=world.stamp(),
            )
            for effect in effects
        ]
        fresh = replace(file, size=0, columns="", pending="")
        await commit(world, *parked, fresh)
        return fresh
    data = _bytes(effects)
    settled = replace(file, size=append(path, data, file.size, pending=data), pending="")
    await commit(world, *ended([effect.key for effect in effects], world), settled)
    return settled


def _bytes(effects: Iterable[EffectRow]) -> bytes:
    return b"".join(effect.body for effect in effects)
