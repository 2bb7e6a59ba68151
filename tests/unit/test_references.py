"""References in a JSON Schema: where they lead, and which ones are refused instead of followed for ever."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.fit import unfit
from engine.references import alone, misled, resolve
from engine.schema import Validator
from engine.values import Constant

NUMBER = {"type": "number"}


@pytest.mark.parametrize(
    ("reference", "root"),
    [
        ("#/$defs/n", {"$defs": {"n": NUMBER}}),
        ("#/$defs/a%20b", {"$defs": {"a b": NUMBER}}),
        ("#/$defs/a~1b", {"$defs": {"a/b": NUMBER}}),
        ("#/allOf/0/properties/z", {"allOf": [{"properties": {"z": NUMBER}}]}),
        ("#/$defs/m", {"$defs": {"m": {"$ref": "#/$defs/n"}, "n": NUMBER}}),
        ("#n", {"$defs": {"m": {"$anchor": "n", **NUMBER}}}),
        ("#/kept/n", {"kept": {"n": NUMBER}}),
    ],
)
def test_a_reference_leads_to_what_it_names(reference: str, root: dict[str, Any]) -> None:
    assert misled({"properties": {"a": {"$ref": reference}}, **root}) == ""
    assert resolve({"$ref": reference}, root)["type"] == "number"


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ({"$ref": "#"}, "at its top: the references go in a circle"),
        ({"$defs": {"x": {"$ref": "#/$defs/x"}}}, "at /$defs/x: the references go in a circle"),
        ({"$defs": {"x": {"allOf": [{"$ref": "#/$defs/x"}]}}}, "the references go in a circle"),
        ({"allOf": [{"anyOf": [{"not": {"$ref": "#/allOf/0"}}]}]}, "the references go in a circle"),
        ({"a": {"b": {"$ref": "#/a/b"}}, "$ref": "#/a/b"}, "at /a/b: the references go in a circle"),
        ({"items": {"$ref": "https://x.test/y"}}, "at /items/$ref: https://x.test/y leads out of this file"),
        (
            {"items": {"$dynamicRef": "other.json#a"}},
            "at /items/$dynamicRef: other.json#a leads out of this file",
        ),
        ({"items": {"$ref": "#/$defs/n"}}, "at /items/$ref: #/$defs/n leads nowhere in this file"),
        (
            {"items": {"$ref": "#/allOf/5"}, "allOf": [True]},
            "at /items/$ref: #/allOf/5 leads nowhere in this file",
        ),
        ({"items": {"$ref": "#nothing"}}, "at /items/$ref: #nothing leads nowhere in this file"),
        ({"$defs": {"n": {"$id": "n"}}}, "at /$defs/n/$id: only the whole schema has an $id here"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_told_with_its_place(root: dict[str, Any], told: str) -> None:
    assert told in misled(root)


@pytest.mark.parametrize(
    "root",
    [
        {"$id": "https://x.test/a", "properties": {"next": {"$ref": "#"}}},
        {"properties": {"next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}}},
        {"items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"items": {"$ref": "#/$defs/n"}}}},
        {"const": {"$ref": "https://x.test"}, "properties": {"$ref": NUMBER, "$id": NUMBER}},
        {"allOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/n"}], "$defs": {"n": NUMBER}},
    ],
)
def test_a_schema_that_goes_deeper_on_its_way_round_is_right(root: dict[str, Any]) -> None:
    assert misled(root) == ""


def test_a_part_of_a_schema_alone_judges_as_it_did() -> None:
    root: dict[str, Any] = {
        "properties": {
            "a": {"items": {"$ref": "#/properties/b"}},
            "b": NUMBER,
            "c": {"items": {"$ref": "#n"}},
        },
        "$defs": {"n": {"$anchor": "n", **NUMBER}},
    }
    for name in ("a", "c"):
        part = alone(root["properties"][name], root)
        assert [flaw.pointer for flaw in Validator(part).flaws([1, "x"])] == ["/1"]
    assert alone(NUMBER, root) == NUMBER


def test_a_constant_is_held_against_a_part_whose_references_lead_elsewhere() -> None:
    root = {
        "type": "array",
        "items": {"type": "array", "items": {"$ref": "#/properties/n"}},
        "properties": {"n": NUMBER},
    }
    (found,) = unfit(Constant("/a", [[1], ["x"]]), root, "x")
    assert (found.pointer, found.message) == ("/a/1/0", "expected a number, found 'x'")


@pytest.mark.parametrize(
    ("form", "value", "told"),
    [
        ({"multipleOf": Decimal("0.01")}, Decimal("12.505"), "expected a multiple of 0.01, found 12.505"),
        ({"enum": [Decimal("0.07"), 1]}, Decimal("0.08"), "expected 0.07 or 1, found 0.08"),
        ({"const": Decimal("12.5")}, "x", "expected 12.5, found 'x'"),
        ({"format": "email"}, "nope", "expected a mail address such as ann@example.com, found 'nope'"),
        ({"format": "hostname"}, "-", "expected text of the format hostname, found '-'"),
        ({"format": "date-time"}, "x", "expected an instant such as 2026-11-22T09:30:00Z, found 'x'"),
        ({"pattern": r"\p{Lu}"}, "a", "expected another form, found 'a'"),
        ({"uniqueItems": True}, [1, 1], "an entry stands twice, and each may stand once"),
        ({"maxItems": 1}, [1, 2], "at most 1 entry is possible here"),
        ({"exclusiveMinimum": 0}, 0, "expected more than 0, found 0"),
    ],
)
def test_a_flaw_of_a_users_own_schema_is_told_exactly(form: dict[str, Any], value: Any, told: str) -> None:
    (flaw,) = Validator({"properties": {"a": form}}).flaws({"a": value})
    assert (flaw.pointer, flaw.message) == ("/a", told)
    assert Validator({"multipleOf": Decimal("0.01")}).flaws(Decimal("0.07")) == []


def test_a_key_that_another_one_needs_is_named() -> None:
    (flaw,) = Validator({"dependentRequired": {"qty": ["unit"]}}).flaws({"qty": 1})
    assert (flaw.pointer, flaw.message) == ("/unit", "the key 'unit' is missing beside 'qty'")


def test_what_the_reference_cannot_follow_is_told_by_the_judge_at_its_field() -> None:
    schema = {"patternProperties": {r"^\p{Lu}$": {"type": "number"}}}
    (flaw,) = Validator(schema).flaws({"A": "x"})
    assert (flaw.pointer, flaw.message) == ("/A", "'x' is not what is expected here")
