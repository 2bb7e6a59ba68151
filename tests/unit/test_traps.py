"""The traps of other template languages, one by one: what would go through there as a wrong amount is seen here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import dates, source
from engine.compile import ValueCompiler
from engine.diagnostics import Diagnostic
from engine.errors import RecordError
from engine.filters import BadValue
from engine.paths import MISSING, compile_path
from engine.pipes import compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template
from engine.values import Names, Value

FILTERS = Registry().filters


def evaluate(text: str, **record: Any) -> Any:
    return compile_template(text, {"record"}, FILTERS).evaluate(Scope({"record": record}, Constants()))


def value(yaml: str) -> tuple[Value, list[Diagnostic]]:
    read = source.read(yaml, "a.yaml")
    found = list(read.found)
    return ValueCompiler(read, FILTERS, {}, found).value(read.data, "", Names(frozenset({"record"}))), found


def condition(yaml: str) -> list[Diagnostic]:
    read = source.read(yaml, "a.yaml")
    found = list(read.found)
    ValueCompiler(read, FILTERS, {}, found).condition(
        read.data["when"], "/when", Names(frozenset({"record"}))
    )
    return found


def mapped(yaml: str, **record: Any) -> Any:
    made, found = value(yaml)
    assert found == []
    return made.evaluate(Scope({"record": record}, Constants(dates.zone("UTC"))))


def test_text_is_not_repeated_by_times() -> None:
    with pytest.raises(BadValue, match=r"\* takes numbers, found text; use \| money"):
        evaluate("{{ record.amount * 2 }}", amount="1200")


def test_text_is_not_joined_by_plus() -> None:
    with pytest.raises(BadValue, match=r"\+ takes numbers, found text; use \| money .* or ~ to join text"):
        evaluate("{{ record.a + record.b }}", a="10", b="20")
    assert evaluate("{{ record.a | money + record.b | money }}", a="10", b="20") == Decimal(30)
    assert evaluate("{{ record.a ~ record.b }}", a="10", b="20") == "1020"


def test_a_third_of_a_hundred_is_not_cut_off_anywhere() -> None:
    with pytest.raises(BadValue) as refused:
        evaluate("{{ 100 / 3 }}")
    assert str(refused.value) == "100 / 3 has no exact decimal; round it with round_money(currency)"
    assert evaluate("{{ 100 / 3 + 100 / 3 + 100 / 3 == 100 }}") is True
    assert evaluate("{{ 100 / 3 == 33.33 }}") is False


def test_numbers_with_a_point_are_not_floats() -> None:
    assert evaluate("{{ 0.1 + 0.2 == 0.3 }}") is True
    assert evaluate("{{ record.a * 3 }}", a=Decimal("1.15")) == Decimal("3.45")


def test_nothing_is_written_as_none_in_text() -> None:
    with pytest.raises(
        BadValue, match=r"record\.name is null, which cannot stand in text; give it \| default"
    ):
        evaluate("Invoice {{ record.name }}", name=None)
    with pytest.raises(BadValue, match=r"record\.name is missing"):
        evaluate("Invoice {{ record.name }}")
    assert evaluate("Invoice {{ record.name | default('-') }}", name=None) == "Invoice -"


def test_a_truth_is_written_as_yaml_has_it() -> None:
    assert evaluate("{{ record.paid }} {{ false }}", paid=True) == "true false"


def test_a_word_is_no_condition() -> None:
    assert [found.code for found in condition("when: paid")] == ["R305"]
    assert [found.code for found in condition("when: 'yes'")] == ["R305"]
    assert [found.code for found in condition("when: '{{ record.paid }} '")] == []


def test_text_that_is_not_empty_is_not_true() -> None:
    for text in ("false", "0", "no", "paid"):
        with pytest.raises(BadValue, match="must be true or false, found text"):
            evaluate("{{ 1 if record.paid else 2 }}", paid=text)


def test_a_new_line_behind_an_expression_makes_no_text_of_it() -> None:
    assert mapped("v: |\n  {{ record.a }}\n", a=Decimal("1.50")) == {"v": Decimal("1.50")}
    assert mapped("v: '{{ record.a }}  '", a=[1]) == {"v": [1]}


def test_a_dot_behind_an_expression_makes_text_of_it() -> None:
    assert mapped("v: '{{ record.a }}.'", a=Decimal("1.50")) == {"v": "1.50."}


@pytest.mark.parametrize(
    "name", ["items", "keys", "values", "get", "pop", "update", "copy", "count", "index"]
)
def test_a_field_named_like_a_method_is_the_field(name: str) -> None:
    assert evaluate(f"{{{{ record.{name} }}}}", **{name: 5}) == 5
    assert evaluate(f"{{{{ record.{name} }}}}") is MISSING
    assert compile_path(f"$.{name}").select({"record": {name: 5}}) == 5


def test_a_default_stands_in_for_null_and_for_what_is_absent_but_not_for_zero_or_empty_text() -> None:
    assert evaluate("{{ record.a | default(5) }}", a=None) == 5
    assert evaluate("{{ record.a | default(5) }}") == 5
    assert evaluate("{{ record.a | default(5) }}", a=0) == 0
    assert evaluate("{{ record.a | default(5) }}", a="") == ""
    assert evaluate("{{ record.a | default(5) }}", a=False) is False


def test_a_default_behind_a_missing_field_of_a_missing_mapping_stands_in() -> None:
    assert evaluate("{{ record.a.b.c | default(5) }}") == 5
    assert evaluate("{{ record.a.b | default(5) }}", a=None) == 5


def test_a_stand_in_is_not_needed_where_the_value_is_there() -> None:
    assert evaluate("{{ record.a | default(record.b) }}", a=1) == 1
    scope = Scope({"record": {"a": 1}}, Constants())
    assert compile_pipe("$.a | default($.b)", FILTERS).evaluate(scope) == 1


def test_what_is_missing_in_a_list_is_no_gap_in_it() -> None:
    with pytest.raises(BadValue, match=r"record\.b is missing"):
        evaluate("{{ [record.a, record.b] }}", a=1)
    with pytest.raises(RecordError, match=r"entry 2 of \$\.lines\[\*\] has no \.sku"):
        mapped("v: $.lines[*].sku", lines=[{"sku": "A"}, {}])


def test_what_is_missing_equals_nothing_not_even_null() -> None:
    with pytest.raises(BadValue, match=r"record\.a is missing in this record; give it \| default\(null\)"):
        evaluate("{{ record.a == null }}")
    assert evaluate("{{ record.a | default(null) == null }}") is True
    assert evaluate("{{ record.a == null }}", a=None) is True


def test_a_number_and_the_same_number_as_text_are_not_compared() -> None:
    with pytest.raises(BadValue, match=r"text is compared with a number; turn the text into a number"):
        evaluate("{{ record.id == 5 }}", id="5")
    with pytest.raises(BadValue, match="a number is compared with text"):
        evaluate("{{ 5 in record.ids }}", ids=["5"])


def test_amounts_as_text_have_no_order_with_numbers_nor_the_order_of_letters_by_accident() -> None:
    with pytest.raises(BadValue, match=r"have no order; turn text amounts into numbers with \| money"):
        evaluate("{{ record.amount > 5 }}", amount="12.50")
    assert evaluate("{{ record.amount | money > 5 }}", amount="12.50") is True


def test_a_path_compares_text_amounts_with_numbers_to_nothing() -> None:
    # RFC 9535 gives text and numbers no order: nothing is selected.
    record = {"lines": [{"amount": "12.50"}, {"amount": 7}, {"amount": True}]}
    assert compile_path("$.lines[?@.amount > 5].amount").select({"record": record}) == [7]
    assert compile_path("$.lines[?@.amount == '12.50'].amount").select({"record": record}) == ["12.50"]


def test_true_is_not_one() -> None:
    with pytest.raises(BadValue, match="is compared with"):
        evaluate("{{ record.a == 1 }}", a=True)
    with pytest.raises(BadValue, match=r"\+ takes numbers, found true or false"):
        evaluate("{{ record.a + 1 }}", a=True)
    record = {"list": [[True], [1]], "one": [1]}
    assert compile_path("$.list[?@ == $.one]").select({"record": record}) == [[1]]


def test_the_dollar_in_a_filter_of_another_root_is_the_record() -> None:
    roots = {"record": {"id": 1}, "steps": {"id": 2, "txns": [{"order": 1}, {"order": 2}]}}
    assert compile_path("$steps.txns[?@.order == $.id]").select(roots) == [{"order": 1}]


def test_a_long_number_keeps_its_digits() -> None:
    assert evaluate("{{ record.id }}", id=9007199254740993) == 9007199254740993
    assert evaluate("No. {{ record.id }}", id=9007199254740993) == "No. 9007199254740993"


def test_the_negative_index_counts_from_the_end_and_one_too_far_is_missing() -> None:
    assert evaluate("{{ record.list[-1] }}", list=[1, 2]) == 2
    assert evaluate("{{ record.list[-3] }}", list=[1, 2]) is MISSING


def test_a_name_given_in_a_loop_is_gone_behind_it() -> None:
    assert evaluate("{% for x in record.list %}{{ x }}{% endfor %}", list=[1, 2]) == "12"
    assert value("v: '{% for x in record.list %}{{ x }}{% endfor %}{{ x }}'")[1][0].code == "R303"
