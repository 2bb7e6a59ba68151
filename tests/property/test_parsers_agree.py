"""The C parser and the pure one read a corpus alike: data, places of keys and of values; slices of the text show it.

What one of them alone takes is read as it says: what the C parser refuses is asked again of the pure one.
"""

from __future__ import annotations

from itertools import product

import pytest
from ruamel.yaml.error import YAMLError

from engine import pointer, source
from engine.diagnostics import Span
from engine.shipped import shipped
from engine.source import Source
from tests.property import mutated

BODIES = (
    "x\n",
    "x\n\n  y\n\n\n",
    "\n  x\n    y\n  z",
    "x # no comment\n  - y\n  ': '\n",
    "é \U0001f600\n   more\n\n",
)
BLOCKS = [
    f"a: {sign}{indent}{chomp}{comment}\n  {body}"
    for sign, indent, chomp, comment, body in product(
        "|>", ("", "1", "2"), ("", "-", "+"), ("", " # c"), BODIES
    )
] + [f"- {sign}{chomp}{indent}\n   x\n- y" for sign, chomp, indent in product("|>", "-+", "12")]
"""Every block header; a body of one line, of paragraphs, led by an empty line, of signs, of wide characters."""
FLOW = """\
{a: b}
{a: b, }
[a, b, ]
{a: [b, {c: d}], e: {}}
{ a : b , c : d }
[{a: b}, {c: d}]
{"a": b, 'c': d}
{"a":b}
{a: "b, c", d: 'e: f'}
{a: b c d, e: f}
[a b, c  d]
{a: -1, b: 1.50, c: true, d: null, e: NO}
[[], {}, '', ""]
[[[[[x]]]]]
{a: http://x.test/y?z=1}
{a: x:y, b: x#y, c: a-b}
{é: ü, 数: 字}
{\U0001f600: \U0001f680, b: 1}
["\U0001f600", b, '\U0001f680', c]
{a: &x 1, b: *x}
[&x {a: b}, *x]
{? a : b}
[? a : b]
[a: b, c: d]
{a: $.x | lookup('s'), b: 2}
{a: "$.x[?@.b == 'c']"}
{a: $.x[0].y}
{a: '{{ x }}'}""".split("\n")
LINES = r"""a: b
a:   b
a:	b
a : b
"a": b
'a b': c
a b: c d
a: 'it''s'
a: "\t\n\"\\\/\x41\u00e9\U0001F600"
a: "\_\N\L\P\e\0"
a: "é" # c
a: 'b' # c
a: b # c
a: b#c
a: b #
a: -
a: - b
a: ?b
a: -b
a: :b
a: b:c
a: b: c
a: @b
a: `b
a: %b
a: !b
a: &b
a: &b c
a: &b 'c'
a: &b "c"
&a b: c
&a b: &c d
a: *b
a: 1
a: -1
a: 0
a: 00
a: 1.0
a: 1.
a: .1
a: 1e3
a: 0x1F
a: 12:30
a: 2026-11-22
a: ~
a: null
a: Null
a: true
a: yes
a: =
a: <<
<<: a
a: ''
a: ""
a: ' '
a: " "
a: 数 # 字
数: a
\U0001f600: a
\U0001f600\U0001f600: 'b'
a: \U0001f600 b
a: '\U0001f600' # c
"\U0001f600": "\U0001f600"
e\u0301: e\u0301
a: \u200b
a: \ufeff
a: \u00a0b
a: b\u00a0
a: b\u3000
a:
a: # c
- a
-  a
- - a
- - - a
- a: b
- a:
-
- # c
- {a: b}
- [a]
- &a b
- *a
- 'a'
a
'a'
"a"
1
{}
[]
--- a
--- a: b
--- {a: b}
--- # c
%YAML 1.1
? a
: a
? a : b
a: [
a: {b
a: "b
a: 'b
a: "\q"
a: ]
a: }
a: b,c
a: b, c
a: [b]c
a: {b: c} d
a: {{ b }}
a: "{{ b }}"
a: $.b?
a: {b: $.c?}
a: {b: $.c?, d: e}
[$.a?, b]
a: !!str b
a: !b {c: d}
!!map {a: b}""".replace("\\U0001f600", "\U0001f600").split("\n")
SEVERAL = [
    "a: b\nc: d\n", "a: b\n\n\nc: d", "a: b\r\nc: d\r\n", "a: b\rc: d\r", "a: b\n\r\nc: d", "\n\n  \na: b",
    "# c\na: b # d\n# e", "a:\n  b: c\n  d: e\nf: g", "a:\n    b: c\n", "a:\n- b\n- c\nd: e",
    "a:\n  - b\n  -\n    c: d\n    e: f", "a:\n  -   b: c\n      d: e", "-\n  a: b\n-\n  - c\n",
    "a: b\n  c\n  d", "a: b\n\n  c", "a:\n  b\n  c\nd: e", "a: b # c\n  d", "a: 'b\n  c'",
    "a: 'b\n\n  c'\nd: e", 'a: "b\n  c"', 'a: "b\\\n  c"', 'a: "b\n\n\n  c  \n  d"\ne: f', "? a\n: b\n? c\n: d",
    "? a\n: - b\n  - c", "? |\n  a\n: b", "? 'a'\n: 'b'", "a: &x\n  b: c\nd: *x", "a: &x [b,\n  c]\nd: *x",
    "a: &x b\nc: &x d\ne: *x", "- &x a\n- *x\n- [*x, *x]", "a: {\n  b: c,\n  d: e\n}\nf: g",
    "a: [\n  b,\n  c,\n]\n", "[\n  a,\n  b\n]", "{\na: b\n}", "a: {b:\n  c}", "a: {b: c\n  d}",
    "%YAML 1.2\n---\na: b\n...\n", "---\na: b\n---\nc: d", "a: b\n...\nc: d", "a: b\n...\n", "...\n", "---\n",
    "--- |\n  a\n  b", "--- >-\n  a\n  b\n", "\ufeffa: b\nc: d", "a: b\n\ufeffc: d", "a: b\n \n\t\nc: d",
    "a: |\n\tb", "a:\n\t- b", "\ta: b", "a:\n  b: c\n d: e", "a: b\n c: d", "a:\n  - b\n c: d", "a: b\na: c",
    "a: 1\nb: {a: 1, a: 2}", "a: |\n  b\n c\n", "a: |\n  b\nc: >\n  d\ne: f", "a: |\n\n\nb: c",
    "a: >+\n\n\nb: c", "a: |2\n    b\n   c\n", "a: |9\n  b", "a: |0\n  b", "a: |-+\n  b", "a: | b",
    "a: |\n  # b\n# c\nd: e", "a:\n  b: |\n    c\n  d: >\n    e\nf: g", "- |\n a\n- >\n b\n",
    "- - |\n   a\n  - b", "a: é\n数:\n  \U0001f600: ü # ö\n  b: 1", "a: x\u00a0y\nb: z", "a: x\u2003y",
    "a: x\u2028y", "a: x\x85y", "a: 'x\u2029y'", "# \u2028\na: b", "a: \x07", "a: \x7f", "a: \x00",
    "a: \U0010ffff", "a: \ud7ff", "a: \ufffd\nb: c", "a: \uffff", "'a\tb': 'c\td'", "a:\n  !!seq\n  - b",
    "a: b\n# c", "a: b #c\n#d\n  #e\nf: g",
]  # fmt: skip
CORPUS = list(dict.fromkeys([*BLOCKS, *FLOW, *LINES, *SEVERAL]))


def parsed(text: str, *, pure: bool) -> Source | None:
    """Read *text* with one parser alone; None where it refuses."""
    made = Source("a.yaml", text := text.removeprefix("\ufeff"))
    if source.ODD.search(text):
        return None
    try:
        made.data = source._Builder(made, list(source._parse(text, pure=pure))).document()
    except source._Stop as stop:
        made.data = None
        made.found.append(stop.found)
    except (YAMLError, UnicodeEncodeError, AssertionError):
        return None
    return made


def sliced(text: str, span: Span) -> str:
    """Return the stretch of *text* that *span* names."""
    lines = [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]
    chosen = lines[span.line - 1 : span.end_line]
    if len(chosen) == span.end_line - span.line + 1:
        chosen[-1] = chosen[-1][: span.end_column - 1]
    chosen[0] = chosen[0][span.column - 1 :]
    return "\n".join(chosen)


def places(made: Source) -> dict[str, tuple[int, ...]]:
    """Return the places on which parsers must agree: of blocks and of what is empty they see the end differently."""
    found: dict[str, tuple[int, ...]] = {}
    for place, span in made.values.items() if made.data is not None else ():
        shown, is_collection = (
            sliced(made.text, span),
            isinstance(pointer.value(made.data, place), (dict, list)),
        )
        whole = shown[:1] in ("{", "[", "*") if is_collection else shown[:1] not in ("|", ">")
        found[place] = (
            tuple(span) if whole and (span.line, span.column) != (span.end_line, span.end_column) else ()
        )
    return found


def test_the_corpus_is_large_and_both_parsers_take_most_of_it_each_with_refusals_of_its_own() -> None:
    taken = [(parsed(text, pure=False) is not None, parsed(text, pure=True) is not None) for text in CORPUS]
    assert len(CORPUS) >= 300
    assert taken.count((True, True)) >= 250
    assert taken.count((False, True)) >= 5
    assert taken.count((True, False)) == 1  # a tab behind a colon
    assert taken.count((False, False)) >= 20


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_what_both_parsers_take_has_one_meaning_and_one_place(text: str) -> None:
    fast, pure = parsed(text, pure=False), parsed(text, pure=True)
    if fast is not None and pure is not None:
        assert repr(fast.data) == repr(pure.data)
        assert fast.keys == pure.keys
        assert places(fast) == places(pure)
        assert [found.code for found in fast.found] == [found.code for found in pure.found]


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_what_one_parser_alone_takes_is_read_as_it_says(text: str) -> None:
    made = source.read(text, "a.yaml")
    taken = parsed(text, pure=False) or parsed(text, pure=True)
    if taken is None:
        assert made.data is None
        assert [found.code for found in made.found] in (["R001"], ["R007"])
    else:
        assert made == taken
        assert repr(made.data) == repr(taken.data)


def shipped_texts() -> list[str]:
    return sorted({text for _, _, text in mutated.bases()}) + [
        path.read_text("utf-8") for path in sorted(shipped("schemas").rglob("*.json"))
    ]


@pytest.mark.parametrize("text", [*CORPUS, *shipped_texts()], ids=lambda text: repr(text)[:40])
def test_the_slice_at_a_place_is_what_was_read_there(text: str) -> None:
    made = source.read(text, "a.yaml")
    if made.data is None or made.found:
        return
    for place, span in made.keys.items():
        again = source.read(f"? {sliced(made.text, span)}\n: 1", "a.yaml").data
        assert again == {pointer.split(place)[-1]: 1}, place
    for place, span in made.values.items():
        shown, value = sliced(made.text, span), pointer.value(made.data, place)
        if shown.startswith("*"):
            assert shown[1:].isalnum(), place
        elif isinstance(value, dict) and shown[:1] not in ("{", "&", "?"):
            begins = made.keys[pointer.join(place, next(iter(value)))]
            assert (span.line, span.column) == (begins.line, begins.column), place
        elif isinstance(value, list) and shown[:1] not in ("[", "&"):
            assert shown[:1] == "-", place
        elif shown[:1] not in ("|", ">", "?"):
            again = source.read(f"- {shown}".replace("\n", "\n  "), "a.yaml")
            # An alias inside has lost its anchor.
            assert "R003" in [found.code for found in again.found] or repr(again.data) == repr([value]), place


def test_a_place_that_is_off_by_one_would_be_seen() -> None:
    text = "a: \U0001f600 b\nc: 'd'"
    made = source.read(text, "a.yaml")
    assert sliced(text, made.values["/a"]) == "\U0001f600 b"
    assert sliced(text, made.values["/c"]) == "'d'"
    assert sliced(text, made.keys["/c"]) == "c"
