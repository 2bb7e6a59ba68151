"""What an action of the engine's own leaves behind, remembered like a target's answer: the same record has it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine import canonical
from engine.actions.context import Context
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState


async def tell_once(given: Any, context: Context, tell: Callable[[], None]) -> tuple[Any, bool]:
    """Call *tell* once for the key of *context*: a message is not repeated where a run died while it was sent.

    Other content is another message: a message never keeps a record from going on.

    Returns:
        Nothing, and whether it was told now.
    """
    row = started(given, context)
    known = context.world.ledger.effect(row.key)
    if known is not None and known.request_digest == row.request_digest:
        if known.state is EffectState.SENDING:
            await context.world.ledger.commit(
                [replace(known, state=EffectState.UNCERTAIN, finished_at=context.world.stamp())]
            )
        return None, False
    await context.world.ledger.commit([row])
    tell()
    await context.world.ledger.commit(
        [replace(row, state=EffectState.DONE, finished_at=context.world.stamp())]
    )
    return None, True


def started(given: Any, context: Context, *, url: str = "", body: bytes = b"") -> EffectRow:
    """Return the row of an effect that is about to be made.

    Args:
        url: What it is made at, such as a file.
        body: What is written there, byte for byte.
    """
    key = key_of(context)
    data = canonical.encode(given)
    return EffectRow(
        key=key.text,
        target=key.target,
        recipe=key.recipe,
        path=".".join(key.path),
        record=context.origin.record,
        external_id=key.external_id,
        operation=context.call.use.text,
        state=EffectState.SENDING,
        method="",
        url=url,
        headers="[]",
        body=body or data,
        request_digest=canonical.digest(data),
        run=context.run,
        sent_at=context.world.stamp(),
        source=context.origin.source,
        record_revision=context.origin.revision,
        record_digest=context.origin.digest,
    )


def key_of(context: Context) -> EffectKey:
    """Return the key of what is left behind."""
    if context.key is None:
        raise AssertionError("what writes has a key")
    return context.key
