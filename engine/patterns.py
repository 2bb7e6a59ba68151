"""Regular expressions in RE2's syntax: the only door to google-re2, whose matching takes time linear in the text.

``\\d``, ``\\w`` and ``\\s`` mean ASCII, ``$`` the end of the whole text; look-around and back references do not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]  # it ships no types

MAX_PATTERN: Final = 1_000
"""Characters of a pattern."""
MAX_INPUT: Final = 65_536
"""Bytes, in UTF-8, of a text that is searched."""
MAX_MEMORY: Final = 8 << 20
"""Bytes that one compiled pattern may take; RE2 refuses a pattern that would need more."""
CURES: Final = {
    "invalid perl operator": "look-around such as (?=…) and (?!…) does not exist here",
    "invalid escape sequence": "back references such as \\1 do not exist here; the end of the text is $ or \\z",
    "missing )": "close the parenthesis",
    "unexpected )": "open the parenthesis, or write \\)",
    "missing ]": "close the bracket",
    "no argument for repetition operator": "write \\* \\+ or \\? for the sign itself",
    "invalid repetition size": "a repetition counts to at most 1,000",
    "pattern too large": "write it shorter, with smaller repetitions",
}
"""What RE2 says, and what to do about it."""


class BadPattern(ValueError):
    """A text is no regular expression, or a search is not possible; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern.

    Attributes:
        text: As written.
        groups: How many groups it has.
        names: Number by name of the groups that have one.
    """

    text: str
    groups: int
    names: dict[str, int]
    _regexp: Any

    def search(self, text: str) -> tuple[str | None, ...] | None:
        """Return the first match in *text*, then each group's part (None where it took none); None without a match.

        Raises:
            BadPattern: the text is too long, or no Unicode.
        """
        if len(_encoded(text, "the text that is searched")) > MAX_INPUT:
            raise BadPattern(f"a text that is searched has at most {MAX_INPUT:,} bytes")
        found = self._regexp.search(text)
        return None if found is None else (found.group(0), *found.groups())


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Return *text* as a compiled pattern.

    Raises:
        BadPattern: it is too long, too large or not RE2's syntax.

    Source: https://github.com/google/re2/wiki/Syntax
    """
    if len(text) > MAX_PATTERN:
        raise BadPattern(f"a pattern has at most {MAX_PATTERN:,} characters")
    _encoded(text, "the pattern")
    options = re2.Options()
    options.log_errors = False  # else it writes to standard error by itself
    options.max_mem = MAX_MEMORY
    try:
        regexp = re2.compile(text, options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        what, _, where = said.partition(": ")
        cure = f"; {CURES[what]}" if what in CURES else ""
        raise BadPattern(f"the pattern is wrong{f' at {where}' if where else ''}: {what}{cure}") from error
    return Pattern(text, regexp.groups, dict(regexp.groupindex), regexp)


def _encoded(text: str, what: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadPattern(f"{what} has half a character (a lone surrogate)") from error
