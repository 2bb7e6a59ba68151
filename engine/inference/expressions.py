"""The types that templates give."""

from __future__ import annotations

from engine.inference import Known, Slip
from engine.templates import Template
from engine.types import ANY, TEXT, Type


def read(template: Template, known: Known, told: list[Slip]) -> Type:
    """Return the type of what *template* gives; what cannot be right is added to *told*."""
    return ANY if template.is_value else TEXT


def narrowed(template: Template, known: Known) -> Known:
    """Return what is known where *template*, a condition, is true."""
    return known


def outcome(template: Template, known: Known) -> bool | None:
    """Return what *template*, a condition, gives for every record by its type, or None where that is not known."""
    return None
