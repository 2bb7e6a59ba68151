"""The mapping: fields or rows, held against the schema of the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.check import beside
from engine.check.draft import Draft, entries_of
from engine.diagnostics import nearest
from engine.fit import unfit
from engine.recipe import DocumentMapping
from engine.rows import Row, compile_rows
from engine.schema import Validator
from engine.values import Broken, Names, Value

MAPPED = "$mapped"


def mapping(draft: Draft, names: Names) -> tuple[DocumentMapping | None, Names]:
    """Return the mapping, None where there is none or it has a finding, and what can be read behind it."""
    data = draft.get("mapping", None)
    if data is None:
        return None, names.root("mapped") if "mapping" in draft.source.data else names
    if "rows" in data:
        fields = _rows(draft, data, names)
    else:
        fields = draft.compiler.value(data["fields"], "/mapping/fields", names)
    behind = names.root("mapped").counting("mapped", {})
    target, schema = _target(draft, data)
    if schema is None:
        return None, behind
    validator = Validator(schema)
    if not isinstance(fields, Broken):
        draft.found += unfit(fields, schema, target)
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
    """Return the schema of the operation that gets ``$mapped``."""
    bodies = {}
    for entry in entries_of(draft.get("actions", [])):
        connection, _, verb = str(entry.get("uses")).partition(".")
        connector = draft.connectors.get(connection)
        operation = connector.operations.get(verb) if connector is not None else None
        if entry.get("with") == MAPPED and connector is not None and operation is not None and operation.body:
            bodies[operation.body] = connector
    if len(bodies) != 1:
        what = "no action gets $mapped" if not bodies else "actions that take different documents get $mapped"
        message = f"the mapping has no target, and {what}"
        draft.report("R104", "/mapping", message, "add target: accounting/invoice", at_key=True)
        return "", None
    body, connector = bodies.popitem()
    return body, connector.document(body, draft.registry)


def _rows(draft: Draft, data: Mapping[str, Any], names: Names) -> Value:
    at = "/mapping/rows"
    rows = data["rows"]
    if isinstance(rows, str):
        options = {"sheet": data["sheet"]} if "sheet" in data else {}
        table = beside.sheet(draft, rows, at, options)
        if table is None:
            return Broken(at)
        if missing := [name for name in ("from", "to") if name not in table.columns]:
            cure = "its columns are from, to and transform"
            draft.report("R218", at, f"{rows} has no column {missing[0]!r}", cure)
            return Broken(at)
        rows = table.rows
    made = [
        Row(f"{at}/{index}", row["from"], row["to"], row.get("transform") or "")
        for index, row in enumerate(rows)
        if any(cell not in (None, "") for cell in row.values())  # a sheet may have blank lines between groups
    ]
    return compile_rows(made, at, draft.compiler, names)
