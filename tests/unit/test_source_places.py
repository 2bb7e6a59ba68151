"""Places at the edges: of a file that could not be read, of a key that was renamed, of a character that is refused."""

from __future__ import annotations

import pytest

from engine import misread, source
from engine.diagnostics import Diagnostic, Span
from engine.source import Source


def test_in_a_file_without_places_a_finding_stands_at_its_beginning() -> None:
    assert Source("a.yaml", "a: b").locate(Diagnostic("X", "/a", "")) == Span(1, 1, 1, 2)


def test_a_renamed_key_takes_everything_below_it_along() -> None:
    made = source.read("top:\n  on: {aa: [1, 22]}\n  once: 3", "a.yaml")
    before = dict(made.values)
    made.rename("/top/on", "off")
    assert made.data == {"top": {"once": 3, "off": {"aa": [1, 22]}}}
    for below in ("", "/aa", "/aa/0", "/aa/1"):
        assert made.values[f"/top/off{below}"] == before[f"/top/on{below}"]
    assert made.keys["/top/off/aa"] == made.keys["/top/on/aa"]
    assert "/top/offce" not in made.values


def test_a_key_of_a_list_entry_is_renamed_in_its_entry() -> None:
    made = source.read("- {a: 1}\n- {a: 2}", "a.yaml")
    made.rename("/1/a", "b")
    assert made.data == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("\x07", 1, 1),
        ("a: \x07", 1, 4),
        ("a: 1\n\x07", 2, 1),
        ("a: 1\nb\x07", 2, 2),
        ("\n\n\x0b", 3, 1),
        ("\ta\x07", 1, 3),
    ],
)
def test_a_refused_character_is_shown_where_it_stands(text: str, line: int, column: int) -> None:
    made = source.read(text, "a.yaml")
    (found,) = made.found
    assert found.message.startswith("the character U+00")
    assert made.locate(found) == Span(line, column, line, column + 1)


def test_what_is_missing_behind_the_last_character_is_said_to_be_at_the_end() -> None:
    found = misread.control("a\n", 2)
    assert found.message == "the character at the end cannot stand in YAML"
    assert found.span == Span(2, 1, 2, 2)


def test_half_of_a_character_leaves_the_rest_of_its_text() -> None:
    assert source.read('a: "x\\ud800y"', "a.yaml").data == {"a": "x\ufffdy"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("- |\n  x {{ a\n- b\n", 2, 9),
        ("- >\n  x\n  {{ a\n\n- b\n", 3, 7),
        ("- |+\n  {{ a\n\n\n- b\n", 2, 7),
        ("- |-\n  {{ a\n- b\n", 2, 7),
        ("- |\n  {{ a", 2, 7),
        ('- "{{ a\\n"\n- b\n', 1, 8),
        ("- '{{ a'\n- b\n", 1, 8),
        ("- $.a |\n- b\n", 1, 8),
        ("- |+\n\n- b\n", 2, 1),
    ],
)
def test_what_is_missing_at_the_end_of_a_text_is_missing_in_its_last_line(
    text: str, line: int, column: int
) -> None:
    made = source.read(text, "a.yaml")
    end = len(made.data[0])
    span = made.locate(Diagnostic("X", "/0", "", inner=(end, 1)))
    assert (span.line, span.column) == (line, column)
