"""Queries in a vendor's own language, such as ``select * from Customer where DisplayName = 'Ada'``.

What a recipe gives stands in them as a literal that the engine writes: no value ends it, or adds a condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.fill import SLOT, names
from engine.money import text as plain

ONE: Final = r"'(?:[^'\\]|\\.)*'|[^\s'(),]+"
"""One literal."""
VALUE: Final = rf"(?:{ONE}|\((?:{ONE})(?:, (?:{ONE}))*\))"
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

    def asked(self, text: str) -> dict[str, Any]:
        """Return the parameters for which ``filled`` gives *text*: texts, and lists of them."""
        at = len(self.select) + len(" where ")
        given: dict[str, Any] = {}
        for each in self.where:
            pieces = SLOT.split(each)
            form = "".join(
                f"(?P<{piece}>{VALUE})" if index % 2 else re.escape(piece)
                for index, piece in enumerate(pieces)
            )
            if found := re.compile(form, re.DOTALL).match(text, at):
                given |= {name: _read(value) for name, value in found.groupdict().items()}
                at = found.end() + len(" and ")
        return given


def _read(text: str) -> Any:
    """Return the value whose ``literal`` is *text*; numbers and truth stay text."""
    if text.startswith("("):
        return [_read(each.group()) for each in re.finditer(ONE, text)]
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text.startswith("'") else text


def literal(value: Any) -> str:
    """Return *value* as the language writes it: text in quotes, numbers and truth without, a list in brackets."""
    if isinstance(value, list):
        return f"({', '.join(literal(each) for each in value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value.translate(ESCAPES)}'" if isinstance(value, str) else plain(value)
