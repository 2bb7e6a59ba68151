"""``last``: the last element of a list."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter
from engine.paths import MISSING
from engine.scope import Scope
from engine.types import Lack


def last(values: list[Any], scope: Scope) -> Any:
    """Return the last element, or ``MISSING`` where there is none."""
    return values[-1] if values else MISSING


FILTER = Filter(
    Declaration(
        "last",
        "Gives the last element of a list. Of an empty list it finds nothing: an error, unless default follows.",
        last,
        examples=(((["a", "b"], "last"), "b"), (([], "last | default('none')"), "none")),
        group="Lists",
    ),
    takes="list",
    finds_nothing=True,
    types=lambda values, given: values.element.may_lack(
        Lack("last finds nothing in an empty list", stated=False)
    ),
)
