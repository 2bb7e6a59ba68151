"""What an expression sees while it is evaluated for one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

MAX_STEPS: Final = 100_000
MAX_LOOKS: Final = 2_000_000
"""Values that one evaluation may look at, those of its paths' filters included."""
MAX_WORK: Final = 20_000_000
"""What one ``for_each`` of a mapping may do, those inside it included: an invoice of 100,000 lines takes a third."""
TEXT_PER_LOOK: Final = 32
"""Characters that count as one value."""


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
        looks: One for each value that a path or filter goes through, for each 32 characters, and for each entry and
            32 characters of what a filter makes.
    """

    steps: int = MAX_STEPS
    looks: int = MAX_LOOKS

    def look(self, count: int = 1) -> bool:
        """Take *count* looks, and tell whether there were as many."""
        self.looks -= count
        return self.looks >= 0

    @property
    def used(self) -> int:
        """How much was done, beyond what a value costs by itself."""
        return MAX_STEPS - self.steps + MAX_LOOKS - self.looks


@dataclass(slots=True)
class Work:
    """What a ``for_each`` of a mapping may still do, those inside it included.

    Attributes:
        left: One for each value that is evaluated, with what its ``Budget`` counted, and several for each entry.
    """

    left: int = MAX_WORK


def size(value: Any) -> int:
    """Return how many looks *value* costs that is gone through once."""
    if isinstance(value, (list, dict)):
        return 1 + len(value)
    return 1 + len(value) // TEXT_PER_LOOK if isinstance(value, str) else 1


@dataclass(slots=True)
class Scope:
    """The roots of one record.

    Attributes:
        roots: Plain JSON data by root name (``record``, ``item``, ``mapped``, ``steps`` …).
        constants: What holds for the recipe.
        defaults: How often a default stood in, by pointer of the recipe; shared by every scope of a run.
        place: Pointer of the value that is evaluated now.
        exponents: Minor digits by currency where the connector of the value evaluated now counts otherwise than ISO.
        budget: What the pipe or template that is evaluated now may still do; shared by the scopes inside this one.
        work: What the outermost ``for_each`` of a mapping around it may still do; None outside of any.
        taken: As exponents, of the connector whose operation takes the value.
    """

    roots: dict[str, Any]
    constants: Constants
    defaults: Counter[str] = field(default_factory=Counter)
    place: str = ""
    exponents: Mapping[str, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    work: Work | None = None
    taken: Mapping[str, int] = field(default_factory=dict)

    def apart(self) -> Scope:
        """Return this scope with a count of defaults of its own, for values that are only looked at."""
        return self._with(self.roots, Counter())

    def bind(self, name: str, value: Any) -> Scope:
        """Return a scope inside this one in which *name* is *value*."""
        return self._with({**self.roots, name: value}, self.defaults)

    def _with(self, roots: dict[str, Any], defaults: Counter[str]) -> Scope:
        # Not replace(), which takes three times as long: this runs for each entry of each list.
        return Scope(
            roots,
            self.constants,
            defaults,
            self.place,
            self.exponents,
            self.budget,
            self.work,
            self.taken,
        )
