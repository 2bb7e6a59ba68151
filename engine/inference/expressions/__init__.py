"""The types that templates give, and what their conditions say of what they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.filters import Filter
from engine.inference import Chain, Known, Slip
from engine.inference.expressions.narrowing import Narrowing
from engine.inference.expressions.reader import Reader
from engine.templates import Template
from engine.types import TEXT, Type


def read(template: Template, known: Known, told: list[Slip]) -> Type:
    """Return the type of what *template* gives; what cannot be right is added to *told*.

    The place of a slip is that in the template's text. A value that may be absent is a slip too: a template that gives
    nothing is an error.
    """
    # What reads nothing is evaluated before a record comes, and judged then.
    reader, tree = Reader(template, told if template.used else []), template.tree
    if template.is_value:
        return reader.there(tree, known)
    reader.body(getattr(tree, "body", []), known)
    return TEXT


def facts(
    node: Any, known: Known, outcome: bool, filters: Mapping[str, Filter] | None = None, text: str = ""
) -> Mapping[Chain, Type]:
    """Return what a condition that is *outcome* says of what is read by chains of names.

    Args:
        node: A node of Jinja's, of a template that was compiled.
        known: What is known where it stands.
        filters: The filters by name; without them nothing is said of what stands before one.
        text: The template's, for nothing but words.
    """
    held, failed = Narrowing(text, filters or {}).facts(node, known)
    return held if outcome else failed


def narrowed(template: Template, known: Known, *, outcome: bool = True) -> Known:
    """Return what is known where the condition *template* is true, or where it is false."""
    if not template.is_value:
        return known
    return known.where(facts(template.tree, known, outcome, template.filters, template.text))


def outcome(template: Template, known: Known) -> bool | None:
    """Return what the condition *template* is for every record by its type, or None where it is not the same.

    Of one that reads nothing it is None too: it is so on purpose.
    """
    if not template.is_value or not template.used:
        return None
    found = Reader(template, []).type(template.tree, known)
    if found.is_any or found.lack is not None or found.kinds != {"boolean"} or len(found.boolean) != 1:
        return None
    return next(iter(found.boolean))
