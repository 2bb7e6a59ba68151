"""What the filter of a path says of the elements that it selects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.inference import Derived
from engine.paths.syntax import Both, Call, Comparison, Literal, Query, Side, Test
from engine.types import Type

ORDER: Final = ("<", ">")
SEARCHES: Final = ("match", "search")
Change = Callable[[Type], Type]


def selected(element: Type, test: Test) -> Type:
    """Return the type of an *element* for which *test* holds: what is compared is there, and not null where it says so.

    Source: RFC 9535, 2.3.5. What is absent is unlike null, so ``[?@.a != null]`` selects elements without ``a`` too.
    """
    match test:
        case Both():
            for each in test.tests:
                element = selected(element, each)
        case Query():
            return _told(element, test, _present)
        case Call() if test.name in SEARCHES:
            return _told(element, test.args[0], _text)
        case Comparison():
            for one, other in ((test.left, test.right), (test.right, test.left)):
                element = _compared(element, one, test.operator, other)
    return element


def _compared(element: Type, side: Side, operator: str, other: Side) -> Type:
    if not isinstance(other, Literal):
        return element
    if operator == "!=":
        return _told(element, side, _not_null, is_there=False) if other.value is None else element
    if operator in ORDER or other.value is not None:
        return _told(element, side, _value)
    return _told(element, side, _present)  # nothing but null is equal to null


def _told(type: Type, side: Side, change: Change, *, is_there: bool = True) -> Type:
    """Return *type* with what *change* makes of the value that *side* names in it.

    Args:
        is_there: Whether what holds says that there is one.
    """
    if not isinstance(side, Query) or side.from_root:
        return type
    names = [segment.single for segment in side.segments]
    chain = [name for name in names if isinstance(name, str)]
    return _changed(type, chain, change, is_there) if len(chain) == len(names) else type


def _changed(type: Type, chain: list[str], change: Change, is_there: bool) -> Type:
    if not chain:
        return change(type)
    if type.is_any:
        return type
    name, *behind = chain
    kept = type.only("mapping") if is_there else type

    def inner(field: Type) -> Type:
        return _changed(_present(field) if is_there else field, behind, change, is_there)

    return replace(kept, mapping=tuple(Chosen(shape, name, inner) for shape in kept.mapping))


def _present(type: Type) -> Type:
    return type.may_lack(None)


def _not_null(type: Type) -> Type:
    return type.without("null")


def _value(type: Type) -> Type:
    return _not_null(_present(type))


def _text(type: Type) -> Type:
    return type if type.is_any else type.only("text").may_lack(None)


@dataclass(frozen=True, eq=False)
class Chosen(Derived):
    """The shape of a mapping that a filter selects for one of its fields."""

    name: str
    change: Change

    def field(self, name: str) -> Type | None:
        """Return the type of a field, or None."""
        found = self.shape.field(name)
        return found if found is None or name != self.name else self.change(found)
