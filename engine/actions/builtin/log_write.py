"""``log.write``: writes a line to the run's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.actions.context import Context
from engine.actions.once import tell_once
from engine.declare import Declaration


class Params(BaseModel):
    """What ``log.write`` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str = Field(
        min_length=1, description="What the line says.", examples=["{{ record.name }} has no e-mail address"]
    )


async def write(given: Mapping[str, Any], context: Context) -> tuple[None, bool]:
    """Writes a line to the run's log."""
    log = context.world.log

    def tell() -> None:
        log.event("message", run=context.run, key=context.origin.record, message=given["message"])

    return await tell_once(given, context, tell)


DECLARATION = Declaration(
    "log.write",
    "Writes a line to the run's log.",
    write,
    Params,
    examples=(({"message": "order 1001 has no e-mail address"}, None),),
    effect="notify",
    makes="log lines",
    plan=write,
)
