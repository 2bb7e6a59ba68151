"""``first``: the first element of a list."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter
from engine.paths import MISSING
from engine.scope import Scope
from engine.types import Lack


def first(values: list[Any], scope: Scope) -> Any:
    """Return the first element, or ``MISSING`` where there is none."""
    return values[0] if values else MISSING


FILTER = Filter(
    Declaration(
        "first",
        "Gives the first element of a list. Of an empty list it finds nothing: an error, unless default follows.",
        first,
        examples=(((["a", "b"], "first"), "a"), (([], "first | default('none')"), "none")),
        group="Lists",
    ),
    takes="list",
    finds_nothing=True,
    types=lambda values, given: values.element.may_lack(
        Lack("first finds nothing in an empty list", stated=False)
    ),
)
