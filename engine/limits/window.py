"""``window``: so many requests in any stretch of time, such as 60 a minute or 5,000 in 24 hours."""

from __future__ import annotations

import math
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.limits import Counted, Readings, State, after, come_back, drop, put
from engine.policy import DURATION, seconds

PARTS: Final = 32
"""A window is kept in so many parts: what is spent comes back up to one of them too late, and never too early."""


class Params(BaseModel):
    """Settings of ``kind: window``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(ge=1, description="How many requests the window allows.", examples=[60])
    per: str = Field(pattern=DURATION, description="How long the window is.", examples=["60s"])
    answers: Counted | None = Field(default=None, description="What the answers say of it.")


class Window:
    """Counts each request for one window from its answer on.

    Whether the vendor's own window slides or begins anew at fixed instants, it never sees more than the limit in one.
    """

    def __init__(self, params: Params) -> None:
        self.limit = float(params.limit)
        self.readings = Readings(params.answers)
        self._per = seconds(params.per)

    def used(self, state: State, now: float) -> float:
        return come_back(state, now)

    def spend(self, state: State, cost: float, now: float, resets: float | None = None) -> None:
        part = self._per / PARTS
        until = now + (self._per if resets is None else min(resets, self._per))
        put(state, math.ceil(until / part) * part, cost)

    def forgive(self, state: State, cost: float) -> None:
        drop(state, cost)

    def comes_back(self, state: State, lacking: float, now: float) -> float | None:
        return after(state, lacking, now)


DECLARATION = Declaration(
    "window",
    "So many requests in any stretch of time of one length.",
    Window,
    Params,
)
