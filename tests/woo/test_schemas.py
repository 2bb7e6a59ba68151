"""The schemas of WooCommerce's records: each sample meets its own and has no field beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from engine import canonical
from engine.connector import Operation
from engine.connector_file import load
from engine.paths import RECORD
from engine.references import parts
from engine.registry import Registry
from engine.schema import Validator
from tests.sampled import unknown
from tests.woo.build import files

REGISTRY: Final = Registry()
WOOCOMMERCE: Final = load("woocommerce", REGISTRY)
OPERATIONS: Final = list(WOOCOMMERCE.operations.values())
WRONG_ON_PURPOSE: Final = {("bad", "orders.list", "/total")}
"""The order whose total is written with a comma, which a run must refuse."""
WITHOUT_CURRENCY: Final = {
    # A refund says nowhere in which currency it is: it is its order's.
    "refunds.list": {
        *("amount", "subtotal", "subtotal_tax", "total", "total_tax", "tax_total", "shipping_tax_total"),
    },
}


def schema(operation: Operation) -> Mapping[str, Any]:
    found = WOOCOMMERCE.returned(operation, REGISTRY)
    assert found is not None
    return found


def samples(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield each record of the samples with the name of its set."""
    for path in sorted((WOOCOMMERCE.folder / "samples").glob(f"*/{operation.name}.json")):
        assert operation.records is not None
        for record in operation.records.select({RECORD: canonical.decode(path.read_bytes())}):
            yield path.parent.name, record


def test_the_committed_files_are_what_the_builder_writes() -> None:
    there = {path: path.read_text("utf-8") for path in (WOOCOMMERCE.folder / "samples").glob("*/*")}
    assert {f"{path.parent.name}/{path.name}": text for path, text in there.items()} == {
        f"{path.parent.name}/{path.name}": text for path, text in files().items()
    }


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
    # What stands behind a link is nothing to map, and is left open.
    found = {place for _, record in samples(operation) for place in unknown(record, root, root, "")}
    assert {place for place in found if not place.startswith("/_links/")} == set()


def test_every_schema_of_the_folder_is_what_an_operation_returns() -> None:
    there = {f"./{path.name}" for path in WOOCOMMERCE.folder.glob("*.schema.json")}
    assert there == {each.returns for each in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_objects_stay_open_and_what_must_be_there_is_known(operation: Operation) -> None:
    for part in parts(schema(operation)):
        assert "additionalProperties" not in part.schema
        assert set(part.schema.get("required", ())) <= part.schema.get("properties", {}).keys()
        assert ("required" in part.schema) == ("properties" in part.schema), "presence is stated everywhere"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_amount_says_where_its_currency_is(operation: Operation) -> None:
    fields = [pair for part in parts(schema(operation)) for pair in part.schema.get("properties", {}).items()]
    amounts = [
        (name, field) for name, field in fields if field.get("format") == "money" or "x-currency" in field
    ]
    assert {field["x-currency"] for _, field in amounts if "x-currency" in field} <= {"$.currency"}
    assert {name for name, field in amounts if "x-currency" not in field} == WITHOUT_CURRENCY.get(
        operation.name, set()
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_time_without_a_zone_is_no_instant(operation: Operation) -> None:
    """``format: date-time`` would promise an offset, and ``date`` would take the time as it is."""
    for part in parts(schema(operation)):
        for name, field in part.schema.get("properties", {}).items():
            assert "date-time" not in json.dumps(field) or not name.startswith("date_"), name


def test_what_two_schemas_call_the_same_is_the_same() -> None:
    """They lie in files of their own, and a correction in one is easily forgotten in the other."""
    first: dict[str, str] = {}
    for operation in OPERATIONS:
        for name, definition in schema(operation).get("$defs", {}).items():
            text = json.dumps(definition, sort_keys=True, default=str).replace(
                ', "x-currency": "$.currency"', ""
            )
            assert first.setdefault(name, text) == text, (operation.name, name)
