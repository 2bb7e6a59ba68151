"""``lower``: a text in small letters."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, bounded, only_text
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import TEXT


def lower(value: Any, scope: Scope) -> str:
    """Return *value* in small letters."""
    made = only_text(value, "lower").lower()
    bounded(len(made), "lower")
    return made


FILTER = Filter(
    Declaration(
        "lower",
        "Writes text in small letters.",
        lower,
        examples=((("Mail@Example.COM", "lower"), "mail@example.com"),),
        group="Text",
    ),
    types=from_text("lower", lower, lambda text, given: TEXT),
)
