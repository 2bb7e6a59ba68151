"""Applies a compiled mapping to a record: pure, same input, same output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import pointer
from engine.errors import RecordError
from engine.flaws import Flaw
from engine.generated import Compiled, interpreted
from engine.generated.projection import Projected
from engine.recipe import DocumentMapping
from engine.scope import Scope
from engine.values import Constant, Each, Entries, Fields, Value, When


def apply(mapping: DocumentMapping, scope: Scope) -> Any:
    """Return the document that *mapping* makes of the scope's record, checked against its target's schema.

    Raises:
        RecordError: a value cannot be computed, or the document does not meet the schema; the pointer leads to the
            recipe's line that wrote the field.
    """
    if isinstance(
        mapping.fields, Compiled | Projected
    ):  # code writes numbers as their fields have them, as it goes
        document, proved = mapping.fields.document(scope)
    else:
        document, proved = mapping.validator.written(mapping.fields.evaluate(scope)), False
    flaws = mapping.validator.flaws(document, computed=True, proved=proved)
    if flaws:
        raise refused(mapping, flaws)
    return document


def refused(mapping: DocumentMapping, flaws: Sequence[Flaw]) -> RecordError:
    """Return that a document of *mapping* has *flaws*: names the first, and how many more there are."""
    flaw = flaws[0]
    more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
    message = f"the {mapping.target} is not right at {flaw.pointer or 'its top'}: {flaw.message}{more}"
    return RecordError("X105", message, pointer=origin(mapping.fields, flaw.pointer), help=flaw.help)


def origin(value: Value, place: str) -> str:
    """Return the pointer of the recipe's value that wrote *place* of the document, as near as it can be told."""
    value = interpreted(value)
    for key in pointer.split(place):
        found = _child(value, key)
        if found is None:
            break
        value = found
    return _inner(value).pointer


def _inner(value: Value) -> Value:
    while isinstance(value, When):
        value = value.then
    return value


def _child(value: Value, key: str) -> Value | None:
    """Return what wrote *key* of the value; None where entries that may be left out make that a guess."""
    value = _inner(value)
    match value:
        case Fields():
            return dict(value.entries).get(key)
        case Each() | Entries(entries=(Each(),)):
            return value.then if isinstance(value, Each) else _child(value.entries[0], key)
        case Entries(entries=(only,)):
            return only
        case Entries() if all(isinstance(entry, (Fields, Constant)) for entry in value.entries):
            return value.entries[int(key)]
    return None
