"""YAML as data and places: the form of a scalar decides its type, and what hides a mistake is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import source
from engine.diagnostics import Diagnostic, Span
from engine.source import Source

CURE = 'put the whole value in quotes: "{{ … }}"'


def read(text: str) -> Source:
    return source.read(text, "a.yaml")


def codes(text: str) -> list[str]:
    return [found.code for found in read(text).found]


def first(text: str) -> tuple[str, str, tuple[int, ...]]:
    """Return code, pointer and span of the only finding."""
    made = read(text)
    (found,) = made.found
    return found.code, found.pointer, tuple(made.locate(found))


@pytest.mark.parametrize(
    "word",
    """NO no on off y Yes 12:30 1:30:00 00501 1_000 1e3 1.5e3 2026-11-01 2026-11-01T00:00:00Z 0x10 0o7 0b1 +1 .5 5.
    .inf .nan Null NULL TRUE True False 1,000 -.5 --1 ٣ 1.2.3 -00 <<x""".split(),
)
def test_what_is_no_plain_number_or_word_stays_the_text_that_was_written(word: str) -> None:
    assert read(f"a: {word}").data == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("12", 12),
        ("-7", -7),
        ("0", 0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("9" * 28, 10**28 - 1),
    ],
)
def test_integers_and_the_three_words_have_their_type(word: str, value: object) -> None:
    made = read(f"a: {word}").data["a"]
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize("word", ["12.50", "-0.10", "0.00", "9" * 28 + "." + "9" * 28])
def test_a_number_with_a_point_is_that_decimal_with_its_digits(word: str) -> None:
    made = read(f"a: {word}").data["a"]
    assert isinstance(made, Decimal)
    assert str(made) == word


def test_a_number_of_more_digits_than_an_amount_may_have_stays_text() -> None:
    assert read(f"a: {'9' * 29}").data == {"a": "9" * 29}
    assert read(f"a: 1.{'9' * 29}").data == {"a": "1." + "9" * 29}


@pytest.mark.parametrize("text", ["a: '12'", 'a: "12"', "a: |-\n  12", "a: >-\n  12"])
def test_what_is_quoted_or_a_block_is_text(text: str) -> None:
    assert read(text).data == {"a": "12"}


def test_keys_stay_text() -> None:
    assert list(read("1: a\nyes: b\nnull: c\n00501: d\n12.50: e").data) == [
        "1",
        "yes",
        "null",
        "00501",
        "12.50",
    ]


def test_a_key_that_stands_twice_is_refused_at_its_second_place() -> None:
    assert first("a: 1\nb: 2\na: 3") == ("R004", "/a", (3, 1, 3, 2))
    assert first("{a: 1, 'a': 2}") == ("R004", "/a", (1, 8, 1, 11))
    assert "first in line 1" in read("a: 1\nb: 2\na: 3").found[0].message


def test_the_same_key_in_two_mappings_is_no_duplicate() -> None:
    assert codes("a: {k: 1}\nb: {k: 2}") == []


@pytest.mark.parametrize(
    "text", ["a:", "a: ~", "a: # c", "{a: }", "{a: , b: 1}", "- \n- b", "? a", "a:\nb: 1", "---"]
)
def test_an_empty_value_is_refused(text: str) -> None:
    assert codes(text) == ["R006"]


def test_an_empty_value_is_shown_at_its_key() -> None:
    assert first("abc:\nd: 1") == ("R006", "/abc", (1, 1, 1, 4))


@pytest.mark.parametrize("text", ["a: null", "a: ''", 'a: ""', "a: []", "a: {}"])
def test_a_written_emptiness_is_a_value(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert codes(text) == ["R006"]
    assert read(text).data is None


@pytest.mark.parametrize(
    "text", ["a: !!str 1", "a: ! 12", "!!str a: 1", "a: !x {}", "a: !<tag:x> 1", "- !x [1]", "!x\na: 1"]
)
def test_a_tag_is_refused_on_keys_and_values_alike(text: str) -> None:
    assert codes(text) == ["R003"]


def test_a_merge_key_is_refused_and_a_quoted_one_is_a_key() -> None:
    assert first("b: 1\n<<: {a: 1}") == ("R003", "/<<", (2, 1, 2, 3))
    assert read("'<<': 1").data == {"<<": 1}


def test_a_second_document_is_refused() -> None:
    assert first("a: 1\n--- \nb: 2")[0] == "R002"
    assert codes("--- \na: 1\n...\n") == []


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "a: &k x\n*k : 2"])
def test_a_key_that_is_no_text_is_refused(text: str) -> None:
    assert codes(text) == ["R004"]


@pytest.mark.parametrize("text", ["a: {{ x }}", "- {{ x.y | money }}", "{{ x }}", "a: [{{ x }}]"])
def test_an_expression_without_quotes_is_told_to_take_them(text: str) -> None:
    (found,) = read(text).found
    assert (found.code, found.help) == ("R007", CURE)


def test_text_behind_an_expression_without_quotes_has_the_same_cure() -> None:
    (found,) = read("a: {{ x }} y").found
    assert (found.code, found.help) == ("R007", 'put the whole value in quotes: "{{ … }}"')


def test_a_mapping_as_a_key_is_not_taken_for_an_expression() -> None:
    assert read("? {x: 1}\n: 1").found[0].message == "a key must be text"


@pytest.mark.parametrize(("text", "line"), [("\ta: 1", 1), ("a:\n\tb: 1", 2)])
def test_a_tab_as_indentation_is_named(text: str, line: int) -> None:
    code, _, span = first(text)
    assert (code, span[0]) == ("R001", line)
    assert "a tab" in read(text).found[0].message


def test_a_tab_inside_a_line_is_white_space() -> None:
    assert read("a:\t1").data == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "a: 'x",
        'a: "\\q"',
        "a: @x",
        "[a, , b]",
        "a: b: c",
        "a: - b",
        "key: [1,2\n",
        "a: 1\nb",
        "a: \x00",
        "%YAML 1.3\n---\na: 1",
        "%YAML 2.0\n---\na: 1",
        "a: *",
        "a: &",
        "a: \ud800",
        "...",
        "]",
        "a: \x0b",
    ],
)
def test_what_is_no_yaml_is_one_finding_with_a_place(text: str) -> None:
    made = read(text)
    (found,) = made.found
    assert found.code == "R001"
    assert made.data is None
    assert made.locate(found).line >= 1


def test_the_place_of_broken_yaml_counts_characters() -> None:
    assert first("a: éé 😀 b: 1") == ("R001", "", (1, 10, 1, 11))


def test_two_escapes_that_json_writes_for_one_character_are_that_character() -> None:
    assert read('a: "\\ud83d\\ude00!"\n"\\ud83d\\ude00": 1').data == {"a": "\U0001f600!", "\U0001f600": 1}


@pytest.mark.parametrize(
    "text", ['a: "x\\ud800"', 'a: "\\ude00\\ud83d"', '"\\udfff": 1', '- "\\ud800\\ud800"']
)
def test_half_of_a_character_is_refused_since_no_file_and_no_request_can_hold_it(text: str) -> None:
    made = read(text)
    assert [found.code for found in made.found] == ["R001"]
    assert "half of a character" in made.found[0].message
    assert str(made.data).encode()


# Anchors and aliases


def test_an_alias_is_the_value_of_its_anchor() -> None:
    assert read("a: &x {b: [1, 2]}\nc: *x").data == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}


def test_an_anchor_may_be_given_anew() -> None:
    assert read("a: &x 1\nb: &x 2\nc: *x").data == {"a": 1, "b": 2, "c": 2}


def test_what_an_alias_brings_is_placed_where_its_anchor_stands() -> None:
    made = read("a: &x {b: 1}\nc: *x")
    assert made.values["/c"] == Span(2, 4, 2, 6)
    assert made.keys["/c/b"] == made.keys["/a/b"]
    assert made.values["/c/b"] == made.values["/a/b"]


@pytest.mark.parametrize("text", ["a: *x", "a: &x 1\nb: *y", "a: [*x]\nb: &x 1"])
def test_an_alias_without_an_anchor_before_it_is_refused(text: str) -> None:
    assert codes(text) == ["R003"]


@pytest.mark.parametrize("text", ["&x [*x]", "a: &x {b: *x}", "a: &x [[[*x]]]", "a: &x {b: &y [*x]}"])
def test_an_alias_inside_its_own_anchor_is_refused(text: str) -> None:
    assert codes(text) == ["R005"]


def test_a_bomb_of_aliases_is_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (found,) = read("\n".join(lines)).found
    assert found.code == "R005"
    assert "100,000 values" in found.message


def test_thousands_of_aliases_to_a_small_value_are_read() -> None:
    assert len(read("a: &x 1\nb: [" + "*x, " * 30_000 + "]").data["b"]) == 30_000


def test_aliases_do_not_nest_deeper_than_what_is_written_out_may() -> None:
    deep = "\n".join(f"- &a{n} {'[' * 20}{f'*a{n - 1}' if n else 1}{']' * 20}" for n in range(40))
    (found,) = read(deep).found
    assert (found.code, found.message) == ("R005", "this is nested more than 64 levels deep")


@pytest.mark.parametrize("opener", ["[", "{", "[{a: ", "- "])
def test_a_bomb_of_brackets_is_stopped(opener: str) -> None:
    assert codes(opener * 20_000) == ["R005"]


def test_sixty_four_levels_are_taken_and_one_more_is_not() -> None:
    assert codes("[" * 64 + "1" + "]" * 64) == []
    assert codes("[" * 65 + "1" + "]" * 65) == ["R005"]
    anchored = "a: &x " + "[" * 32 + "1" + "]" * 32
    assert codes(anchored + "\nb: " + "[" * 31 + "*x" + "]" * 31) == []
    assert codes(anchored + "\nb: " + "[" * 32 + "*x" + "]" * 32) == ["R005"]


def test_more_values_than_a_recipe_can_need_are_refused() -> None:
    assert codes("- 1\n" * 99_999) == []
    assert codes("- 1\n" * 100_000) == ["R005"]


def test_a_file_beyond_four_megabytes_is_refused() -> None:
    assert codes("# " + "x" * 4_000_000) == ["R001"]


# Places

TEXT = """\
top:
  plain: abc
  quoted: "x y"
  single: 'it''s'
  flow: {k: v, l: [1, "two"]}
  block: |
    one
    two
  multi: a
    b
  é/~: z
"""


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("/top", (1, 1, 1, 4), None),
        ("/top/plain", (2, 3, 2, 8), (2, 10, 2, 13)),
        ("/top/quoted", (3, 3, 3, 9), (3, 11, 3, 16)),
        ("/top/single", (4, 3, 4, 9), (4, 11, 4, 18)),
        ("/top/flow", (5, 3, 5, 7), (5, 9, 5, 30)),
        ("/top/flow/k", (5, 10, 5, 11), (5, 13, 5, 14)),
        ("/top/flow/l", (5, 16, 5, 17), (5, 19, 5, 29)),
        ("/top/flow/l/1", None, (5, 23, 5, 28)),
        ("/top/block", (6, 3, 6, 8), (6, 10, 9, 1)),
        ("/top/multi", (9, 3, 9, 8), (9, 10, 10, 6)),
        ("/top/é~1~0", (11, 3, 11, 6), (11, 8, 11, 9)),
    ],
)
def test_every_key_and_value_knows_its_place(
    place: str, key: tuple[int, ...] | None, value: tuple[int, ...] | None
) -> None:
    made = read(TEXT)
    if key is not None:
        assert made.keys[place] == key
    if value is not None:
        assert made.values[place] == value


@pytest.mark.parametrize(("text", "column"), [("a: bcd", 5), ("a: 'bcd'", 6), ('a: "bcd"', 6)])
def test_an_offset_inside_a_scalar_is_added_to_its_place(text: str, column: int) -> None:
    assert read(text).locate(Diagnostic("X", "/a", "", inner=(1, 1))) == Span(1, column, 1, column + 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: |\n  bcd", (2, 4)),
        ("a: |2-  # why\n   bcd\n", (2, 4)),  # behind a space that is the value's
        ("a: >-\n\n  b\n  cd", (3, 3)),
        ('a: "\\tbcd"', (1, 7)),
        ('a: "\\u00e9bcd"', (1, 11)),
        ("a: b\n  cd", (1, 5)),  # the space that a break is
        ("a: 'b''cd'", (1, 6)),
        ("a: &x !!str bcd", (1, 14)),
        ('a: "b\\\r\n  cd"', (2, 3)),
    ],
)
def test_the_second_character_of_a_value_is_shown_where_it_is_written(
    text: str, place: tuple[int, int]
) -> None:
    assert read(text).locate(Diagnostic("X", "/a", "", inner=(1, 1)))[:2] == place


def test_a_part_over_several_lines_is_shown_to_the_end_of_its_first() -> None:
    assert read("a: |\n  bcd\n  efg").locate(Diagnostic("X", "/a", "", inner=(1, 5))) == Span(2, 4, 2, 6)


def test_an_offset_stays_inside_its_scalar() -> None:
    assert read("a: bcd").locate(Diagnostic("X", "/a", "", inner=(1, 99))) == Span(1, 5, 1, 7)
    assert read("a: bcd").locate(Diagnostic("X", "/a", "", inner=(99, 1))) == Span(1, 7, 1, 8)


def test_a_place_that_the_file_does_not_have_is_its_nearest_container() -> None:
    made = read("a: {b: 1}")
    assert made.locate(Diagnostic("X", "/a/x/y", "")) == made.keys["/a"]
    assert made.locate(Diagnostic("X", "/z", "")) == made.values[""]


def test_the_key_is_meant_where_a_finding_says_so() -> None:
    assert read("abc: 1").locate(Diagnostic("X", "/abc", "", at="key")) == Span(1, 1, 1, 4)


def test_the_rest_of_the_line_behind_a_value_is_known() -> None:
    assert read("a: $.x #1 | y").follows("/a") == " #1 | y"
    assert read("{a: $.x | f(1, 2)}").follows("/a") == ", 2)}"
    assert read("a: 1").follows("/none") == ""


def test_a_value_that_may_be_a_secret_is_starred_out_of_the_excerpt() -> None:
    made = read("a: secret # x\nb: |\n  one\n  two\nc: 1")
    hidden = [Diagnostic("R", "/a", "", hides=True), Diagnostic("R", "/b", "", hides=True)]
    assert made.excerpts(hidden) == ["a: ****** # x", "b: *", "*****", "*****", "c: 1"]
    assert made.excerpts([Diagnostic("R", "/a", "")]) == made.lines


def test_line_ends_of_windows_and_a_byte_order_mark_do_not_move_places() -> None:
    made = read("\ufeffa: 'x'\r\nb: 12\r\n")
    assert made.data == {"a": "x", "b": 12}
    assert made.values["/b"] == Span(2, 4, 2, 6)
    assert made.locate(Diagnostic("X", "/a", "", inner=(0, 1))) == Span(1, 5, 1, 6)


@pytest.mark.parametrize("text", ["a: b\n\ufeffc: d", "a: 'b\ufeff'", "# \ufeff\na: b", "\ufeff\ufeffa: b"])
def test_a_byte_order_mark_inside_a_file_is_refused_where_it_stands(text: str) -> None:
    made = read(text)
    (found,) = made.found
    assert (found.code, found.message) == ("R001", "the character U+FEFF cannot stand in YAML")
    span = made.locate(found)
    assert made.lines[span.line - 1][span.column - 1] == "\ufeff"
