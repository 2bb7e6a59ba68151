"""What schemas say of values: also those that say it in an unusual way, or not with the words that are read here."""

from __future__ import annotations

from typing import Any

import pytest

from engine.inference.assign import Wanted, misfit
from engine.inference.schemas import stated, type_of
from engine.types import Lack, Type, described, join

TEXT: Any = {"type": "string"}
NUMBER: Any = {"type": "number"}


def field(name: str, schema: Any) -> Type:
    """Return the type of the field *name* of a value that meets *schema*."""
    found = [made for shape in type_of(schema).mapping if (made := shape.field(name)) is not None]
    assert len(found) == 1
    return found[0]


def test_a_closed_list_holds_as_far_as_the_type_beside_it_lets_it() -> None:
    assert described(type_of({"type": "string", "enum": ["a", None, 1]})) == "'a'"
    assert described(type_of({"type": ["string", "null"], "const": None})) == "null"


def test_a_number_that_is_a_multiple_of_a_whole_one_is_whole() -> None:
    assert described(type_of({"type": "number", "multipleOf": 5})) == "a whole number"
    assert described(type_of({"type": "number", "multipleOf": 0.5})) == "a number"


@pytest.mark.parametrize(
    "more",
    [
        {"allOf": [{"required": ["a"]}]},
        {"allOf": [{"type": "object", "required": ["a"]}]},
        {"if": {"required": ["b"]}, "then": {"required": ["a"]}},
        {"dependentRequired": {"b": ["a"]}},
        {"dependentSchemas": {"b": {"required": ["a"]}}},
        {"required": ["a"]},
    ],
)
def test_a_field_that_may_have_to_be_there_is_not_said_to_lack(more: Any) -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "required": ["id"], **more}
    assert field("a", schema).lack is None
    assert described(field("a", schema)) == "text"


def test_a_field_that_is_only_required_is_known_and_of_any_type() -> None:
    schema = {"type": "object", "properties": {"id": TEXT}, "required": ["id", "extra"]}
    assert field("extra", schema).is_any
    assert "extra" in {name for shape in type_of(schema).mapping for name in shape.names}


def test_a_name_that_has_a_pattern_has_the_type_that_stands_there_and_no_other() -> None:
    schema = {
        "type": "object",
        "patternProperties": {"^t_": TEXT, "^.{9}": NUMBER},
        "additionalProperties": False,
    }
    assert described(field("t_a", schema)) == "text"
    assert described(field("t_a", {**schema, "additionalProperties": NUMBER})) == "text"
    assert [shape.field("other") for shape in type_of(schema).mapping] == [None]
    assert described(field("other", {**schema, "additionalProperties": NUMBER})) == "a number"


def test_of_a_name_nothing_is_known_where_a_pattern_is_not_understood() -> None:
    assert field("abc", {"type": "object", "patternProperties": {"(?=a)": TEXT}}).is_any


def test_of_a_list_with_places_nothing_is_said_of_its_entries() -> None:
    assert type_of({"type": "array", "prefixItems": [TEXT], "items": NUMBER}).element.is_any


def test_a_schema_without_type_is_about_what_its_words_are_about() -> None:
    assert type_of({"properties": {"a": TEXT}}).kinds == {"mapping"}
    assert type_of({"allOf": [{"required": ["a"]}]}).kinds == {"mapping"}
    assert type_of({"items": TEXT}).kinds == {"list"}
    assert type_of({"allOf": [{"type": ["object", "null"]}, {"required": ["a"]}]}).kinds == {
        "mapping",
        "null",
    }


def test_a_schema_without_type_refuses_no_kind() -> None:
    assert len(stated({"format": "date"}, {}).kinds) == 6


@pytest.mark.parametrize(
    "seen", [{}, {"present": 1}, {"present": "1", "of": "x"}, {"present": 1, "of": []}, 5, None]
)
def test_a_count_that_is_none_says_nothing(seen: Any) -> None:
    assert (
        field("a", {"type": "object", "properties": {"a": {"type": "string", "x-seen": seen}}}).lack is None
    )


def test_a_count_makes_no_more_than_a_note() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "x-seen": {"present": 1, "of": 2}}}}
    assert field("a", schema).lack == Lack(stated=False, present=1, of=2)


def test_what_stands_beside_a_reference_holds_too() -> None:
    base = {"type": "object", "properties": {"id": TEXT, "a": TEXT}, "required": ["id"]}
    schema = {"$defs": {"base": base}, "$ref": "#/$defs/base", "required": ["a"]}
    assert type_of(schema).kinds == {"mapping"}
    assert field("a", schema).lack is None


def test_alternatives_that_hold_themselves_stay_as_many_as_they_are() -> None:
    ways = [
        {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "kind": {"const": str(each)}}}
        for each in range(20)
    ]
    found = type_of({"$defs": {"node": {"anyOf": ways}}, "$ref": "#/$defs/node"})
    for _ in range(20):
        found = join([made for shape in found.mapping if (made := shape.field("next")) is not None])
        assert len(found.mapping) == 20


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}}},
        {"type": "object", "properties": {"one": {"$ref": "#/$defs/node"}, "two": {"$ref": "#/$defs/node"}}},
        {"type": "array", "items": {"$ref": "#/$defs/node"}},
    ],
)
def test_a_value_that_holds_itself_is_held_against_a_schema_that_does_so_too(inner: Any) -> None:
    schema = {"$defs": {"node": inner}, "$ref": "#/$defs/node"}
    assert misfit(type_of(schema), Wanted(schema, schema, "the target")) is None


def test_of_a_mapping_with_too_many_alternatives_nothing_is_known() -> None:
    def ways(count: int) -> Any:
        return {"anyOf": [{"type": "object", "properties": {f"a{each}": TEXT}} for each in range(count)]}

    few, many = type_of({"allOf": [ways(20), ways(20)]}), type_of({"allOf": [ways(30), ways(30)]})
    assert len(few.mapping) == 400
    assert [(each.is_closed, [*each.names]) for each in many.mapping] == [(False, [])]
