"""What becomes of an effect whose record changed after it was made.

Each change is an effect of its own under the key with a number: ``update`` brings the document to what the record says
now, ``reissue`` voids it and makes it anew. The row of the effect itself always says what stands at the target.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from engine import canonical
from engine.actions.operation import result, valid
from engine.actions.write import Write
from engine.errors import RecordError
from engine.ledger import EffectRow, EffectState
from engine.paths import MISSING
from engine.recipe import Use
from engine.world import World

Stand = Callable[[Write, World], Awaitable[tuple[EffectRow, bool]]]
"""Makes the effect of a write stand, and tells whether it was made now."""


class Parked(RecordError):
    """An effect cannot go on without a person; the record stands in the list of parked ones."""


async def follow(write: Write, row: EffectRow, world: World, stand: Stand) -> EffectRow:
    """Bring the effect in *row*, which stands, to what *write* asks for, as its ``on_revision`` says.

    Returns:
        The row as it stands then; one that is parked where a change before this one is.

    Raises:
        RecordError: the target refuses the change; ``Parked`` where a person must decide.
        ConnectionFailed: as ``effect.perform``.
    """
    if write.use.operation.effect == "notify":  # what was told is told
        return row
    row, last = await _caught_up(write, row, world, stand)
    if last is not None:
        return last
    if row.request_digest == write.digest:
        return row
    chosen = write.on_revision or "park"
    if row.request_digest and chosen == "skip":
        return row
    # What an earlier ledger made is known by its key alone: nobody knows which of its changes stands.
    if row.request_digest and (chosen == "park" or row.is_adopted):
        raise _parked(write, row)
    if chosen == "reissue" and row.request_digest:
        if write.use.voids is None or not row.remote_id:
            raise _parked(write, row)
        given = _for(write.use.voids, write.use.operation.void, {}, row)
        row = await _linked(write, row, write.use.voids, given, world, stand)
    if not row.request_digest:  # it was voided: what stands now is nothing
        return await _linked(write, row, write.use, write.given, world, stand)
    use = write.use.updates
    if use is None or not row.remote_id:
        raise _parked(write, row)
    return await _linked(
        write, row, use, _for(use, write.use.operation.update, write.given, row), world, stand
    )


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
        noted = replace(
            row,
            revisions=row.revisions + 1,
            request_digest=link.request_digest,
            remote_id=link.remote_id or row.remote_id,
            answer=row.answer if made is None else canonical.encode(made),
            looked_up=row.looked_up if made is None else 1,
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


def _parked(write: Write, row: EffectRow) -> Parked:
    made = row.remote_id or "its document"
    return Parked(
        "X302",
        f"the record changed after {row.operation} made {made} from it",
        pointer=write.call.pointer,
        help=f"compare the record with {made} and correct it at the target",
    )
