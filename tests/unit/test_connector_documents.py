"""The schemas that a connector's operations name: which are refused, and what one says of an operation's record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.connector import or_null
from engine.connector_file import judged, load
from engine.errors import RecipeInvalid
from engine.registry import Registry
from engine.schema import Validator

HEAD = """\
connector: tiny
version: 1
summary: A made-up shop.
base_url: https://example.com
settings:
  store: {type: string, example: sample, description: The shop's name.}
identity: [store]
operations:
"""
OPERATION = """\
  orders.list:
    effect: read
    summary: All orders.
    path: /orders
"""
ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def registry(folder: Path, more: str, schema: Any = None) -> Registry:
    (folder / "tiny").mkdir()
    (folder / "tiny" / "connector.yaml").write_text(HEAD + OPERATION + more, encoding="utf-8")
    if schema is not None:
        text = schema if isinstance(schema, str) else json.dumps(schema)
        (folder / "tiny" / "order.schema.json").write_text(text, encoding="utf-8")
    return Registry(connectors=[folder])


def returned(folder: Path, more: str, schema: Any = None) -> Any:
    known = registry(folder, more, schema)
    connector = load("tiny", known)
    return connector.returned(connector.operations["orders.list"], known)


def test_an_operation_without_returns_says_nothing_of_its_record(tmp_path: Path) -> None:
    assert returned(tmp_path, "    records: $.orders\n") is None


def test_returns_names_a_file_of_the_connectors_folder(tmp_path: Path) -> None:
    assert returned(tmp_path, "    records: $.orders\n    returns: ./order.schema.json\n", ORDER) == ORDER


def test_returns_may_name_a_document_of_the_engine(tmp_path: Path) -> None:
    found = returned(tmp_path, "    records: $.orders\n    returns: accounting/invoice\n")
    assert found["$id"] == "recipe:accounting/invoice"


@pytest.mark.parametrize("record", ["$", "$.order", "$.data.order"])
def test_the_one_result_that_stands_at_a_name_is_no_null(record: str, tmp_path: Path) -> None:
    assert returned(tmp_path, f"    record: {record}\n    returns: ./order.schema.json\n", ORDER) == ORDER


@pytest.mark.parametrize("record", ["$.orders[0]", "$.data.orders[-1].node"])
def test_a_result_that_is_picked_out_of_a_list_may_be_null(record: str, tmp_path: Path) -> None:
    found = returned(tmp_path, f"    record: {record}\n    returns: ./order.schema.json\n", ORDER)
    assert found == {**ORDER, "type": ["object", "null"]}


def test_a_schema_of_one_record_does_not_stand_beside_a_result_that_is_a_list(tmp_path: Path) -> None:
    known = registry(tmp_path, "    record: $.orders[*]\n    returns: ./order.schema.json\n", ORDER)
    with pytest.raises(RecipeInvalid) as caught:
        load("tiny", known)
    [found] = caught.value.diagnostics
    assert found.pointer == "/operations/orders.list/returns"
    assert found.message == "./order.schema.json is of one record, and $.orders[*] selects a list"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": ["object", "null"]},
        {"$ref": "#/$defs/order", "$defs": {"order": {"type": "object"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "object"}}},
        {"properties": {"id": {"type": "integer"}}},
    ],
)
def test_a_schema_made_to_take_null_takes_it_and_what_it_took_before(schema: dict[str, Any]) -> None:
    made = Validator(or_null(schema))
    assert [made.flaws(None), made.flaws({"id": 1})] == [[], []]
    assert bool(made.flaws({"id": "1"})) is bool(Validator(schema).flaws({"id": "1"}))


@pytest.mark.parametrize("word", ["body", "returns"])
@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (None, "./order.schema.json cannot be read: No such file or directory"),
        ("{", "./order.schema.json is no JSON: "),
        ([1], "./order.schema.json is no JSON Schema but a list"),
        ({"type": "text"}, "./order.schema.json is no JSON Schema: what stands at /type cannot stand there"),
        ({"$ref": "other.json"}, "./order.schema.json is no JSON Schema: at /$ref: other.json leads out of this file"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_read_is_one_finding_at_its_word(
    word: str, schema: Any, told: str, tmp_path: Path
) -> None:
    known = registry(tmp_path, f"    {word}: ./order.schema.json\n", schema)
    with pytest.raises(RecipeInvalid) as caught:
        load("tiny", known)
    [found] = caught.value.diagnostics
    assert (found.code, found.pointer) == ("R403", f"/operations/orders.list/{word}")
    assert found.message.startswith(told)
    assert found.help


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-seen": 12},
        {"x-seen": {"present": 12}},
        {"x-seen": {"present": 51, "of": 50}},
        {"x-seen": {"present": 1.5, "of": 50}},
        {"x-seen": {"present": True, "of": 50}},
        {"x-currency": ""},
        {"x-currency": None},
        {"x-currency": "$.lines[*].currency"},
        {"x-currency": "$.currency?"},
        {"x-currency": "$item.currency"},
        {"x-currency": "$.currency["},
    ],
)
def test_a_word_of_our_own_that_says_nothing_is_a_finding_with_its_place(wrong: Any, tmp_path: Path) -> None:
    schema = {"type": "object", "$defs": {"price": {"type": "string", **wrong}}}
    known = registry(tmp_path, "    returns: ./order.schema.json\n", schema)
    with pytest.raises(RecipeInvalid) as caught:
        load("tiny", known)
    [found] = caught.value.diagnostics
    [word] = wrong
    assert found.message == f"./order.schema.json: what {word} says at /$defs/price cannot be read"


@pytest.mark.parametrize(
    "right",
    [
        {"x-seen": {"present": 0, "of": 0}},
        {"x-seen": {"present": 12, "of": 50}},
        {"x-currency": "currency_code"},
        {"x-currency": "$.currency"},
        {"x-currency": "$.sets[0].currency"},
    ],
)
def test_a_word_of_our_own_that_is_right_is_none(right: Any, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"price": {"type": "string", **right}}}
    assert returned(tmp_path, "    returns: ./order.schema.json\n", schema) == schema


@pytest.mark.parametrize("name", Registry().connectors)
def test_the_schemas_of_a_connector_that_ships_are_right(name: str) -> None:
    """A check does not judge them again: they are as they were when this ran."""
    known = Registry()
    assert judged(load(name, known), known) == []
