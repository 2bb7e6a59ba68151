"""Patterns: RE2's syntax, bounded and silent."""

from __future__ import annotations

import pytest

from engine import patterns
from engine.patterns import BadPattern, compile_pattern


def test_a_match_comes_with_its_groups() -> None:
    pattern = compile_pattern("(?P<a>x)(y)?")
    assert (pattern.groups, pattern.names) == (2, {"a": 1})
    assert pattern.search("éx") == ("x", "x", None)
    assert pattern.search("z") is None
    assert pattern.search("") is None


def test_a_pattern_is_compiled_once() -> None:
    assert compile_pattern("once") is compile_pattern("once")


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("(", "close the parenthesis"),
        (")", "open the parenthesis"),
        ("[a", "close the bracket"),
        ("*", r"write \\\*"),
        ("(?=x)", "look-around"),
        ("(?<!x)", "look-around"),
        (r"(a)\1", "back references"),
        (r"a\Z", "end of the text"),
        ("a{1001}", "at most 1,000"),
        ("(" * 3 + "a{99}" + "){99}" * 3, "at most 1,000|shorter"),
        ("a" * 1001, "at most 1,000 characters"),
        ("\ud800", "half a character"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_cure_and_nothing_is_written(
    text: str, cure: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadPattern, match=cure):
        compile_pattern(text)
    assert capfd.readouterr() == ("", "")


def test_a_search_is_bounded_in_bytes() -> None:
    pattern = compile_pattern("b$")
    assert pattern.search("a" * (patterns.MAX_INPUT - 1) + "b") == ("b",)
    with pytest.raises(BadPattern, match="65,536 bytes"):
        pattern.search("é" * (patterns.MAX_INPUT // 2) + "b")


def test_a_pattern_that_would_explode_elsewhere_takes_linear_time() -> None:
    assert compile_pattern("(a|a)*(a|a)*(a|aa)*b$").search("a" * 60_000) is None
