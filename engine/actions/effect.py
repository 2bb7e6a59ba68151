"""One write, exactly once: intent, request, outcome.

Before the request leaves, a row with the key and the exact bytes is committed; after the answer, the outcome. What
a dead process left ``sending`` is uncertain, and ``uncertain`` says what becomes of it.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from engine import canonical
from engine.actions.context import How
from engine.actions.operation import Verdict, failure, heard, judge, result
from engine.actions.revision import Parked, follow, of_this_account
from engine.actions.uncertain import adopt, is_remembered, look_up, park, remote_id, resolve
from engine.actions.write import Write, stored
from engine.budgets import Admission
from engine.errors import ConnectionFailed, RecordError, Refused
from engine.ledger import EffectRow, EffectState, LinkRow
from engine.paths import MISSING
from engine.policy import OF_CONNECTION
from engine.wire import Answer, NoAnswer, Request
from engine.world import World


async def perform(write: Write, world: World) -> tuple[Any, How]:
    """Make the effect of *write* stand, once.

    Returns:
        The result for ``$steps.ID``, and whether it was made or changed now, or stood already.

    Raises:
        RecordError: the target refuses it; ``Parked`` where a person must decide.
        ConnectionFailed: the target cannot be used now; the effect's row says what is known.
        LedgerError: nothing was sent, or nothing is sent after it.
    """
    # Two records in hand may share an effect, by a key on its action.
    async with world.alone(write.key.text):
        row, made = await _stand(write, world)
        write = write.known_as(row)
        how = How.MADE if made else How.STOOD
        if row.state is EffectState.DONE and not (made and row.request_digest == write.digest):
            row, followed = await follow(write, row, world, _stand)
            how = how if followed is How.STOOD else followed
    if row.record != write.origin.record:  # a document that several records share, by a key on its action
        await world.ledger.commit([LinkRow(row.key, row.recipe, write.origin.record)])
    if row.state is EffectState.PARKED:
        raise Parked(
            "X301",
            row.error or "this effect is parked",
            pointer=write.call.pointer,
            help="look for it at the target, and say what you found: recipe replay lists it with the commands",
        )
    data = canonical.decode(row.answer) if row.answer else MISSING
    return data if row.looked_up else result(write.use.operation, data), how


async def _stand(write: Write, world: World) -> tuple[EffectRow, bool]:
    """Return the effect's row when it stands or is parked, and whether it was made now."""
    made = False
    row = world.ledger.effect(write.key.text)
    write = write if row is None else write.known_as(row)
    if row is not None and row.state is not EffectState.FAILED and not write.is_shared:
        of_this_account(row, write.origin, write.call.pointer)
    if row is not None and row.state in (EffectState.SENDING, EffectState.UNCERTAIN):
        row = await _resolved(write, row, world)
        made = row.state is EffectState.DONE
    # What an earlier ledger changed, this one parks before it comes here.
    if row is None and write.key.target in world.adopted and not write.key.revision:
        row = await adopt(write, world)
    if row is None or row.state is EffectState.FAILED:
        row = await _send(write, *write.intent(row, world.stamp()), world)
        made = True
    return row, made


async def settle(write: Write, world: World) -> None:
    """Find out what became of a request that *write* asked for before; the stored one is sent, and none is new.

    Raises:
        ConnectionFailed: the target cannot be used now.
        LedgerError: nothing was sent, or nothing is sent after it.
    """
    async with world.alone(write.key.text):
        row = world.ledger.effect(write.key.text)
        if row is not None and row.state in (EffectState.SENDING, EffectState.UNCERTAIN):
            with contextlib.suppress(RecordError):  # a refusal is noted, and nobody asks for it any more
                await _resolved(write.known_as(row), row, world)


async def _resolved(write: Write, row: EffectRow, world: World) -> EffectRow:
    """Return *row* once it is known what became of its request."""
    found, row = row, await resolve(write, row, world)
    while row.state is EffectState.SENDING:
        try:
            row = await _send(write, row, stored(row), world)
        except _TooLate:
            row = await resolve(write, found, world)
    return row


class _TooLate(Exception):
    """A wait took a repeat beyond the lifetime of its key, and nothing was sent."""


async def _send(write: Write, row: EffectRow, request: Request, world: World) -> EffectRow:
    """Send *request* once the target's budgets have room for it, and return its row with the outcome.

    They are waited for before the intent is committed: a process that dies in a wait of minutes leaves nothing that
    someone must find out about, and what the row says of its times is when it was truly sent.

    Raises:
        _TooLate: the request is not what may be sent any more.
    """
    was_safe = not _is_first(row) and is_remembered(write, row, world)
    target = world.targets[write.use.connection]
    async with target.admitted(write.use.operation.name, write.longest) as admission:
        if admission.has_waited and _is_first(row):
            row = replace(row, sent_at=world.stamp())
        elif admission.has_waited:
            if was_safe and not is_remembered(write, row, world):
                raise _TooLate
            row = replace(row, last_sent_at=world.stamp())
        return await _exchange(write, row, request, admission, world)


async def _exchange(
    write: Write, row: EffectRow, request: Request, admission: Admission, world: World
) -> EffectRow:
    await world.ledger.commit([row])
    use = write.use
    try:
        answer = await world.targets[use.connection].transport.send(request)
    except NoAnswer as error:
        state = EffectState.UNCERTAIN if error.left else _before(row)
        await world.ledger.commit([replace(row, state=state, error=str(error), finished_at=world.stamp())])
        raise ConnectionFailed(
            f"{use.text}: {error}", help="run again: nothing is made twice", may_pass=True
        ) from error
    except Refused as error:
        state = EffectState.UNCERTAIN if error.left else _before(row)
        await world.ledger.commit([replace(row, state=state, error=str(error), finished_at=world.stamp())])
        raise
    verdict = await heard(admission, answer, judge(use.connector, answer))
    return await _settle(write, row, answer, verdict, world)


async def _settle(write: Write, row: EffectRow, answer: Answer, verdict: Verdict, world: World) -> EffectRow:
    use = write.use
    if not verdict.is_class:
        done = replace(
            row,
            state=EffectState.DONE,
            remote_id=remote_id(use.operation, result(use.operation, verdict.data)),
            answer=answer.body,
            error="",
            finished_at=world.stamp(),
        )
        await world.ledger.commit([done])
        return done
    if verdict.is_class == "duplicate" and (settled := await _duplicate(write, row, verdict, world)):
        return settled
    if write.key.revision and not _is_first(row) and verdict.is_class not in OF_CONNECTION:
        # The first request may have brought about what the repeat is refused for.
        why = f"{row.operation} was sent again after its answer was lost, and was refused: {verdict.message}"
        return await park(write, row, why, world)
    if verdict.is_class in ("transient", "unsupported"):
        state = EffectState.UNCERTAIN
    elif verdict.is_class in ("auth", "throttled") or use.operation.idempotency.remembers:
        # It was turned away at the door; and whether a refusal was before or behind the look at the key, nobody knows.
        state = _before(row)
    else:
        state = EffectState.FAILED
    await world.ledger.commit([replace(row, state=state, error=verdict.message, finished_at=world.stamp())])
    raise failure(use, verdict, write.call.pointer)


async def _duplicate(write: Write, row: EffectRow, verdict: Verdict, world: World) -> EffectRow | None:
    """Return what a target's word that it has this already comes to; None where it is another document.

    It says so of its own numbers too: only a record that carries the key is this effect.
    """
    find = write.use.operation.idempotency.find
    if find is not None:
        return await look_up(write, row, find, world)
    if _is_first(row):
        return None
    why = f"{row.operation} was sent again after its answer was lost, and the target has it already: {verdict.message}"
    return await park(write, row, why, world)


def _is_first(row: EffectRow) -> bool:
    """Tell whether no send of this request came before."""
    return not row.last_sent_at


def _before(row: EffectRow) -> EffectState:
    """Return the state of an effect whose present send surely made nothing: an earlier one may have."""
    return EffectState.FAILED if _is_first(row) else EffectState.UNCERTAIN
