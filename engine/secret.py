"""The value that cannot be printed, and the mask over everything that is.

A ``Secret`` has no text of its own: ``str``, ``repr``, ``format``, pickle, copies and JSON give ``<secret>`` or refuse.
Only the HTTP door calls ``reveal`` (a house test holds that).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from hmac import compare_digest
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

MASK: Final = "<secret>"
SHORTEST: Final = 4
"""Secrets below this length are not searched for in output: masking every ``ab`` would garble it."""


class Secret:
    """A piece of text that leaves the process only through the HTTP door."""

    __slots__ = ("__text", "name")

    def __init__(self, text: str, name: str = "") -> None:
        self.__text = text
        self.name = name

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({self.name or MASK})"

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def matches(self, text: str) -> bool:
        """Tell in constant time whether *text* is this secret."""
        return compare_digest(self.__text.encode(), text.encode())

    def _open(self) -> str:
        return self.__text


def compose(parts: Iterable[str | Secret]) -> str | Secret:
    """Return *parts* as one text; a Secret as soon as one part is."""
    pieces = list(parts)
    text = "".join(part._open() if isinstance(part, Secret) else part for part in pieces)
    names = [part.name for part in pieces if isinstance(part, Secret)]
    return Secret(text, "+".join(names)) if names else text


def reveal(secret: Secret) -> str:
    """Return the text of *secret*. For the HTTP door alone."""
    return secret._open()


class Masker:
    """Replaces known secrets in text, in each form in which they travel.

    Forms: plain, base64 (standard and URL-safe, at each of the three alignments), URL-escaped, hex and JSON-escaped.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[Secret]) -> None:
        """Mask *secrets* too, from now on."""
        found = set(self._forms)
        for secret in secrets:
            text = secret._open()
            if len(text) >= SHORTEST:
                found |= _forms(text)
        self._forms = tuple(sorted(found, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def _forms(text: str) -> set[str]:
    raw = text.encode()
    forms = {text, quote(text, safe=""), quote_plus(text), quote(text), raw.hex(), raw.hex().upper()}
    forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    for shift in range(3):
        # The first and last quartet may share bits with what stands around the secret.
        coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        inner = coded[(4 if shift else 0) : len(coded) // 4 * 4]
        if len(inner) >= 2 * SHORTEST:
            forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= SHORTEST}
