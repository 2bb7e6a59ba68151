"""Every filter: the examples of its declaration, and what it refuses."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine.filters import BadValue, Filter
from engine.paths import MISSING
from engine.pipes import BadPipe, compile_pipe
from tests.piping import FILTERS, scope, through

EXAMPLES = [(made, out) for each in FILTERS.values() for made, out in each.declared.examples]


@pytest.mark.parametrize(("made", "out"), EXAMPLES, ids=[f"{made[0]!r} | {made[1]}" for made, _ in EXAMPLES])
def test_an_example_gives_what_its_declaration_says(made: tuple[Any, str], out: Any) -> None:
    assert repr(through(*made)) == repr(out)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_has_an_example_and_is_named_as_its_module(name: str) -> None:
    assert FILTERS[name].declared.name == name
    assert FILTERS[name].declared.examples


ARGUMENTS: dict[str, list[Any]] = {
    "boolean": [], "group": ["k"], "join": [","], "lookup": ["codes"], "matches": ["a"], "minor": ["USD"],
    "pad": [3, "0"],
    "path": ["$.a"], "regex": ["a"], "replace": ["a", "b"], "round_money": ["USD"], "slice": [0], "split": [","],
    "to_minor": ["USD"],
}  # fmt: skip
ONE = sorted(name for name, each in FILTERS.items() if each.takes == "one")
EXACT = sorted(set(FILTERS) - {"round_money", "abs", "default"})


@pytest.mark.parametrize("name", ONE)
def test_every_filter_of_one_value_leaves_null_and_an_empty_list(name: str) -> None:
    args = ARGUMENTS.get(name, [])
    assert FILTERS[name].apply(None, scope(), args) is None
    assert FILTERS[name].apply([None, None], scope(), args) == [None, None]
    assert FILTERS[name].apply([], scope(), args) == []


@pytest.mark.parametrize("name", sorted(name for name, each in FILTERS.items() if each.takes == "list"))
@pytest.mark.parametrize("value", ["a", 1, None, {"a": 1}, True])
def test_every_filter_of_a_list_refuses_anything_else_and_says_what_gives_one(name: str, value: Any) -> None:
    with pytest.raises(BadValue, match=r"takes a list, found .*such as \$\.lines\[\*\]"):
        FILTERS[name].apply(value, scope(), ARGUMENTS.get(name, []))


@pytest.mark.parametrize("name", EXACT)
def test_no_filter_but_rounding_takes_a_fraction_and_each_names_the_cure(name: str) -> None:
    with pytest.raises(BadValue, match=r"fraction.*round_money\(currency\)"):
        FILTERS[name].apply(Fraction(100, 3), scope(), ARGUMENTS.get(name, []))


@pytest.mark.parametrize("name", sorted({"sum", "sort", "join", "unique", *ONE} - {"round_money", "abs"}))
def test_a_fraction_in_a_list_is_refused_too(name: str) -> None:
    with pytest.raises(BadValue, match=r"fraction.*round_money\(currency\)"):
        FILTERS[name].apply([Fraction(1, 3)], scope(), ARGUMENTS.get(name, []))


def test_a_default_hands_a_fraction_on() -> None:
    assert FILTERS["default"].apply(Fraction(1, 3), scope(), [0]) == Fraction(1, 3)


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default", "only", "first", "last", "count", "path"}))
def test_no_filter_takes_a_float(name: str) -> None:
    with pytest.raises(BadValue):
        FILTERS[name].apply([1.5], scope(), ARGUMENTS.get(name, []))


def test_what_a_filter_finds_nothing_for_can_only_be_followed_by_a_default() -> None:
    for calls in ("first", "last", "path('$[0]')", "join('') | regex('x')"):
        assert through([], f"{calls} | default('d')") == "d"
        for then in ("", " | upper", " | count", " | upper | default('d')"):
            with pytest.raises(BadValue, match=r"found nothing.*default") as failed:
                through([], calls + then)
            assert failed.value.code == "X101"


def test_an_element_without_a_match_is_not_left_out_of_its_list() -> None:
    with pytest.raises(BadValue, match="regex finds nothing in entry 2") as failed:
        through(["a1", "b", "c2"], "regex('[0-9]')")
    assert failed.value.code == "X101"


def test_an_element_that_is_refused_is_named_by_its_place() -> None:
    with pytest.raises(BadValue, match="entry 3 of the list"):
        through(["1", "2", "x"], "money")


@pytest.mark.parametrize(
    "calls",
    [
        "join('')",
        "first | replace('a', 'aa')",
        "first | replace('a', 'ŉ') | upper",  # in capitals it has two characters
        "first | pad(65537, '0')",
    ],
)
def test_a_text_cannot_grow_without_bound(calls: str) -> None:
    with pytest.raises((BadValue, BadPipe), match="65,536"):
        through(["a" * 40_000, "a" * 40_000], calls)


def test_arguments_that_only_a_record_gives_are_judged_with_the_record() -> None:
    pipe = compile_pipe("$.v | regex($.v)", FILTERS)
    with pytest.raises(BadValue, match="the pattern is wrong"):
        pipe.evaluate(scope("("))
    assert pipe.evaluate(scope("a")) == "a"


def test_a_literal_is_judged_without_what_is_not_known_yet() -> None:
    lone: Filter = FILTERS["regex"]
    assert lone.refuse([MISSING], {"group": 3}) == ""
    assert "no group 3" in lone.refuse(["x"], {"group": 3})
    assert compile_pipe("$.v | money(decimal=$.d, thousands='.')", FILTERS).calls
    assert compile_pipe("$.v | boolean(true=$.d, false='true')", FILTERS).calls


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
        FILTERS[name].apply(MISSING, scope(), ARGUMENTS.get(name, []))
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
    with pytest.raises((BadValue, BadPipe)):
        through(text, call)


def test_a_comma_without_a_statement_is_told_how_to_state_it() -> None:
    with pytest.raises(BadValue, match=r"money\(decimal=','\)"):
        through("1,5", "money")


@pytest.mark.parametrize("value", [True, "1", None, "x", [1], {}])
def test_sum_adds_numbers_only(value: Any) -> None:
    with pytest.raises(BadValue, match="entry 2"):
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
