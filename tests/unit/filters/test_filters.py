"""Every filter: the examples of its declaration, and what it refuses."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from engine import dates
from engine.filters import BadValue
from engine.paths import MISSING
from engine.pipes import compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope

FILTERS = Registry().filters
LOOKUPS: dict[str, dict[str, Any]] = {
    "status": {"paid": "open"},
    "codes": {"1": "one", "1.50": "more", "true": "yes", "none": None},
}
EXAMPLES = [(made, out) for each in FILTERS.values() for made, out in each.declared.examples]


def scope(value: Any = MISSING) -> Scope:
    roots = {} if value is MISSING else {"record": {"v": value}}
    return Scope(roots, Constants(dates.zone("America/New_York"), LOOKUPS), Counter(), "/place")


def through(value: Any, calls: str) -> Any:
    return compile_pipe(f"$.v | {calls}", FILTERS).evaluate(scope(value))


@pytest.mark.parametrize(("made", "out"), EXAMPLES, ids=[f"{made[0]!r} | {made[1]}" for made, _ in EXAMPLES])
def test_an_example_gives_what_its_declaration_says(made: tuple[Any, str], out: Any) -> None:
    assert repr(through(*made)) == repr(out)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_has_an_example_and_is_named_as_its_module(name: str) -> None:
    assert FILTERS[name].declared.name == name
    assert FILTERS[name].declared.examples


@pytest.mark.parametrize("name", ["money", "date", "lookup('codes')"])
def test_a_filter_of_one_value_leaves_null_and_works_on_each_element(name: str) -> None:
    assert through(None, name) is None
    assert through([None, None], name) == [None, None]
    assert through([], name) == []


@pytest.mark.parametrize("value", ["NaN", " 1", "1_0", "١", "1e5", "", "1,5", True, {}, 10**28])
def test_money_takes_nothing_but_plain_amounts(value: Any) -> None:
    with pytest.raises(BadValue):
        through(value, "money")
    with pytest.raises(BadValue):
        through(["1", value], "money")


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default"}))
def test_only_default_is_asked_about_what_is_missing(name: str) -> None:
    with pytest.raises(BadValue, match="the value is missing") as failed:
        FILTERS[name].apply(MISSING, scope(), ["codes"] if name == "lookup" else [])
    assert failed.value.code == "X101"


def test_money_never_rounds() -> None:
    long = "0.1234567890123456789012345678"
    assert str(through(long, "money")) == long


@pytest.mark.parametrize(
    ("text", "call", "amount"),
    [
        ("1.234,50", "money(decimal=',', thousands='.')", "1234.50"),
        ("-1.234.567,5", "money(decimal=',', thousands='.')", "-1234567.5"),
        ("1,234.50", "money(thousands=',')", "1234.50"),
        ("1 234,50", "money(',', ' ')", "1234.50"),
        ("1'234.50", 'money(thousands="\'")', "1234.50"),
        ("234,5", "money(decimal=',')", "234.5"),
        ("-5", "money(decimal=',')", "-5"),
        ("1234,50", "money(decimal=',', thousands='.')", "1234.50"),
    ],
)
def test_another_notation_is_taken_where_it_is_stated(text: str, call: str, amount: str) -> None:
    assert str(through(text, call)) == amount


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("1.234", "money(decimal=',')"),  # a thousand, or one and a fraction?
        ("12.50", "money(decimal=',')"),
        ("12.50", "money(decimal=',', thousands='.')"),
        ("1.23,50", "money(decimal=',', thousands='.')"),
        ("1.2345,50", "money(decimal=',', thousands='.')"),
        (".234,50", "money(decimal=',', thousands='.')"),
        ("1..234", "money(decimal=',', thousands='.')"),
        ("1.234,5.6", "money(decimal=',', thousands='.')"),
        ("1,2,3", "money(decimal=',')"),
        ("1,", "money(decimal=',')"),
        (",5", "money(decimal=',')"),
        ("--5", "money(decimal=',')"),
        ("-", "money(decimal=',')"),
        ("1.234-", "money(decimal=',', thousands='.')"),
        ("1,234", "money(thousands=' ')"),
        ("1234,567.00", "money(thousands=',')"),
        ("1.5", "money(decimal='x')"),
        ("1.5", "money(decimal='')"),
        ("1.5", "money(thousands='..')"),
    ],
)
def test_a_text_in_neither_notation_is_refused(text: str, call: str) -> None:
    with pytest.raises(BadValue):
        through(text, call)


def test_a_comma_without_a_statement_is_told_how_to_state_it() -> None:
    with pytest.raises(BadValue, match=r"money\(decimal=','\)"):
        through("1,5", "money")


@pytest.mark.parametrize("value", [True, "1", None, "x", [1], {}])
def test_sum_adds_numbers_only(value: Any) -> None:
    with pytest.raises(BadValue, match="position 1"):
        through([1, value], "sum")


@pytest.mark.parametrize("value", ["abc", 5, None, {"a": 1}])
def test_sum_takes_a_list_only(value: Any) -> None:
    with pytest.raises(BadValue, match="takes a list"):
        through(value, "sum")


def test_a_sum_is_exact_and_keeps_its_kind() -> None:
    assert repr(through([1, 2], "sum")) == "3"
    assert repr(through([Decimal("0.1")] * 10, "sum")) == "Decimal('1.0')"
    assert repr(through([1, Decimal("0.50")], "sum")) == "Decimal('1.50')"
    with pytest.raises(BadValue, match="no exact decimal"):
        through([Decimal("1E+40"), Decimal("1E-28")], "sum")


def test_a_lookup_compares_its_keys_as_text() -> None:
    assert through(["1", 1, Decimal("1.50"), True], "lookup('codes')") == ["one", "one", "more", "yes"]
    assert through("none", "lookup('codes')") is None


def test_a_lookup_that_misses_names_what_the_table_has() -> None:
    with pytest.raises(BadValue, match=r"no key 'odd'.*paid") as missed:
        through("odd", "lookup('status')")
    assert missed.value.code == "X103"


@pytest.mark.parametrize("default", ["'d'", "null", "0", "''"])
def test_the_default_of_a_lookup_is_whatever_is_given_and_counted(default: str) -> None:
    here = scope("odd")
    made = compile_pipe(f"$.v | lookup('status', default={default})", FILTERS).evaluate(here)
    assert made == {"'d'": "d", "null": None, "0": 0, "''": ""}[default]
    assert here.defaults == {"/place": 1}


def test_a_default_counts_only_where_it_stands_in() -> None:
    for value, times in (("a", 0), (None, 1), ("", 0), (False, 0), (0, 0), ([], 0)):
        here = scope(value)
        compile_pipe("$.v | default('b')", FILTERS).evaluate(here)
        assert here.defaults["/place"] == times


LINE = {"quantity": 2, "unit_price": "5.00", "discount": "1.00", "tax": "0.72"}


@pytest.mark.parametrize(
    ("document", "total"),
    [
        ({"lines": []}, "0"),
        ({"lines": [LINE]}, "9.72"),
        ({"lines": [LINE], "tax_inclusive": False}, "9.72"),
        ({"lines": [LINE], "tax_inclusive": True}, "9.00"),
        ({"lines": [LINE, LINE], "total": "0"}, "19.44"),
        ({"lines": [{"quantity": "0.5", "unit_price": Decimal("3.01")}]}, "1.505"),
        ({"lines": [{"quantity": -1, "unit_price": "5.00", "tax": "-0.40"}]}, "-5.40"),
    ],
)
def test_an_invoices_total_comes_from_its_lines(document: Any, total: str) -> None:
    assert str(through(document, "invoice_total")) == total


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {"lines": None},
        {"lines": [None]},
        {"lines": [{"quantity": 1}]},
        {"lines": [{"unit_price": 1}]},
        {"lines": [{**LINE, "discount": None}]},
        {"lines": [{**LINE, "tax": "x"}]},
        {"lines": [{**LINE, "quantity": True}]},
        {"lines": [LINE], "tax_inclusive": "yes"},
        {"lines": [LINE], "tax_inclusive": None},
        {"lines": [{"quantity": "9" * 28 + "." + "9" * 28, "unit_price": "9" * 28 + "." + "9" * 28}]},
    ],
)
def test_an_invoice_without_usable_lines_has_no_total(document: Any) -> None:
    with pytest.raises(BadValue):
        through(document, "invoice_total")


def test_a_total_names_the_line_that_stands_against_it() -> None:
    with pytest.raises(BadValue, match="line 2 has no usable unit_price"):
        through({"lines": [LINE, {"quantity": 1}]}, "invoice_total")
