"""Generated code: what is in it, whose error is whose, and what it leaves to the interpreter."""

from __future__ import annotations

import ast
import json
import linecache
import traceback
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RecordError
from engine.flaws import Flaw
from engine.generated import Compiled, code_of, of_value, operations
from engine.generated.made import Unfit
from engine.paths import MISSING
from engine.pipes import compile_pipe
from engine.quick import LONGEST, MOST, Fixed, Slow
from engine.schema import Validator
from engine.scope import MAX_LOOKS, Scope
from tests.bench import HEAD, Bench
from tests.generating import CONSTANTS, FILTERS, made_of, outcome

HOSTILE = [
    "'", '"', "\\", "'''", '"""', "\n", "\r", "\u2028", "{0}", "{}", "{{", "%s", "#", "'] + __import__('os') + ['",
    "\x00", "é", "a'b\"c\\n", "\ud7ff", "\U0001f600", "None", "roots", "(", "]",
]  # fmt: skip
"""Texts that would leave a quoted literal if anything could."""


def coded(written: Any, schema: dict[str, Any] | None = None) -> Compiled:
    value = made_of(written)
    assert value is not None
    return of_value(value, CONSTANTS, None if schema is None else Validator(schema))


def given(code: Compiled, record: Any) -> Any:
    return code.evaluate(Scope({"record": record, "run": {}, "steps": {}}, CONSTANTS))


# What is in it


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_recipe_is_in_the_code_but_quoted(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\x00", "\\u0000")
    written: dict[str, Any] = {
        text: {"literal": text},
        "path": f"$['{quoted}']?",
        "filter": f"$.a | default('{quoted}')",
        "each": {"for_each": f"$.l[?@.b == '{quoted}']", "map": {text: "$item.b"}},
        "expression": "{{ record.a == " + json.dumps(text) + " }}" if text.isprintable() else "x",
    }
    # Where the language itself does not take the text, it cannot get into code either.
    code = coded({name: each for name, each in written.items() if made_of({name: each}) is not None})
    assert code.module.text.isascii()
    names = {node.id for node in ast.walk(ast.parse(code.module.text)) if isinstance(node, ast.Name)}
    own = {
        name for name in names if name.rstrip("0123456789_") in {"v", "d", "l", "i", "e", "s", "k", "default"}
    }
    assert names - own - operations.NAMES.keys() <= {"scope", "roots", "record", "used", "left"}
    record = {text: "found", "a": text, "l": [{"b": text}, {"b": "other"}]}
    assert given(code, record) == code.of.evaluate(Scope({"record": record}, CONSTANTS))
    assert given(code, record)[text] == text


def test_a_record_never_gets_at_what_python_has_built_in() -> None:
    assert code_names(coded({"a": "$.a"}))["__builtins__"] == {}


def code_names(code: Compiled) -> dict[str, Any]:
    return dict(code.module.functions())


def test_a_trace_shows_the_line_of_the_code() -> None:
    code = coded({"a": "$.a", "b": "$.b"})
    with pytest.raises(KeyError) as error:
        code.run(Scope({"record": {"a": 1}}, CONSTANTS))
    assert "'b': record['b']" in "".join(traceback.format_exception(error.value))
    assert linecache.getline(code.module.name, 1) == "def value(scope):\n"


# Whose error


def test_where_the_record_is_wrong_the_interpreter_says_what_and_where() -> None:
    code = coded({"a": {"b": "$.amount | money"}})
    with pytest.raises(RecordError) as error:
        given(code, {"amount": "5,00"})
    assert (error.value.code, error.value.pointer) == ("X102", "/a/b")
    assert "found the text '5,00'" in error.value.message


def test_where_the_code_alone_fails_the_engine_is_wrong_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(operations.NAMES, "joined", lambda *parts: 1 / 0)
    code = coded({"a": "$.a", "b": "{{ record.a ~ 'x' }}"})
    with pytest.raises(RecordError) as error:
        given(code, {"a": "y"})
    assert (error.value.code, error.value.pointer) == ("X902", "/b")
    assert "ZeroDivisionError" in error.value.message


def test_what_the_code_leaves_to_the_interpreter_comes_out_right_and_is_counted() -> None:
    code = coded({"a": "$.a | trim", "b": "$.b | money"}, {"properties": {"b": {"format": "money"}}})
    assert given(code, {"a": " x", "b": "1.50"}) == {"a": "x", "b": "1.50"}
    assert code.slow == [0]
    assert given(code, {"a": " " * LONGEST + "x", "b": 2}) == {"a": "x", "b": "2"}
    assert code.slow == [1]


def test_a_default_is_counted_once_also_where_the_interpreter_takes_over() -> None:
    code = coded({"a": "$.a | default('z')", "b": "$.b | trim"})
    scope = Scope({"record": {"b": "x" * (LONGEST + 1)}}, CONSTANTS, Counter())
    code.evaluate(scope)
    assert scope.defaults == {"/a": 1}


def test_a_list_that_is_long_is_left_to_the_interpreter() -> None:
    code = coded("$.l[*].p | money | sum")
    lines = [{"p": "1"}] * (MOST + 1)
    assert given(code, {"l": lines}) == Decimal(MOST + 1)
    assert code.slow == [1]


def test_a_for_each_that_does_too_much_fails_as_the_interpreter_has_it() -> None:
    inner = {"for_each": "$.l[*]", "as": "b", "map": {"for_each": "$.l[*]", "as": "c", "map": "$c"}}
    code = coded({"for_each": "$.l[*]", "as": "a", "map": inner})
    with pytest.raises(RecordError, match="makes too many entries"):
        given(code, {"l": list(range(400))})


@pytest.mark.parametrize("written", ["$..a", "$.a[1:2]", "{% for x in record.l %}{{ x }}{% endfor %}"])
def test_a_value_that_has_no_code_stays_the_interpreters(written: str) -> None:
    with pytest.raises(Unfit):
        coded(written)
    assert given(coded({"a": written, "b": "$.b"}), {"a": [1, 2], "b": 1, "l": []})["b"] == 1


@pytest.mark.parametrize("written", ["$ | default('z')", "$.a?", "$steps", "$steps?", "$steps | default(1)"])
def test_a_root_that_is_not_there_is_missing(written: str) -> None:
    code = coded({"a": written})
    assert outcome(code, {}, None) == outcome(code.of, {}, None)


@pytest.mark.parametrize(
    "written",
    ["{{ (record.n / 3) | abs }}", "{{ [(record.n / 3) | abs] }}", "{{ (record.n / 3) | abs | default(3) }}"],
)
def test_a_fraction_never_leaves_an_expression(written: str) -> None:
    with pytest.raises(RecordError, match="no exact decimal"):
        given(coded({"a": written}), {"n": 10})


def test_an_element_called_null_is_not_taken_for_null() -> None:
    written = {"for_each": "$.l[*]", "as": "null", "map": {"a": "{{ record.b | default(null) }}"}}
    assert given(coded(written), {"l": [7]}) == [{"a": 7}]


@pytest.mark.parametrize(
    "written", ["$" + "[0]" * 300, "$.a" + " | trim" * 300, "$.l[?@" + ".a" * 300 + " == 1]"]
)
def test_what_python_finds_too_deep_stays_the_interpreters(written: str) -> None:
    with pytest.raises(Unfit):
        coded(written)


def test_loops_deeper_than_pythons_stay_the_interpreters() -> None:
    written: Any = "$.a"
    for number in range(25):
        written = {"for_each": "$.l[*]", "as": f"x{number}", "map": written}
    with pytest.raises(Unfit):
        coded(written)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("$.a | path('$[0]')", [0] * MAX_LOOKS),
        ("$.a | first", [[0] * MAX_LOOKS]),
        ("$.a | default('x')", [0] * MAX_LOOKS),
        ("$.a | lookup('kinds', default='x')", "x" * 32 * MAX_LOOKS),
    ],
)
def test_what_is_too_much_for_the_interpreter_is_too_much_for_the_code(written: str, value: Any) -> None:
    code = coded(written)
    roots = {"record": {"a": value}}
    assert outcome(code, roots, None) == outcome(code.of, roots, None)


# What is proved


def proved(written: Any, schema: dict[str, Any], record: Any) -> list[Flaw]:
    """Return what is wrong with the document that *written* makes, as a mapping finds it."""
    document, is_proved = coded(written, schema).document(Scope({"record": record}, CONSTANTS))
    return Validator(schema).flaws(document, computed=True, proved=is_proved)


AMOUNT = {"type": "string", "format": "money"}


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ("$.whole", {"properties": {"x": AMOUNT}}),
        ("$.list", {"items": AMOUNT}),
        ("{{ record.list }}", {"items": AMOUNT}),
        ("$.text", {"format": "email"}),
        ("$.text", {"format": "date-time"}),
        ("{{ record.large * 1 }}", AMOUNT),
        ("{{ record.text ~ '' }}", {**AMOUNT, "properties": {}}),
        ("{{ record.text if true else record.large / 3 }}", AMOUNT),
        ("{{ true if true else record.large / 3 }}", AMOUNT),
        ("$.text", {"$ref": "#/x-own/choice"}),
        ("$.text", {"$dynamicRef": "#money"}),
        ({"x": "$.text"}, {"dependencies": {"x": {"properties": {"x": AMOUNT}}}}),
        ({"x": "$.text"}, {"$ref": "#/$defs/plain", "properties": {"x": AMOUNT}}),
    ],
)
def test_what_is_not_proved_is_judged(written: Any, schema: dict[str, Any]) -> None:
    whole = {
        "properties": {"a": schema},
        "$defs": {"plain": {"type": "object"}, "money": {"$dynamicAnchor": "money", **AMOUNT}},
        "x-own": {"choice": {"anyOf": [AMOUNT, {"type": "null"}]}},
    }
    record = {"text": "abc", "whole": {"x": "abc"}, "list": ["abc"], "large": 10**30}
    assert [flaw.pointer[:2] for flaw in proved({"a": written}, whole, record)] == ["/a"]


# Filters


@pytest.mark.parametrize("name", FILTERS)
def test_a_quick_form_gives_what_its_filter_gives(name: str) -> None:
    for (value, written), expected in FILTERS[name].declared.examples:
        if " | " in str(written) or FILTERS[name].takes_missing:
            continue
        (call,) = compile_pipe(f"$ | {written}", FILTERS).calls
        names = list(FILTERS[name].signature.parameters)
        args = {**dict(zip(names, call.args, strict=False)), **dict(call.named)}
        stand_in = args.pop(FILTERS[name].stand_in, MISSING)
        form = FILTERS[name].quick_form(Fixed(args, (), stand_in is not MISSING, CONSTANTS, {}, {}))
        if form is None:
            continue
        try:
            made = form(value)
        except Slow:
            assert isinstance(value, (list, dict)) or name == "lookup"
            continue
        assert made == expected or (made is MISSING and stand_in == expected)


# A recipe's


RECIPE = (
    HEAD
    + """
lookups: {kinds: {a: one}}
actions:
  - {id: note, when: "{{ record.kind == 'a' }}", uses: desk.notes.create, with: {text: $.kind | lookup('kinds')}}
"""
)


def test_a_run_goes_through_the_code_and_says_what_the_interpreter_says(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run(RECIPE, {"id": 1, "kind": "a"}, {"id": 2, "kind": 7}, {"id": 3, "kind": "b"})
    assert [note["text"] for note in bench.desk.made] == ["one"]
    assert [each.code for each in bench.failures] == ["X102"]
    module, _ = code_of(bench.recipe(RECIPE))
    assert "def when_" in module.text
    assert {line.place for line in module.lines} >= {
        "/trigger/key",
        "/actions/0/when",
        "/actions/0/with/text",
    }
