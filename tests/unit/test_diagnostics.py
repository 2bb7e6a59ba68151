"""Findings as people, programs and GitHub read them."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic, Span, as_annotation, as_data, as_text, suggest

FOUND = Diagnostic("R103", "/a/b", "unknown key 'b'", "did you mean 'c'?")


def test_a_finding_shows_its_place_excerpt_caret_and_cure() -> None:
    shown = as_text(FOUND, Span(2, 3, 2, 4), "r.yaml", ["a:", "  b: 1"])
    assert shown == (
        "error[R103]: unknown key 'b'\n --> r.yaml:2:3  (/a/b)\n  |\n2 |   b: 1\n  |   ^ did you mean 'c'?"
    )


def test_a_long_cure_has_a_line_of_its_own() -> None:
    shown = as_text(Diagnostic("R1", "", "m", "h" * 80), Span(10, 1, 10, 3), "r.yaml", ["ab"] * 10)
    assert shown.splitlines()[1:] == [
        "  --> r.yaml:10:1",
        "   |",
        "10 | ab",
        "   | ^^",
        "   = help: " + "h" * 80,
    ]


@pytest.mark.parametrize(
    ("line", "span", "caret"),
    [
        ("abc", Span(1, 2, 1, 2), " ^"),
        ("abc", Span(1, 2, 3, 1), " ^^"),
        ("字字x", Span(1, 3, 1, 4), "    ^"),
        ("x字", Span(1, 2, 1, 3), " ^^"),
        ("\tabc", Span(1, 2, 1, 3), "\t^"),
        ("", Span(1, 1, 1, 2), "^"),
    ],
)
def test_the_caret_stands_under_what_is_meant(line: str, span: Span, caret: str) -> None:
    assert as_text(Diagnostic("R1", "", "m"), span, "r", [line]).splitlines()[-1] == f"  | {caret}"


def test_a_place_behind_the_end_of_the_file_is_shown_without_a_line() -> None:
    assert as_text(FOUND, Span(9, 1, 9, 2), "r.yaml", []).splitlines()[3] == "9 |"


def test_a_finding_as_data_has_the_documented_shape() -> None:
    assert as_data(FOUND, Span(2, 3, 2, 4), "r.yaml") == {
        "code": "R103",
        "severity": "error",
        "message": "unknown key 'b'",
        "help": "did you mean 'c'?",
        "file": "r.yaml",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 4,
        "pointer": "/a/b",
    }


def test_an_annotation_escapes_what_would_end_it() -> None:
    found = Diagnostic("R1", "", "100 %\r\nof it", severity="warning")
    assert as_annotation(found, Span(1, 2, 1, 3), "r.yaml") == (
        "::warning file=r.yaml,line=1,col=2,title=R1::100 %25%0D%0Aof it"
    )
    assert as_annotation(FOUND, Span(1, 2, 1, 3), "r").endswith("::unknown key 'b'. did you mean 'c'?")


def test_only_a_near_name_is_offered() -> None:
    assert suggest("mony", ["money", "date"]) == "did you mean 'money'?"
    assert suggest("xyz", ["money", "date"]) == ""
    assert suggest("xyz", []) == ""


def test_a_very_long_line_is_cut_around_the_place() -> None:
    line = "a" * 5_000 + "b" + "c" * 5_000
    shown = as_text(FOUND, Span(1, 5_001, 1, 5_002), "r.yaml", [line]).splitlines()
    assert max(map(len, shown[3:5])) < 200
    assert shown[3][shown[4].index("^")] == "b"


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\x0b"])
def test_an_annotation_is_one_line_whatever_a_name_in_it_holds(sign: str) -> None:
    shown = as_annotation(Diagnostic("R1", "", f"no file a{sign}b"), Span(1, 1, 1, 2), f"a{sign}b.yaml")
    assert len(shown.splitlines()) == 1
