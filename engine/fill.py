"""Fills ``{name}`` in the texts of a connector: addresses, paths and header values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from engine.secret import Secret, compose

SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def names(template: str) -> list[str]:
    """Return the names that *template* asks for, in their order."""
    return SLOT.findall(template)


def fill(template: str, values: Mapping[str, str | Secret]) -> str | Secret:
    """Return *template* with its slots filled; a Secret as soon as one value is.

    Raises:
        KeyError: a name has no value.
    """
    return compose(_parts(template, values, escape=False))


def fill_url(template: str, values: Mapping[str, str | Secret]) -> str:
    """Return *template* with its slots percent-encoded, so that no value can add a path, query or host.

    Raises:
        KeyError: a name has no value.
        ValueError: a value is a secret, empty, or a dot segment that would change the path.
    """
    text = compose(_parts(template, values, escape=True))
    if isinstance(text, Secret):
        raise ValueError("a secret cannot stand in an address")
    return text


def _parts(template: str, values: Mapping[str, str | Secret], *, escape: bool) -> list[str | Secret]:
    parts: list[str | Secret] = []
    for index, piece in enumerate(SLOT.split(template)):
        if index % 2 == 0:
            parts.append(piece)
            continue
        value = values[piece]
        if escape and isinstance(value, str):
            if value in ("", ".", ".."):
                raise ValueError(f"{piece} is {value!r}, which cannot stand in an address")
            value = quote(value, safe="")
        parts.append(value)
    return parts
