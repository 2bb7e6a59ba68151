"""Filters of lists and of text: nothing is dropped, mixed or cut without being asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.filters import BadValue
from tests.piping import FILTERS, scope, through


@pytest.mark.parametrize(("values", "count"), [([], 0), ([1, 2], 2), ([None, None], 2)])
def test_only_says_how_many_there_are_instead_of_one(values: list[Any], count: int) -> None:
    with pytest.raises(BadValue, match=f"this one has {count};"):
        through(values, "only")


def test_the_one_element_may_be_null() -> None:
    assert through([None], "only") is None
    assert through([None, 1], "first") is None
    assert through([None], "first | default('d')") == "d"


def test_groups_keep_the_order_of_their_keys_and_of_their_elements() -> None:
    lines = [{"k": "b", "n": 1}, {"k": "a", "n": 2}, {"k": "b", "n": 3}]
    assert through(lines, "group('k')") == [
        {"key": "b", "items": [lines[0], lines[2]]},
        {"key": "a", "items": [lines[1]]},
    ]
    assert through([], "group('k')") == []


def test_keys_of_different_types_are_different_groups() -> None:
    made = through([{"k": 1}, {"k": True}, {"k": "1"}, {"k": 0}, {"k": False}], "group('k')")
    assert repr([each["key"] for each in made]) == "[1, True, '1', 0, False]"


def test_a_field_that_is_written_with_other_signs_is_a_name_and_a_path_begins_with_a_dollar() -> None:
    assert through([{"Tax Rate": "7"}], "group('Tax Rate') | count") == 1
    assert through([{"a": {"b": 1}}], "group('$.a.b')")[0]["key"] == 1
    with pytest.raises(BadValue, match="finds nothing"):
        through([{"a": {"b": 1}}], "group('a.b')")


@pytest.mark.parametrize("element", [{}, {"k": None}, {"k": Decimal("1.5")}, {"k": []}, {"k": {}}, None, "k"])
def test_an_element_without_a_usable_key_is_refused_with_its_place(element: Any) -> None:
    with pytest.raises(BadValue, match="as 'k' in entry 2 of the list; a key is text"):
        through([{"k": 1}, element], "group('k')")


def test_each_value_stands_once_by_type_and_number() -> None:
    values = [
        1,
        Decimal("1.0"),
        "1",
        True,
        None,
        None,
        0,
        False,
        [1],
        [Decimal(1)],
        {"a": 1},
        {"a": Decimal("1.0")},
        {"a": "1"},
    ]
    assert repr(through(values, "unique")) == repr([1, "1", True, None, 0, False, [1], {"a": 1}, {"a": "1"}])


def test_a_sort_is_stable_and_by_value() -> None:
    assert through([Decimal(10), 9, Decimal("9.5")], "sort") == [9, Decimal("9.5"), 10]
    assert through(["b", "a", "B"], "sort") == ["B", "a", "b"]
    rows = [{"k": 1, "n": "a"}, {"k": 0, "n": "b"}, {"k": 1, "n": "c"}]
    assert [row["n"] for row in through(rows, "sort(by='k')")] == ["b", "a", "c"]
    assert [row["n"] for row in rows] == ["a", "b", "c"]


@pytest.mark.parametrize("values", [[1, "1"], ["1", 1], [1, None], [True, False], [[1], [2]], [{"a": 1}]])
def test_what_has_no_order_is_not_sorted(values: list[Any]) -> None:
    with pytest.raises(BadValue, match=r"in entry [12] of the list"):
        through(values, "sort")


def test_a_list_becomes_text_by_the_rules_of_text() -> None:
    assert through(["a", 1, Decimal("1E+2"), Decimal("-0.00"), True], "join('|')") == "a|1|100|0.00|true"
    with pytest.raises(BadValue, match=r"found null.*entry 2"):
        through(["a", None], "join(',')")


def test_what_is_split_comes_together_again() -> None:
    for text in ("a,b", ",a", "a,,b,", " a , b "):
        assert through(text, "split(',') | join(',')") == text


def test_a_path_is_applied_to_the_value_itself() -> None:
    transactions = [{"type": "charge", "net": 5, "fee": {"net": 1}}, {"type": "payout", "net": -5}]
    assert through(transactions, "path(\"$[?@.type != 'payout'].net\") | sum") == 5
    assert through(transactions, "path('$[0].fee.net')") == 1
    assert through(transactions, "path('$[?@.type == $[1].type].net')") == [-5]
    with pytest.raises(BadValue, match="path found nothing"):
        through(transactions, "path('$[*].fee.net')")  # the second has no fee: it is not left out


@pytest.mark.parametrize(
    ("pattern", "group", "found"),
    [
        ("[0-9]+", 0, "204"),
        ("(?i)inv-([0-9]+)", 1, "204"),
        ("(?P<kind>[A-Z]+)-(?P<no>[0-9]+)", "no", "204"),
        ("paid$", 0, "paid"),
        ("€ (é)", 1, "é"),
    ],
)
def test_a_pattern_finds_its_first_match_or_a_group_of_it(pattern: str, group: Any, found: str) -> None:
    assert FILTERS["regex"].apply("€ é INV-204 205 paid", scope(), [pattern, group]) == found


def test_digits_are_those_of_ascii() -> None:
    assert through("٣", r"matches('\d')") is False


def test_the_end_of_a_text_is_not_before_its_last_line_end() -> None:
    assert through("a\n", "matches('a$')") is False


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("  Ærø & Łódź!! ", "aero-lodz"),
        ("ﬁne №5", "fine-no5"),
        ("ÅNGSTRÖM", "angstrom"),
        ("İstanbul", "istanbul"),
        ("x²", "x2"),
    ],
)
def test_a_slug_is_of_plain_letters_digits_and_hyphens(text: str, slug: str) -> None:
    assert through(text, "slug") == slug


@pytest.mark.parametrize("text", ["", "!!!", "東京", "Москва", "a ж", "٣"])
def test_a_slug_never_loses_a_letter(text: str) -> None:
    with pytest.raises(BadValue, match="letter or digit"):
        through(text, "slug")


@pytest.mark.parametrize(
    ("call", "made"),
    [("slice(1)", "bcd"), ("slice(0, 2)", "ab"), ("slice(-2)", "cd"), ("slice(1, -1)", "bc"), ("slice(-9)", "abcd"),
     ("slice(4)", ""), ("slice(2, 1)", ""), ("slice(0, 99)", "abcd")],
)  # fmt: skip
def test_a_slice_is_what_stands_between_two_positions(call: str, made: str) -> None:
    assert through("abcd", call) == made


def test_a_slice_that_begins_behind_the_text_is_refused() -> None:
    with pytest.raises(BadValue, match="behind the end"):
        through("abcd", "slice(5, 9)")


def test_a_text_is_padded_and_never_cut() -> None:
    assert through(["7", "1234"], "pad(3, '0')") == ["007", "1234"]
    assert through("7", "pad(0, '0')") == "7"
    assert through("é", "pad(3, '.', side='right')") == "é.."


def test_words_for_true_and_false_are_taken_as_written() -> None:
    assert through(["Y", "N", True], "boolean(true='Y', false='N')") == [True, False, True]
    for value in ("y", "true", "", "1"):
        with pytest.raises(BadValue, match="boolean takes 'Y' or 'N'"):
            through(value, "boolean(true='Y', false='N')")
    with pytest.raises(BadValue, match="put text before it"):
        through(1, "boolean(true='1', false='0')")
    assert through(1, "text | boolean(true='1', false='0')") is True


def test_an_identifier_stays_as_it_was_written() -> None:
    assert through("00501", "text") == "00501"
    assert through(501, "text | pad(5, '0')") == "00501"
    assert through(Decimal("12.50"), "text") == "12.50"


@pytest.mark.parametrize("name", ["upper", "lower", "trim", "length", "slug", "hash"])
@pytest.mark.parametrize(
    ("value", "cure"),
    [(5, "put text before it"), (True, "put text before it"), ({"a": "b"}, "name the field|count")],
)
def test_a_filter_of_text_takes_nothing_else_and_names_the_cure(name: str, value: Any, cure: str) -> None:
    with pytest.raises(BadValue, match=cure):
        through(value, name)


def test_a_text_without_utf_8_has_no_digest_and_no_match() -> None:
    for call in ("hash", "regex('a')", "matches('a')"):
        with pytest.raises(BadValue, match="half a character"):
            through("a\ud800", call)
