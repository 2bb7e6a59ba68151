"""Judges a connector's JSON Schemas: ``body`` and parameters are what an operation takes, ``returns`` what it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from engine import pointer
from engine.connector import Connector
from engine.diagnostics import Diagnostic, suggest
from engine.money import kind
from engine.paths import RECORD, BadPath, compile_path, opens_path
from engine.references import parts
from engine.registry import Registry
from engine.schema import misjudged

SEEN: Final = 'write in how many of the records it was, such as {"present": 12, "of": 50}'
MANY: Final = "write records in place of record"
CURRENCY: Final = "write a path from the record such as $.currency, or the name of a field beside it"


def documents(connector: Connector, registry: Registry) -> Iterator[Diagnostic]:
    """Yield what keeps the schemas of the operations' bodies, records and parameters from being read, at its place."""
    judged: dict[str, tuple[str, str] | None] = {}  # several operations take or give the same
    for name, operation in connector.operations.items():
        for word, named in (("body", operation.body), ("returns", operation.returns)):
            if not named:
                continue
            if named not in judged:
                judged[named] = _wrong(named, connector, registry)
            wrong = judged[named]
            if wrong is None and word == "returns" and operation.record and not operation.record.is_single:
                wrong = f"{named} is of one record, and {operation.record.text} selects a list", MANY
            if wrong:
                yield Diagnostic("R403", pointer.build(("operations", name, word)), *wrong)
        for param, each in operation.params.items():
            if told := misjudged(each.schema):
                place = pointer.build(("operations", name, "params", param))
                what = f"what {param} takes is no JSON Schema: {told}"
                yield Diagnostic("R403", place, what, "write its type: string, integer, number or boolean")


def _wrong(name: str, connector: Connector, registry: Registry) -> tuple[str, str] | None:
    """Return why *name* gives no JSON Schema, and what to do; or None."""
    if not name.startswith("./"):
        if name in registry.documents:
            return _flaw(name, registry.document(name))
        there = f"there are {', '.join(registry.documents)}, or a file of this folder: ./NAME.schema.json"
        return f"there is no schema {name!r}", suggest(name, registry.documents) or there
    registry.look(connector.folder / name)
    try:
        return _read(name, (connector.folder / name).read_bytes())
    except OSError as error:
        return f"{name} cannot be read: {error.strerror}", "write its path from this folder"


@lru_cache(maxsize=128)  # a process loads a connector for each recipe, and its files stay what they are
def _read(name: str, data: bytes) -> tuple[str, str] | None:
    try:
        return _flaw(name, json.loads(data, parse_float=Decimal))
    except ValueError as error:
        return f"{name} is no JSON: {error}", "a schema is written in JSON"


def _flaw(name: str, schema: Any) -> tuple[str, str] | None:
    if not isinstance(schema, dict):
        return f"{name} is no JSON Schema but {kind(schema)}", "see json-schema.org, draft 2020-12"
    if told := misjudged(schema):
        return f"{name} is no JSON Schema: {told}", "see json-schema.org, draft 2020-12"
    for part in parts(schema):
        if cure := _unread(part.schema):
            return f"{name}: what {cure[0]} says at {part.pointer or 'its top'} cannot be read", cure[1]
    return None


def _unread(schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first of our own words in *schema* that says nothing, with what to write; or None."""
    if "x-seen" in schema and not _counts(schema["x-seen"]):
        return "x-seen", SEEN
    if "x-currency" in schema and not _names_one(schema["x-currency"]):
        return "x-currency", CURRENCY
    return None


def _counts(seen: Any) -> bool:
    if not isinstance(seen, dict) or seen.keys() != {"present", "of"}:
        return False
    present, of = seen["present"], seen["of"]
    return type(present) is int and type(of) is int and 0 <= present <= of


def _names_one(currency: Any) -> bool:
    if not isinstance(currency, str) or not currency:
        return False
    if not opens_path(currency):
        return True
    try:
        path = compile_path(currency)
    except BadPath:
        return False
    return path.is_single and path.root == RECORD and not path.optional
