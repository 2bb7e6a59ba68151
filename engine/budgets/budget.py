"""One budget: what a request takes of it, when that is there, and what an answer makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.limits import LONGEST, Limiter, State
from engine.policy import Limit

BACK: Final = 1.0
"""Seconds by which a clock may be behind what another process saw, without having been set back."""
ENOUGH: Final = 1e-6
"""So little is nothing: what comes back by fractions is never quite whole."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One declared limit with its kind."""

    limit: Limit
    kind: Limiter

    def covers(self, operation: str) -> bool:
        return not self.limit.operations or operation in self.limit.operations

    def name(self, operation: str) -> str:
        """Return what its state is called."""
        return f"{self.limit.name}/{operation}" if self.limit.each_operation else self.limit.name

    def cost(self, state: State, operation: str) -> float:
        cost = state.costs.get(operation, self.limit.costs.get(operation, 1.0))
        return min(cost, self.allowed(state))  # one that costs more than there ever is would wait for ever

    def allowed(self, state: State) -> float:
        return self.kind.limit if state.limit is None else state.limit

    def bring(self, state: State, now: float) -> None:
        """Bring *state* to *now*: what came back, and what those had in hand who are heard of no more."""
        if now < state.at - BACK:
            state.move(now - state.at)
        now = max(now, state.at)
        gone = [(name, until) for name, (_, until) in state.held.items() if until <= now]
        for name, until in gone:
            cost, _ = state.held.pop(name)
            self.kind.spend(state, cost, until)
        self.kind.used(state, now)
        state.at = now

    def lacks(self, state: State, operation: str) -> float:
        return (
            self.cost(state, operation)
            + state.in_hand
            + self.kind.used(state, state.at)
            - self.allowed(state)
        )

    def wait(self, state: State, operation: str) -> float | None:
        """Return the seconds until a request would be let through, 0 for now; None where nobody can say."""
        if state.closed > state.at:
            return state.closed - state.at
        lacking = self.lacks(state, operation)
        if lacking <= ENOUGH:
            return 0.0
        wait = self.kind.comes_back(state, lacking, state.at)
        return None if wait is None else min(wait, LONGEST)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says that budgets hear.

    Attributes:
        headers: Names in lower case.
        data: Its JSON, or ``MISSING``.
        throttled: Whether it turns the request away because there were too many.
        after: Seconds after which it may be repeated, or None.
    """

    headers: Mapping[str, str]
    data: Any
    throttled: bool = False
    after: float | None = None


def learn(
    budget: Budget,
    state: State,
    operation: str,
    cost: float,
    told: Mapping[str, float],
    *,
    throttled: bool,
    alone: bool,
) -> None:
    """Spend what a request took, and let the answer correct what is known.

    What it says is left was left before those requests that were under way beside it: a budget is taken for fuller than
    it was known to be only where the request was *alone* from its sending to its answer.
    """
    if told.get("limit", 0) > 0:
        state.limit = told["limit"]
    if told.get("rate", 0) > 0:
        state.rate = told["rate"]
    if "cost" in told:
        state.costs[operation] = cost = told["cost"]
    allowed = budget.allowed(state)
    left = allowed - told["used"] if "used" in told else told.get("remaining")
    # A request that was turned away took nothing, where the answer says what is left.
    spent = told.get("spent", 0.0 if throttled and left is not None else cost)
    budget.kind.spend(state, spent, state.at)
    if left is not None:
        missing = allowed - left - budget.kind.used(state, state.at)
        if missing > ENOUGH:
            budget.kind.spend(state, missing, state.at, told.get("resets"))
        elif missing < -ENOUGH and alone:
            budget.kind.forgive(state, -missing)
