"""``poll``: records from a list operation, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from engine.actions.operation import pages
from engine.errors import ConnectionFailed, RecordError
from engine.recipe import Trigger
from engine.scope import Scope
from engine.world import World


async def records(trigger: Trigger, world: World, scope: Scope) -> AsyncIterator[list[Any]]:
    """Yield the pages of the trigger's operation.

    Raises:
        ConnectionFailed: the source cannot be read; also where it refuses the request, since no record is to blame.
    """
    target = world.targets[trigger.use.connection]
    try:
        async for page in pages(trigger.use, target, trigger.given.evaluate(scope), trigger.given.pointer):
            yield page
    except RecordError as error:
        raise ConnectionFailed(error.message, help=error.help) from error
