"""What ``recipe connectors`` prints of a connector and of one of its operations, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine import canonical
from engine.commands.tables import cut, table
from engine.connections import example_entry
from engine.connector import Connector, Operation
from engine.paths import RECORD
from engine.policy import NO_IDEMPOTENCY
from engine.references import resolve
from engine.registry import Registry
from engine.sample import DEFAULT

UNPROVEN: Final = "unproven"
TYPES: Final = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "array": "list",
    "object": "mapping", "null": "null",
}  # fmt: skip
WIDEST: Final = 100
"""Columns of a description."""
LONGEST: Final = 60
"""Lines of a sample record that are shown."""


def summary(connector: Connector) -> str:
    """Return what *connector* is, and whether nothing but us has judged it."""
    is_own = connector.transport == "books"
    return connector.summary if is_own or connector.judged else f"{connector.summary} ({UNPROVEN})"


def text(connector: Connector) -> str:
    """Return *connector* as people read it."""
    out = [f"{connector.name}: {connector.summary}"]
    out += [f"documented at {connector.docs}"] if connector.docs else []
    out += ["", "connections.yaml:"]
    out += [f"  {line}" for line in example_entry("NAME", connector).splitlines()]
    if signs_in(connector):
        out += ["  then: recipe connect NAME"]
    if connector.settings:
        rows = [[each.name, cut(each.description, WIDEST)] for each in connector.settings.values()]
        out += ["", "settings:", table(rows)]
    every = connector.operations.values()
    out += ["", "operations:", table([[each.name, each.effect, cut(each.summary, WIDEST)] for each in every])]
    if connector.limits:
        out += ["", "limits:", table([[each.name, _limit(each.settings)] for each in connector.limits])]
    out += ["", "judged by what is not ours:"]
    out += [f"  {each}" for each in connector.judged] or [f"  nothing yet: it is {UNPROVEN}"]
    if connector.samples:
        out += ["", f"samples: {', '.join(connector.samples)}"]
    out += ["", f"one operation: recipe connectors {connector.name} {next(iter(connector.operations))}"]
    return "\n".join(out)


def data(connector: Connector) -> dict[str, Any]:
    """Return *connector* as ``--format json`` prints it."""
    return {
        "connector": connector.name,
        "summary": connector.summary,
        "implements": connector.implements or None,
        "docs": connector.docs or None,
        "signs_in": signs_in(connector),
        "settings": [
            {
                "name": each.name,
                "secret": each.secret,
                "default": each.default,
                "description": each.description,
            }
            for each in connector.settings.values()
        ],
        "operations": [
            {"name": each.name, "effect": each.effect, "summary": each.summary, "repeat": repeat(each)}
            for each in connector.operations.values()
        ],
        "limits": [{"name": each.name, "kind": each.kind, **each.settings} for each in connector.limits],
        "judged": list(connector.judged),
        "samples": connector.samples,
    }


def signs_in(connector: Connector) -> bool:
    """Tell whether a person signs in at the vendor."""
    return connector.auth is not None and connector.auth[0] == "authorization_code"


def repeat(operation: Operation) -> str:
    """Return what a repeat of *operation* is, in words."""
    if operation.by:
        return "is what the operations say that its recipe uses"
    given = operation.idempotency
    if not operation.writes:
        return "changes nothing"
    if given == NO_IDEMPOTENCY:
        return "makes another one: a lost answer waits for a person"
    native = f"known by a key in the {given.place} {given.name}" if given.place else ""
    if native and given.lifetime is not None:
        native += f" for {given.lifetime / 3600:g} hours"
    found = f"looked up by {given.find.operation}" if given.find is not None else ""
    return ", else ".join(each for each in (native, found) if each)


def operation_text(connector: Connector, operation: Operation, registry: Registry) -> str:
    """Return *operation* as people read it: what it takes and gives, and one sample."""
    asks = ["is done by", operation.by] if operation.by else ["asks", f"{operation.method} {operation.path}"]
    facts = [["effect", operation.effect], asks]
    if operation.writes:
        facts.append(["a repeat", repeat(operation)])
    if operation.incremental is not None:
        facts.append(["goes on by", operation.incremental.field.text])
    out = [f"{connector.name} {operation.name}: {operation.summary}", "", table(facts)]
    takes = fields(connector.taken(operation, registry))
    if takes:
        rows = [[name, type, needed, cut(told, WIDEST)] for name, type, needed, told in takes]
        if not any(row[2] for row in rows):
            rows = [[name, type, told] for name, type, _, told in rows]
        out += ["", "with:", table(rows)]
    schema = connector.returned(operation, registry)
    if schema is not None:
        rows = [[name, type, cut(told, WIDEST)] for name, type, _, told in fields(schema)]
        title = "gives a list of:" if operation.records is not None else "gives:"
        out += ["", title, table(rows)]
    if (sample := first_sample(connector, operation)) is not None:
        lines = canonical.indented(sample).splitlines()
        shown = [*lines[:LONGEST], *(["…"] if len(lines) > LONGEST else [])]
        out += ["", "sample:", *(f"  {line}" for line in shown)]
    return "\n".join(out)


def operation_data(connector: Connector, operation: Operation, registry: Registry) -> dict[str, Any]:
    """Return *operation* as ``--format json`` prints it, with its JSON Schemas."""
    return {
        "connector": connector.name,
        "operation": operation.name,
        "effect": operation.effect,
        "summary": operation.summary,
        "method": operation.method,
        "path": operation.path,
        "by": operation.by or None,
        "repeat": repeat(operation),
        "list": operation.records is not None,
        "with": connector.taken(operation, registry),
        "returns": connector.returned(operation, registry),
        "sample": first_sample(connector, operation),
    }


def fields(schema: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return name, type, whether it is needed, and description of each field of a mapping."""
    whole = resolve(schema, schema)
    needed = whole.get("required", ())
    found = []
    for name, given in whole.get("properties", {}).items():
        each = resolve(given, schema)
        told = str(given.get("description") or each.get("description", "")).rstrip(".")
        found.append((name, _type(each), "needed" if name in needed else "", told))
    return found


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return (
            "one of " + ", ".join(map(str, schema["enum"][:4])) + (", …" if len(schema["enum"]) > 4 else "")
        )
    stated = schema.get("type", ())
    names = [stated] if isinstance(stated, str) else list(stated)
    shown = schema["format"] if names[:1] == ["string"] and "format" in schema else None
    return " or ".join(shown if shown and name == "string" else TYPES[name] for name in names) or "any"


def first_sample(connector: Connector, operation: Operation) -> Any:
    """Return the first record that *operation* gives in the default sample, or None."""
    file = connector.folder / "samples" / DEFAULT / f"{operation.name}.json"
    if not file.is_file():
        return None
    recorded = canonical.decode(file.read_bytes())
    if operation.records is None:
        return recorded
    records = operation.records.select({RECORD: recorded})
    return records[0] if isinstance(records, list) and records else None


def _limit(settings: Mapping[str, Any]) -> str:
    return ", ".join(_settings(settings))


def _settings(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if not isinstance(value, (Mapping, list)):
            yield f"{name} {value}"
