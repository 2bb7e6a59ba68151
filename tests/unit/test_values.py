"""What a recipe's values mean, from YAML to a document, and what the check finds in them before any record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import dates, mapping, source
from engine.compile import ValueCompiler
from engine.diagnostics import Diagnostic
from engine.errors import RecordError
from engine.fit import unfit
from engine.paths import MISSING
from engine.recipe import DocumentMapping
from engine.registry import Registry
from engine.schema import Validator
from engine.scope import MAX_WORK, Constants, Scope, Work
from engine.source import Source
from engine.values import Names, Value

FILTERS = Registry().filters
LOOKUPS = {"t": {"a": 1}}
NAMES = Names(frozenset({"record", "run"})).step("pay")
RECORD: dict[str, Any] = {
    "a": 1,
    "n": None,
    "t": "x",
    "yes": True,
    "no": False,
    "list": [{"p": "1.10", "on": True}, {"p": "2.20", "on": False}, {"p": "3.30", "on": True}],
    "empty": [],
    "nested": [{"in": [1, 2]}, {"in": [3]}],
    "items": "field",
}


def compiled(yaml: str, names: Names = NAMES) -> tuple[Value, list[Diagnostic], Source]:
    read = source.read(yaml, "a.yaml")
    found = list(read.found)
    return ValueCompiler(read, FILTERS, LOOKUPS, found).value(read.data, "", names), found, read


def evaluate(yaml: str, **roots: Any) -> Any:
    value, found, _ = compiled(yaml)
    assert found == []
    return value.evaluate(Scope({"record": RECORD, **roots}, Constants(dates.zone("UTC"), LOOKUPS)))


def failed(yaml: str) -> RecordError:
    with pytest.raises(RecordError) as error:
        evaluate(yaml)
    return error.value


def findings(yaml: str, names: Names = NAMES) -> list[tuple[str, str, str]]:
    """Return code, pointer and the excerpt that is underlined."""
    _, found, read = compiled(yaml, names)
    spans = [read.locate(each) for each in found]
    lines = read.lines
    return [
        (each.code, each.pointer, lines[span.line - 1][span.column - 1 : span.end_column - 1])
        for each, span in zip(found, spans, strict=True)
    ]


# The form decides


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("v: $.a", 1),
        ("v: $", RECORD),
        ("v: $ | x", "$ | x"),
        ("v: $5 off", "$5 off"),
        ("v: 'US$'", "US$"),
        ("v: ' $5 off'", " $5 off"),
        ('v: "$\\n"', "$\n"),
        ("v: $.t | default('y')", "x"),
        ("v: '{{ record.a }}'", 1),
        ("v: 'a {{ record.a }}'", "a 1"),
        ('v: "{{ record.items }}\\n"', "field"),
        ("v: |\n  {{ record.a }}", 1),
        ("v: plain", "plain"),
        ("v: 12.50", Decimal("12.50")),
        ("v: null", None),
        ("v: true", True),
        ("v: {literal: $.a}", "$.a"),
        ("v: {literal: '{{ x }}'}", "{{ x }}"),
        ("v: {literal: {for_each: 1, map: $.q}}", {"for_each": 1, "map": "$.q"}),
        ("v: {literal: null}", None),
        ("v: {literal: $.a, more: $.a}", {"literal": "$.a", "more": 1} | {"literal": 1}),
        ("v: {map: $.a}", {"map": 1}),
        ("v: {when: $.a}", {"when": 1}),
        ("v: {when: $.a, map: 1, other: 2}", {"when": 1, "map": 1, "other": 2}),
        ("v: []", []),
        ("v: {}", {}),
        ("v: [$.a, [$.t]]", [1, ["x"]]),
        ("v: {b: {c: $.a}}", {"b": {"c": 1}}),
    ],
)
def test_the_form_decides_what_a_value_is(yaml: str, value: Any) -> None:
    assert evaluate(yaml) == {"v": value}
    assert type(evaluate(yaml)["v"]) is type(value)


@pytest.mark.parametrize("path", ["$.none?", "$.n?", "$.none.more?", "$.none[*].p?"])
def test_an_optional_path_that_finds_nothing_leaves_out_its_field_or_entry(path: str) -> None:
    assert evaluate(f"{{v: '{path}', w: 1}}") == {"w": 1}
    assert evaluate(f"['{path}', 1]") == [1]


def test_null_is_kept_where_it_was_not_called_optional() -> None:
    assert evaluate("{v: $.n, w: [$.n]}") == {"v": None, "w": [None]}


def test_a_mapping_whose_fields_are_all_left_out_is_empty() -> None:
    assert evaluate("v: {w: $.none?}") == {"v": {}}


# for_each, when and map


def test_for_each_is_one_entry_per_element() -> None:
    assert evaluate("for_each: $.list\nmap: {p: $item.p | money}") == [
        {"p": Decimal("1.10")},
        {"p": Decimal("2.20")},
        {"p": Decimal("3.30")},
    ]


def test_inside_a_list_the_entries_of_for_each_are_spliced_in() -> None:
    yaml = """
- first
- {for_each: '$.list[*]', map: $item.p}
- {for_each: $.empty, map: 1}
- [{for_each: $.list, map: 0}]
- last
"""
    assert evaluate(yaml) == ["first", "1.10", "2.20", "3.30", [0, 0, 0], "last"]


def test_a_condition_of_for_each_chooses_its_elements() -> None:
    assert evaluate("for_each: $.list\nwhen: $item.on\nmap: $item.p") == ["1.10", "3.30"]
    assert evaluate("for_each: $.list\nwhen: '{{ item.p | money > 2 }}'\nmap: $item.p") == ["2.20", "3.30"]


def test_an_entry_that_has_no_value_is_left_out() -> None:
    assert evaluate("for_each: $.list\nmap: $item.none?") == []
    assert evaluate("for_each: $.list\nmap: {when: $item.on, map: $item.p}") == ["1.10", "3.30"]


@pytest.mark.parametrize(
    ("path", "made"), [("$.empty", []), ("$.none?", []), ("$.n?", []), ("$.list[0:1]", [1])]
)
def test_a_list_without_elements_has_no_entries(path: str, made: list[int]) -> None:
    assert evaluate(f"for_each: '{path}'\nmap: 1") == made


@pytest.mark.parametrize(
    ("path", "code"),
    [("$.none", "X101"), ("$.n", "X105"), ("$.t", "X105"), ("$.a", "X105"), ("$.list[0]", "X105")],
)
def test_for_each_over_what_is_no_list_is_an_error_at_its_path(path: str, code: str) -> None:
    error = failed(f"for_each: '{path}'\nmap: 1")
    assert (error.code, error.pointer) == (code, "/for_each")


def test_nested_for_each_reads_each_by_its_name() -> None:
    yaml = "for_each: $.nested\nas: outer\nmap: {for_each: $outer.in, as: inner, map: ['$inner', $.a]}"
    assert evaluate(yaml) == [[[1, 1], [2, 1]], [[3, 1]]]


def test_a_value_under_a_condition_is_there_or_not() -> None:
    assert evaluate("{v: {when: $.yes, map: $.a}, w: {when: $.no, map: $.none}}") == {"v": 1}
    assert evaluate("[{when: $.yes, map: 1}, {when: '{{ record.a > 5 }}', map: 2}]") == [1]


@pytest.mark.parametrize(
    "condition", ["$.a", "$.t", "$.n", "$.list", "'{{ 1 }}'", "$.none?", "'{{ record.t }}'"]
)
def test_a_condition_is_never_truthy(condition: str) -> None:
    error = failed(f"v: {{when: {condition}, map: 1}}")
    assert (error.code, error.pointer) == ("X104", "/v/when")


# Errors of a record carry their place


@pytest.mark.parametrize(
    ("yaml", "code", "place"),
    [
        ("{a: 1, v: {w: $.none}}", "X101", "/v/w"),
        ("[1, [$.none]]", "X101", "/1/0"),
        ("v: '{{ record.none }}'", "X101", "/v"),
        ("v: 'a {{ record.none }}'", "X101", "/v"),
        ("v: $.t | money", "X102", "/v"),
        ("v: $.t | lookup('t')", "X103", "/v"),
        ("v: {when: '{{ record.none }}', map: 1}", "X101", "/v/when"),
        ("v: {when: $.yes, map: {w: $.none}}", "X101", "/v/map/w"),
        ("x/y: {'~': $.none}", "X101", "/x~1y/~0"),
    ],
)
def test_an_error_leads_to_the_value_that_has_it(yaml: str, code: str, place: str) -> None:
    error = failed(yaml)
    assert (error.code, error.pointer) == (code, place)


def test_an_error_inside_for_each_says_which_entry_it_was() -> None:
    error = failed("- {for_each: $.nested, as: x, map: '{{ x.in[1] }}'}")
    assert error.pointer == "/0/map"
    assert error.message.endswith("(entry 2 of the list)")


# What is found before a record


@pytest.mark.parametrize(
    ("yaml", "found"),
    [
        ("v: $USD", ("R202", "/v", "$USD")),
        ("v: $item.p", ("R202", "/v", "$item")),
        ("v: $.a | default($recrd.x)", ("R202", "/v", "$recrd")),
        ("v: '{{ itm.p }}'", ("R303", "/v", "itm")),
        ("v: $steps.nope.id", ("R203", "/v", "nope")),
        ("v: '{{ steps.nope.id }}'", ("R203", "/v", "nope")),
        ("v: $.a | lookup('nope')", ("R205", "/v", "nope")),
        ("v: $.a | lookup($.t)", ("R205", "/v", None)),
        ("v: \"{{ record.a | lookup('nope') }}\"", ("R205", "/v", "nope")),
        ("v: \"{{ record.a | lookup(table='nope') }}\"", ("R205", "/v", "nope")),
        ("v: $.a | mony", ("R301", "/v", "mony")),
        ("v: $.a b", ("R301", "/v", "b")),
        ("v: $.a? | money", ("R301", "/v", "?")),
        ("v: '{{ record.a + }}'", ("R303", "/v", "}")),
        ("v: a {# b #}", ("R303", "/v", "{")),
        ("v: '{% autoescape true %}{% endautoescape %}'", ("R303", "/v", "autoescape")),
        ("v: 'x ${env:TOKEN}'", ("R405", "/v", None)),
        ("v: {when: yes, map: 1}", ("R305", "/v/when", "yes")),
        ("v: {when: true, map: 1}", ("R305", "/v/when", "true")),
        ("v: {when: 'a {{ true }}', map: 1}", ("R305", "/v/when", None)),
        ("v: {when: [$.a], map: 1}", ("R305", "/v/when", "[$.a]")),
        ("v: {for_each: [1], map: 1}", ("R305", "/v/for_each", "[1]")),
        ("v: {for_each: text, map: 1}", ("R305", "/v/for_each", "text")),
        ("v: {for_each: $.list, as: 5, map: 1}", ("R101", "/v/as", "5")),
        ("v: {for_each: $.list, as: a-b, map: 1}", ("R101", "/v/as", "a-b")),
        ("v: {for_each: $.list, as: record, map: 1}", ("R204", "/v/as", "record")),
        ("v: {for_each: $.list, as: steps, map: 1}", ("R204", "/v/as", "steps")),
        ("v: {when: $.yes, as: x, map: 1}", ("R103", "/v/as", "as")),
        ("v: {for_each: $.list, each: 1}", ("R103", "/v/each", None)),
    ],
)
def test_a_mistake_is_found_before_any_record(yaml: str, found: tuple[str, str, str | None]) -> None:
    ((code, place, excerpt),) = findings(yaml)
    assert (code, place) == found[:2]
    assert found[2] in (None, excerpt)


def test_an_inner_for_each_needs_a_name_of_its_own() -> None:
    yaml = "for_each: $.nested\nmap: {for_each: $item.in, map: $item}"
    assert [code for code, _, _ in findings(yaml)] == ["R204"]


def test_a_name_ends_with_its_for_each() -> None:
    assert [code for code, _, _ in findings("- {for_each: $.list, as: x, map: $x}\n- $x")] == ["R202"]
    assert findings("- {for_each: $.list, as: x, map: $x}\n- {for_each: $.list, as: x, map: $x}") == []


def test_every_mistake_is_found_at_once() -> None:
    codes = [code for code, _, _ in findings("a: $USD\nb: $.x | nope\nc: {d: '{{ q }}'}\ne: [$steps.no]")]
    assert codes == ["R202", "R301", "R303", "R203"]


@pytest.mark.parametrize(
    ("yaml", "cure"),
    [
        ("v: $.a[?@.b == 'x #1']", "comment"),
        ("{v: $.a | default(1, empty=true), w: 1}", "comma"),
        ("[$.a | lookup('t', 1)]", "comma"),
    ],
)
def test_a_value_that_yaml_cut_is_told_to_take_quotes(yaml: str, cure: str) -> None:
    _, found, _ = compiled(yaml)
    assert any(cure in each.help and "in quotes" in each.help for each in found)


def test_what_is_read_is_known() -> None:
    value, _, _ = compiled(
        "- $.a.b[0].c\n- '{{ steps.pay.id }}'\n- {when: $run.id, map: 1}\n- $.x | default($steps['pay'].n)"
    )
    assert value.uses >= {("record", "a", "b"), ("steps", "pay", "id"), ("run", "id"), ("steps", "pay", "n")}


# Against the target's schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "key"],
    "properties": {
        "number": {"type": "string", "description": "the number"},
        "key": {"type": "string", "readOnly": True},
        "total": {"type": "string", "format": "money"},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
    },
    "$defs": {
        "line": {
            "type": "object",
            "additionalProperties": False,
            "required": ["p"],
            "properties": {"p": {"type": "string", "format": "money"}, "q": {"type": "integer"}},
        }
    },
}


def misfits(yaml: str) -> list[tuple[str, str]]:
    value, found, _ = compiled(yaml)
    assert found == []
    return [(each.code, each.pointer) for each in unfit(value, SCHEMA, "doc")]


@pytest.mark.parametrize(
    ("yaml", "misfit"),
    [
        ("number: $.t", []),
        ("number: $.t\ntotal: 12.50", []),
        ("number: $.t\ntotal: '12.50'", []),
        ("number: $.t\nnumbr: 1", [("R302", "/numbr")]),
        ("{}", [("R304", "")]),
        ("number: 5", [("R304", "/number")]),
        ("number: $.t\nkey: x", [("R302", "/key")]),
        ("number: $.t\nkind: c", [("R304", "/kind")]),
        ("number: $.t\nkind: {literal: c}", [("R304", "/kind")]),
        ("number: $.t\nkind: {when: $.yes, map: c}", [("R304", "/kind/map")]),
        ("number: $.t\ntotal: abc", [("R304", "/total")]),
        ("number: $.t\ntags: {for_each: $.list, map: abc}", []),
        ("number: $.t\ntags: {for_each: $.list, map: 5}", [("R304", "/tags/map")]),
        (
            "number: $.t\ntags: [{for_each: $.list, map: 5}, x, 6]",
            [("R304", "/tags/0/map"), ("R304", "/tags/2")],
        ),
        ("number: $.t\nlines: [{p: 1, r: 2}]", [("R302", "/lines/0/r")]),
        ("number: $.t\nlines: [{q: 1}]", [("R304", "/lines/0")]),
        ("number: $.t\nlines: {for_each: $.list, map: {p: 1, q: x}}", [("R304", "/lines/map/q")]),
        ("number: $.t\nlines: [{for_each: $.list, map: {p: $item.p, r: 1}}]", [("R302", "/lines/0/map/r")]),
        (
            "number: $.t\nlines: [{for_each: $.list, map: {when: $item.on, map: {q: $.a}}}]",
            [("R304", "/lines/0/map/map")],
        ),
    ],
)
def test_what_cannot_fit_the_target_is_found_before_a_record(
    yaml: str, misfit: list[tuple[str, str]]
) -> None:
    assert misfits(yaml) == misfit


def test_a_value_with_a_finding_is_not_held_against_the_schema_as_well() -> None:
    value, found, _ = compiled("number: $.a | nope\nkind: '{{ x }}'")
    assert [each.code for each in found] == ["R301", "R303"]
    assert unfit(value, SCHEMA, "doc") == []


def applied(yaml: str) -> Any:
    value, found, _ = compiled(yaml)
    assert found == []
    made = DocumentMapping("test/thing", value, Validator(SCHEMA), "")
    return mapping.apply(made, Scope({"record": RECORD}, Constants()))


def test_a_number_becomes_text_only_in_a_field_of_money() -> None:
    yaml = """
number: $.t
key: k
total: $.list[*].p | money | sum
lines: [{for_each: $.list, map: {p: $item.p | money, q: 1}}]
"""
    assert applied(yaml) == {
        "number": "x",
        "key": "k",
        "total": "6.60",
        "lines": [{"p": "1.10", "q": 1}, {"p": "2.20", "q": 1}, {"p": "3.30", "q": 1}],
    }


@pytest.mark.parametrize(
    ("yaml", "place"),
    [
        ("key: k\nnumber: $.a", "/number"),
        ("key: k\nnumber: {when: $.yes, map: $.a}", "/number/map"),
        ("number: x\nkey: k\nlines: [{p: $.t}]", "/lines/0/p"),
        ("number: x\nkey: k\nlines: [{p: 1}, {p: $.t}]", "/lines/1/p"),
        ("number: x\nkey: k\nlines: [{for_each: $.list, map: {p: $item.p, q: $.t}}]", "/lines/0/map/q"),
        ("number: x\nkey: k\nlines: {for_each: $.list, map: {p: $item.p, q: $.t}}", "/lines/map/q"),
        ("number: x\nkey: k\nlines: [{for_each: $.list, map: {p: $item.p}}, {p: 1, q: $.t}]", "/lines"),
        ("number: x\nkey: k\ntags: $.list", "/tags"),
    ],
)
def test_a_document_that_breaks_its_schema_leads_to_the_line_that_wrote_the_field(
    yaml: str, place: str
) -> None:
    with pytest.raises(RecordError) as error:
        applied(yaml)
    assert (error.value.code, error.value.pointer) == ("X105", place)


def test_a_mapping_changes_nothing_it_reads() -> None:
    before = repr(RECORD)
    applied("number: $.t\nkey: k\nlines: [{for_each: $.list, map: {p: $item.p | money}}]")
    assert repr(RECORD) == before


def test_a_missing_value_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError):
        bool(MISSING)


def nested(levels: int) -> str:
    """Return a mapping with so many for_each inside each other, each over ``$.many``."""
    inner = "1"
    for level in range(levels):
        inner = f"{{for_each: $.many, as: a{level}, map: {inner}}}"
    return f"all: {inner}"


def test_for_each_in_for_each_stops_before_it_makes_a_document_of_millions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Work.__init__, "__defaults__", (MAX_WORK // 20,))
    value, found, _ = compiled(nested(8))
    assert found == []
    with pytest.raises(RecordError, match="makes too many entries") as stopped:
        value.evaluate(Scope({"record": {"many": list(range(10))}}, Constants()))
    assert stopped.value.code == "X102"
    assert "$item" in stopped.value.help


def test_what_the_entries_of_a_for_each_look_at_is_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Work.__init__, "__defaults__", (MAX_WORK // 20,))
    value, found, _ = compiled("all: {for_each: $.many, map: '$..x'}")
    assert found == []
    with pytest.raises(RecordError, match="looks at too many values"):
        value.evaluate(Scope({"record": {"many": [[n] for n in range(1_500)]}}, Constants()))


def test_an_invoice_of_100000_lines_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Work.__init__, "__defaults__", (MAX_WORK // 20,))  # and so are the lines, for speed
    line = "sku: $item.sku, price: $item.price | money, tax: '$item.tax[*].price | money | sum', n: '{{ item.n + 1 }}'"
    value, found, _ = compiled(f"lines: [{{for_each: '$.lines[*]', map: {{{line}}}}}]")
    assert found == []
    lines = [{"sku": f"S{n}", "price": "1.10", "tax": [{"price": "0.10"}], "n": n} for n in range(5_000)]
    scope = Scope({"record": {"lines": lines}}, Constants())
    made = value.evaluate(scope)["lines"]
    assert len(made) == 5_000
    assert value.evaluate(scope)["lines"] == made, "each evaluation counts for itself"
