"""The mapping: fields or rows, held against the schema of the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine import pointer
from engine.check import beside
from engine.check.counts import counts_of
from engine.check.draft import OWN, Draft, entries_of
from engine.check.sources import document
from engine.check.values import MAPPED, is_near_mapped
from engine.connector import Connector
from engine.diagnostics import nearest, suggest
from engine.fit import unfit
from engine.recipe import DocumentMapping
from engine.rows import Row, compile_rows
from engine.schema import Validator
from engine.values import Broken, Names, Value

COLUMNS: Final = ("from", "to", "transform", "note")


def mapping(draft: Draft, names: Names) -> tuple[DocumentMapping | None, Names]:
    """Return the mapping, None where there is none or it has a finding, and what can be read behind it."""
    data = draft.get("mapping", None)
    if data is None:
        return None, names.root("mapped") if "mapping" in draft.source.data else names
    errors = draft.errors
    if "rows" in data:
        fields = _rows(draft, data, names)
    else:
        fields = draft.compiler.value(data["fields"], "/mapping/fields", names)
    behind = names.root("mapped").counting(counts_of(fields, names), "mapped")
    target, schema = _target(draft, data)
    if schema is None:
        return None, behind
    validator = Validator(schema)
    if not isinstance(fields, Broken):
        draft.found += unfit(fields, schema, target)
    if draft.errors == errors:  # else what follows from these would be told of what reads it
        behind = behind.root("mapped", document(fields, schema, schema), "the mapping")
    draft.target = DocumentMapping(target, fields, validator, "/mapping")
    return draft.target, behind


def _target(draft: Draft, data: Mapping[str, Any]) -> tuple[str, Any]:
    """Return name and schema of the document; None after reporting why there is none."""
    name = data.get("target")
    if name is None:
        return _taken(draft)
    if name.startswith(("./", "../")):
        return name, beside.schema(draft, name, "/mapping/target")
    schema = draft.registry.document(name)
    if schema is None:
        known = draft.registry.documents
        near = nearest(name, known)
        help = (
            f"did you mean {near!r}?"
            if near
            else f"there are {', '.join(known)}, or a file: ./NAME.schema.json"
        )
        draft.report("R102", "/mapping/target", f"there is no schema {name!r}", help)
    return name, schema


def _taken(draft: Draft) -> tuple[str, Any]:
    """Return the schema of the operation that gets ``$mapped``; None after reporting why there is none.

    An action with a finding of its own may be the one that gets it: then nothing more is reported.
    """
    bodies: dict[tuple[str, str], tuple[str, Connector]] = {}
    actions = draft.get("actions", [])
    is_open = "/actions" in draft.flawed or not all(isinstance(entry, dict) for entry in actions)
    for entry in entries_of(actions):
        connection, _, verb = str(entry.get("uses")).partition(".")
        connector = draft.connectors.get(connection)
        operation = connector.operations.get(verb) if connector is not None else None
        given = entry.get("with")
        if connector is None or operation is None:
            is_taker = "call" not in entry and connection not in OWN
            is_open = is_open or (is_taker and (is_near_mapped(given) or given == MAPPED))
        elif operation.body and _is_mapped(given, connector.taken(operation, draft.registry)):
            owner = connector.name if operation.body.startswith("./") else ""
            bodies[owner, operation.body] = operation.body, connector
        else:
            is_open = is_open or is_near_mapped(given)
    if len(bodies) != 1:
        what = "no action gets $mapped" if not bodies else "actions that take different documents get $mapped"
        message = f"the mapping has no target, and {what}"
        if bodies or not is_open:
            draft.report("R104", "/mapping", message, "add target: accounting/invoice", at_key=True)
        return "", None
    _, (body, connector) = bodies.popitem()
    return body, connector.document(body, draft.registry)


def _is_mapped(given: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether *given* is ``$mapped``, or holds it alone where *schema* has no such field, which has a finding."""
    if isinstance(given, dict) and list(given.values()) == [MAPPED]:
        return set(given).isdisjoint(schema.get("properties", {}))
    return bool(given == MAPPED)


def _rows(draft: Draft, data: Mapping[str, Any], names: Names) -> Value:
    at, rows = "/mapping/rows", data["rows"]
    options = {key: data[key] for key in beside.FORM_KEYS if key in data}
    if isinstance(rows, str):
        made = _in_file(draft, rows, at, options)
    else:
        for name in options:
            place = pointer.join("/mapping", name)
            message = f"{name!r} goes with rows in a file, and here they are a list"
            draft.report("R103", place, message, "remove it", at_key=True)
        made = [_row(row, pointer.join(at, index), draft) for index, row in enumerate(rows)]
    return Broken(at) if made is None else compile_rows(made, at, draft.compiler, names)


def _row(row: Mapping[str, Any], at: str, draft: Draft) -> Row:
    line = f"line {draft.source.values[at].line}"
    return Row(at, row["from"], row["to"], row.get("transform"), line)


def _in_file(draft: Draft, name: str, at: str, options: Mapping[str, Any]) -> list[Row] | None:
    """Return the rows in the file *name*; None after reporting why there are none."""
    table = beside.sheet(draft, name, at, options)
    if table is None:
        return None
    if big := [each for each in table.columns if each not in COLUMNS and each.lower() in COLUMNS]:
        cure = f"write {', '.join(each.lower() for each in big)}"
        place = pointer.join(at, "columns", big[0])
        draft.report("R218", place, "the columns of a mapping are written in small letters", cure)
        return None
    found = len(draft.found)
    missing = [column for column in ("from", "to") if column not in table.columns]
    for column in table.columns:
        if column not in COLUMNS:
            place = pointer.join(at, "columns", column)
            near = suggest(column, [*missing, *(each for each in COLUMNS if each not in table.columns)])
            cure = near or "its columns are from, to, transform and note, which is for people"
            draft.report("R218", place, f"a mapping has no column {column!r}", cure)
            meant = [each for each in missing if repr(each) in near] or missing
            missing = [each for each in missing if each != meant[0]]
    for column in missing:
        cure = "the columns of a mapping are from, to and transform"
        draft.report("R218", at, f"{name} has no column {column!r}", cure)
    if len(draft.found) > found:
        return None
    return [
        Row(place, row["from"], row["to"], row.get("transform"), line)
        for row, (place, line) in zip(table.rows, table.places, strict=True)
    ]
