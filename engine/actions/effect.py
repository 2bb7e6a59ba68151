"""One write, exactly once: intent, request, outcome.

Before the request leaves, a row with the key and the exact bytes is committed; after the answer, the outcome. What
a dead process left ``sending`` is uncertain: it is sent again, the same bytes under the same key, where the target
repeats or refuses what it has seen; else it is parked for a person, and a message stays uncertain. There is never a
second create without proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine import canonical
from engine.actions.operation import build, failure, judge, result
from engine.errors import ConnectionFailed, RecordError, Refused
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState, LinkRow
from engine.paths import MISSING
from engine.recipe import Call, Use
from engine.wire import Answer, NoAnswer, Request
from engine.world import Target, World


class Parked(RecordError):
    """An effect cannot go on without a person; the record stands in the list of parked ones."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that is ready to be sent.

    Attributes:
        use: The operation of *call*.
        record: The record's business key as canonical JSON.
        run: The run's id.
    """

    call: Call
    use: Use
    key: EffectKey
    request: Request
    record: str
    run: str

    @property
    def digest(self) -> str:
        """Digest over method, address and body."""
        return _digest(self.request)


def prepare(call: Call, use: Use, target: Target, given: Any, key: EffectKey, record: str, run: str) -> Write:
    """Return the write of *call*, which is by *use*, for what ``operation.valid`` returned."""
    return Write(call, use, key, build(use.operation, target.base_url, given, key), record, run)


async def perform(write: Write, world: World) -> tuple[Any, bool]:
    """Make the effect of *write* stand, once.

    Returns:
        The result for ``$steps.ID``, and whether it was made now (False: it stood already).

    Raises:
        RecordError: the target refuses it; ``Parked`` where a person must decide.
        ConnectionFailed: the target cannot be used now; the effect's row says what is known.
        LedgerError: nothing was sent, or nothing is sent after it.
    """
    made = False
    row = world.ledger.effect(write.key.text)
    if row is not None and row.state in (EffectState.SENDING, EffectState.UNCERTAIN):
        row = await _resolve(write, row, world)
        made = row.state is EffectState.DONE
    if row is None or row.state is EffectState.FAILED:
        row = await _send(write, _intent(write, world), write.request, world)
        made = True
    if row.state is EffectState.PARKED:
        raise Parked(
            "X301",
            row.error or "this effect is parked",
            pointer=write.call.pointer,
            help="look for it at the target; a person decides, and nothing is sent again by itself",
        )
    if row.request_digest != write.digest:
        raise Parked(
            "X302",
            f"the record changed after {row.operation} made {row.remote_id or 'its document'} from it",
            pointer=write.call.pointer,
            help=f"compare the record with {row.remote_id or 'the document'} and correct it at the target",
        )
    if row.record != write.record:  # a document that several records share, by a key on its action
        await world.ledger.commit([LinkRow(row.key, row.recipe, write.record)])
    data = canonical.decode(row.answer) if row.answer else MISSING
    return result(write.use.operation, data), made


async def _resolve(write: Write, row: EffectRow, world: World) -> EffectRow:
    """Find out what became of a request that may have arrived; the run lock says that nobody is sending it now."""
    if write.use.operation.key_in_body:
        return await _send(write, replace(row, state=EffectState.SENDING, run=write.run), _stored(row), world)
    if write.use.operation.effect == "notify":
        # Nobody is told twice, and no record waits for a message.
        told = replace(
            row, state=EffectState.UNCERTAIN, error="the answer was lost; a message is not sent again"
        )
        await world.ledger.commit([told])
        return told
    message = f"{row.operation} was sent at {row.sent_at}; the answer was lost, and this target cannot say if it came"
    parked = replace(row, state=EffectState.PARKED, error=message, finished_at=_now(world))
    await world.ledger.commit([parked])
    return parked


async def _send(write: Write, row: EffectRow, request: Request, world: World) -> EffectRow:
    await world.ledger.commit([row])
    use = write.use
    try:
        answer = await world.targets[use.connection].transport.send(request)
    except NoAnswer as error:
        state = EffectState.UNCERTAIN if error.left else EffectState.FAILED
        await world.ledger.commit([replace(row, state=state, error=str(error), finished_at=_now(world))])
        raise ConnectionFailed(
            f"{use.text}: {error}", help="run again: nothing is made twice", may_pass=True
        ) from error
    except Refused as error:
        state = EffectState.UNCERTAIN if error.left else EffectState.FAILED
        await world.ledger.commit([replace(row, state=state, error=str(error), finished_at=_now(world))])
        raise
    return await _settle(write, row, answer, world)


async def _settle(write: Write, row: EffectRow, answer: Answer, world: World) -> EffectRow:
    use = write.use
    verdict = judge(use.connector, answer)
    if not verdict.is_class:
        made = result(use.operation, verdict.data)
        remote = str(made.get("id", "")) if isinstance(made, dict) else ""
        done = replace(
            row,
            state=EffectState.DONE,
            remote_id=remote,
            answer=answer.body,
            error="",
            finished_at=_now(world),
        )
        await world.ledger.commit([done])
        return done
    state = EffectState.UNCERTAIN if verdict.is_class in ("transient", "unsupported") else EffectState.FAILED
    await world.ledger.commit([replace(row, state=state, error=verdict.message, finished_at=_now(world))])
    raise failure(use, verdict, write.call.pointer)


def _intent(write: Write, world: World) -> EffectRow:
    request, key = write.request, write.key
    return EffectRow(
        key=key.text,
        target=key.target,
        recipe=key.recipe,
        path=".".join(key.path),
        record=write.record,
        external_id=key.external_id,
        operation=write.use.text,
        state=EffectState.SENDING,
        method=request.method,
        url=request.url,
        # Secrets are not headers yet: the door's auth adds them as the request leaves.
        headers=canonical.encode([[name, str(value)] for name, value in request.headers]).decode(),
        body=request.body or b"",
        request_digest=write.digest,
        run=write.run,
        sent_at=_now(world),
    )


def _stored(row: EffectRow) -> Request:
    headers = tuple((name, value) for name, value in canonical.decode(row.headers))
    return Request(row.method, row.url, headers, row.body or None)


def _digest(request: Request) -> str:
    body = request.body or b""
    return canonical.digest(canonical.encode([request.method, request.url, body.decode()]))


def _now(world: World) -> str:
    return world.clock.now().isoformat(timespec="milliseconds")
