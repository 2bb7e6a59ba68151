"""What holds for every expression, path and record: only our own errors, and the numbers of arithmetic."""

from __future__ import annotations

import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.paths import BadPath, PathFailed, compile_path, select_nodes
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template

FILTERS = Registry().filters
NUMBERS = st.integers(-(10**6), 10**6) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=3
)
ANY_NUMBER = st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.just(10**4_000)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["12.50", "-1", "a", "2026-11-01"]
)
JSON = st.recursive(
    st.none() | st.booleans() | ANY_NUMBER | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "items", "é"]), inner, max_size=3)
    ),
    max_leaves=12,
)
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt}

LEAVES = st.sampled_from(
    "record|record.a|record.b.a|record.items|record.a[0]|record['é']|record.a[-1].b|1|2.50|0|'x'|'12.50'|true|null|[]|x"
    "|loop.index".split("|")
)
STAND_INS = ("default(record.b)", "default(null)", "default(1, empty=true)")
SIGNS = st.sampled_from([*OPERATORS, *COMPARISONS, "~", "and", "or", "in", "not in"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, SIGNS, inner).map(
            lambda part: f"({part[0]} {part[1]} {part[2]})"
        ),
        st.tuples(inner, st.sampled_from([*FILTERS, *STAND_INS])).map(
            lambda part: f"({part[0]} | {part[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda part: f"({part[0]} if {part[1]} else {part[2]})"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(-{part})"),
        st.lists(inner, max_size=2).map(lambda parts: f"[{', '.join(parts)}]"),
    ),
    max_leaves=6,
)  # fmt: skip
TEMPLATES = st.one_of(
    EXPRESSIONS.map(lambda made: f"{{{{ {made} }}}}"),
    EXPRESSIONS.map(lambda made: f"a {{{{ {made} }}}}"),
    st.tuples(EXPRESSIONS, EXPRESSIONS).map(
        lambda made: f"{{% for x in {made[0]} %}}{{{{ {made[1]} }}}}{{% else %}}-{{% endfor %}}"
    ),
    st.tuples(EXPRESSIONS, EXPRESSIONS).map(
        lambda made: f"{{% if {made[0]} %}}{{{{ {made[1]} }}}}{{% endif %}}"
    ),
)


@settings(max_examples=400)
@given(TEMPLATES, JSON)
@example("{{ record ~ '' }}", Decimal("1E+999999"))
@example("{{ record ~ '' }}", Decimal("1E-999999"))
@example("{{ 1 / 3 < record }}", Decimal("1E+999999"))
@example("{{ 1 / 3 == record }}", 10**4_000)
@example("{{ record * record }}", 10**4_000)
@example("{{ -record + 0.5 }}", 10**4_000)
def test_an_evaluation_raises_nothing_but_bad_values(text: str, record: Any) -> None:
    scope = Scope({"record": record}, Constants())
    told = ""
    try:
        template = compile_template(text, {"record"}, FILTERS)
        made = template.evaluate(scope)
        assert not isinstance(made, (float, Fraction))
        template.explain(scope)
    except (BadExpression, BadValue) as failed:
        told = str(failed)
    assert [word for word in ("None", "True", "False", "<class", "Decimal(") if word in told] == []


@given(NUMBERS, NUMBERS, st.sampled_from([*OPERATORS]))
def test_numbers_agree_with_the_arithmetic_of_fractions(a: Any, b: Any, symbol: str) -> None:
    assume(symbol != "/" or b)
    exact = OPERATORS[symbol](Fraction(a), Fraction(b))
    scope = Scope({"record": {"a": a, "b": b}}, Constants())
    template = compile_template(f"{{{{ record.a {symbol} record.b }}}}", {"record"}, FILTERS)
    if (exact * 10**28).denominator != 1:
        with pytest.raises(BadValue, match="has no exact decimal; round it"):
            template.evaluate(scope)
        return
    made = template.evaluate(scope)
    assert type(made) in (int, Decimal)
    assert Fraction(made) == exact


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([*OPERATORS]), st.sampled_from([*COMPARISONS]))
def test_quotients_are_computed_with_and_compared_exactly(
    a: Any, b: Any, c: Any, symbol: str, compared: str
) -> None:
    assume(b and (symbol != "/" or c))
    exact = COMPARISONS[compared](OPERATORS[symbol](Fraction(a) / Fraction(b), Fraction(c)), Fraction(a))
    text = f"{{{{ record.a / record.b {symbol} record.c {compared} record.a }}}}"
    text = text.replace("record.a / record.b", "(record.a / record.b)", 1)
    scope = Scope({"record": {"a": a, "b": b, "c": c}}, Constants())
    assert compile_template(text, {"record"}, FILTERS).evaluate(scope) is exact


PARTS = (
    "$; ;.a;.items;['é'];[0];[-1];[*];.*;..a;..*;[0:1];[::-1];['a','b'];?;[;];[?@.a];[?@.a == $.a];[?@ > 1]"
    ";[?!@.b || @ == null];[?length(@) == 1];[?count(@.*) > 1];[?match(@.a, 'x')];[?value(@..a) == true]"
    ";[?@ == 'x' && @.a != @.b];[?@[?@.a == $.b]]"
)
PATHS = st.lists(st.sampled_from(PARTS.split(";")), max_size=5).map(lambda parts: "$" + "".join(parts))


@settings(max_examples=300)
@given(PATHS, JSON)
def test_a_path_selects_or_is_missing_and_then_says_why(text: str, record: Any) -> None:
    try:
        path = compile_path(text)
    except BadPath:
        return
    roots = {"record": record}
    try:
        made = path.select(roots)
    except PathFailed:
        return
    if repr(made) == "MISSING":
        assert path.why_missing(roots)
    elif path.is_single:
        assert select_nodes(text.removesuffix("?"), record) == [made]
    else:
        assert select_nodes(text.removesuffix("?"), record) == made
