"""Where the states of accounts lie, a row each, and how a row is written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol, TypeVar

from engine.budgets.budget import Budget
from engine.limits import LONGEST, State

T = TypeVar("T")
FIELDS: Final = tuple(each.name for each in fields(State))


class Lost(Exception):
    """The rows can be used no more; carries why. Whoever has them goes on with rows of its own."""


class Rows(Protocol):
    """Where the states of accounts lie.

    Attributes:
        cure: What a person does so that they are forgotten; empty where they are with the end of the process.
    """

    @property
    def cure(self) -> str: ...

    async def change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        """Let *work* change the row of *account* while nobody else does.

        Args:
            work: Takes the row's text, empty where there is none, and the present instant by the clock that all share,
                in seconds since 1970; gives the new text and what is returned. It may be called more than once.

        Raises:
            Lost: the rows cannot be used.
        """
        ...

    def close(self) -> None:
        """Close them."""
        ...


class Alone:
    """Rows in the memory of this process, for tests and where the shared ones are lost."""

    cure = ""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rows: dict[str, str] = {}

    async def change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        self._rows[account], found = work(self._rows.get(account, ""), self._now())
        return found

    def close(self) -> None:
        return None


@dataclass(slots=True)
class States:
    """The row of an account, taken apart."""

    row: str
    event: Callable[..., None]
    known: dict[str, State] = field(init=False)
    brought: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        try:
            self.known = {name: _state(each) for name, each in json.loads(self.row or "{}").items()}
        except (ValueError, TypeError, AttributeError, KeyError):
            self.event("limits.begun", reason="what was known of an account's limits is damaged")
            self.known = {}

    def of(self, budget: Budget, operation: str, now: float) -> State:
        """Return the state of *budget*, brought to *now*."""
        name = budget.name(operation)
        if name not in self.known:
            self.known[name] = State(at=now)
        state = self.known[name]
        if name not in self.brought:
            budget.bring(state, now)
            self.brought.add(name)
        return state

    def text(self) -> str:
        # Not asdict: it copies whatever it finds, and takes longer than the whole rest.
        rows = {name: {each: getattr(state, each) for each in FIELDS} for name, state in self.known.items()}
        return json.dumps(rows, separators=(",", ":"))


def _state(given: Mapping[str, Any]) -> State:
    held = {str(name): (_finite(cost), _finite(until)) for name, (cost, until) in given["held"].items()}
    back = [(_finite(when), _finite(cost)) for when, cost in given["back"]]
    limit, rate = (None if given[name] is None else _finite(given[name]) for name in ("limit", "rate"))
    costs = {str(name): _finite(cost) for name, cost in given["costs"].items()}
    at, closed, drawn = (_finite(given[name]) for name in ("at", "closed", "drawn"))
    takes = int(_finite(given["takes"]))
    return State(at, min(closed, at + LONGEST), held, back, drawn, limit, rate, costs, takes)


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)
