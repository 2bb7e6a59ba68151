"""What inference says of an expression holds for every record that meets the schema."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.inference import Known, Slip
from engine.inference.expressions import narrowed, outcome, read
from engine.inference.schemas import type_of
from engine.paths import MISSING
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import Template, compile_template
from tests.unit.inference.values import is_of

FILTERS = Registry().filters
TEXTS = ("a", "b", "c", "", "1.50")
PROPERTIES: dict[str, Any] = {
    "text": {"type": "string"},
    "kind": {"enum": ["a", "b", "c"]},
    "mood": {"enum": ["b", "", None]},
    "note": {"type": ["string", "null"]},
    "number": {"type": "number"},
    "whole": {"type": "integer"},
    "mixed": {"type": ["number", "string", "null"]},
    "test": {"type": "boolean"},
    "maybe": {"type": ["boolean", "null"]},
    "live": {"const": True},
    "any": {},
    "tags": {"type": "array", "items": {"enum": ["a", "b", None]}},
}
INNER: dict[str, Any] = {"type": ["object", "null"], "properties": PROPERTIES, "additionalProperties": False}
PROPERTIES_OF_ALL = {**PROPERTIES, "inner": INNER, "list": {"type": "array", "items": INNER}}
REQUIRED = st.sets(st.sampled_from([*PROPERTIES_OF_ALL]), min_size=6)
SCHEMAS = st.builds(
    lambda outer, inner: {
        "type": "object",
        "properties": {**PROPERTIES_OF_ALL, "inner": {**INNER, "required": sorted(inner)}},
        "required": sorted(outer),
        "additionalProperties": False,
    },
    REQUIRED,
    REQUIRED.map(lambda names: names & set(PROPERTIES)),
)
NUMBERS = st.sampled_from([0, 1, 2]) | st.decimals(0, 3, places=1)
OF_TYPE = {
    "string": st.sampled_from(TEXTS), "number": NUMBERS, "integer": st.integers(0, 3), "boolean": st.booleans(),
    "null": st.none(),
}  # fmt: skip


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return the values that meet *schema*, which is of the few words above."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    named = schema.get("type", ["string", "number", "boolean", "null"])
    return st.one_of([of_type(each, schema) for each in ([named] if isinstance(named, str) else named)])


def of_type(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if name == "array":
        return st.lists(values(schema["items"]), max_size=2)
    if name == "object":
        required = schema.get("required", [])
        fields = {key: values(each) for key, each in schema["properties"].items()}
        return st.fixed_dictionaries(
            {key: fields[key] for key in required},
            optional={key: each for key, each in fields.items() if key not in required},
        )
    return OF_TYPE[name]


LEAVES = st.sampled_from([
    *(f"record.{name}" for name in PROPERTIES_OF_ALL), *(f"record.inner.{name}" for name in PROPERTIES),
    "record.list[0].kind", "record.tags[-1]", "record['kind']", "'a'", "'b'", "''", "'z'", "0", "1", "1.5", "null",
    "true", "false", "['a', 'z']", "['a', 'b', null]", "[1, 2]", "[]",
])  # fmt: skip
CALLS = st.sampled_from([
    "default(null)", "default('a')", "default(0)", "default(false)", "default('', empty=true)", "default(record.kind)",
    "default(record.inner.number)", "default([])", "trim", "upper", "money", "text", "number", "boolean", "count", "sum",
    "first", "only", "abs", "unique", "join(',')", "length",
])  # fmt: skip
COMPARED = st.sampled_from(["==", "!=", "==", "!=", "<", ">=", "in", "not in"])
SIGNS = st.sampled_from(["+", "-", "*", "/", "~"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, CALLS).map(lambda part: f"({part[0]} | {part[1]})"),
        st.tuples(inner, SIGNS, inner).map(lambda part: f"({' '.join(part)})"),
        st.lists(inner, max_size=2).map(lambda parts: f"[{', '.join(parts)}]"),
        inner.map(lambda part: f"(-{part})"),
    ),
    max_leaves=3,
)
COMPARISONS = st.tuples(VALUES, COMPARED, VALUES).map(lambda part: f"({' '.join(part)})")
BOOLEANS = st.sampled_from(
    ["record.test", "record.inner.test", "record.live", "(record.maybe | default(false))", "record.any"]
)
CONDITIONS = st.recursive(
    COMPARISONS | COMPARISONS | BOOLEANS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda part: f"({' '.join(part)})"),
        inner.map(lambda part: f"(not {part})"),
        st.tuples(VALUES, COMPARED, VALUES, COMPARED, VALUES).map(lambda part: f"({' '.join(part)})"),
    ),
    max_leaves=4,
)
EXPRESSIONS = st.one_of(
    VALUES,
    CONDITIONS,
    st.tuples(VALUES, CONDITIONS, VALUES).map(lambda part: f"({part[0]} if {part[1]} else {part[2]})"),
)
CASES = SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), values(schema)))


def compiled(expression: str) -> Template:
    try:
        return compile_template(f"{{{{ {expression} }}}}", {"record"}, FILTERS)
    except BadExpression:
        assume(False)
        raise


def evaluated(template: Template, record: Any) -> Any:
    """Return what *template* gives for *record*; where that is an error, the case is left out."""
    try:
        return template.evaluate(Scope({"record": record}, Constants()))
    except BadValue:
        assume(False)
        raise


@settings(max_examples=500)
@given(EXPRESSIONS, CASES)
def test_a_value_is_of_the_type_that_was_inferred(expression: str, case: tuple[Any, Any]) -> None:
    schema, record = case
    template, told = compiled(expression), list[Slip]()
    type = read(template, Known({"record": type_of(schema, at=("record",))}), told)
    value = evaluated(template, record)
    event("unknown" if type.is_any else "known")
    if value is not MISSING:
        assert is_of(value, type), f"{value!r} is not {type}"
    elif "[" not in expression and "|" not in expression:
        assert "R312" in {slip.code for slip in told}


@settings(max_examples=500)
@given(CONDITIONS, CASES)
def test_a_condition_has_the_outcome_that_was_told(expression: str, case: tuple[Any, Any]) -> None:
    schema, record = case
    template, known = compiled(expression), Known({"record": type_of(schema, at=("record",))})
    always = outcome(template, known)
    value = evaluated(template, record)
    event(f"{always}")
    assert always is None or value is always


@settings(max_examples=500)
@given(COMPARISONS, CASES)
def test_a_comparison_that_never_holds_is_false_or_fails(expression: str, case: tuple[Any, Any]) -> None:
    schema, record = case
    template, told = compiled(expression), list[Slip]()
    read(template, Known({"record": type_of(schema, at=("record",))}), told)
    found = [slip.message.rpartition(" ")[0].rpartition(" ")[2] for slip in told if slip.code == "R313"]
    value = evaluated(template, record)
    event(f"{found}")
    assert not ("never" in found and value is True)
    assert not ("always" in found and value is False)


@settings(max_examples=1000)
@given(CONDITIONS, CASES)
def test_what_a_condition_says_is_so(expression: str, case: tuple[Any, Any]) -> None:
    schema, record = case
    template = compiled(expression)
    value = evaluated(template, record)
    assume(value in (True, False))
    inside = narrowed(template, Known({"record": type_of(schema, at=("record",))}), outcome=value)
    event("facts" if inside.narrowed else "none")
    for chain, type in inside.narrowed.items():
        found: Any = {"record": record}
        for name in chain:
            assert isinstance(found, dict) and name in found, f"{chain} is absent"
            found = found[name]
        assert is_of(found, type), f"{chain} is {found!r}, which is not {type}"
