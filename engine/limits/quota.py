"""``quota``: so many requests an hour, a day or a month of the calendar, counted anew at its end."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine import dates
from engine.declare import Declaration
from engine.limits import DAY, LONGEST, Counted, Readings, State, after, come_back, drop, put


class Params(BaseModel):
    """Settings of ``kind: quota``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(
        ge=1, description="How many requests are allowed until it is counted anew.", examples=[5000]
    )
    every: Literal["hour", "day", "month"] = Field(description="What it is counted for.")
    zone: str = Field(
        default="UTC",
        min_length=1,
        description="Time zone in which an hour, a day or a month ends; UTC by default.",
        examples=["America/Los_Angeles"],
    )
    answers: Counted | None = Field(default=None, description="What the answers say of it.")


class Quota:
    """Counts until the end of the calendar's hour, day or month, or until when an answer says that it ends."""

    def __init__(self, params: Params) -> None:
        self.limit = float(params.limit)
        self.readings = Readings(params.answers)
        self._every = params.every
        self._zone = dates.zone(params.zone)

    def used(self, state: State, now: float) -> float:
        return come_back(state, now)

    def spend(self, state: State, cost: float, now: float, resets: float | None = None) -> None:
        # Each answer says it anew, to the second; up to a minute too late costs nothing.
        longest = LONGEST if self._every == "month" else DAY
        end = self._end(now) if resets is None else math.ceil((now + min(resets, longest)) / 60) * 60.0
        put(state, end, cost)

    def forgive(self, state: State, cost: float) -> None:
        drop(state, cost)

    def comes_back(self, state: State, lacking: float, now: float) -> float | None:
        return after(state, lacking, now)

    def _end(self, now: float) -> float:
        """Return the instant at which what *now* is in ends."""
        here = datetime.fromtimestamp(now, self._zone).replace(minute=0, second=0, microsecond=0)
        if self._every == "hour":
            return here.timestamp() + 3600
        begun = here.replace(hour=0, fold=0)
        if self._every == "day":
            return (begun + timedelta(days=1)).timestamp()
        return (begun.replace(day=1) + timedelta(days=32)).replace(day=1).timestamp()


DECLARATION = Declaration(
    "quota",
    "So many requests an hour, a day or a month of the calendar.",
    Quota,
    Params,
)
