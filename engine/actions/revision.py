"""What becomes of an effect whose record changed after it was made.

Each change is an effect of its own under the key with a number: ``update`` brings the document to what the record says
now, ``reissue`` voids it and makes it anew. The row of the effect itself always says what stands at the target.

Only a record that changed at its source is followed. Where the recipe was edited, or a request holds the run itself,
the same record asks for something else: what it made is kept, and ``remaps`` brings it to what the recipe says now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from engine import canonical
from engine.actions.context import How
from engine.actions.operation import result, valid
from engine.actions.write import Write
from engine.errors import RecordError
from engine.ledger import EffectRow, EffectState
from engine.paths import MISSING
from engine.policy import OnRevision
from engine.recipe import Use
from engine.revisions import Age, Origin
from engine.world import World

Stand = Callable[[Write, World], Awaitable[tuple[EffectRow, bool]]]
"""Makes the effect of a write stand, and tells whether it was made now."""


class Parked(RecordError):
    """An effect cannot go on without a person; the record stands in the list of parked ones."""


async def follow(write: Write, row: EffectRow, world: World, stand: Stand) -> tuple[EffectRow, How]:
    """Bring the effect in *row*, which stands, to what *write* asks for, as its ``on_revision`` says.

    Returns:
        The row as it stands then, one that is parked where a change before this one is; and what was done.

    Raises:
        RecordError: the target refuses the change; ``Parked`` where a person must decide.
        ConnectionFailed: as ``effect.perform``.
    """
    if write.use.operation.effect == "notify":  # what was told is told
        return row, How.STOOD
    begun = row.revisions
    row, last = await _caught_up(write, row, world, stand)
    if last is not None:
        return last, How.STOOD
    how = How.CHANGED if row.revisions > begun else How.STOOD
    if row.request_digest:  # else it was voided, and what stands is nothing
        if row.request_digest == write.digest:
            return await _compared(write, row, world), how
        if write.settles and write.origin.age(row.origin) is not Age.EARLIER:
            return await _compared(write, replace(row, request_digest=write.digest), world, notes=True), how
        otherwise: OnRevision = "update" if write.use.updates is not None else "park"
        becomes = chosen(write.origin, row, write.on_revision, otherwise, remaps=write.remaps)
        if not becomes:
            return row, how if how is How.CHANGED else How.KEPT
        if becomes == "skip":
            return await _compared(write, row, world), how
        # What an earlier ledger made is known by its key alone: nobody knows which of its changes stands.
        if becomes == "park" or row.is_adopted or not row.remote_id:
            raise _parked(write, row)
        use = write.use.updates if becomes == "update" else write.use.voids
        if use is None:
            raise _parked(write, row)
        operation = write.use.operation
        if becomes == "update":
            given = _for(use, operation.update, write.given, row)
            return await _linked(write, row, use, given, world, stand), How.CHANGED
        row = await _linked(write, row, use, _for(use, operation.void, {}, row), world, stand)
        if row.request_digest:  # the void waits for a person
            return row, how
    return await _linked(write, row, write.use, write.given, world, stand), How.CHANGED


def chosen(
    origin: Origin, row: EffectRow, asked: OnRevision, otherwise: OnRevision, *, remaps: bool
) -> OnRevision:
    """Return what becomes of what *row* says was made, where *origin* asks for something else; empty where it is kept.

    Args:
        asked: What the recipe says becomes of it where the record changed at its source, or empty.
        otherwise: What becomes of it where the recipe says nothing.
        remaps: As in ``Context``.
    """
    age = origin.age(row.origin)
    if age is Age.LATER:
        return asked or otherwise
    if (
        age is Age.SAME and remaps
    ):  # which a person asks for now, whatever the recipe says of changes at the source
        return asked if asked == "reissue" else otherwise
    if age is Age.UNKNOWN and origin.record == row.record:
        return asked or "park"  # nobody noted what it was made from
    return ""


async def _compared(write: Write, row: EffectRow, world: World, *, notes: bool = False) -> EffectRow:
    """Note that what stands is what this state of the record wants: one between the two is an earlier one.

    Args:
        notes: Whether there is something to note of a record that is no later one, too.
    """
    if write.origin.age(row.origin) is not Age.LATER and not notes:
        return row
    noted = replace(row, record_revision=write.origin.revision, record_digest=write.origin.digest)
    await world.ledger.commit([noted])
    return noted


async def _caught_up(
    write: Write, row: EffectRow, world: World, stand: Stand
) -> tuple[EffectRow, EffectRow | None]:
    """Return the row with every change that was begun before, and the one among them that is parked, or None."""
    while True:
        key = write.key.revised(row.revisions + 1)
        link = world.ledger.effect(key.text)
        if link is None or link.state is EffectState.FAILED:
            return row, None
        use = _use_of(write, link)
        if link.state is not EffectState.DONE:
            link, _ = await stand(replace(write, use=use, key=key), world)
            if link.state is not EffectState.DONE:
                return row, link
        row = await _noted(row, link, use, write, world)


async def _linked(
    write: Write, row: EffectRow, use: Use, given: Any, world: World, stand: Stand
) -> EffectRow:
    """Make the next change by *use* stand, and return the row with it."""
    key = write.key.revised(row.revisions + 1)
    link, _ = await stand(replace(write, use=use, key=key, given=given, wanted=write.digest), world)
    return await _noted(row, link, use, write, world) if link.state is EffectState.DONE else link


async def _noted(row: EffectRow, link: EffectRow, use: Use, write: Write, world: World) -> EffectRow:
    """Note in the effect's row what a change made of it."""
    if use is write.use.voids:
        noted = replace(row, revisions=row.revisions + 1, request_digest="", remote_id="", answer=b"")
    else:
        data = canonical.decode(link.answer) if link.answer else MISSING
        made = data if link.looked_up else result(use.operation, data)
        if (
            row.answer
            and link.looked_up
            and isinstance(made, dict)
            and made.keys() == {use.operation.id_name}
        ):
            made = (
                None  # a person said that the change was made: what is known of the document beside it stays
            )
        noted = replace(
            row,
            revisions=row.revisions + 1,
            request_digest=link.request_digest,
            remote_id=link.remote_id or row.remote_id,
            answer=row.answer if made is None else canonical.encode(made),
            looked_up=row.looked_up if made is None else 1,
            record_revision=link.record_revision,
            record_digest=link.record_digest,
            run=link.run,
            finished_at=link.finished_at,
        )
    await world.ledger.commit([noted])
    return noted


def _use_of(write: Write, link: EffectRow) -> Use:
    """Return the operation that a change was sent by."""
    name = link.operation.partition(".")[2]
    for use in (write.use, write.use.updates, write.use.voids):
        if use is not None and use.operation.name == name:
            return use
    raise Parked(
        "X301",
        f"{link.operation} was begun, and this connector has it no more",
        pointer=write.call.pointer,
        help="look for the document at the target, and correct it there",
    )


def _for(use: Use, parameter: tuple[str, str] | None, given: Any, row: EffectRow) -> Any:
    """Return what *use* takes: what is given, and the document's id where it wants it."""
    if parameter is None:
        return given
    return valid(use, {**given, parameter[1]: row.remote_id}, "")


def of_this_account(row: EffectRow, origin: Origin, pointer: str) -> None:
    """Refuse a record whose key a record of another account has used: it would pass for done."""
    if row.source and origin.source and row.source != origin.source:
        raise RecordError(
            "X303",
            f"{row.operation} was made from a record of {row.source} with this key; this one is of {origin.source}",
            pointer=pointer,
            help="put what tells the accounts apart into trigger.key, or give each account a recipe of its own",
        )


def _parked(write: Write, row: EffectRow) -> Parked:
    made = row.remote_id or "its document"
    what = "recipe" if write.origin.age(row.origin) is Age.SAME else "record"
    return Parked(
        "X302",
        f"the {what} changed after {row.operation} made {made} from it",
        pointer=write.call.pointer,
        help=f"compare the record with {made} and correct it at the target",
    )
