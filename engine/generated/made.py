"""What a piece of generated code gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

Kind = Literal["", "truth", "text", "money", "day", "number", "amount", "fraction", "list"]
"""What is known of a value: true or false, text, the text of an amount, of a day, a number, one of at most 28 digits on
either side of the point, perhaps a fraction, a list whose elements go through filters one by one. Empty where nothing
is. All but the first two may be null."""
TEXTS: Final = frozenset({"text", "money", "day", "truth"})
"""Kinds of values that stand in a field as they are."""

Absence = Literal["", "MISSING", "None"]
"""Which value stands for nothing being there: ``None`` where null means the same; empty where it is always there."""


class Unfit(Exception):
    """No code is written for this value: the interpreter evaluates it where it stands."""


@dataclass(frozen=True, slots=True)
class Made:
    """A Python expression.

    Attributes:
        text: Evaluated once, at most: each use of it needs a name.
        absent: Which value stands for nothing being there.
        kind: What is known of its value.
        parts: Of a list that a loop makes, the expression of an element, and the loop behind it.
        depth: How many lists those stand in that it was made of.
    """

    text: str
    absent: Absence = ""
    kind: Kind = ""
    parts: tuple[str, str] | None = None
    depth: int = 0

    @property
    def there(self) -> str:
        """The expression, which fails where nothing is there."""
        return f"present({self.text})" if self.absent else self.text

    def named(self, name: str) -> Made:
        """Return this value under a name."""
        return replace(self, text=name)
