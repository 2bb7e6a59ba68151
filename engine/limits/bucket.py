"""``bucket``: requests, or the points that each costs, out of a bucket that fills again at a steady rate."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.limits import DAY, Reading, Readings, State


class Answers(BaseModel):
    """What answers may say of a bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    remaining: Reading | None = Field(default=None, description="What is left in the bucket.")
    used: Reading | None = Field(
        default=None, description="What it lacks of being full, in place of what is left."
    )
    limit: Reading | None = Field(default=None, description="How much it holds when it is full.")
    rate: Reading | None = Field(default=None, description="How much comes back each second.")
    cost: Reading | None = Field(
        default=None,
        description="What a request like this one must find in the bucket; 1 where nothing is known.",
    )
    spent: Reading | None = Field(
        default=None, description="What it took, where that may be less than its cost."
    )


class Params(BaseModel):
    """Settings of ``kind: bucket``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(ge=1, description="How much the bucket holds when it is full.", examples=[40])
    rate: float = Field(gt=0, description="How much comes back each second.", examples=[2])
    answers: Answers | None = Field(default=None, description="What the answers say of it.")


class Bucket:
    """A leaky bucket; one that an answer says is larger than declared fills faster, too, in proportion."""

    def __init__(self, params: Params) -> None:
        self.limit = float(params.limit)
        self.readings = Readings(params.answers)
        self._rate = params.rate
        # However little an answer says comes back: a day fills the bucket as it is declared, where it would by itself.
        self._slowest = min(self._rate, self.limit / DAY)

    def used(self, state: State, now: float) -> float:
        # Also while something is in hand: the target's bucket fills as well.
        state.drawn = max(state.drawn - max(now - state.at, 0.0) * self._rate_of(state), 0.0)
        return state.drawn

    def spend(self, state: State, cost: float, now: float, resets: float | None = None) -> None:
        state.drawn += cost

    def forgive(self, state: State, cost: float) -> None:
        state.drawn = max(state.drawn - cost, 0.0)

    def comes_back(self, state: State, lacking: float, now: float) -> float | None:
        return lacking / self._rate_of(state) if lacking <= state.drawn else None

    def _rate_of(self, state: State) -> float:
        said = state.rate or self._rate * (state.limit or self.limit) / self.limit
        return max(said, self._slowest)


DECLARATION = Declaration(
    "bucket",
    "A bucket of requests, or of the points that each costs, which fills again at a steady rate.",
    Bucket,
    Params,
)
