"""What the code of a recipe reads of a record, and so which parts of it are decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

UNNAMABLE = re.compile(r'["\\\x00-\x1f]')
"""Signs in a name that no class can stand for."""


@dataclass(slots=True)
class Shape:
    """A value of which fields or entries are read.

    Attributes:
        fields: Those that are read, by name.
        entry: Of a list, what is read of its entries; None where nothing asks for any.
        is_used: Whether it is used as it is.
        is_sure: Whether every record has it in which the code goes through.
    """

    fields: dict[str, Shape] = field(default_factory=dict)
    entry: Shape | None = None
    is_used: bool = False
    is_sure: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it is decoded as it stands, with all that it holds."""
        return (
            self.is_used
            or (bool(self.fields) and self.entry is not None)
            or (not self.fields and self.entry is None)
            or any(UNNAMABLE.search(name) for name in self.fields)
        )

    def at(self, step: str | int) -> Shape:
        """Return what is read of the field or entry *step*, which is asked for now."""
        if isinstance(step, str):
            return self.fields.setdefault(step, Shape())
        return self.entries()

    def entries(self) -> Shape:
        """Return what is read of each entry."""
        if self.entry is None:
            self.entry = Shape()
        return self.entry

    def attribute(self, name: str) -> str:
        """Return the name in Python of the field *name*."""
        return f"f{list(self.fields).index(name)}"
