"""Whether a value is of a type."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.types import Shape, Type


def is_of(value: Any, type: Type) -> bool:
    """Tell whether *value*, plain JSON data that is there, is of *type*; of formats nothing is told."""
    if type.is_any:
        return True
    if value is None:
        return type.null
    if isinstance(value, bool):
        return value in type.boolean
    if isinstance(value, str):
        text = type.text
        return text is not None and (
            (text.values is None or value in text.values)
            and (text.longest is None or len(value) <= text.longest)
        )
    if isinstance(value, (int, Decimal, Fraction)):
        return type.number is not None and (not type.number.whole or value == int(value))
    if isinstance(value, list):
        items = type.list
        return items is not None and all(is_of(each, items.type) for each in value)
    return any(_has(value, shape) for shape in type.mapping)


def _has(value: dict[str, Any], shape: Shape) -> bool:
    for name, each in value.items():
        field = shape.field(name)
        if shape.is_closed if field is None else not is_of(each, field):
            return False
    return True
