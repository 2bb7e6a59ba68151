"""``manual``: the record that a person hands over with ``--record``, or a recipe that calls this one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.recipe import Trigger
from engine.scope import Scope
from engine.triggers import Incoming
from engine.world import World

PAGE = 100


class Params(BaseModel):
    """Settings of ``trigger: {manual: …}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    manual: str = Field(
        min_length=1,
        description="What record a person, or a recipe that calls this one, hands over.",
        examples=["an order of the web shop"],
    )


async def records(trigger: Trigger, world: World, scope: Scope) -> AsyncIterator[list[Incoming]]:
    """Yield what was handed over; without anything one empty mapping, for recipes that need only their variables."""
    page: list[Incoming] = []
    for incoming in [Incoming({})] if world.handed is None else world.handed:
        page.append(incoming)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


DECLARATION = Declaration(
    "manual",
    "A record that a person hands over, or a recipe that calls this one.",
    records,
    Params,
    examples=(({"manual": "an order"}, None),),
)
