"""A document as the fields of a form, nested by brackets: ``address[city]=Berne&items[0][price]=7``.

Source: the URL standard, section 5 (application/x-www-form-urlencoded); brackets as Stripe and PHP read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from engine.money import text

TYPE = "application/x-www-form-urlencoded"


def encoded(document: Mapping[str, Any]) -> bytes:
    """Return *document*, in which nothing is :func:`uncarried`, as a form."""
    return urlencode(list(_fields(document, ""))).encode("ascii")


def uncarried(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the name of a field that no form can carry, and what it holds; None where all can be.

    What is left out is not null: a form would say nothing of either, or of an empty list.
    """
    for name, value in _fields(document, ""):
        if value is None:
            return name, "null"
        if not isinstance(value, str):
            return name, "an empty list" if isinstance(value, list) else "an empty mapping"
    return None


def _fields(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and (value or not name):
        for key, inner in value.items():
            yield from _fields(inner, f"{name}[{key}]" if name else key)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _fields(inner, f"{name}[{index}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is None or isinstance(value, (str, Mapping, list)):
        yield name, value
    else:
        yield name, text(value)
