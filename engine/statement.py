"""Queries in a vendor's own language, such as ``select * from Customer where DisplayName = 'Ada'``.

What a recipe gives stands in them as a literal that the engine writes: no value ends it, or adds a condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.fill import SLOT, names
from engine.money import text as plain

ESCAPES: Final = str.maketrans({"\\": "\\\\", "'": "\\'"})
"""How a text's own quotes and backslashes stand in a literal of SOQL and of QuickBooks."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One query and what fills it.

    Attributes:
        to: The parameter of the address's query that carries it.
        select: Its beginning, sent as it is.
        where: Conditions in which ``{name}`` stands for the literal of a parameter; all that are left must hold.
        order: What stands behind them.
    """

    to: str
    select: str
    where: tuple[str, ...] = ()
    order: str = ""

    def filled(self, given: Mapping[str, Any]) -> str:
        """Return the query for the parameters *given*; a condition of which one is absent or null is left out."""
        held = [
            SLOT.sub(lambda match: literal(given[match[1]]), each)
            for each in self.where
            if all(given.get(name) is not None for name in names(each))
        ]
        parts = [self.select, f"where {' and '.join(held)}" if held else "", self.order]
        return " ".join(part for part in parts if part)


def literal(value: Any) -> str:
    """Return *value* as the language writes it: text in quotes, numbers and truth without, a list in brackets."""
    if isinstance(value, list):
        return f"({', '.join(literal(each) for each in value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value.translate(ESCAPES)}'" if isinstance(value, str) else plain(value)
