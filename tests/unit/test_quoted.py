"""Text in quotes: a pipe and an expression read it alike, and a pattern's backslashes are the pattern's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.expressions import BadExpression
from engine.pipes import BadPipe, compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template

FILTERS = Registry().filters
RECORD: dict[str, Any] = {
    "text": "one\ntwo\tthree",
    "wide": "1\u00a0000",
    "path": "C:\\temp",
    "foo": "a foo",
    "n": "no 42",
    "said": "it's",
}


def pipe(path: str, calls: str) -> Any:
    return compile_pipe(f"$.{path} | {calls}", FILTERS).evaluate(Scope({"record": RECORD}, Constants()))


def expression(path: str, calls: str) -> Any:
    template = compile_template(f"{{{{ record.{path} | {calls} }}}}", {"record"}, FILTERS)
    return template.evaluate(Scope({"record": RECORD}, Constants()))


BOTH = pytest.mark.parametrize("run", [pipe, expression])


@BOTH
@pytest.mark.parametrize(
    ("path", "calls", "made"),
    [
        ("text", r"replace('\n', ' ')", "one two\tthree"),
        ("text", r"replace('\t', '\r\n')", "one\ntwo\r\nthree"),
        ("text", "replace('\n', ' ')", "one two\tthree"),
        ("wide", r"replace('\u00a0', '')", "1000"),
        ("path", r"replace('\\', '/')", "C:/temp"),
        ("said", r"replace('\'', '\"')", 'it"s'),
        ("said", r"""replace("\'", "\"")""", 'it"s'),
        ("foo", r"regex('\bfoo')", "foo"),
        ("n", r"regex('\d+')", "42"),
        ("n", r"regex(pattern='no (\d+)', group=1)", "42"),
        ("n", r"matches('^\w+\s\d\d$')", True),
        ("text", r"regex('\n(two)', group=1)", "two"),
        ("path", r"regex('\x5C(.*)', group=1)", "temp"),
        ("said", r"regex('t\'s')", "t's"),
        ("said", r"""regex("[\"']s")""", "'s"),
    ],
)
def test_a_text_in_quotes_is_the_same_in_a_pipe_and_in_an_expression(
    run: Any, path: str, calls: str, made: Any
) -> None:
    assert run(path, calls) == made


@BOTH
@pytest.mark.parametrize(
    ("calls", "said", "help"),
    [
        (r"replace('\d', '')", r"\d means nothing in text", r"write \\ for a backslash"),
        (r"replace('\x41', '')", r"\x means nothing in text", r"\uXXXX a character"),
        (r"replace('\u12', '')", r"\u means nothing in text", r"\uXXXX a character"),
        (r"replace('\b', '')", r"\b means nothing in text", r"write \\"),
        (r"replace('\ud800', '')", "half of a character", "write the character itself"),
        (r"regex('\\d+')", "a backslash is written once", r"write \d; for a backslash in the text \x5C"),
        (r"matches(pattern='a\\')", "a backslash is written once", r"write \x5C"),
        ("regex('\bfoo')", "control character U+0008", "YAML makes it of a backslash in double quotes"),
    ],
)
def test_a_backslash_that_means_nothing_or_something_else_is_refused(
    run: Any, calls: str, said: str, help: str
) -> None:
    with pytest.raises((BadPipe, BadExpression)) as refused:
        run("text", calls)
    assert said in str(refused.value)
    assert help in refused.value.help  # type: ignore[attr-defined]  # both have it


def test_the_refusal_stands_at_the_backslash() -> None:
    text = r"$.a | replace('xy\d', '')"
    with pytest.raises(BadPipe) as refused:
        compile_pipe(text, FILTERS)
    assert text[refused.value.offset : refused.value.offset + refused.value.length] == r"\d"
    text = r"{{ record.a | replace('xy\d', '') }}"
    with pytest.raises(BadExpression) as bad:
        compile_template(text, {"record"}, FILTERS)
    assert text[bad.value.offset :].startswith(r"\d")


def test_two_texts_side_by_side_are_refused() -> None:
    with pytest.raises(BadExpression, match="side by side"):
        compile_template("{{ 'a' 'b' }}", {"record"}, FILTERS)


def test_a_pattern_that_the_record_gives_is_taken_as_it_is() -> None:
    roots = {"record": {"text": "a\\d", "pattern": "\\\\d"}}
    for run in (
        compile_pipe("$.text | matches($.pattern)", FILTERS),
        compile_template("{{ record.text | matches(record.pattern) }}", {"record"}, FILTERS),
    ):
        assert run.evaluate(Scope(roots, Constants())) is True


def test_names_of_fields_and_texts_in_lists_have_the_same_escapes() -> None:
    roots = {"record": {"it's": "a\nb"}}
    template = compile_template(r"{{ record['it\'s'] in ['a\nb'] }}", {"record"}, FILTERS)
    assert template.evaluate(Scope(roots, Constants())) is True
