"""Holds a compiled mapping against its target's schema as far as that is known before a record comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import pointer
from engine.diagnostics import Diagnostic, suggest
from engine.schema import Validator, resolve
from engine.values import Constant, Each, Entries, Fields, Value, When


def unfit(value: Value, schema: Mapping[str, Any]) -> list[Diagnostic]:
    """Return what cannot be right about *value* for any record.

    Unknown fields, required ones that nothing writes, fields that only the engine sets, and constants that the schema
    refuses. What a path gives is not known here.
    """
    return list(_unfit(value, schema, schema))


def _unfit(value: Value, schema: Any, root: Mapping[str, Any]) -> Iterator[Diagnostic]:
    schema = resolve(schema, root)
    if not isinstance(schema, dict):
        return
    match value:
        case Fields():
            yield from _fields(value, schema, root)
        case Entries():
            for entry in value.entries:
                of = entry.then if isinstance(entry, Each) else entry
                yield from _unfit(of, schema.get("items", True), root)
        case When():
            yield from _unfit(value.then, schema, root)
        case Each():
            yield from _unfit(value.then, schema.get("items", True), root)
        case Constant():
            whole = {"$defs": root.get("$defs", {}), **schema}
            for flaw in Validator(whole).flaws(Validator(whole).written(value.value)):
                yield Diagnostic("R304", value.pointer + flaw.pointer, flaw.message, flaw.help, flaw.at)


def _fields(value: Fields, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Diagnostic]:
    known = schema.get("properties", {})
    for name, entry in value.entries:
        at = pointer.join(value.pointer, name)
        if name not in known:
            if schema.get("additionalProperties", True) is False:
                cure = suggest(name, known) or f"it has {', '.join(known)}"
                yield Diagnostic("R302", at, f"the target has no field {name!r}", cure, "key")
            continue
        if resolve(known[name], root).get("readOnly"):
            cure = "remove it: the engine sets it from the effect's key"
            yield Diagnostic("R302", at, f"a recipe does not set {name!r}", cure, "key")
            continue
        yield from _unfit(entry, known[name], root)
    written = {name for name, _ in value.entries}
    for name in schema.get("required", ()):
        if name not in written and not resolve(known.get(name, {}), root).get("readOnly"):
            about = resolve(known.get(name, {}), root).get("description", "")
            yield Diagnostic(
                "R304", value.pointer, f"the target needs {name!r}, which nothing writes", about, "key"
            )
