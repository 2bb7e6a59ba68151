"""A value as a key of what was made of it: the very one, whatever is in it."""

from __future__ import annotations

from typing import Any


class Same:
    """Stands for *it* in a table; only the very same is equal, and while it stands there it stays.

    Schemas, connectors and filters are large, cannot be hashed and are never changed: what is made of one is made once.
    """

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)
