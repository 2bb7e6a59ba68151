"""``concurrency``: so many requests at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.limits import Readings, State


class Params(BaseModel):
    """Settings of ``kind: concurrency``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(ge=1, description="How many requests may be in hand at once.", examples=[5])


class Concurrency:
    """Counts what is in hand, and nothing else."""

    def __init__(self, params: Params) -> None:
        self.limit = float(params.limit)
        self.readings = Readings()

    def used(self, state: State, now: float) -> float:
        return 0.0

    def spend(self, state: State, cost: float, now: float, resets: float | None = None) -> None:
        return None

    def forgive(self, state: State, cost: float) -> None:
        return None

    def comes_back(self, state: State, lacking: float, now: float) -> float | None:
        return None


DECLARATION = Declaration("concurrency", "So many requests at once.", Concurrency, Params)
