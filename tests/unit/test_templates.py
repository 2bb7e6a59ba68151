"""Templates and expressions: one value or text, nothing of Python in reach, and every bomb stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine.declare import Declaration
from engine.expressions import BadExpression
from engine.filters import BadValue, Filter
from engine.paths import MISSING
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import Template, compile_template, is_template

FILTERS = Registry().filters
RECORD: dict[str, Any] = {"text": "x", "number": 5, "list": [1], "map": {"k": "v"}, "n": None, "yes": True}


def compiled(text: str, names: set[str] | None = None) -> Template:
    return compile_template(text, names or {"record"}, FILTERS)


def evaluate(text: str, **roots: Any) -> Any:
    given = {"record": RECORD, **roots}
    return compiled(text, set(given)).evaluate(Scope(given, Constants()))


@pytest.mark.parametrize("text", ["{{ 1 }}", " {{ 1 }}\n", "{{ 1 }}\n\n", "\t{{- 1 -}}  "])
def test_one_expression_between_white_space_is_a_value(text: str) -> None:
    assert compiled(text).is_value


@pytest.mark.parametrize(
    "text", ["a{{ 1 }}", "{{ 1 }}{{ 2 }}", "{% if true %}{{ 1 }}{% endif %}", "{{ 1 }}.", "}}", ""]
)
def test_anything_else_is_text(text: str) -> None:
    assert not compiled(text).is_value


@pytest.mark.parametrize("text", ["a {{ x", "{% if", "{# c", "{{}}"])
def test_braces_of_a_template_are_seen(text: str) -> None:
    assert is_template(text)


@pytest.mark.parametrize("text", ["a", "}} %}", "{ {x} }", "{a: 1}", ""])
def test_other_braces_are_text(text: str) -> None:
    assert not is_template(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ record | attr('x') }}",
        "{{ record.text | title }}",
        "{{ record | safe }}",
        "{{ record.list | tojson }}",
    ],
)
def test_no_filter_of_jinja_exists(text: str) -> None:
    with pytest.raises(BadExpression, match="there is no filter"):
        compiled(text)


def test_an_expression_of_ordinary_size_is_taken() -> None:
    assert evaluate("{{ " + "1 + " * 19 + "1 }}") == 20
    assert evaluate("{{ [" + "1, " * 200 + "] }}") == [1] * 200


def test_a_name_must_exist_where_it_stands() -> None:
    assert evaluate("{{ item.p }}", item={"p": 1}) == 1
    with pytest.raises(BadExpression, match="no name 'item'") as refused:
        compiled("{{ item.p }}", {"record", "items"})
    assert refused.value.help == "did you mean 'items'?"


def test_the_names_that_are_read_are_known() -> None:
    used = compiled("{{ record.a.b + steps['pay'].id + steps.list[0].x }}", {"record", "steps"}).used
    assert {("record", "a", "b"), ("steps", "pay", "id"), ("steps", "list")} <= used


def test_the_lookups_that_are_used_are_known_with_their_places() -> None:
    template = compiled("{{ record.a | lookup('one') ~ (record.b | lookup(table='two')) }}")
    assert template.lookups == (("one", 21), ("two", 55))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ 3 == 5 }}", "3 == 5 does not hold, the difference is -2"),
        ("{{ 1.10 == 1.00 }}", "1.10 == 1.00 does not hold, the difference is 0.10"),
        ("{{ record.text == 'y' }}", "x == y does not hold"),
        ("{{ record.number <= 4 }}", "5 <= 4 does not hold, the difference is 1"),
        ("{{ record.yes != true }}", "true != true does not hold"),
        ("{{ 1 in [] }}", "1 in a list does not hold"),
        ("{{ record.text not in ['x'] }}", "x not in a list does not hold"),
        ("{{ record.n == 1 }}", "null == 1 does not hold"),
        ("{{ 1 < 3 < 2 }}", "3 < 2 does not hold, the difference is 1"),
        ("{{ 1 / 3 == 1 / 2 }}", "1 / 3 == 0.5 does not hold, the difference is -1 / 6"),
        ("{{ 1 < 2 < 3 }}", ""),
        ("{{ not true }}", ""),
        ("{{ true and false }}", ""),
        ("a {{ 1 == 2 }}", ""),
    ],
)
def test_a_comparison_that_does_not_hold_is_explained_by_its_sides(text: str, told: str) -> None:
    assert compiled(text).explain(Scope({"record": RECORD}, Constants())) == told


def test_sides_too_far_apart_for_an_exact_difference_are_told_without_it() -> None:
    scope = Scope({"record": {"a": Decimal("1E+40"), "b": Decimal("1E-28")}}, Constants())
    assert compiled("{{ record.a == record.b }}").explain(scope).endswith("does not hold")


def test_a_default_that_stands_in_is_counted_by_its_place() -> None:
    scope = Scope({"record": {}}, Constants(), Counter(), "/here")
    compiled("{{ record.a | default(1) }}").evaluate(scope)
    assert scope.defaults == {"/here": 1}


def test_a_default_is_counted_once_however_often_it_is_explained() -> None:
    scope = Scope({"record": {}}, Constants(), Counter(), "/here")
    check = compiled("{{ record.a | default(1) == 2 }}")
    assert check.evaluate(scope) is False
    assert check.explain(scope) == "1 == 2 does not hold, the difference is -1"
    assert scope.defaults == {"/here": 1}


def test_a_comparison_is_compiled_once() -> None:
    sides = " == ".join("[" + "1, " * 240 + "]" for _ in range(2))
    assert evaluate(f"{{{{ {sides} }}}}") is True


def test_a_document_is_not_changed_by_reading_it() -> None:
    record = {"a": [1, {"b": Decimal("1.50")}]}
    evaluate("{{ record.a }}", record=record)
    assert record == {"a": [1, {"b": Decimal("1.50")}]}


LINES = [{"sku": "A", "paid": True, "parts": [1, 2]}, {"sku": "B", "paid": False, "parts": []}]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{% for x in record.lines %}{{ x.sku }};{% endfor %}", "A;B;"),
        ("{% for x in record.lines %}{{ x.sku }}{% if not loop.last %}, {% endif %}{% endfor %}", "A, B"),
        ("{% for x in record.lines %}{% if loop.first %}first {% endif %}{{ x.sku }}{% endfor %}", "first AB"),
        ("{% for x in record.lines if x.paid %}{{ loop.index }}{{ x.sku }}{% endfor %}", "1A"),
        ("{% for x in record.lines if x.sku == 'C' %}{{ x.sku }}{% else %}none{% endfor %}", "none"),
        ("{% for x in record.none %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for x in record.none %}{{ x }}{% endfor %}", ""),
        ("{% for x in ['a', 'b'] %}{{ x }}{% endfor %}", "ab"),
        ("{% for x in record.lines %}{% for p in x.parts %}{{ x.sku ~ p ~ loop.index }} {% endfor %}{{ loop.index }}|"
         "{% endfor %}", "A11 A22 1|2|"),
        ("{% for x in record.none %}{% endfor %}{% for x in record.lines %}{{ x.sku }}{% endfor %}", "AB"),
        ("{% for x in record.lines %}{{ x.gone | default('-') }}{% endfor %}", "--"),
    ],
)  # fmt: skip
def test_a_loop_makes_text_of_each_entry(text: str, made: str) -> None:
    assert evaluate(text, record={"lines": LINES, "none": []}) == made


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("{% for record in record.lines %}{% endfor %}", 7, "'record' is taken"),
        ("{% for loop in record.lines %}{% endfor %}", 7, "'loop' is taken"),
        ("{% for x in record.lines %}{% for x in x.parts %}{% endfor %}{% endfor %}", 34, "'x' is taken"),
        ("{% for a, b in record.lines %}{% endfor %}", 8, "one name"),
        ("{% for x in record.lines recursive %}{% endfor %}", 3, "recursive"),
        ("{% for x in record.lines if loop.first %}{% endfor %}", 28, "no name 'loop'"),
        ("{% for x in record.lines %}{{ loop.length }}{% endfor %}", 34, "no such field"),
        ("{% for x in record.lines %}{% endfor %}{{ x }}", 42, "no name 'x'"),
        ("{% for x in x %}{% endfor %}", 12, "no name 'x'"),
        ("{{ loop.index }}", 3, "no name 'loop'"),
    ],
)
def test_a_name_of_a_loop_stands_in_it_alone_and_hides_nothing(text: str, at: int, told: str) -> None:
    with pytest.raises(BadExpression, match=told) as refused:
        compiled(text)
    assert (refused.value.offset, refused.value.help != "") == (at, True)


def test_a_root_called_loop_keeps_its_name() -> None:
    with pytest.raises(BadExpression, match="'loop' is taken"):
        compiled("{% for x in loop.lines %}{% endfor %}", {"loop"})


@pytest.mark.parametrize("over", ["record.text", "record.map", "record.number", "record.n", "record.gone"])
def test_a_loop_goes_through_a_list_and_nothing_else(over: str) -> None:
    with pytest.raises(BadValue, match=r"takes a list|is missing"):
        evaluate(f"{{% for x in {over} %}}{{% endfor %}}")


def test_the_roots_that_a_loop_reads_are_known_and_its_own_names_are_not_among_them() -> None:
    text = "{% for x in steps.pay %}{{ x.id }}{{ loop.index }}{{ record.a }}{% endfor %}"
    used = compiled(text, {"record", "steps"}).used
    assert {chain[0] for chain in used} == {"steps", "record"}
    assert ("steps", "pay") in used


CURES = {
    "{{ record.a is defined }}": "default(…)",
    "{{ record.a is not defined }}": "default(…)",
    "{{ record.a is none }}": "write == null",
    "{{ record.a is divisibleby 2 }}": "the operators are",
    "{{ record.items() }}": "name the fields",
    "{{ record.get('x') }}": "write record.name | default(…)",
    "{{ record.text.split(',') }}": "value | ",
    "{{ record.text.upper() }}": "value | ",
    "{{ record.text.strftime('%Y') }}": "value | date",
    "{{ money(record.text) }}": "value | money(",
    "{{ range(3) }}": "{% for x in record.lines %}",
    "{{ int(record.text) }}": "value | money",
    "{{ record.list[0:2] }}": "$.lines[0:2]",
    "{{ 5 % 2 }}": "the operators are + - * / and ~",
    "{{ '%s' % 5 }}": "join text with ~",
    "{{ 5 ** 2 }}": "x * x",
    "{{ 5 // 2 }}": "round_money(currency)",
    "{{ {} }}": "one field a line",
    "{{ nil }}": "write null",
    "{{ yes }}": "write true",
    "{{ money }}": "money is a filter",
    "{{ record.text | float }}": "| money",
    "{{ record.list | map('x') }}": "$.lines[?@.kind == 'fee'].amount",
    "{{ 1 if true }}": "else",
    "{{ ''.x }}": "write the value itself",
    "{{ 1 | default(*record.list) }}": "each argument",
    "{% set x = 1 %}": "no variables of its own",
    "{% raw %}{% endraw %}": "{literal: …}",
    "{% filter money %}{% endfilter %}": "{{ value | name(…) }}",
}


@pytest.mark.parametrize(("text", "cure"), CURES.items(), ids=CURES)
def test_what_is_refused_says_what_to_write_instead(text: str, cure: str) -> None:
    with pytest.raises(BadExpression) as refused:
        compiled(text)
    assert cure in refused.value.help


def strict(given: list[Any]) -> Filter:
    class Strict(Filter):
        def refuse(self, args: Sequence[Any], named: Mapping[str, Any]) -> str:
            given.append((list(args), dict(named)))
            return "b is 1 or 2" if named.get("b") == 3 else ""

    def run(value: Any, scope: Scope, a: Any = 0, b: Any = 0) -> Any:
        return value

    return Strict(Declaration("strict", "", run))


def test_a_filter_is_asked_about_its_literal_arguments_before_any_record() -> None:
    given: list[Any] = []
    filters = {"strict": strict(given)}
    compile_template("{{ 1 | strict(-2, b=null) }}", {"record"}, filters)
    compile_template("{{ 1 | strict(record.a, b='x') }}", {"record"}, filters)
    assert given == [([-2], {"b": None}), ([MISSING], {"b": "x"})]
    with pytest.raises(BadExpression, match="b is 1 or 2") as refused:
        compile_template("{{ 1 | strict(b=3) }}", {"record"}, filters)
    assert (refused.value.offset, refused.value.help) == (7, "write strict(a=…, b=…)")


def test_a_filter_that_takes_a_quotient_gets_it_exactly() -> None:
    class Rounding(Filter):
        def apply(self, value: Any, scope: Scope, args: Any = (), named: Any = None) -> Any:
            assert value == Fraction(100, 3)
            return Decimal("33.33")

    def run(value: Any, scope: Scope, currency: Any) -> Any:
        return value

    filters = {"round_money": Rounding(Declaration("round_money", "", run))}
    made = compile_template("{{ (100 / 3) | round_money('EUR') }}", set(), filters)
    assert made.evaluate(Scope({}, Constants())) == Decimal("33.33")


def test_half_a_character_is_refused_before_it_reaches_a_request() -> None:
    with pytest.raises(BadExpression, match="half of a character"):
        compiled("{{ '\\ud800' }}")
