"""What a table of rows means: the fields it writes, the lists it goes through, and what is refused in it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from engine import dates, source
from engine.compile import ValueCompiler
from engine.declare import Declaration
from engine.diagnostics import Diagnostic
from engine.errors import RecordError
from engine.filters import Filter
from engine.registry import Registry
from engine.rows import Row, compile_rows
from engine.scope import Constants, Scope
from engine.source import Source
from engine.values import Names, Value

FILTERS = Registry().filters
LOOKUPS = {"t": {"a": 1}}
NAMES = Names(frozenset({"record", "run"})).step("pay")
RECORD: dict[str, Any] = {
    "a": 1,
    "n": None,
    "name": "Ada",
    "currency": "EUR",
    "odd name": {"it's": 2},
    "tags": ["x", "y"],
    "lines": [
        {"title": "board", "net": "1.10", "taxes": [{"rate": 1, "net": "0.10"}, {"rate": 2, "net": "0.20"}]},
        {"title": "oil", "net": "2.20", "taxes": [], "sku": "S1"},
    ],
    "none": [],
}


def compiled(*rows: str) -> tuple[Value, list[Diagnostic], Source]:
    """Return the table whose rows are written as ``from | to | transform`` in YAML's braces."""
    read = source.read("\n".join(f"- {{{row}}}" for row in rows), "a.yaml")
    found = list(read.found)
    made = [
        Row(f"/{index}", row["from"], row["to"], row.get("transform"), f"line {index + 1}")
        for index, row in enumerate(read.data)
    ]
    return compile_rows(made, "", ValueCompiler(read, FILTERS, LOOKUPS, found), NAMES), found, read


def document(*rows: str, record: dict[str, Any] = RECORD) -> Any:
    value, found, _ = compiled(*rows)
    assert found == []
    return value.evaluate(
        Scope({"record": record, "run": {"id": "r1"}}, Constants(dates.zone("UTC"), LOOKUPS))
    )


def refused(*rows: str) -> tuple[str, str, str, str]:
    """Return code, pointer, underlined text and message of the one finding."""
    _, found, read = compiled(*rows)
    assert len(found) == 1, [each.message for each in found]
    span = read.locate(found[0])
    assert found[0].help
    return (
        found[0].code,
        found[0].pointer,
        read.lines[span.line - 1][span.column - 1 : span.end_column - 1],
        found[0].message,
    )


# Fields


def test_each_row_writes_one_field_in_the_order_of_the_table() -> None:
    made = document("from: $.name, to: $.b", "from: $.a, to: $.a", "from: $.currency, to: $.c.d")
    assert list(made.items()) == [("b", "Ada"), ("a", 1), ("c", {"d": "EUR"})]


def test_rows_of_one_mapping_need_not_stand_together() -> None:
    made = document("from: $.a, to: $.c.x", "from: $.a, to: $.b", "from: $.name, to: $.c.y")
    assert made == {"c": {"x": 1, "y": "Ada"}, "b": 1}


@pytest.mark.parametrize("to", ["$['order name']", '$["order name"]'])
def test_a_field_may_have_any_name_in_brackets(to: str) -> None:
    assert document(f"from: $.a, to: '{to.replace(chr(39), chr(39) * 2)}'") == {"order name": 1}


def test_a_name_with_signs_is_read_and_written() -> None:
    row = r"""from: "$['odd name']['it\\'s']", to: "$['it\\'s']['*']['a.b']" """
    assert document(row) == {"it's": {"*": {"a.b": 2}}}


@pytest.mark.parametrize(
    ("constant", "value"),
    [("1", 1), ("12.50", Decimal("12.50")), ("goods", "goods"), ("true", True), ("'1'", "1"),
     ("{literal: $.a}", "$.a"), ('"{{ record.a + 1 }}"', 2), ('"{{ 1 }}"', 1), ('"no. {{ record.a }}"', "no. 1")],
)  # fmt: skip
def test_a_constant_or_expression_writes_itself(constant: str, value: object) -> None:
    made = document(f"from: {constant}, to: $.x")["x"]
    assert (made, type(made)) == (value, type(value))


def test_an_optional_path_leaves_the_field_out() -> None:
    assert document("from: $.nope?, to: $.x", "from: $.n?, to: $.y", "from: $.n, to: $.z") == {"z": None}


def test_a_transform_is_a_chain_of_filters_with_arguments() -> None:
    made = document(
        "from: '$.lines[*].net', to: $.sum, transform: money | sum",
        "from: $.nope, to: $.x, transform: \"default('a') | lookup('t')\"",
        "from: $.nope, to: $.y, transform: default($.currency)",
    )
    assert made == {"sum": Decimal("3.30"), "x": 1, "y": "EUR"}


def test_a_row_may_read_any_root() -> None:
    assert document("from: $run.id, to: $.run") == {"run": "r1"}


# Lists


def test_rows_behind_one_list_are_one_entry_each() -> None:
    made = document(
        "from: '$.lines[*].title', to: '$.rows[*].text'",
        "from: $.name, to: $.who",
        "from: \"$['lines'][*]['net']\", to: \"$['rows'][*]['amount']\", transform: money",
        "from: 1, to: '$.rows[*].count'",
        "from: goods, to: '$.rows[*].kind.of'",
        "from: '$.lines[*].sku?', to: '$.rows[*].sku'",
    )
    first = {"text": "board", "amount": Decimal("1.10"), "count": 1, "kind": {"of": "goods"}}
    second = {"text": "oil", "amount": Decimal("2.20"), "count": 1, "kind": {"of": "goods"}, "sku": "S1"}
    assert made == {"rows": [first, second], "who": "Ada"}


def test_a_missing_value_never_moves_to_the_next_entry() -> None:
    made = document(
        "from: '$.lines[*].sku?', to: '$.rows[*].sku'", "from: '$.lines[*].title', to: '$.rows[*].t'"
    )
    assert made == {"rows": [{"t": "board"}, {"sku": "S1", "t": "oil"}]}


def test_a_list_behind_the_list_is_made_one_value_for_each_entry() -> None:
    made = document("from: '$.lines[*].taxes[*].net', to: '$.rows[*].tax', transform: money | sum")
    assert made == {"rows": [{"tax": Decimal("0.30")}, {"tax": 0}]}


def test_lists_nest() -> None:
    made = document(
        "from: '$.lines[*].taxes[*].net', to: '$.rows[*].taxes[*].amount'",
        "from: '$.lines[*].taxes[*].rate', to: '$.rows[*].taxes[*].rate'",
        "from: VAT, to: '$.rows[*].taxes[*].name'",
        "from: '$.lines[*].title', to: '$.rows[*].text'",
    )
    taxes = [{"amount": "0.10", "rate": 1, "name": "VAT"}, {"amount": "0.20", "rate": 2, "name": "VAT"}]
    assert made == {"rows": [{"taxes": taxes, "text": "board"}, {"taxes": [], "text": "oil"}]}


def test_a_list_of_plain_values_is_one_row() -> None:
    assert document("from: '$.tags[*]', to: '$.words[*]'") == {"words": ["x", "y"]}
    assert document("from: '$.lines[*].title', to: '$.words[*]'") == {"words": ["board", "oil"]}


def test_two_lists_of_the_document_may_read_one_list_and_two() -> None:
    made = document(
        "from: '$.lines[*].title', to: '$.x[*].t'",
        "from: '$.lines[*].title', to: '$.y[*].t'",
        "from: '$.tags[*]', to: '$.z[*].t'",
    )
    assert [len(made[name]) for name in "xyz"] == [2, 2, 2]
    assert made["z"] == [{"t": "x"}, {"t": "y"}]


def test_an_empty_list_has_no_entries() -> None:
    assert document("from: '$.none[*].a', to: '$.x[*].a'") == {"x": []}


def test_a_list_that_may_be_absent_has_only_optional_rows() -> None:
    rows = ["from: '$.nope[*].a?', to: '$.x[*].a'", "from: 1, to: '$.x[*].b'"]
    assert document(*rows) == {"x": []}
    value, found, _ = compiled(*rows, "from: '$.nope[*].c', to: '$.x[*].c'")
    assert found == []
    with pytest.raises(RecordError) as caught:
        value.evaluate(Scope({"record": RECORD}, Constants()))
    assert (caught.value.code, caught.value.pointer) == ("X101", "/2/from")
    assert "$.nope[*].c" in caught.value.message


def test_an_entry_that_fails_names_row_and_entry() -> None:
    value, _, _ = compiled(
        "from: '$.lines[*].title', to: '$.x[*].t'", "from: '$.lines[*].sku', to: '$.x[*].s'"
    )
    with pytest.raises(RecordError) as caught:
        value.evaluate(Scope({"record": RECORD}, Constants()))
    assert (caught.value.code, caught.value.pointer) == ("X101", "/1/from")
    assert "$.lines[*].sku is missing" in caught.value.message
    assert "entry 1 of the list" in caught.value.message


# What is refused, at its cell

RATES = "$.lines[*].taxes[*].net"
TITLE = "from: '$.lines[*].title', to: '$.x[*].t'"


@pytest.mark.parametrize(
    ("rows", "code", "pointer", "underlined", "says"),
    [
        ([TITLE, "from: '$.tags[*]', to: '$.x[*].g'"], "R309", "/1/from", "$.tags[*]", "another list"),
        ([TITLE, "from: '$.lines[*].taxes[*].net', to: '$.x[*].n'"], "R309", "/1/from", RATES, "gives a list"),
        ([TITLE, f"from: '{RATES}', to: '$.x[*].n', transform: money"], "R309", "/1/from", RATES, "gives a list"),
        ([TITLE, "from: $.currency, to: '$.x[*].c'"], "R309", "/1/from", "$.currency", "not behind its [*]"),
        ([TITLE, "from: '$.lines[0].net', to: '$.x[*].c'"], "R309", "/1/from", "$.lines[0].net", "not behind its [*]"),
        ([TITLE, "from: '$.lines[1:].net', to: '$.x[*].c'"], "R309", "/1/from", "$.lines[1:].net", "by [*] alone"),
        ([TITLE, "from: '$.lines.*.net', to: '$.x[*].c'"], "R309", "/1/from", "$.lines.*.net", "by [*] alone"),
        ([TITLE, "from: '$..net', to: '$.x[*].c'"], "R309", "/1/from", "$..net", "by [*] alone"),
        ([TITLE, 'from: "{{ record.a }}", to: "$.x[*].c"'], "R309", "/1/from", "{{ record.a }}", "does not see"),
        ([TITLE, TITLE], "R309", "/1/to", "$.x[*].t", "first in line 1"),
        ([TITLE, "from: '$.tags[*]', to: '$.x[*]'"], "R309", "/1/to", "$.x[*]", "here it is one value"),
        ([TITLE, "from: '$.a', to: '$.x.t'"], "R309", "/1/to", "$.x.t", "a list in line 1"),
        (["from: $.a, to: $.b", "from: $.a, to: $.b.c"], "R309", "/1/to", "$.b.c", "one value in line 1"),
        (["from: $.a, to: $.b.c", "from: $.a, to: $.b"], "R309", "/1/to", "$.b", "a mapping with fields in line 1"),
        (["from: 1, to: '$.x[*].t'", "from: 2, to: '$.x[*].u'"], "R309", "/0/from", "1", "how many entries"),
        ([TITLE, "from: 1, to: '$.x[*].y[*].t'"], "R309", "/1/from", "1", "$.x[*].y[*]"),
        ([TITLE, "from: '$.lines[*].net', to: '$.x[*].y[*].n'"], "R309", "/1/from", "$.lines[*].net", "not behind"),
        (["from: '$.tags[*]', to: $.x"], "R309", "/0/from", "$.tags[*]", "gives a list"),
        (["from: '$.tags[*]', to: $.x, transform: default('a')"], "R309", "/0/from", "$.tags[*]", "gives a list"),
        (["from: '$.a', to: '$.x[0]'"], "R301", "/0/to", "[0]", "names of fields"),
        (["from: '$.a', to: '$.x.*'"], "R301", "/0/to", ".*", "names of fields"),
        (["from: '$.a', to: \"$['a','b']\""], "R301", "/0/to", "$['a','b']", "names of fields"),
        (["from: '$.a', to: \"$['\\\\u0061']\""], "R301", "/0/to", "\\\\u", "names of fields"),
        (["from: '$.a', to: '$..x'"], "R301", "/0/to", "$..x", "names of fields"),
        (["from: '$.a', to: '$.x['"], "R301", "/0/to", "'", "ends too early"),
        (["from: '$.a', to: '$[*].x'"], "R301", "/0/to", "[*]", "a mapping, not a list"),
        (["from: '$.a', to: $item.x"], "R301", "/0/to", "$item.x", "a field of the document"),
        (["from: '$.a', to: $.x | money"], "R301", "/0/to", "|", "not expected"),
        ([f"from: '$.a', to: '${'.a' * 40}'"], "R301", "/0/to", "$" + ".a" * 40, "32 levels"),
        (["from: $.a | money, to: $.x"], "R301", "/0/from", "| money", "stand in transform"),
        (["from: '$.a[', to: $.x"], "R301", "/0/from", "'", "ends too early"),
        (["from: [$.a], to: $.x"], "R301", "/0/from", "[$.a]", "one path or one constant"),
        (["from: null, to: $.x"], "R104", "/0/from", "null", "from is empty"),
        (["from: $nope.a, to: $.x"], "R202", "/0/from", "$nope", "no root $nope"),
        (["from: $steps.nope.a, to: $.x"], "R203", "/0/from", "nope", "no step 'nope'"),
        (["from: '${env:X}', to: $.x"], "R405", "/0/from", "'${env:X}'", "connections.yaml"),
        (["from: '{{ record.a', to: $.x"], "R303", "/0/from", "", ""),
        (["from: 1, to: $.x, transform: money"], "R301", "/0/transform", "money", "takes no filters"),
        (["from: $.a?, to: $.x, transform: money"], "R301", "/0/from", "?", "takes no filter"),
        (["from: $.a, to: $.x, transform: mony"], "R301", "/0/transform", "mony", "no filter 'mony'"),
        (["from: $.a, to: $.x, transform: money | | sum"], "R301", "/0/transform", "|", "name is expected"),
        (["from: $.a, to: $.x, transform: default($item.a)"], "R202", "/0/transform", "$item", "no root $item"),
        (["from: $.a, to: $.x, transform: \"lookup('u')\""], "R205", "/0/transform", "u", "no lookup 'u'"),
        (["from: $.a, to: $.x, transform: $.b"], "R301", "/0/transform", "$.b", "filters only"),
    ],
)  # fmt: skip
def test_a_slip_is_one_finding_at_its_cell(
    rows: list[str], code: str, pointer: str, underlined: str, says: str
) -> None:
    found = refused(*rows)
    assert found[:2] == (code, pointer)
    assert found[2].strip("'\"") == underlined.strip("'\"") or not says
    assert says in found[3]


def test_the_list_that_most_rows_read_is_the_one_that_is_meant() -> None:
    net = "from: '$.lines[*].net', to: '$.x[*].n'"
    found = refused("from: '$.tags[*]', to: '$.x[*].g'", TITLE, net)
    assert (found[1], "$.lines[*] (line 2)" in found[3]) == ("/0/from", True)


@pytest.mark.parametrize("name", ["sort", "unique", "group"])
def test_a_filter_that_gives_a_list_again_does_not_make_one_value(name: str) -> None:
    again = Filter(Declaration(name, "", lambda values, scope: values), takes="list")
    for transform, count in ((name, 1), (f"sum | {name}", 1), (f"{name} | sum", 0)):
        found: list[Diagnostic] = []
        compiler = ValueCompiler(Source("a", ""), {name: again, "sum": FILTERS["sum"]}, {}, found)
        compile_rows([Row("/0", "$.tags[*]", "$.x", transform)], "", compiler, NAMES)
        assert len(found) == count, transform


@pytest.mark.parametrize(
    ("to", "says"), [(None, "to is empty"), (12, "takes the path"), ("total", "takes the path")]
)
def test_a_cell_of_a_workbook_that_is_no_path_is_told(to: object, says: str) -> None:
    found: list[Diagnostic] = []
    compiler = ValueCompiler(Source("a", ""), FILTERS, {}, found)
    compile_rows([Row("/0", "$.a", to, None)], "", compiler, NAMES)
    assert [(each.pointer, says in each.message) for each in found] == [("/0/to", True)]


def test_a_table_without_rows_is_refused() -> None:
    found: list[Diagnostic] = []
    compile_rows([], "/mapping/rows", ValueCompiler(Source("a", ""), FILTERS, {}, found), NAMES)
    assert [each.code for each in found] == ["R104"]


def test_what_a_table_reads_is_known_to_the_check() -> None:
    value, _, _ = compiled(TITLE, "from: $.a, to: $.y, transform: default($steps.pay.id)")
    assert ("record", "lines") in value.uses
    assert ("steps", "pay", "id") in value.uses


def test_a_recipe_without_a_table_does_not_load_the_reader_of_to() -> None:
    program = "import sys, engine.rows; sys.exit('jsonpath_ng' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
