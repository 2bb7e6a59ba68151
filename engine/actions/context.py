"""What an action knows of the record and the run it acts for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.actions.patience import NEVER, Patience
from engine.keys import EffectKey
from engine.policy import OnRevision
from engine.recipe import Call
from engine.revisions import Origin
from engine.world import World


class How(StrEnum):
    """What was done for an action's effect."""

    STOOD = "stood"
    MADE = "made"
    CHANGED = "changed"
    KEPT = "kept"
    """It stood, otherwise than the recipe asks for now, and its record has not changed."""


@dataclass(frozen=True, slots=True)
class Context:
    """One action on one record.

    Attributes:
        run: The run's id.
        origin: The record.
        key: The effect's key; None for an action that leaves nothing behind.
        patience: How a request that failed for a passing reason is repeated.
        on_revision: What becomes of the effect where its record changed.
        remaps: Whether what an earlier form of the recipe made is brought to what the recipe says now.
        settles: Whether a person has brought what stands to what the record asks for.
    """

    world: World
    run: str
    origin: Origin
    call: Call
    key: EffectKey | None
    patience: Patience = NEVER
    on_revision: OnRevision = ""
    remaps: bool = False
    settles: bool = False
