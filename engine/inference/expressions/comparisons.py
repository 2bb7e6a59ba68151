"""Comparisons in expressions: which have the same outcome for every record, and which make an error of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from jinja2 import nodes

from engine.diagnostics import suggest
from engine.expressions.syntax import literal
from engine.inference import Slip
from engine.inference.compare import EQUALITY, is_same, possible, settled
from engine.inference.expressions.spans import Span, word, written
from engine.paths import MISSING
from engine.types import Type, described, of_values, quoted

TYPES: Final = "write the number in quotes, or turn the text into a number first: | money or | number"


@dataclass(frozen=True)
class Side:
    """A side of a comparison.

    Attributes:
        type: Of what *node* gives, which may lack.
        text: The template's.
    """

    node: Any
    type: Type
    text: str

    @cached_property
    def reads(self) -> bool:
        """Whether it depends on the record."""
        names = [self.node] if isinstance(self.node, nodes.Name) else self.node.find_all(nodes.Name)
        return any(name.name != "null" for name in names)

    @property
    def at(self) -> Span:
        """The place of the word that it ends in."""
        return word(self.node, self.text)

    @property
    def said(self) -> str:
        """How messages call it."""
        return written(self.node, self.text)


def compare(left: Side, operator: str, right: Side, told: list[Slip]) -> bool | None:
    """Return the outcome of ``left operator right`` where it is the same for every record, else None.

    Args:
        operator: One of ``== != < <= > >=``.
        told: Takes what is found.
    """
    if found := _settled(left, operator, right):
        of_null = operator in EQUALITY and {"null"} in (left.type.kinds, right.type.kinds)
        if of_null and (left.type.lack or right.type.lack):
            return None  # that it may be absent was told, with default(null) as the cure
        # A look whether it is null where it never is does no harm: what a schema does not say may come yet.
        told.append(Slip("R313", *found, _blamed(left, right).at, "warning" if of_null else "error"))
        return operator == "!="
    if operator in EQUALITY and is_same(left.type, right.type):
        return operator == "=="
    if operator not in EQUALITY:
        for side in (left, right):
            if side.type.null and not side.type.is_any:
                message = f"{operator} takes numbers or text, and {side.said} may be null"
                told.append(Slip("R312", message, "give it | default(…), or test for null before", side.at))
    return None


def _settled(left: Side, operator: str, right: Side) -> tuple[str, str] | None:
    """Return why the outcome is known, and a cure; of two texts what is written is the one that is wrong."""
    common = left.type.kinds & right.type.kinds
    if operator in EQUALITY and common == {"text"} and not right.reads:
        left, right = right, left
    return settled(left.type, operator, right.type)


def _blamed(left: Side, right: Side) -> Side:
    """Return the side that a finding points at: a literal of the wrong value, else what is of the wrong type."""
    one, other = (left, right) if left.reads else (right, left)
    return other if other is not one and not other.reads and one.type.kinds & other.type.kinds else one


def contain(left: Side, operator: str, right: Side, told: list[Slip]) -> bool | None:
    """Return the outcome of ``left in right`` or ``left not in right`` where it is known, else None.

    Args:
        operator: ``in`` or ``not in``.
        told: Takes what is found.
    """
    never = operator == "not in"
    if isinstance(right.node, (nodes.List, nodes.Tuple)):
        return _listed(left, right, never, told)
    if right.type.is_any:
        return None
    if right.type.null:
        message = f"{operator} takes a list, or text in text, and {right.said} may be null"
        told.append(Slip("R312", message, "give it | default([])", right.at))
    if strange := right.type.only("number", "boolean").kinds:
        may = "may be" if right.type.kinds - strange else "is"
        found = described(right.type.only(*strange))
        message = f"{operator} takes a list, or text in text, and {right.said} {may} {found}"
        told.append(Slip("R311", message, "compare it with ==, or name the list that is meant", right.at))
    if left.type.is_any or not left.type.kinds:
        return None
    kinds = right.type.kinds
    if kinds and kinds <= {"text", "mapping"} and left.type.text is None:
        message = f"{operator} takes text in text, and {left.said} is {described(left.type)}"
        told.append(Slip("R311", message, "put it into text with | text", left.at))
    elif kinds == {"list"}:
        return _among(left, right, never, told)
    return None


def _among(left: Side, right: Side, never: bool, told: list[Slip]) -> bool | None:
    """Report where no entry of the list *right* is ever equal to *left*; returns the outcome then."""
    element = right.type.element
    found = settled(left.type, "!=" if never else "==", element)
    if found is None:
        return None
    message, help = found
    if not left.type.kinds & element.kinds:
        outcome = "always" if never else "never"
        operator = "not in" if never else "in"
        message = f"{described(left.type)} {operator} a list of {described(element)} {outcome} holds"
    told.append(Slip("R313", message, help, _blamed(left, replace(right, type=element)).at))
    return never


def _listed(left: Side, right: Side, never: bool, told: list[Slip]) -> bool | None:
    """Report what of a list that is written here is never equal to *left*; returns the outcome where it is known."""
    if left.type.is_any or not left.type.kinds - {"null"}:
        return None
    held = [(node, literal(node)) for node in right.node.items]
    strange = [node for node, value in held if value is not None and _differs(left.type, value)]
    for each in strange[:1]:  # one mistake, however many such values there are
        message = f"{described(left.type.without('null'))} is never {described(of_values([literal(each)]))}"
        told.append(Slip("R313", message, _cure(left.type, literal(each)), word(each, left.text)))
    text = left.type.text
    values = None if text is None or text.is_part else text.values
    if strange:
        return None
    outcome = not never if _holds_all(left.type, [value for _, value in held]) else None
    if values is None or left.type.kinds - {"text", "null"}:
        return outcome
    dead = [(node, value) for node, value in held if isinstance(value, str) and value not in values]
    if not dead:
        return outcome
    message = f"{quoted({value for _, value in dead})} is none of its values"
    help = _near([value for _, value in dead], values)
    at = word(dead[0][0], left.text)
    alive = [value for node, value in held if value is not None or left.type.null]
    if len(dead) < len(alive):
        told.append(Slip("R314", message, help, at, "warning"))
        return None
    told.append(Slip("R313", f"{message}, so this {'always' if never else 'never'} holds", help, at))
    return never


def _holds_all(type: Type, values: list[Any]) -> bool:
    """Tell whether every value that one of *type* can be is among *values*, literals."""
    every = possible(type) or frozenset()
    # 1 and true are one to Python, and not to a recipe.
    written = {each for each in values if each is None or isinstance(each, (str, bool))}
    return bool(every) and every <= written


def _differs(type: Type, value: Any) -> bool:
    return value is not MISSING and not type.kinds & of_values([value]).kinds


def _cure(type: Type, value: Any) -> str:
    return TYPES if {"text", "number"} <= type.kinds | of_values([value]).kinds else ""


def _near(dead: list[str], values: Iterable[str]) -> str:
    """Return the value that was most likely meant, or which there are."""
    return (suggest(dead[0], values) if len(dead) == 1 else "") or f"it is {quoted(values)}"
