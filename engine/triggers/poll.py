"""``poll``: records from a list operation, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.actions.operation import cut_short, pages
from engine.actions.patience import Patience
from engine.declare import Declaration
from engine.errors import ConnectionFailed, RecordError
from engine.recipe import Trigger
from engine.scope import Scope
from engine.triggers import Incoming
from engine.world import World


class Params(BaseModel):
    """Settings of ``trigger: {poll: …}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    poll: str = Field(
        min_length=1,
        pattern=r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9_.]*$",
        description="The list operation that is read. CONNECTION.OPERATION.",
        examples=["shop.orders.list"],
    )
    every: str = Field(
        default="15m", pattern="^[1-9][0-9]*[smhd]$", description="How often serve polls.", examples=["15m"]
    )
    given: dict[str, Any] = Field(default={}, alias="with", description="The operation's parameters.")


async def records(trigger: Trigger, world: World, scope: Scope) -> AsyncIterator[list[Incoming]]:
    """Yield the pages of the trigger's operation.

    Raises:
        ConnectionFailed: the source cannot be read; also where it refuses the request, since no record is to blame.
    """
    if trigger.use is None:
        raise AssertionError("the check resolves what a poll uses")
    target = world.targets[trigger.use.connection]
    try:
        given = {**trigger.given.evaluate(scope), **trigger.bounds}
        patience = Patience(trigger.retry, world.sleep, world.chance)
        async for page in pages(trigger.use, target, given, trigger.given.pointer, patience):
            yield [Incoming(record, flaw=cut_short(trigger.use, record)) for record in page]
    except RecordError as error:
        raise ConnectionFailed(error.message, help=error.help) from error


DECLARATION = Declaration(
    "poll",
    "Records of a list operation, page by page.",
    records,
    Params,
    examples=(({"poll": "shop.orders.list"}, None),),
)
