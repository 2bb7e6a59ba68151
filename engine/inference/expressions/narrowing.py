"""What a condition says of what it reads, where it is true and where it is false.

Whatever an expression evaluates to, what it read on the way was there, and was of a type that its operators take:
else there would be an error in its place. So nearly every fact holds for both outcomes, but for values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from jinja2 import nodes

from engine.expressions.syntax import literal
from engine.filters import Filter
from engine.inference import Chain, Known
from engine.inference.expressions.chains import called, exact, key, plain
from engine.paths import MISSING
from engine.types import ANY, KINDS, NUMBER, TEXT, Items, Type, every, join, meet, of_values

Facts = dict[Chain, Type]
NOT_NULL: Final = ANY.without("null")
MAPPING: Final = every().only("mapping")
"""One shape for all, so that joining what several conditions say makes no more of them."""
LIST: Final = Type(list=Items(lambda: ANY))
ORDERED: Final = ANY.only("text", "number")
OPPOSITE: Final = {"eq": "ne", "ne": "eq", "in": "notin", "notin": "in"}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Reads facts out of the conditions of one template.

    Attributes:
        text: The template's.
        filters: The filters by name.
    """

    text: str
    filters: Mapping[str, Filter]

    def facts(self, node: Any, known: Known) -> tuple[Facts, Facts]:
        """Return what holds where *node* is true, and what where it is false."""
        match node:
            case nodes.Not():
                held, failed = self.facts(node.node, known)
                return failed, held
            case nodes.And():
                held, failed = self.facts(node.left, known)
                right_held, right_failed = self.facts(node.right, known.where(held))
                return both(held, right_held), either(failed, both(held, right_failed))
            case nodes.Or():
                held, failed = self.facts(node.left, known)
                right_held, right_failed = self.facts(node.right, known.where(failed))
                return either(held, both(failed, right_held)), both(failed, right_failed)
            case nodes.Compare():
                return self.compared(node, known)
            case _:
                outcomes: tuple[Facts, Facts] = {}, {}
                for made, value in zip(outcomes, (True, False), strict=True):
                    self.holds(node, known, Type(boolean=frozenset({value})), (), made)
                return outcomes

    def compared(self, node: nodes.Compare, known: Known) -> tuple[Facts, Facts]:
        """Return what a comparison, or a chain of them, says."""
        held: Facts = {}
        failed: Facts = {}
        sides = [node.expr, *(each.expr for each in node.ops)]
        for index, each in enumerate(node.ops):
            self.pair(sides[index], each.op, sides[index + 1], known, held)
        if len(node.ops) == 1:
            operator = node.ops[0].op
            self.pair(sides[0], OPPOSITE.get(operator, operator), sides[1], known, failed)
        else:  # any of them may be the one that fails, and those behind it are not looked at
            for side in sides[:2]:
                self.holds(side, known, ANY, (), failed)
        return held, failed

    def pair(self, left: Any, operator: str, right: Any, known: Known, made: Facts) -> None:
        """Add what it says that ``left operator right`` holds."""
        one, two = plain(left, known, self.text), plain(right, known, self.text)
        if operator in ("in", "notin"):
            self.contained(left, operator, right, known, made)
            return
        if operator == "eq":
            says = _equal(two), _equal(one)
        elif operator == "ne":
            says = _comparable(two), _comparable(one)
        else:
            says = _ordered(two), _ordered(one)
        for side, other, type in ((left, right, says[0]), (right, left, says[1])):
            never = [literal(other)] if operator == "ne" and literal(other) is not MISSING else []
            self.holds(side, known, type, never, made)

    def contained(self, left: Any, operator: str, right: Any, known: Known, made: Facts) -> None:
        """Add what ``left in right`` or ``left not in right`` says."""
        holder = plain(right, known, self.text)
        element = holder.element if holder.kinds == {"list"} else ANY
        listed = (
            [literal(each) for each in right.items] if isinstance(right, (nodes.List, nodes.Tuple)) else []
        )
        if operator == "in":
            self.holds(left, known, _equal(element), (), made)
        else:
            never = [each for each in listed if each is not MISSING]
            # An empty list is compared with nothing, so only one that is written here says of which type it is.
            self.holds(left, known, _comparable(element) if listed else ANY, never, made)
        self.holds(right, known, NOT_NULL.without("number", "boolean"), (), made)

    def holds(self, node: Any, known: Known, type: Type, never: Sequence[Any], made: Facts) -> None:
        """Add to *made* what it says that *node* gives a value of *type*, and none of *never*, literals."""
        if literal(node) is not MISSING:
            return  # null is a name to Jinja
        if any(each is None for each in never):
            type = type.without("null")
        match node:
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self.chained(node, known, type, never, made)
            case nodes.Filter():
                self.filtered(node, known, type, never, made)
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div():
                for side in (node.left, node.right):
                    self.holds(side, known, NUMBER, (), made)
            case nodes.Neg() | nodes.Pos():
                self.holds(node.node, known, NUMBER, (), made)
            case nodes.Concat():
                for each in node.nodes:
                    self.holds(each, known, NOT_NULL.without("list", "mapping"), (), made)
            case _:
                pass

    def chained(self, node: Any, known: Known, type: Type, never: Sequence[Any], made: Facts) -> None:
        """Add what is said of a chain of names, and that what leads to it is there."""
        if chain := exact(node):
            told = meet(made.get(chain, ANY), _rest(plain(node, known, self.text), type, never))
            made[chain] = told
        if not isinstance(node, nodes.Name):
            self.holds(node.node, known, MAPPING if isinstance(key(node), str) else LIST, (), made)

    def filtered(
        self, node: nodes.Filter, known: Known, type: Type, never: Sequence[Any], made: Facts
    ) -> None:
        """Add what is said of the value in front of a filter."""
        used = self.filters.get(node.name)
        if used is None or node.node is None:
            return
        if used.declared.name == "default":
            given = dict(called(used, node))
            other = literal(given.get("other"))
            if other is not MISSING and (_among(other, never) or not meet(of_values([other]), type).kinds):
                empty = [""] if literal(given.get("empty")) is True else []
                self.holds(node.node, known, type.without("null"), [*never, *empty], made)
        elif not used.takes_missing:
            # A filter of one value leaves null as it is; it makes anything else of what it is given.
            says = NOT_NULL if used.takes == "one" and not type.null else ANY
            says = LIST if used.takes == "list" else says
            self.holds(node.node, known, says, (), made)


def both(one: Mapping[Chain, Type], two: Mapping[Chain, Type]) -> Facts:
    """Return the facts of *one* and of *two*."""
    return {chain: meet(one.get(chain, ANY), two.get(chain, ANY)) for chain in {**one, **two}}


def either(one: Mapping[Chain, Type], two: Mapping[Chain, Type]) -> Facts:
    """Return what holds where the facts of *one* hold or those of *two*."""
    return {chain: join([type, two[chain]]) for chain, type in one.items() if chain in two}


def _equal(other: Type) -> Type:
    """Return the type of what is equal to *other*: amounts may be so in two currencies."""
    if other.is_any or not other.kinds:
        return ANY
    # Of what is inside nothing is said: shapes would grow with each condition.
    mapping, held = MAPPING.mapping if other.mapping else (), LIST.list if other.list is not None else None
    return replace(other, lack=None, currency=frozenset(), mapping=mapping, list=held)


def _comparable(other: Type) -> Type:
    """Return the type of what ``==`` compares with *other* without an error."""
    if other.is_any or other.null or not other.kinds:
        return ANY
    return ANY.without(*(kind for kind in KINDS if kind not in {*other.kinds, "null"}))


def _ordered(other: Type) -> Type:
    """Return the type of what has an order with *other*."""
    kinds = other.without("null", "list", "mapping", "boolean").kinds
    if not other.is_any and len(kinds) == 1:
        return TEXT if kinds == {"text"} else NUMBER
    return replace(ORDERED, is_any=True)


def _rest(type: Type, says: Type, never: Sequence[Any]) -> Type:
    """Return *says* without those of *type*'s closed values that are among *never*."""
    text = says.text
    if text is not None and type.text is not None and type.text.values is not None and not type.is_any:
        left = frozenset(each for each in type.text.values if not _among(each, never))
        text = replace(text, values=left if text.values is None else left & text.values) if left else None
    return replace(
        says, text=text, boolean=frozenset(each for each in says.boolean if not _among(each, never))
    )


def _among(value: Any, values: Iterable[Any]) -> bool:
    return any(type(value) is type(each) and value == each for each in values)
