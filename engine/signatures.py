"""What filters say of types: which they take, and what they make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.types import ANY, KINDS, Type, described, every


class Mistyped(ValueError):
    """A value of this type is not taken, or not always.

    Attributes:
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a filter's call, by the names of its parameters.

    Attributes:
        values: Those that are written out.
        types: The types of all of them.
        tables: The recipe's lookups by name, or None where they are not known.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] | None = None


Signature = Callable[[Type, Given], Type]
"""The type of what a filter gives for a value of a type, which is there and not null where it takes one value.

Raises ``Mistyped`` where the value cannot be taken, or not always.
"""


def unknown(type: Type, given: Given) -> Type:
    """Return ``ANY``: the signature of a filter that gives anything."""
    return ANY


def taken(type: Type, name: str, *kinds: str, help: str = "") -> Type:
    """Return *type* as far as it is of *kinds*, all that the filter *name* takes; raises ``Mistyped``."""
    if type.is_any:
        return type.only(*kinds)
    strange = type.only(*(kind for kind in KINDS if kind not in kinds))
    if strange.kinds:
        may = "may be" if type.kinds - strange.kinds else "is"
        wanted = described(every().only(*kinds))
        raise Mistyped(f"{name} takes {wanted}, and this {may} {described(strange)}", help)
    return type.only(*kinds)
