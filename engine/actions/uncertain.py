"""What becomes of a request that may have arrived: sent again under its key, looked up, or left to a person.

There is never a second create without proof. A target that remembers keys gets the same bytes under the same key,
within its declared lifetime. One that can be asked is asked: a record that carries the key is the proof that the effect
is done, and that there is none counts only when the target has settled. All else is parked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from engine import canonical
from engine.actions.operation import pages
from engine.actions.write import Write
from engine.connector import Operation
from engine.ledger import EffectRow, EffectState
from engine.policy import Lookup
from engine.raw import look, plain
from engine.world import World

STEP_BACK: Final = 60.0
"""Seconds by which a clock may be set back and still be believed: the lifetime of a key is measured by it."""


async def resolve(write: Write, row: EffectRow, world: World) -> EffectRow:
    """Find out what became of a request that may have arrived; the run lock says that nobody is sending it now.

    Returns:
        The row: ``sending`` where the stored request is to be sent again, its intent not yet written; else committed,
        as ``done`` (found at the target), ``parked`` or, for a message, ``uncertain``.

    Raises:
        RecordError, ConnectionFailed: the target cannot be asked; nothing has changed.
    """
    operation = write.use.operation
    if operation.effect == "notify":
        # Nobody is told twice, and no record waits for a message.
        told = replace(
            row, state=EffectState.UNCERTAIN, error="the answer was lost; a message is not sent again"
        )
        await world.ledger.commit([told])
        return told
    if is_remembered(write, row, world):
        return again(row, write, world)
    if operation.idempotency.find is not None:
        found = await look_up(write, row, operation.idempotency.find, world)
        return again(row, write, world) if found is None else found
    forgotten = " any more" if operation.idempotency.place else ""
    why = f"the answer was lost, and this target cannot say{forgotten} if it came"
    return await park(
        write, row, f"{row.operation} was sent at {row.last_sent_at or row.sent_at}; {why}", world
    )


async def adopt(write: Write, world: World) -> EffectRow | None:
    """Return the row of an effect that an earlier ledger may have made; None where it is made now, or again safely.

    Raises:
        RecordError, ConnectionFailed: the target cannot be asked; nothing has changed.
    """
    row, _ = write.intent(None, world.stamp())
    idempotency = write.use.operation.idempotency
    if write.use.operation.effect == "notify":
        told = replace(
            row, state=EffectState.UNCERTAIN, error="it may have been sent before this ledger was begun"
        )
        await world.ledger.commit([told])
        return told
    if idempotency.find is not None:
        record = await _found(write, row, idempotency.find, world)
        return None if record is None else await _done(write, replace(row, attempts=0), record, world)
    if idempotency.place and not idempotency.remembers:  # the target keeps the key with the document
        return None
    why = f"{row.operation} may have been done before this ledger was begun, and its target cannot be asked"
    return await park(write, row, why, world)


async def look_up(write: Write, row: EffectRow, find: Lookup, world: World) -> EffectRow | None:
    """Return the row as done where the target has a record that carries the key; None where it surely has none."""
    # A request may still be worked on until its time is up.
    settles = max(find.settles_after, write.use.connector.seconds)
    waited = 0.0
    while True:
        left = settles - max(_elapsed(row.last_sent_at or row.sent_at, world), waited)
        record = await _found(write, row, find, world)
        if record is not None:
            return await _done(write, row, record, world)
        if left <= 0:
            return None
        await world.sleep(left)
        waited += left


async def park(write: Write, row: EffectRow, message: str, world: World) -> EffectRow:
    """Leave an effect to a person."""
    parked = replace(row, state=EffectState.PARKED, run=write.run, error=message, finished_at=world.stamp())
    await world.ledger.commit([parked])
    return parked


def again(row: EffectRow, write: Write, world: World) -> EffectRow:
    """Return the row of the stored request as it is sent once more."""
    return replace(
        row,
        state=EffectState.SENDING,
        run=write.run,
        last_sent_at=world.stamp(),
        attempts=row.attempts + 1,
        error="",
        finished_at="",
    )


def remote_id(operation: Operation, record: Any) -> str:
    """Return the target's id of what *operation* made, or an empty text."""
    found = record.get(operation.id_name) if isinstance(record, dict) else None
    return "" if found is None else str(found)


async def _found(write: Write, row: EffectRow, find: Lookup, world: World) -> Any | None:
    """Return the record at the target that carries the key itself: the filter may have been ignored."""
    reads = write.use.lookup
    if reads is None:
        raise AssertionError("the check resolves what a lookup reads")
    target = world.targets[write.use.connection]
    async for page in pages(reads, target, find.asked(row.external_id), write.call.pointer):
        for record in page:
            if look(find.at, record) == row.external_id:
                return plain(record)
    return None


async def _done(write: Write, row: EffectRow, record: Any, world: World) -> EffectRow:
    done = replace(
        row,
        state=EffectState.DONE,
        remote_id=remote_id(write.use.operation, record),
        answer=canonical.encode(record),
        looked_up=1,
        error="",
        finished_at=world.stamp(),
    )
    await world.ledger.commit([done])
    return done


def is_remembered(write: Write, row: EffectRow, world: World) -> bool:
    """Tell whether the target still knows the request by its key when it comes again."""
    idempotency = write.use.operation.idempotency
    lifetime = idempotency.lifetime
    if not idempotency.place or lifetime is None:
        return bool(idempotency.place)
    age = _elapsed(row.sent_at, world)
    return -STEP_BACK <= age < lifetime - write.use.connector.seconds and not _is_behind(world)


def _is_behind(world: World) -> bool:
    """Tell whether the clock is behind what a run has seen of it: then nobody knows how old a request is."""
    seen = (
        instant for run in world.ledger.runs(1) for instant in (run.started_at, run.finished_at) if instant
    )
    return any(_elapsed(instant, world) < -STEP_BACK for instant in seen)


def _elapsed(since: str, world: World) -> float:
    return (world.clock.now() - datetime.fromisoformat(since)).total_seconds()
