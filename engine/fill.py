"""Fills ``{name}`` in the texts of a connector: addresses, paths and header values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


class Encoded(str):
    """Text that is percent-encoded already."""

    __slots__ = ()


def several(value: str | Sequence[str]) -> Encoded:
    """Return several segments of a path, percent-encoded: of a text those between its slashes, of a list its entries.

    Raises:
        ValueError: one is empty, or a dot segment that would change the path.
    """
    segments = value.removeprefix("/").split("/") if isinstance(value, str) else value
    for each in segments:
        if each in ("", ".", ".."):
            raise ValueError(f"a segment of the path is {each!r}, which cannot stand in an address")
    return Encoded("/".join(quote(each, safe="") for each in segments))


def _parts(template: str, values: Mapping[str, str | Secret], *, escape: bool) -> list[str | Secret]:
    parts: list[str | Secret] = []
    for index, piece in enumerate(SLOT.split(template)):
        if index % 2 == 0:
            parts.append(piece)
            continue
        value = values[piece]
        if escape and isinstance(value, str) and not isinstance(value, Encoded):
            if value in ("", ".", ".."):
                raise ValueError(f"{piece} is {value!r}, which cannot stand in an address")
            value = quote(value, safe="")
        parts.append(value)
    return parts
