"""The requests that connectors make, for judges that are not ours: ``python -m tests.contract.requests`` prints them.

Each operation is given every parameter and every field that it takes, by what its schemas say: what a judge does not
know is found, whether a recipe uses it or not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from engine.actions.request import build
from engine.connector import Connector, Operation
from engine.connector_file import load
from engine.keys import EffectKey
from engine.registry import Registry
from engine.schema import Validator

REGISTRY: Final = Registry()
CONNECTORS: Final = ("stripe", "quickbooks")
BY_NAME: Final[Mapping[str, Any]] = {
    "charge": "ch_0001", "payment_intent": "pi_0001", "country": "CH", "email": "una@example.com", "id": "cus_0001",
}  # fmt: skip
"""Values of texts that a pattern narrows, by the name of their field."""
KEY: Final = EffectKey("of an account", "recipe", ("action",), ("record",))


def requests(connector: Connector) -> Iterator[dict[str, Any]]:
    """Yield one request for each operation, and for each alternative of a document."""
    for operation in connector.operations.values():
        if operation.by:
            continue  # what it leads to is asked by itself
        for given in _given(connector, operation):
            key = KEY if operation.writes else None
            request = build(operation, "https://vendor.example.com", given, key)
            address = urlsplit(request.url)
            yield {
                "operation": operation.name,
                "method": request.method,
                "path": address.path,
                "query": parse_qsl(address.query, keep_blank_values=True),
                "headers": dict(request.headers),
                "document": {name: each for name, each in given.items() if name not in operation.params},
                "body": (request.body or b"").decode(),
                "reads": list(_fields(connector.returned(operation, REGISTRY) or {})),
            }


def _fields(schema: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the paths of the fields that *schema* knows, those of the entries of a list below its name."""
    for name, each in schema.get("properties", {}).items():
        yield f"{above}{name}"
        yield from _fields(each.get("items", each), f"{above}{name}.")


def _given(connector: Connector, operation: Operation) -> Iterator[dict[str, Any]]:
    schema = connector.taken(operation, REGISTRY)
    whole = {name: _value(name, each) for name, each in schema.get("properties", {}).items()}
    body = connector.document(operation.body, REGISTRY) if operation.body else {}
    for alternative in body.get("oneOf", [{}]):
        others = {name for each in body.get("oneOf", ()) for name in each["required"]}
        left_out = others - set(alternative.get("required", ()))
        given = {name: value for name, value in whole.items() if name not in left_out}
        if flaws := Validator(schema).flaws(given):
            raise AssertionError(f"{operation.name}: what was made up is not right: {flaws[0]}")
        yield given


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "string" if schema.get("format") == "date":
            return "2026-11-22"
        case "number":
            return Decimal("12.5")
        case "integer":
            return 1_795_348_800 if name.startswith("created") else 7
        case "boolean":
            return True
        case "array":
            return [_value(name, schema["items"])] * 2
        case "object" if "properties" in schema:
            return {inner: _value(inner, each) for inner, each in schema["properties"].items()}
        case "object":
            return {"a": "1", "b c": "2 & 3"}
    return BY_NAME.get(name, f"{name} é")


def main() -> None:
    """Print the requests of every connector that a judge knows."""
    made = {name: list(requests(load(name, REGISTRY))) for name in CONNECTORS}
    json.dump(made, sys.stdout, ensure_ascii=False, default=str)


if __name__ == "__main__":
    main()
