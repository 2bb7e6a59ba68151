"""The schemas of Shopify's records: each sample meets its own and has no field beyond it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from engine.connector import Operation
from engine.connector_file import load
from engine.paths import compile_path
from engine.references import parts
from engine.registry import Registry
from engine.schema import Validator
from tests.sampled import samples, unknown

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


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_sample_meets_the_schema_of_its_operation(operation: Operation) -> None:
    judge, found, looked = Validator(schema(operation)), set(), 0
    for name, record in samples(SHOPIFY, operation):
        found |= {(name, operation.name, flaw.pointer) for flaw in judge.flaws(record)}
        looked += 1
    assert looked
    assert found == {each for each in WRONG_ON_PURPOSE if each[1] == operation.name}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_field_of_every_sample_is_in_the_schema(operation: Operation) -> None:
    root = schema(operation)
    assert {
        place for _, record in samples(SHOPIFY, operation) for place in unknown(record, root, root, "")
    } == set()


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
