"""``trim``: a text without the white space around it."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, only_text
from engine.scope import Scope
from engine.signatures import Given, from_text
from engine.types import FORMATS, Text, Type


def trim(value: Any, scope: Scope) -> str:
    """Return *value* without the white space around it."""
    return only_text(value, "trim").strip()


def _trimmed(text: Text, given: Given) -> Type:
    # A text of these formats has no white space around it; of another it might be part.
    return Type(text=Text(text.format if text.format in FORMATS else "", longest=text.longest))


FILTER = Filter(
    Declaration(
        "trim",
        "Takes white space and line ends away from both ends of a text; what stands inside stays.",
        trim,
        examples=((("  Acme  Ltd\n", "trim"), "Acme  Ltd"),),
        group="Text",
    ),
    types=from_text("trim", trim, _trimmed),
)
