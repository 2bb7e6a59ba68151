"""What an expression sees while it is evaluated for one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

MAX_STEPS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Constants:
    """What holds for a whole recipe.

    Attributes:
        zone: ``settings.timezone``, the zone of accounting dates.
        lookups: Tables by name; keys are text.
    """

    zone: ZoneInfo | None = None
    lookups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Budget:
    """What one evaluation may still do.

    Attributes:
        steps: One for each node of an expression that a loop evaluates, and for each value it goes through.
    """

    steps: int = MAX_STEPS


@dataclass(slots=True)
class Scope:
    """The roots of one record.

    Attributes:
        roots: Plain JSON data by root name (``record``, ``item``, ``mapped``, ``steps`` …).
        constants: What holds for the recipe.
        defaults: How often a default stood in, by pointer of the recipe; shared by every scope of a run.
        place: Pointer of the value that is evaluated now.
        exponents: Minor digits by currency where the connector of the value evaluated now counts otherwise than ISO.
        taken: The same of the connector whose operation takes the value.
        budget: What the template that is evaluated now may still do; shared by the scopes inside this one.
    """

    roots: dict[str, Any]
    constants: Constants
    defaults: Counter[str] = field(default_factory=Counter)
    place: str = ""
    exponents: Mapping[str, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    taken: Mapping[str, int] = field(default_factory=dict)

    def apart(self) -> Scope:
        """Return this scope with a count of defaults of its own, for values that are only looked at."""
        return replace(self, defaults=Counter())

    def bind(self, name: str, value: Any) -> Scope:
        """Return a scope inside this one in which *name* is *value*."""
        roots = {**self.roots, name: value}
        return Scope(
            roots, self.constants, self.defaults, self.place, self.exponents, self.budget, self.taken
        )
