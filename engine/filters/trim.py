"""``trim``: a text without the white space around it."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, only_text
from engine.scope import Scope


def trim(value: Any, scope: Scope) -> str:
    """Return *value* without the white space around it."""
    return only_text(value, "trim").strip()


FILTER = Filter(
    Declaration(
        "trim",
        "Takes white space and line ends away from both ends of a text; what stands inside stays.",
        trim,
        examples=((("  Acme  Ltd\n", "trim"), "Acme  Ltd"),),
        group="Text",
    )
)
