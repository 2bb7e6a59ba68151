"""What is done to rows that stand, beside writing them whole: changed in place, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """New values for columns of a row that stands; with a new key, too, it keeps its place in the order.

    Attributes:
        row: Whose table it is in.
        key: The values of its key, in their order.
        to: The new values by column.
    """

    row: type[Any]
    key: tuple[str, ...]
    to: Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Removal:
    """A row is taken away; ``row`` and ``key`` as in ``Change``."""

    row: type[Any]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OldEffect:
    """An effect whose request nobody needs any more.

    Attributes:
        place: Where it stands in the order.
        key: ``EffectKey.text``.
        request: Bytes of its request that the ledger keeps.
        answer: Bytes of its answer.
    """

    place: int
    key: str
    request: int
    answer: int
