"""What an expression sees while it is evaluated for one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo


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
class Scope:
    """The roots of one record.

    Attributes:
        roots: Plain JSON data by root name (``record``, ``item``, ``mapped``, ``steps`` …).
        constants: What holds for the recipe.
        defaults: How often a default stood in, by pointer of the recipe; shared by every scope of a run.
        place: Pointer of the value that is evaluated now.
        exponents: Minor digits by currency where the connector of the value evaluated now counts otherwise than ISO.
    """

    roots: dict[str, Any]
    constants: Constants
    defaults: Counter[str] = field(default_factory=Counter)
    place: str = ""
    exponents: Mapping[str, int] = field(default_factory=dict)

    def bind(self, name: str, value: Any) -> Scope:
        """Return a scope inside this one in which *name* is *value*."""
        return Scope({**self.roots, name: value}, self.constants, self.defaults, self.place, self.exponents)
