"""Templates and expressions: one value or text, nothing of Python in reach, and every bomb stopped."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.operators import MAX_OUTPUT
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


ESCAPES = """
{{ ''.__class__.__mro__ }}
{{ record.text.__class__ }}
{{ record.list.__len__ }}
{{ record.map.keys() }}
{{ record.text.format(1) }}
{{ '%s' % record }}
{{ record|attr('__class__') }}
{{ record|map(attribute='x') }}
{{ cycler }}
{{ cycler.__init__.__globals__ }}
{{ lipsum }}
{{ lipsum.__globals__['os'] }}
{{ namespace }}
{{ namespace(a=1) }}
{{ self }}
{{ self.__init__ }}
{{ joiner }}
{{ dict }}
{{ dict(a=1) }}
{{ range(9) }}
{{ url_for }}
{{ config }}
{{ request }}
{{ loop }}
{{ varargs }}
{{ kwargs }}
{{ caller() }}
{{ super() }}
{{ get_flashed_messages }}
{{ record['__class__']['__bases__'] is defined }}
{{ (1).bit_length() }}
{{ [].append(1) }}
{{ record.text | upper }}
{{ record | tojson }}
{{ record | safe }}
{{ 'a' | format }}
{{ 'a' * 99 ** 9 }}
{{ 1 | string }}
{{ record.list | join }}
{{ record.list | select('odd') }}
{{ debug() }}
{{ record.list[::2] }}
{{ record[record.text] }}
{{ (record, record)[0].__dict__.x() }}
{{ record is callable }}
{{ 'x' is filter }}
{{ _ }}
{{ gettext('a') }}
{{ 'a' if true }}
{{ 1 | default(*record.list) }}
{{ 1 | default(**record.map) }}
{{ {'a': 1}.a }}
{{ environment }}
{{ __import__('os') }}
{{ Undefined }}
{% set x = 1 %}
{% set record = 1 %}{{ record }}
{% for i in record.list %}{{ i }}{% endfor %}
{% include 'x' %}
{% extends 'x' %}
{% import 'x' as y %}
{% from 'x' import y %}
{% macro m() %}{% endmacro %}
{% call m() %}{% endcall %}
{% block b %}x{% endblock %}
{% filter money %}1{% endfilter %}
{% with a = 1 %}{{ a }}{% endwith %}
{% autoescape true %}{{ 1 }}{% endautoescape %}
{% do 1 %}
{% debug %}
{% trans %}a{% endtrans %}
{% break %}
{% if true %}{% set x = 1 %}{% endif %}
{% if cycler %}{% endif %}
{% if true %}{% else %}{% include 'x' %}{% endif %}
""".strip().splitlines()


@pytest.mark.parametrize("text", ESCAPES)
def test_no_way_leads_out_of_the_language(text: str) -> None:
    offset = 0
    try:
        assert evaluate(text) is MISSING
    except (BadExpression, BadValue) as refused:
        offset = getattr(refused, "offset", 0)
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ record | attr('x') }}",
        "{{ record.text | upper }}",
        "{{ record | safe }}",
        "{{ record.list | join }}",
    ],
)
def test_no_filter_of_jinja_exists(text: str) -> None:
    with pytest.raises(BadExpression, match="there is no filter"):
        compiled(text)


@pytest.mark.parametrize("key", ["__class__", "__dict__", "__init__", "items", "get", "pop", "_x"])
def test_a_name_after_a_dot_is_a_key_and_nothing_else(key: str) -> None:
    assert evaluate(f"{{{{ record.{key} }}}}") is MISSING
    assert evaluate(f"{{{{ record['{key}'] }}}}") is MISSING
    assert evaluate(f"{{{{ record.{key} }}}}", record={key: 1}) == 1


BOMBS = {
    "a text times a number": "{{ 'a' * 1000000000 }}",
    "a power": "{{ 9 ** 9 ** 9 }}",
    "a huge integer": "{{ " + "9" * 5000 + " }}",
    "a huge product": "{{ " + " * ".join(["9999999999999999999999999999"] * 9) + " }}",
    "a huge exponent": "{{ 1e999999999 }}",
    "parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "nots": "{{ " + "not " * 3000 + "true }}",
    "minuses": "{{ " + "- " * 3000 + "1 }}",
    "a long sum": "{{ " + "1 + " * 3000 + "1 }}",
    "a long list": "{{ [" + "1, " * 3000 + "] }}",
    "dots": "{{ record" + ".a" * 3000 + " }}",
    "filters": "{{ 1" + " | money" * 2000 + " }}",
    "conditions": "{{ " + "1 if true else " * 1000 + "1 }}",
    "blocks": "{% if true %}" * 500 + "{% endif %}" * 500,
    "a long text": "x" * 20_001 + "{{ 1 }}",
    "many pieces": "{{ 1 }}" * 2000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_stopped(bomb: str) -> None:
    with pytest.raises((BadExpression, BadValue)):
        evaluate(bomb)


@pytest.mark.parametrize("text", ["{{ record.a ~ record.a }}", "{{ record.a }}{{ record.a }}"])
def test_a_text_that_grows_too_large_is_stopped(text: str) -> None:
    half = "x" * (MAX_OUTPUT // 2)
    assert len(evaluate(text, record={"a": half})) == MAX_OUTPUT
    with pytest.raises(BadValue, match="grows beyond"):
        evaluate(text, record={"a": half + "x"})


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


def test_a_document_is_not_changed_by_reading_it() -> None:
    record = {"a": [1, {"b": Decimal("1.50")}]}
    evaluate("{{ record.a }}", record=record)
    assert record == {"a": [1, {"b": Decimal("1.50")}]}
