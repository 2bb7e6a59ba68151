"""``alert.send``: tells a channel; until connections for channels exist, the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.actions.context import Context
from engine.actions.once import tell_once
from engine.declare import Declaration


class Params(BaseModel):
    """What ``alert.send`` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str = Field(
        min_length=1, description="What is told.", examples=["{{ record.name }} has no e-mail address"]
    )
    channel: str = Field(
        default="finance", min_length=1, description="The channel that is told.", examples=["finance"]
    )


async def send(given: Mapping[str, Any], context: Context) -> tuple[None, bool]:
    """Tells a channel; until connections for channels exist, the log."""
    log = context.world.log

    def tell() -> None:
        log.event(
            "alert",
            run=context.run,
            key=context.origin.record,
            message=given["message"],
            channel=given.get("channel", "finance"),
        )

    return await tell_once(given, context, tell)


DECLARATION = Declaration(
    "alert.send",
    "Tells a channel; until connections for channels exist, the log.",
    send,
    Params,
    examples=(({"message": "order 1001 has no e-mail address"}, None),),
    effect="notify",
    makes="alerts",
    plan=send,
)
