"""Two parsers, one meaning; and no text whatever ends in a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import canonical, pointer, source
from engine.diagnostics import Span, as_text
from engine.source import Source

CORPUS = [
    "a: 1",
    "a: NO\nb: on\nc: 12:30\nd: 00501\ne: 12.50\nf: ~\ng:\nh: null",
    "- a\n- - b\n  - c\n-\n  d: e",
    "{a: 1, b: [x, 'y', \"z\"], c: {d: {}}}",
    "a: |\n  x\n\n  y\nb: >-\n  p\n  q\n\nc: |+\n  k\n\n",
    "a: &x {b: 1}\nc: *x\nd: [*x]",
    "a: 'it''s'\nb: \"\\u00e9\\n\\t\"",
    "a: b\n  c\n  d\ne: 'f\n  g'\nh: \"i\n  j\"",
    "? a\n: b\n? |\n  c\n: d",
    "a: 1\na: 2",
    "<<: {a: 1}",
    "--- 1\n--- 2",
    "a: !!str 1",
    "a: ! x\n! b: c",
    "!!str &x a",
    "a: &x !!str b\nc: !!str &y [d]\n!!str &z e: !<tag:yaml.org,2002:str> f",
    "a: {{ x }}",
    'a: "{{ x }}"\nb: $.a[0] | money',
    "é: ü # ö\n\U0001f600: \U0001f680 x\nb: 1",
    "a: 1\r\nb:\r\n  - 2\r\n",
    "a: 1 # c\n# d\nb: 2\n",
    "a: [\n  1,\n  2,\n]\nb: {\n  c: 3,\n}",
    "a: x:y\nb: x#y\nc: -1\nd: - \n",
    "[a: 1, b]",
    "%YAML 1.2\n---\na: 1\n...",
    "a: -0\nb: 0.0\nc: -0.50\nd: 1e3\ne: .5",
    "'a': 1\n\"b\": 2",
    "a: '12'\nb: \"true\"\nc: 'null'",
    "",
    "# c",
    "a: *x",
    "a: &x [*x]",
    "a: 'x",
    "\ta: 1",
    "a:\n  - b\n c: d",
    "plain",
    "'quoted'",
    "- $.a?\n- '{#'",
    "a:   1   \nb:  'x'  ",
]


def outcome(monkeypatch: pytest.MonkeyPatch, text: str, *, pure: bool) -> Source:
    """Read *text* with the parser meant, for both tries."""
    parse = source._parse
    with monkeypatch.context() as patch:
        patch.setattr(source, "_parse", lambda text, **_: parse(text, pure=pure))
        return source.read(text, "a.yaml")


def comparable(made: Source) -> Any:
    """Everything but the places of collections, blocks and empty values, whose ends the parsers see differently."""
    spans = {place: made.values[place] for place in scalars(made)}
    return made.data, made.keys, spans, [(found.code, found.span) for found in made.found]


def scalars(made: Source) -> Iterator[str]:
    """Yield the pointers of scalars that are no blocks, and not empty."""
    for place, span in made.values.items():
        try:
            held = pointer.value(made.data, place)
        except (KeyError, IndexError, ValueError, TypeError):
            continue  # of a key that stands twice, which is a finding
        is_scalar = made.data is not None and not isinstance(held, (dict, list))
        if is_scalar and not _is_empty(span):
            line = made.text.splitlines()[span.line - 1]
            if line[span.column - 1 : span.column] not in ("|", ">"):
                yield place


def _is_empty(span: Span) -> bool:
    return (span.line, span.column) == (span.end_line, span.end_column)


@pytest.mark.parametrize("text", CORPUS)
def test_the_c_parser_and_the_pure_one_agree(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    fast, pure = (outcome(monkeypatch, text, pure=pure) for pure in (False, True))
    assert comparable(fast) == comparable(pure)
    assert repr(fast.data) == repr(pure.data)


@pytest.mark.parametrize("text", ["{a: $.x?, b: 1}", "[$.x?, $.y]", "a: {b: $.c?}", "%FOO x\n---\n{a: $.x?}"])
def test_what_only_the_c_parser_refuses_is_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert outcome(monkeypatch, text, pure=False).data is None or "?}" in text
    assert source.read(text, "a.yaml") == outcome(monkeypatch, text, pure=True)
    assert source.read(text, "a.yaml").found == []


PIECES = st.sampled_from(
    [
        "a",
        "b: ",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "'",
        '"',
        "\\",
        "|",
        ">",
        "#",
        " #",
        "&x ",
        "*x ",
        "!",
        "!!str ",
        "? ",
        "?",
        "%",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "<<: ",
        "{{ x }}",
        "$.a?",
        "1",
        "12.50",
        "~",
        "null",
        "é",
        "\t",
        "\r\n",
        "@",
        "`",
        "\x00",
        "\U0001f600",
    ]
)
ODD = st.sampled_from("\x85\u2028\u2029\ufeff")
"""Line ends to YAML 1.1, which the C parser keeps to, and none to 1.2; and a mark that it counts as no character."""


@settings(max_examples=400)
@given(st.one_of(st.lists(PIECES | ODD, max_size=25).map("".join), st.text(max_size=60)))
def test_any_text_is_data_or_findings_that_can_be_printed(text: str) -> None:
    made = source.read(text, "a.yaml")
    assert made.data is not None or made.found or "null" in text
    for found in made.found:
        shown = as_text(found, made.locate(found), made.path, made.lines)
        assert shown.startswith(f"error[{found.code}]: ")


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=15).map("".join))
def test_any_text_that_both_parsers_take_means_the_same_to_both(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast, pure = (outcome(patch, text, pure=pure) for pure in (False, True))
    # A file that is one text is refused by every shape; of a block without indentation the parsers see two.
    if not {type(fast.data), type(pure.data)} & {type(None), str}:
        assert comparable(fast) == comparable(pure)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé/~ ", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(TREES)
def test_json_is_read_as_what_it_says(tree: Any) -> None:
    text = canonical.encode(tree).decode()
    made = source.read(text, "a.json")
    assert made.found == []
    assert made.data == tree
    assert repr(made.data) == repr(canonical.decode(text))
