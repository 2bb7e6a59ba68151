"""``slug``: a text as part of an address or an identifier."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, bounded, only_text
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import TEXT

LETTERS: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
"""Latin letters that do not fall apart into a plain one and a mark."""


def slug(value: Any, scope: Scope) -> str:
    """Return *value* in small letters a to z and digits, a hyphen for each run of anything else."""
    text = only_text(value, "slug")
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS)).lower()
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    for char in kept:
        if char.isalnum() and not char.isascii():
            # Left out, it would make one slug of two names.
            cure = "use hash, which takes any text"
            raise BadValue(f"slug has no letter or digit for {char!r} in {money.shorten(text)!r}", cure=cure)
    made = re.sub(r"[^a-z0-9]+", "-", kept).strip("-")
    if not made:
        raise BadValue(f"{money.shorten(text)!r} has no letter or digit that a slug could hold")
    bounded(len(made), "slug")
    return made


FILTER = Filter(
    Declaration(
        "slug",
        "Writes a text with the small letters a to z, digits and single hyphens. Accents fall away; a letter of "
        "another script is an error, since without it two names could become one.",
        slug,
        examples=(
            (("Café Zürich (2nd)", "slug"), "cafe-zurich-2nd"),
            (("Straße & Søn", "slug"), "strasse-son"),
        ),
        group="Text",
    ),
    types=from_text("slug", slug, lambda text, given: TEXT),
)
