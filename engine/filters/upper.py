"""``upper``: a text in capitals."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, bounded, only_text
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import TEXT


def upper(value: Any, scope: Scope) -> str:
    """Return *value* in capitals."""
    made = only_text(value, "upper").upper()
    bounded(len(made), "upper")
    return made


FILTER = Filter(
    Declaration(
        "upper",
        "Writes text in capitals.",
        upper,
        examples=((("usd", "upper"), "USD"), (("straße", "upper"), "STRASSE")),
        group="Text",
    ),
    types=from_text("upper", upper, lambda text, given: TEXT),
)
