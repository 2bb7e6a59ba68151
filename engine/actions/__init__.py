"""The vocabulary of actions: operations of connectors (``operation``, ``effect``) and ``builtin``, the engine's own."""

from __future__ import annotations

from typing import Any, Final

from engine.actions import effect, operation
from engine.actions.context import Context, How
from engine.actions.patience import NEVER
from engine.actions.write import Write
from engine.keys import EffectKey
from engine.ledger import EffectState
from engine.recipe import BuiltIn, Use
from engine.revisions import Origin
from engine.world import World

__all__ = ["Context", "How", "counted_as", "is_in_doubt", "perform", "settle", "valid"]
DOUBTS: Final = (EffectState.SENDING, EffectState.UNCERTAIN)


def valid(use: Use | BuiltIn, given: Any, pointer: str, world: World) -> Any:
    """Return *given*, of the action at *pointer*, as *use* will take it; nothing is sent or written.

    Raises:
        RecordError: it would be refused.
    """
    written = operation.valid(use, given, pointer)
    if isinstance(use, BuiltIn) and use.declared.look is not None:
        use.declared.look(written, world, pointer)
    return written


async def perform(given: Any, context: Context) -> tuple[Any, How]:
    """Carry out the action of *context*, once.

    Args:
        given: What ``valid`` returned.

    Returns:
        The result for ``$steps.ID``, and what was done; a read stood already.

    Raises:
        RecordError, ConnectionFailed, LedgerError: see ``effect.perform``.
    """
    use = context.call.use
    if isinstance(use, BuiltIn):
        told, made = await use.declared.run(given, context)
        return told, How.MADE if made else How.STOOD
    target = context.world.targets[use.connection]
    if context.key is None:
        return await operation.read(use, target, given, context.call.pointer, context.patience), How.STOOD
    write = _write(use, context.key, given, context)
    patience = context.patience if use.is_repeatable else NEVER
    return await patience.with_retries(lambda: effect.perform(write, context.world))


def is_in_doubt(key: EffectKey, origin: Origin, world: World) -> bool:
    """Tell whether a record of this very content asked for the effect *key* before, and nobody knows if it came."""
    row = world.ledger.effect(key.text)
    return row is not None and row.state in DOUBTS and row.origin.digest == origin.digest != ""


async def settle(context: Context) -> None:
    """Find out what became of a request of *context* whose answer was lost, as ``perform`` would.

    Raises:
        ConnectionFailed, LedgerError: see ``effect.settle``.
    """
    use, key = context.call.use, context.key
    if isinstance(use, Use) and key is not None and use.is_repeatable:
        await effect.settle(_write(use, key, {}, context), context.world)


def _write(use: Use, key: EffectKey, given: Any, context: Context) -> Write:
    return Write(
        context.call,
        use,
        key,
        context.world.targets[use.connection].base_url,
        given,
        context.origin,
        context.run,
        context.on_revision,
        context.remaps,
        context.settles,
        longest=context.patience.longest,
    )


def counted_as(use: Use | BuiltIn) -> str:
    """Return the name under which a report counts what *use* makes."""
    if not isinstance(use, Use):
        return use.declared.makes
    name = use.operation.name
    return name if "." in name else use.text  # of a verb alone the connection is the noun
