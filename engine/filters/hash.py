"""``hash``: a digest of a text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from engine.declare import Declaration
from engine.filters import BadValue, Filter, only_text
from engine.money import kind
from engine.scope import Scope
from engine.signatures import PLACE, Given, text_in
from engine.types import TEXT, Text, Type

ALGORITHMS: Final = ("sha256", "sha384", "sha512", "sha1", "md5")
"""The last two are broken for security, and asked for by services that name a customer by them."""


def digest(value: Any, scope: Scope, algorithm: Any = "sha256") -> str:
    """Return the digest of *value* in UTF-8 as small hexadecimal digits."""
    text = only_text(value, "hash")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadValue("the text has half a character (a lone surrogate), so it has no UTF-8") from error
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def _refused(given: Mapping[str, Any]) -> str:
    algorithm = given.get("algorithm", "sha256")
    if algorithm in ALGORITHMS:
        return ""
    found = repr(algorithm) if isinstance(algorithm, str) else kind(algorithm)
    return f"algorithm is one of {', '.join(ALGORITHMS)}, found {found}"


def _types(type: Type, given: Given) -> Type:
    text_in(type, "hash")
    return Type(text=Text(longest=len(digest("", PLACE, **given.values)))) if given.is_written else TEXT


FILTER = Filter(
    Declaration(
        "hash",
        "Gives the digest of a text in UTF-8, in hexadecimal: sha256, or the algorithm that is named.",
        digest,
        examples=(
            (("abc", "hash"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (("abc", "hash('md5')"), "900150983cd24fb0d6963f7d28e17f72"),
        ),
        group="Text",
    ),
    checked=_refused,
    types=_types,
)
