"""Whatever the judge refuses is explained where the judge saw it, over schemas that nobody chose."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from engine import flaws, pointer
from engine.references import misled
from engine.schema import Validator

DECIMALS = st.sampled_from(
    [Decimal(text) for text in ("0.01", "0.07", "12.50", "1.0", "1E-10", "0.3", "12.505")]
)
SCALARS = st.one_of(
    st.sampled_from(
        ["", "a", "b", "12.50", "2026-11-22", "2026-11-22T00:00:00Z", "nope", "a@b.example", "Ab", "é"]
    ),
    st.sampled_from([None, True, False, 0, 1, -3, 10**25]),
    DECIMALS,
)
FORMATS = st.sampled_from(
    ["date-time", "email", "date", "money", "uri", "uuid", "time", "ipv4", "regex", "hostname"]
)
RULES = st.one_of(
    st.builds(lambda name: {"format": name}, FORMATS),
    st.builds(lambda name: {"type": name}, st.sampled_from([*flaws.TYPES])),
    st.builds(lambda several: {"enum": several}, st.lists(SCALARS, min_size=1, max_size=3)),
    st.builds(lambda one: {"const": one}, SCALARS),
    st.builds(lambda step: {"multipleOf": step}, st.one_of(st.sampled_from([2, 5]), DECIMALS)),
    st.builds(lambda least: {"minimum": least, "exclusiveMaximum": 10}, DECIMALS),
    st.sampled_from(
        [{"pattern": "^[a-z]+$"}, {"pattern": r"\p{Lu}"}, {"minLength": 2}, {"$ref": "#/$defs/one"}]
    ),
    st.sampled_from(
        [{"$ref": "#/properties/a"}, {"$ref": "#/$defs/a%20b"}, {"$ref": "#/allOf/0"}, {"$ref": "#two"}]
    ),
)


def _some(of: Any) -> Any:
    return st.lists(of, min_size=1, max_size=3)


SCHEMAS = st.recursive(
    RULES,
    lambda inner: st.one_of(
        st.builds(
            lambda word, several: {word: several}, st.sampled_from(["anyOf", "oneOf", "allOf"]), _some(inner)
        ),
        st.builds(lambda one: {"not": one}, inner),
        st.builds(lambda one: {"type": "array", "items": one, "uniqueItems": True, "maxItems": 2}, inner),
        st.builds(lambda one: {"properties": {"a": one, "b": one}, "required": ["b"]}, inner),
        st.builds(lambda one: {"propertyNames": one, "dependentRequired": {"a": ["c"]}}, inner),
        st.builds(lambda test, then: {"if": test, "then": then, "else": False}, inner, inner),
        st.builds(lambda one: {"contains": one, "prefixItems": [one]}, inner),
        st.builds(lambda one: {"properties": {"a": one}, "unevaluatedProperties": False}, inner),
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "c", "D"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(SCHEMAS, SCHEMAS, SCHEMAS, VALUES)
def test_each_place_that_the_judge_refuses_is_named(a: Any, one: Any, rest: Any, value: Any) -> None:
    root = {
        "properties": {"a": a, "b": rest}, "allOf": [{"minProperties": 0}],
        "$defs": {"one": one, "a b": {"type": "number"}, "two": {"$anchor": "two", "type": ["string", "object"]}},
    }  # fmt: skip
    if misled(root):
        return
    judge = jsonschema_rs.Draft202012Validator(root, validate_formats=True, formats=flaws.FORMATS)
    for given_value in ({"a": value}, {"a": value, "b": value}):
        found = [flaw.pointer for flaw in Validator(root).flaws(given_value)]
        assert bool(found) is not judge.is_valid(given_value)
        for error in judge.iter_errors(given_value):
            at = pointer.build(error.instance_path)
            assert any(place == at or place.startswith(f"{at}/") for place in found), (at, found)
