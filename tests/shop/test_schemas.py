"""The schemas of Shopify's records: each sample meets its own and has no field beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from engine import canonical
from engine.connector import Operation
from engine.connector_file import load
from engine.paths import RECORD, compile_path
from engine.references import parts, resolve
from engine.registry import Registry
from engine.schema import Validator

Json = Any

REGISTRY: Final = Registry()
SHOPIFY: Final = load("shopify", REGISTRY)
OPERATIONS: Final = list(SHOPIFY.operations.values())
SCHEMAS: Final = {each.name: SHOPIFY.returned(each, REGISTRY) for each in OPERATIONS}
WRONG_ON_PURPOSE: Final = {
    ("bad", "orders.list", "/total_tip_received"),
    ("bad", "orders.query", "/totalTipReceivedSet/shopMoney/amount"),
}
"""The order whose amount is no amount, which a run must refuse."""
WITHOUT_CURRENCY: Final = {
    # A product says nowhere in which currency its prices are: it is the shop's.
    "products.list": {"price", "compare_at_price"},
    # A refund says it in its sets alone, which its plain amounts are beside.
    "refunds.list": {"price", "total_discount", "amount", "tax_amount", "discounted_price"},
}


def schema(operation: Operation) -> Mapping[str, Any]:
    found = SCHEMAS[operation.name]
    assert found is not None
    return found


def samples(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Yield each record of the samples with the name of its set."""
    for path in sorted((SHOPIFY.folder / "samples").glob(f"*/{operation.name}.json")):
        assert operation.records is not None
        for record in operation.records.select({RECORD: canonical.decode(path.read_bytes())}):
            yield path.parent.name, record


def forms(below: Any, root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what a schema says, behind references and the alternatives of what may be null."""
    below = resolve(below, root)
    yield below
    for each in below.get("anyOf", ()):
        yield from forms(each, root)


def unknown(value: Json, below: Any, root: Any, at: str) -> Iterator[str]:
    """Yield the place of each field of *value* that its schema does not know."""
    said = list(forms(below, root))
    for name, entry in value.items() if isinstance(value, dict) else ():
        known = [each["properties"][name] for each in said if name in each.get("properties", {})]
        if not known:
            yield f"{at}/{name}"
        for each in known:
            yield from unknown(entry, each, root, f"{at}/{name}")
    for entry in value if isinstance(value, list) else ():
        items = [each["items"] for each in said if "items" in each]
        if not items:
            yield f"{at}/*"
        for each in items:
            yield from unknown(entry, each, root, f"{at}/*")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_sample_meets_the_schema_of_its_operation(operation: Operation) -> None:
    judge, found, looked = Validator(schema(operation)), set(), 0
    for name, record in samples(operation):
        found |= {(name, operation.name, flaw.pointer) for flaw in judge.flaws(record)}
        looked += 1
    assert looked
    assert found == {each for each in WRONG_ON_PURPOSE if each[1] == operation.name}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_field_of_every_sample_is_in_the_schema(operation: Operation) -> None:
    root = schema(operation)
    assert {place for _, record in samples(operation) for place in unknown(record, root, root, "")} == set()


def test_every_schema_of_the_folder_is_what_an_operation_returns() -> None:
    there = {f"./{path.name}" for path in SHOPIFY.folder.glob("*.schema.json")}
    assert there == {each.returns for each in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_objects_stay_open_and_what_must_be_there_is_known(operation: Operation) -> None:
    for part in parts(schema(operation)):
        assert "additionalProperties" not in part.schema
        assert set(part.schema.get("required", ())) <= part.schema.get("properties", {}).keys()
        assert ("required" in part.schema) == ("properties" in part.schema), "presence is stated everywhere"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_amount_says_where_its_currency_is(operation: Operation) -> None:
    root = schema(operation)
    without = set()
    for part in parts(root):
        fields = part.schema.get("properties", {})
        for name, field in fields.items():
            if field.get("format") != "money" and "x-currency" not in field:
                continue
            if "x-currency" not in field:
                without.add(name)
            elif field["x-currency"].startswith("$"):
                [step] = compile_path(field["x-currency"]).steps
                assert root["properties"][step]["type"] == "string"
            else:
                assert fields[field["x-currency"]]["type"] == "string"
    assert without == WITHOUT_CURRENCY.get(operation.name, set())


def test_what_two_schemas_call_the_same_is_the_same() -> None:
    """They lie in files of their own, and a correction in one is easily forgotten in the other."""
    first: dict[str, str] = {}
    rest = [each for each in OPERATIONS if each.name not in WITHOUT_CURRENCY]
    for operation in rest:
        way = "graphql" if operation.graphql is not None else "rest"
        for name, definition in schema(operation).get("$defs", {}).items():
            text = json.dumps(definition, sort_keys=True, default=str)
            assert first.setdefault(f"{way} {name}", text) == text, (operation.name, name)
