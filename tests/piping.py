"""A value through a pipe, as a recipe in New York has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from engine import dates
from engine.paths import MISSING
from engine.pipes import compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope

FILTERS: Final = Registry().filters
LOOKUPS: Final[dict[str, dict[str, Any]]] = {
    "status": {"paid": "open"},
    "codes": {"1": "one", "1.50": "more", "true": "yes", "none": None},
}


def scope(value: Any = MISSING, exponents: Mapping[str, int] | None = None) -> Scope:
    """Return the scope of a record whose ``$.v`` is *value*."""
    roots = {} if value is MISSING else {"record": {"v": value}}
    constants = Constants(dates.zone("America/New_York"), LOOKUPS)
    return Scope(roots, constants, Counter(), "/place", exponents or {}, taken=exponents or {})


def through(value: Any, calls: str, exponents: Mapping[str, int] | None = None) -> Any:
    """Return what *calls*, one or more filters, make of *value*."""
    return compile_pipe(f"$.v | {calls}", FILTERS).evaluate(scope(value, exponents))
