"""Applies a compiled mapping to a record: pure, same input, same output."""

from __future__ import annotations

from typing import Any

from engine import pointer
from engine.errors import RecordError
from engine.recipe import DocumentMapping
from engine.scope import Scope
from engine.values import Entries, Fields, Value


def apply(mapping: DocumentMapping, scope: Scope) -> Any:
    """Return the document that *mapping* makes of the scope's record, checked against its target's schema.

    Raises:
        RecordError: a value cannot be computed, or the document does not meet the schema; the pointer leads to the
            recipe's line that wrote the field.
    """
    document = mapping.validator.written(mapping.fields.evaluate(scope))
    flaws = mapping.validator.flaws(document)
    if flaws:
        flaw = flaws[0]
        more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
        message = f"the {mapping.target} is not right at {flaw.pointer or 'its top'}: {flaw.message}{more}"
        raise RecordError("X105", message, pointer=origin(mapping.fields, flaw.pointer), help=flaw.help)
    return document


def origin(value: Value, place: str) -> str:
    """Return the pointer of the recipe's value that wrote *place* of the document, as near as it can be told."""
    for key in pointer.split(place):
        if isinstance(value, Fields):
            found = dict(value.entries).get(key)
        elif isinstance(value, Entries) and len(value.entries) == 1:
            found = value.entries[0]
        else:
            found = None
        if found is None:
            break
        value = found
    return value.pointer
