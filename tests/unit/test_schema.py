"""JSON Schema with the engine's words: what is wrong, where, and what converts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.schema import Validator, diagnostics

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "what it is called"},
        "count": {"type": "integer"},
        "kind": {"enum": ["a", "b"]},
        "total": {"type": "string", "format": "money"},
        "day": {"type": "string", "format": "date"},
        "list": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/entry"}},
    },
    "$defs": {"entry": {"type": ["string", "null"], "pattern": "^[a-z]+$"}},
}


def flaws(**value: Any) -> list[tuple[str, str, str]]:
    return [(flaw.pointer, flaw.rule, flaw.message) for flaw in Validator(SCHEMA).flaws(value)]


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ({}, ("/name", "required", "the key 'name' is missing")),
        ({"name": 5}, ("/name", "type", "expected text, found 5")),
        ({"name": None}, ("/name", "type", "expected text, found null")),
        ({"name": True}, ("/name", "type", "expected text, found true")),
        ({"name": Decimal("1E-7")}, ("/name", "type", "expected text, found 0.0000001")),
        ({"name": []}, ("/name", "type", "expected text, found a list")),
        ({"name": "x", "count": "5"}, ("/count", "type", "expected a whole number, found '5'")),
        ({"name": "x", "count": True}, ("/count", "type", "expected a whole number, found true")),
        ({"name": "x", "count": Decimal("1.5")}, ("/count", "type", "expected a whole number, found 1.5")),
        ({"name": "x", "kind": "c"}, ("/kind", "enum", "expected 'a' or 'b', found 'c'")),
        (
            {"name": "x", "total": "1,5"},
            ("/total", "format", "expected an amount such as 12.50, found '1,5'"),
        ),
        (
            {"name": "x", "day": "2026-02-30"},
            ("/day", "format", "expected a day such as 2026-11-22, found '2026-02-30'"),
        ),
        ({"name": "x", "list": []}, ("/list", "minItems", "at least one entry is needed here")),
        ({"name": "x", "list": ["a", 5]}, ("/list/1", "type", "expected text or null, found 5")),
        ({"name": "x", "list": ["A"]}, ("/list/0", "pattern", "expected another form, found 'A'")),
        ({"name": "x", "nam/e": 1}, ("/nam~1e", "additionalProperties", "unknown key 'nam/e'")),
    ],
)
def test_a_flaw_says_where_and_what_was_expected(value: dict[str, Any], flaw: tuple[str, str, str]) -> None:
    assert flaws(**value) == [flaw]


def test_a_right_value_has_no_flaw() -> None:
    assert flaws(name="x", count=5, kind="a", total="-1.50", day="2024-02-29", list=["a", None]) == []


def test_flaws_come_in_the_order_of_their_places_one_a_place() -> None:
    found = flaws(count="x", kind=5, list=[5, "A"])
    assert [place for place, _, _ in found] == ["/count", "/kind", "/list/0", "/list/1", "/name"]


def test_a_place_with_two_flaws_shows_the_first() -> None:
    ((_, rule, _),) = [
        (f.pointer, f.rule, f.message) for f in Validator({"type": "string", "enum": ["a"]}).flaws(5)
    ]
    assert rule == "type"


def test_an_unknown_key_is_offered_its_nearest_and_is_meant_itself() -> None:
    (flaw,) = Validator(SCHEMA).flaws({"name": "x", "cuont": 1})
    assert (flaw.help, flaw.at) == ("did you mean 'count'?", "key")
    assert [each.code for each in diagnostics([flaw])] == ["R103"]


def test_a_number_where_text_is_wanted_is_told_to_take_quotes() -> None:
    (flaw,) = Validator(SCHEMA).flaws({"name": 5})
    assert flaw.help == "put it in quotes to make it text"


@pytest.mark.parametrize("number", [5, Decimal("12.50")])
def test_a_number_that_a_recipe_computed_is_told_to_be_made_text_by_its_filter(number: Any) -> None:
    (flaw,) = Validator(SCHEMA).flaws({"name": number}, computed=True)
    assert flaw.help == "make it text: put | text behind it"


def test_what_a_recipe_computed_is_not_told_to_be_written_otherwise() -> None:
    for schema, value in (({"type": "array"}, {"a": 1}), ({"type": "object"}, 5)):
        assert Validator(schema).flaws(value)[0].help != ""
        assert Validator(schema).flaws(value, computed=True)[0].help == ""


def test_only_a_number_in_a_field_of_money_is_written_as_text() -> None:
    value = {"name": 5, "total": Decimal("1E+2"), "count": 3, "list": [1], "other": 1}
    assert Validator(SCHEMA).written(value) == {**value, "total": "100"}
    assert Validator(SCHEMA).written({"total": 7}) == {"total": "7"}
    for kept in (True, None, "x", [1]):
        assert Validator(SCHEMA).written({"total": kept}) == {"total": kept}
