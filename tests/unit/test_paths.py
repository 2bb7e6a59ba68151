"""Paths: what ``$`` means inside a filter, when two values are equal, and what is said about what is missing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from engine.filters import BadValue
from engine.paths import MISSING, BadPath, PathFailed, compile_path, grammar, queries
from engine.pipes import BadPipe, compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope

FILTERS = Registry().filters
RECORD: dict[str, Any] = {
    "order_id": 7,
    "id": 1,
    "customer": None,
    "name": "x",
    "obj": {"a": 1, "b": 2},
    "list": [10, 20],
    "lines": [{"sku": "A", "tax": [{"p": 1}]}, {"sku": "B"}, {"tax": None}],
}
ROOTS: dict[str, Any] = {
    "record": RECORD,
    "item": {"id": 2, "order_id": 0, "lines": [{"id": 7, "n": "mine"}, {"id": 0, "n": "other"}]},
    "steps": {"txns": [{"order": 1, "a": "x"}, {"order": 2, "a": "y"}], "id": 2},
    "pages": [[{"order": 1}, {"order": 2}], [{"order": 3}]],
}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$item.lines[?@.id == $.order_id].n", ["mine"]),
        ("$steps.txns[?@.order == $.id].a", ["x"]),
        ("$steps.txns[?$.obj.a == @.order].a", ["x"]),
        ("$steps.txns[?@.order != $.id].a", ["y"]),
        ("$pages[?@[?@.order == $.id]]", [[{"order": 1}, {"order": 2}]]),
        ("$steps..[?@.order == $.id].a", ["x"]),
        ("$steps.txns[?count($.list[*]) == @.order].a", ["y"]),
        ("$.lines[?@.tax[?@.p == $.id]].sku", ["A"]),
        ("$record.list[?@ == 10]", [10]),
    ],
)
def test_inside_a_filter_the_dollar_is_the_record_wherever_the_path_begins(path: str, selected: Any) -> None:
    assert compile_path(path).select(ROOTS) == selected


@pytest.mark.parametrize(
    "path", ["$item.lines[?@.id == $item.id]", "$.a[?@.b == $steps.pay.id]", "$.a[?$item.b]"]
)
def test_another_root_inside_a_filter_is_refused_with_a_cure(path: str) -> None:
    with pytest.raises(BadPath) as refused:
        compile_path(path)
    assert "in a filter $ is the record and @ the element" in refused.value.help
    assert path[refused.value.offset - 1 : refused.value.offset + 4] in ("$item", "$step")


def test_a_filter_that_reads_the_record_fails_where_there_is_none() -> None:
    path = compile_path("$run.list[?@ == $.id]")
    with pytest.raises(PathFailed, match="there is no record here"):
        path.select({"run": {"list": [1]}})
    assert compile_path("$run.list[?@ == 1]").select({"run": {"list": [1]}}) == [1]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ([1], [True], False),
        ([0], [False], False),
        ({"a": 1}, {"a": True}, False),
        ([[{"a": [0]}]], [[{"a": [False]}]], False),
        ([1], [1], True),
        ({"a": 1, "b": [None]}, {"b": [None], "a": 1}, True),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
        ([], {}, False),
        ("1", 1, False),
        (None, False, False),
        ("", None, False),
        (True, True, True),
        (True, 1, False),
    ],
)
def test_values_are_equal_in_a_filter_as_json_is(one: Any, other: Any, equal: bool) -> None:
    record = {"list": [{"v": one}], "other": other}
    assert (compile_path("$.list[?@.v == $.other]").select({"record": record}) != []) is equal
    assert (compile_path("$.list[?$.other != @.v]").select({"record": record}) == []) is equal


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.customer.email", "$.customer is null"),
        ("$.gone.email", "$ has no .gone"),
        ("$.obj.c", "$.obj has no .c"),
        ("$.obj['c d']", "$.obj has no ['c d']"),
        ("$.name.first", "$.name is text, and .first wants a mapping"),
        ("$.list[5]", "$.list has no [5], only 2 entries"),
        ("$.list.a", "$.list is a list, and .a wants a mapping"),
        ("$.obj[0]", "$.obj is a mapping, and [0] wants a list"),
        ("$steps.pay.id", "$steps has no .pay"),
        ("$nowhere.a", "there is no $nowhere here"),
        ("$.obj.*", "$.obj is a mapping, and .* wants a list"),
        ("$.obj['a','b']", "$.obj is a mapping, and ['a','b'] wants a list"),
        ("$.customer[*].x", "$.customer is null, and [*] wants a list"),
        ("$.name[0:2]", "$.name is text, and [0:2] wants a list"),
        ("$.gone[*]", "$ has no .gone"),
        ("$.obj[?@ > 1]", "$.obj is a mapping, and [?@ > 1] wants a list"),
        ("$.lines[*].sku", "entry 3 of $.lines[*] has no .sku"),
        ("$.lines[0:2].tax[*].p", "entry 2 of $.lines[0:2] has no .tax"),
        ("$.lines[?@.tax].tax[*].p", "entry 2 of $.lines[?@.tax].tax is null, and [*] wants a list"),
        ("$.lines[*].sku.x.y", "entry 3 of $.lines[*] has no .sku"),
        ("$item.lines[*].sku", "entry 1 of $item.lines[*] has no .sku"),
        ("$record.lines[*].sku", "entry 3 of $record.lines[*] has no .sku"),
        ("$.lines[*] .sku", "entry 3 of $.lines[*] has no .sku"),
    ],
)
def test_a_missing_path_says_which_part_of_it_is_missing(path: str, why: str) -> None:
    compiled = compile_path(path)
    assert compiled.select(ROOTS) is MISSING
    assert compiled.why_missing(ROOTS) == why
    with pytest.raises(BadValue) as failed:
        compile_pipe(path, FILTERS).evaluate(Scope(ROOTS, Constants()))
    assert failed.value.code == "X101"
    assert str(failed.value).startswith(f"{path} is missing in this record: {why}; write {path}? if")


def test_a_missing_argument_says_which_part_of_it_is_missing() -> None:
    with pytest.raises(
        BadValue, match=r"the argument \$\.customer\.zone is missing .*: \$\.customer is null"
    ):
        compile_pipe("$.name | date(zone=$.customer.zone)", FILTERS).evaluate(Scope(ROOTS, Constants()))


def test_a_stand_in_that_is_missing_matters_only_where_it_is_used() -> None:
    scope = Scope(ROOTS, Constants())
    assert compile_pipe("$.name | default($.gone)", FILTERS).evaluate(scope) == "x"
    assert compile_pipe("$.gone | default($.gone) | default($.id)", FILTERS).evaluate(scope) == 1
    with pytest.raises(BadValue) as failed:
        compile_pipe("$.gone | default($.gone)", FILTERS).evaluate(scope)
    assert failed.value.code == "X101"


@pytest.mark.parametrize(
    ("pattern", "text", "match", "search"),
    [
        ("a.c", "abc", True, True),
        ("a.c", "xabcx", False, True),
        ("a.c", "a\rc", False, False),
        ("a.c", "a\nc", False, False),
        ("a[.]c", "abc", False, False),
        (r"a\.c", "a.c", True, True),
        (r"[\]].", "]x", True, True),
        ("a|bc", "bc", True, True),
        ("(", "(", False, False),
        (r"(a)\1", "aa", False, False),
    ],
)
def test_a_filter_matches_i_regexps(pattern: str, text: str, match: bool, search: bool) -> None:
    record = {"list": [text, None, 1, [text]], "p": pattern}
    assert (compile_path("$.list[?match(@, $.p)]").select({"record": record}) == [text]) is match
    assert (compile_path("$.list[?search(@, $.p)]").select({"record": record}) == [text]) is search


def test_a_pattern_takes_time_linear_in_the_text() -> None:
    record = {"list": ["a" * 30_000 + "b"]}
    assert compile_path("$.list[?match(@, '(a|a)*(a*)*c')]").select({"record": record}) == []


def test_a_text_too_long_to_search_is_refused_and_not_passed_over() -> None:
    with pytest.raises(PathFailed, match="at most 65,536 bytes"):
        compile_path("$.list[?search(@, 'a')]").select({"record": {"list": ["a" * 70_000]}})


def test_an_option_that_is_missing_is_an_error_even_where_the_value_is_there() -> None:
    with pytest.raises(BadValue, match=r"the argument \$\.gone is missing"):
        compile_pipe("$.name | default('k', empty=$.gone)", FILTERS).evaluate(Scope(ROOTS, Constants()))


@pytest.mark.parametrize(
    ("text", "at", "cure"),
    [
        ("$.total - $.tax", 8, "{{ record.total | money - record.tax | money }}"),
        ("$item.price * $item.quantity", 12, "{{ item.price | money * item.quantity | money }}"),
        ("$.total+$.tax", 7, "{{ record.total | money + record.tax | money }}"),
        ("$.a[0].b / 3", 9, "{{ record.a[0].b | money / 3 }}"),
        ("$.lines[*].a - 1", 13, "{{ record.total | money - record.tax | money }}"),
        ("$.total | money + 5", 16, "{{ record.total | money + 5 }}"),
        ("$.a | minor($.c) / 2", 17, "{{ record.a | minor(record.c) / 2 }}"),
        ("$.a | default('a-b') + 5", 21, "{{ record.total | money - record.tax | money }}"),
    ],
)
def test_arithmetic_behind_a_path_or_filter_is_refused_with_the_expression_to_write(
    text: str, at: int, cure: str
) -> None:
    with pytest.raises(BadPipe, match="does not compute") as refused:
        compile_pipe(text, FILTERS)
    assert refused.value.offset == at
    assert cure in refused.value.help


@pytest.mark.parametrize("text", ["$.a-b", "$.order -5", "$.a-1"])
def test_a_name_with_a_sign_is_no_arithmetic(text: str) -> None:
    with pytest.raises(BadPipe) as refused:
        compile_pipe(text, FILTERS)
    assert "$['order name']" in refused.value.help


def test_a_negative_number_as_an_argument_is_no_arithmetic() -> None:
    pipe = compile_pipe("$.name | default(-5)", FILTERS)
    assert pipe.evaluate(Scope({"record": RECORD}, Constants())) == "x"


@pytest.mark.parametrize(
    "query",
    ["$", "$.a", "$[*]", "$.a[*].b", "$.a[*][0].b[*]", "$[10][*]._c1", "$.a[1234567890].b[*][*]",
     "$.a[?@.b == 'x'].c", "$[?@.a.b!='x y-1'][*]", "$.a[?@.b == true][?@.c != null]", "$[?@.b == '']",
     "$[?@.b==false]"],
)  # fmt: skip
def test_what_most_paths_are_made_of_is_read_as_the_grammar_reads_it(query: str) -> None:
    assert queries.PLAIN.fullmatch(query)
    assert repr(queries.segments(query, 0)) == repr(grammar.parse(query, 0))


@pytest.mark.parametrize(
    "query", ["$.a[ * ]", "$.a[01]", "$.a[-1]", "$['a']", "$.ä", "$..a", "$.a[?@.b]", "$.*"]
)
def test_everything_else_is_left_to_the_grammar(query: str) -> None:
    assert queries.PLAIN.fullmatch(query) is None


def test_a_plain_path_does_without_the_library() -> None:
    program = (
        "import sys, engine.paths as p; p.compile_path('$.lines[*].price'); print('jsonpath' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
