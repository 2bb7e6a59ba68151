"""What the test of a path's filter says of the entries that it lets through."""

from __future__ import annotations

from collections.abc import Mapping

from engine.paths.syntax import Both, Comparison, Either, Literal, Query, Side, Test
from engine.types import ANY, Type, join, mapping_of, meet, of_values

Facts = Mapping[str, Type]


def chosen(element: Type, test: Test) -> Type:
    """Return the type of the entries among *element* for which *test* holds.

    What is absent is equal to nothing, and so unequal to everything (RFC 9535, 2.3.5.2.2).
    """
    if not isinstance(test, (Both, Either)) and _is_element(test):
        return element
    if isinstance(test, Comparison) and _is_element(test.left) and test.operator == "!=":
        return element.without("null") if _null(test) else element
    facts = _facts(element, test)
    if not facts or element.is_any or not element.mapping:
        return element
    told = meet(element.only("mapping").may_lack(None), mapping_of(facts, is_closed=False))
    others = element.without("mapping").may_lack(None)  # what is no mapping may be unlike null too
    return (join([others, told]) if others.kinds else told).may_lack(element.lack)


def _facts(element: Type, test: Test) -> Facts:
    """Return the types of fields of an entry for which *test* holds."""
    match test:
        case Both():
            found: dict[str, Type] = {}
            for each in test.tests:
                for name, type in _facts(element, each).items():
                    found[name] = meet(found[name], type) if name in found else type
            return found
        case Either():
            every = [_facts(element, each) for each in test.tests]
            shared = set(every[0]).intersection(*every[1:])
            return {name: join([facts[name] for facts in every]) for name in shared}
        case Query() if name := _name(test):
            return {name: ANY}
        case Comparison():
            return _compared(element, test)
    return {}


def _compared(element: Type, test: Comparison) -> Facts:
    for side, other in ((test.left, test.right), (test.right, test.left)):
        name = _name(side)
        if not name or not isinstance(other, Literal):
            continue
        if test.operator == "==" and other.value is not None:
            return {name: of_values([other.value])}
        if test.operator == "!=" and other.value is None:
            lacks = [field.lack for shape in element.mapping if (field := shape.field(name)) is not None]
            return {name: ANY.without("null").may_lack(next((lack for lack in lacks if lack), None))}
        if test.operator in ("<", ">"):
            return {name: ANY.only(*of_values([other.value]).kinds)}
    return {}


def _null(test: Comparison) -> bool:
    return any(isinstance(side, Literal) and side.value is None for side in (test.left, test.right))


def _is_element(side: Side | Test) -> bool:
    return isinstance(side, Query) and not side.from_root and not side.segments


def _name(side: Side | Test) -> str:
    """Return the field of the entry that *side* reads, or nothing."""
    if not isinstance(side, Query) or side.from_root or len(side.segments) != 1:
        return ""
    name = side.segments[0].single
    return name if isinstance(name, str) and not side.segments[0].descends else ""
