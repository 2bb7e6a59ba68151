"""Text in quotes, the same in pipes and expressions: which backslashes it has, and what they mean.

In text ``\\n \\r \\t \\\\ \\' \\"`` and ``\\uXXXX`` are what they are in JSON, and no other is taken. In a regular
expression a backslash belongs to the pattern, which is kept as it is written; a doubled one is refused, since in other
languages it is a single one.
"""

from __future__ import annotations

import re
from typing import Final

QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
"""One text in quotes, with them."""
ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class BadQuoted(ValueError):
    """A text in quotes is not taken.

    Attributes:
        offset: Where in it, counted from its first quote.
        length: How many characters are meant.
        help: The cure.
    """

    def __init__(self, message: str, offset: int, length: int, help: str) -> None:
        super().__init__(message)
        self.offset, self.length, self.help = offset, length, help


def text_in(written: str) -> str:
    """Return the text that *written* means, a text in quotes with them; raises ``BadQuoted``."""

    def meant(found: re.Match[str]) -> str:
        sign, offset = found.group(1), found.start() + 1
        if len(sign) > 1:
            char = chr(int(sign[1:], 16))
            if "\ud800" <= char <= "\udfff":
                what = "half of a character (a lone surrogate) is no text"
                raise BadQuoted(what, offset, len(sign) + 1, "write the character itself")
            return char
        if sign not in ESCAPES:
            known = "\\n a line end, \\t a tab, \\uXXXX a character by its number"
            what = f"\\{sign} means nothing in text"
            raise BadQuoted(what, offset, 2, f"write \\\\ for a backslash; {known}")
        return ESCAPES[sign]

    return ESCAPE.sub(meant, written[1:-1])


def pattern_in(written: str) -> str:
    """Return the regular expression *written*, in quotes with them, as it is; raises ``BadQuoted``."""
    pattern = written[1:-1]
    for found in ESCAPE.finditer(pattern):
        if found.group(1) == "\\":
            behind = pattern[found.end() : found.end() + 1]
            what = "in a regular expression a backslash is written once"
            cure = f"write \\{behind}; for a backslash in the text \\x5C" if behind else "write \\x5C"
            raise BadQuoted(what, found.start() + 1, 2, cure)
    if control := CONTROL.search(pattern):
        what = f"the pattern holds the control character U+{ord(control.group()):04X}"
        cure = (
            "YAML makes it of a backslash in double quotes: put the whole value in single quotes, or behind |"
        )
        raise BadQuoted(what, control.start() + 1, 1, cure)
    return pattern
