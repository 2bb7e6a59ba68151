"""What is known of what comes in: records of the trigger, results of reads and actions, the document of the mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from engine import pointer
from engine.check import beside
from engine.check.draft import Draft
from engine.diagnostics import Diagnostic
from engine.inference import schemas
from engine.inference.schemas import type_of
from engine.paths import RECORD
from engine.recipe import BuiltIn, Read, Use
from engine.references import resolve
from engine.typed import UNSURE
from engine.typed import type_of as type_of_value
from engine.types import ANY, TEXT, Type, join, list_of, mapping_of, meet
from engine.values import Each, Entries, Value, When
from engine.values import Fields as Written

ERROR: Final = mapping_of(dict.fromkeys(("code", "message", "help", "pointer"), TEXT))
"""What is known of ``$error``."""


def record(draft: Draft, data: Mapping[str, Any], kind: str, use: Use | None) -> tuple[Type, str]:
    """Return what is known of a record, and how messages name where it comes from; say once where nothing is.

    Args:
        data: The trigger.
        use: The list operation of a poll.
    """
    source = use.text if use is not None else ""
    if "schema" in data:
        schema = beside.schema(draft, data["schema"], "/trigger/schema")
        return (ANY if schema is None else type_of(schema, at=(RECORD,))), source or data["schema"]
    if use is not None:
        schema = use.connector.returned(use.operation, draft.registry)
        if schema is not None:
            return type_of(schema, at=(RECORD,)), source
    if kind == "file" and _is_csv(data):
        return mapping_of({}, others=TEXT), source
    if draft.record.is_any and not draft.calling and kind != "manual":
        what = f"nothing says what a record of {source or data[kind]} holds, so what reads it is not checked by type"
        cure = "recipe schema infer FILES writes such a schema from samples; name it here: schema: ./NAME.schema.json"
        draft.compiler.found.append(Diagnostic("R315", f"/trigger/{kind}", what, cure, severity="note"))
    return draft.record, source


def note_unknown(draft: Draft, reads: Iterable[Read]) -> None:
    """Say once of each operation among *reads* that nothing is known of what it gives, where something reads that."""
    told = set()
    for each in reads:
        is_read = any(chain[:2] in (("steps",), ("steps", each.id)) for chain in draft.compiler.read)
        source = each.use.text
        if (
            not is_read
            or source in told
            or each.use.connector.returned(each.use.operation, draft.registry) is not None
        ):
            continue
        told.add(source)
        what = f"nothing says what {source} gives, so what reads $steps.{each.id} is not checked by type"
        cure = f"name the schema of its records in the connector {each.use.connector.name}: returns: ./NAME.schema.json"
        place = pointer.join(each.pointer, "uses")
        draft.compiler.found.append(Diagnostic("R315", place, what, cure, severity="note"))


def _is_csv(data: Mapping[str, Any]) -> bool:
    """Tell whether each cell of the records is text: of CSV, as its format or its name says."""
    form = data.get("format")
    return form == "csv" or (form is None and str(data["file"]).lower().endswith(".csv"))


def gives(draft: Draft, use: Use | BuiltIn | None) -> Type:
    """Return what is known of the result of *use*."""
    if not isinstance(use, Use):
        return ANY
    schema = use.connector.returned(use.operation, draft.registry)
    if schema is None:
        return ANY
    one = type_of(schema)
    return list_of(one) if use.operation.records is not None else one


def document(value: Value, schema: Any, root: Any) -> Type:
    """Return what is known of what *value* gives as part of a document that meets *schema*, part of *root*.

    Only what the value writes is there; a number in a field of money is text by then.
    """
    schema = resolve(schema, root)
    match value:
        case Written():
            said = schema if isinstance(schema, dict) else {}
            named, others = said.get("properties", {}), said.get("additionalProperties", True)
            fields = {name: document(entry, named.get(name, others), root) for name, entry in value.entries}
            return mapping_of(fields)
        case Entries() | Each():
            each = schema.get("items", True) if isinstance(schema, dict) else True
            parts = value.entries if isinstance(value, Entries) else (value,)
            made = [document(part.then if isinstance(part, Each) else part, each, root) for part in parts]
            return list_of(join(found.may_lack(None) for found in made))
        case When():
            return document(value.then, schema, root).may_lack(UNSURE)
    own, stated = type_of_value(value), schemas.stated(schema, root)
    found = (
        stated if own.is_any or not own.kinds & stated.kinds else own if stated.is_any else meet(stated, own)
    )
    return replace(found, lack=own.lack, currency=own.currency)
