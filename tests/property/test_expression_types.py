"""What inference says of an expression holds for every record that meets the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any

from hypothesis import assume, given, settings
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
    "names": {"type": "array", "items": {"type": "string"}},
    "tags": {"type": "array", "items": {"enum": ["a", "b", None]}},
}
INNER: dict[str, Any] = {"type": ["object", "null"], "properties": PROPERTIES, "additionalProperties": False}
RECORDS = 12
"""How many records each expression is evaluated for."""


@dataclass(frozen=True)
class Case:
    """A schema with some records that meet it, all from one seed: hypothesis takes long to draw them."""

    seed: int

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The schema of all fields, of which some are required."""
        chance = Random(self.seed)
        inner = {**INNER, "required": [name for name in PROPERTIES if chance.random() < 0.7]}
        properties = {**PROPERTIES, "inner": inner, "list": {"type": "array", "items": inner}}
        required = [name for name in properties if chance.random() < 0.8]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    @property
    def known(self) -> Known:
        """What the schema says of the record."""
        return Known({"record": type_of(self.schema, at=("record",))})

    def records(self) -> list[Any]:
        """Return records that meet the schema."""
        chance = Random(self.seed + 1)
        return [made(self.schema, chance) for _ in range(RECORDS)]


def made(schema: dict[str, Any], chance: Random) -> Any:
    """Return a value that meets *schema*, which is of the few words above."""
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    named = schema.get("type", ["string", "number", "boolean", "null"])
    match named if isinstance(named, str) else chance.choice(named):
        case "string":
            return chance.choice(TEXTS)
        case "number":
            return chance.choice([0, 1, 2, Decimal("0.5"), Decimal("1.0")])
        case "integer":
            return chance.randrange(3)
        case "boolean":
            return chance.random() < 0.5
        case "array":
            return [made(schema["items"], chance) for _ in range(chance.randrange(3))]
        case "object":
            names = [
                name for name in schema["properties"] if name in schema["required"] or chance.random() < 0.5
            ]
            return {name: made(schema["properties"][name], chance) for name in names}
    return None


CASES = st.integers(0, 2**32).map(Case)
TEXTUAL = (
    "record.text|record.kind|record.mood|record.note|record.inner.kind|record.inner.note|'a'|'b'|''|'z'|null"
)
NUMERIC = (
    "record.number|record.whole|record.mixed|record.inner.number|0|1|1.5|null|(record.mixed | default(0))"
)
LEAVES = st.sampled_from([
    "record.inner", "record.list", *(f"record.{name}" for name in PROPERTIES),
    *(f"record.inner.{name}" for name in PROPERTIES),
    "record.list[0].kind", "record.tags[-1]", "record['kind']", "'a'", "'b'", "''", "'z'", "0", "1", "1.5", "null",
    "true", "false", "['a', 'z']", "['a', 'b', null]", "[1, 2]", "[]",
])  # fmt: skip
CALLS = st.sampled_from([
    "default(null)", "default('a')", "default(0)", "default(false)", "default('', empty=true)", "default(record.kind)",
    "default(record.inner.number)", "default([])", "trim", "upper", "money", "text", "number", "boolean", "count",
    "sum",
    "first", "only", "abs", "unique", "join(',')",
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
LISTS = "['a', 'z']|['a', 'b', null]|record.tags|record.names|record.inner.names|['z', record.kind]|[]"


def compared(
    left: st.SearchStrategy[str], signs: str, right: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.tuples(left, st.sampled_from(signs.split("|")), right).map(lambda part: f"({' '.join(part)})")


def some(leaves: str) -> st.SearchStrategy[str]:
    """Return some of *leaves*, with a filter behind now and then."""
    found = st.sampled_from(leaves.split("|") if "(" not in leaves else re.split(r"\|(?! )", leaves))
    return found | found | st.tuples(found, CALLS).map(lambda part: f"({part[0]} | {part[1]})")


COMPARISONS = st.one_of(
    st.tuples(VALUES, COMPARED, VALUES).map(lambda part: f"({' '.join(part)})"),
    compared(some(TEXTUAL), "==|!=|<|>=|==|!=", some(TEXTUAL)),
    compared(some(NUMERIC), "==|!=|<|>=", some(NUMERIC)),
    compared(some(TEXTUAL) | some(NUMERIC), "in|not in", some(LISTS)),
)
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
CLOSED = st.sampled_from(
    [
        *(
            "record.kind == 'a'",
            "record.kind != 'b'",
            "record.kind in ['a', 'b']",
            "record.kind not in ['b', 'c']",
        ),
        *("record.kind in ['a', 'b', 'c']", "record.inner.kind == 'c'", "record.inner.kind in ['a', 'b']"),
        *(
            "record.mood == 'b'",
            "record.mood in ['b', '']",
            "record.mood in ['b', '', null]",
            "record.mood == null",
        ),
        *(
            "record.test",
            "record.test == true",
            "record.test in [true, false]",
            "record.maybe == false",
            "record.kind == record.inner.kind",
        ),
    ]
)
SETTLED = st.recursive(
    CLOSED,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda part: f"({' '.join(part)})"),
        inner.map(lambda part: f"(not {part})"),
    ),
    max_leaves=4,
)
"""Conditions on fields whose values are listed, so that many have one outcome."""
EXPRESSIONS = st.one_of(
    VALUES,
    some(TEXTUAL),
    compared(some(NUMERIC), "+|-|*|/", some(NUMERIC)),
    CONDITIONS,
    st.tuples(VALUES, CONDITIONS, VALUES).map(lambda part: f"({part[0]} if {part[1]} else {part[2]})"),
)


def compiled(expression: str) -> Template:
    try:
        return compile_template(f"{{{{ {expression} }}}}", {"record"}, FILTERS)
    except BadExpression:
        assume(False)
        raise


def evaluated(template: Template, case: Case) -> Iterator[tuple[Any, Any]]:
    """Yield each record of *case* for which *template* has a value, and the value, which may be missing."""
    for record in case.records():
        try:
            yield record, template.evaluate(Scope({"record": record}, Constants()))
        except BadValue:
            continue


def always_there(expression: str) -> bool:
    """Tell whether nothing is absent but what a schema says: an index or a filter may find nothing."""
    return "[" not in expression and "|" not in expression


@settings(max_examples=300)
@given(EXPRESSIONS, CASES)
def test_a_value_is_of_the_type_that_was_inferred(expression: str, case: Case) -> None:
    template, told = compiled(expression), list[Slip]()
    type = read(template, case.known, told)
    for _, value in evaluated(template, case):
        if value is not MISSING:
            assert is_of(value, type), f"{value!r} is not {type}"
        elif always_there(expression):
            assert "R312" in {slip.code for slip in told}


@settings(max_examples=300)
@given(CONDITIONS, CASES)
def test_a_condition_has_the_outcome_that_was_told(expression: str, case: Case) -> None:
    template = compiled(expression)
    always = outcome(template, case.known)
    for _, value in evaluated(template, case):
        assert always is None or value is always


@settings(max_examples=600)
@given(SETTLED, SETTLED, CASES)
def test_a_condition_has_the_outcome_that_was_told_where_another_holds_or_does_not(
    before: str, expression: str, case: Case
) -> None:
    outer, inner = compiled(before), compiled(expression)
    told = {held: outcome(inner, narrowed(outer, case.known, outcome=held)) for held in (True, False)}
    values = [(str(record), value) for record, value in evaluated(inner, case)]
    for record, held in evaluated(outer, case):
        assert all(told[held] in (None, value) for other, value in values if other == str(record))


@settings(max_examples=300)
@given(COMPARISONS, CASES)
def test_a_comparison_that_never_holds_is_false_or_fails(expression: str, case: Case) -> None:
    template, told = compiled(expression), list[Slip]()
    read(template, case.known, told)
    found = {
        slip.message.split()[-2] for slip in told if slip.code == "R313" and slip.message.endswith("holds")
    }
    for _, value in evaluated(template, case):
        assert not ("never" in found and value is True)
        assert not ("always" in found and value is False)


@settings(max_examples=300)
@given(CONDITIONS, CASES)
def test_what_a_condition_says_is_so(expression: str, case: Case) -> None:
    template = compiled(expression)
    said = {value: narrowed(template, case.known, outcome=value).narrowed for value in (True, False)}
    for record, value in evaluated(template, case):
        for chain, type in said[value].items() if isinstance(value, bool) else ():
            found: Any = {"record": record}
            for name in chain:
                assert name in found, f"{chain} is absent"
                found = found[name]
            assert is_of(found, type), f"{chain} is {found!r}, which is not {type}"
