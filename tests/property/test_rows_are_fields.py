"""Any table of rows that compiles gives what the same mapping gives as ``fields:``."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.compile import ValueCompiler
from engine.diagnostics import Diagnostic
from engine.errors import RecordError
from engine.registry import Registry
from engine.rows import Row, compile_rows
from engine.scope import Constants, Scope
from engine.source import Source
from engine.values import Names, Value

FILTERS = Registry().filters
NAMES = Names(frozenset({"record"}))
FIELDS = ("a", "b", "odd name", "it's")
LISTS = ("l", "m")

amounts = st.one_of(st.integers(-9, 9), st.sampled_from(["1.10", "x", ""]), st.none())
plain = st.dictionaries(st.sampled_from(FIELDS), amounts, max_size=4)
inner = st.builds(
    lambda own, lists: {**own, **lists},
    plain,
    st.fixed_dictionaries({}, optional={"l": st.lists(plain, max_size=2), "m": st.lists(plain, max_size=2)}),
)
records = st.builds(
    lambda own, lists: {**own, **lists},
    plain,
    st.fixed_dictionaries({}, optional={"l": st.lists(inner, max_size=3), "m": st.lists(inner, max_size=3)}),
)
ends = st.tuples(
    st.sampled_from(FIELDS), st.sampled_from(["", "?", "default(0)", "money", "money | default(1)"])
)


def step(name: str) -> str:
    return f".{name}" if name.isidentifier() else "['" + name.replace("'", "\\'") + "']"


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[tuple[Any, str, str]], dict[str, Any]]:
    """Return rows of from, to and transform, and the same mapping written as fields."""
    rows: list[tuple[Any, str, str]] = []

    def level(read: str, root: str, write: str, depth: int) -> dict[str, Any]:
        """Return the fields of one level: *read* in rows is *root* in fields."""
        made: dict[str, Any] = {}
        for name in draw(st.lists(st.sampled_from(FIELDS), unique=True, min_size=1, max_size=3)):
            made[name] = leaf(read, root, write + step(name))
        if depth < 2 and draw(st.booleans()):
            name, over = draw(st.sampled_from(["x", "y y"])), draw(st.sampled_from(LISTS))
            element = f"e{depth}"
            first = draw(st.sampled_from(FIELDS))
            below = f"{write}{step(name)}[*]"
            rows.append((f"{read}.{over}[*]{step(first)}?", f"{below}.first", ""))
            then = {"first": f"${element}{step(first)}?"}
            then |= level(f"{read}.{over}[*]", f"${element}", below, depth + 1)
            required = any(
                isinstance(row[0], str)
                and row[0].startswith(f"{read}.{over}[*]")
                and row[1].startswith(below)
                and not row[0].endswith("?")
                for row in rows
            )
            loop = f"{root}.{over}[*]" if required else f"{root}.{over}[*]?"
            made[name] = {"for_each": loop, "as": element, "map": then}
        return made

    def leaf(read: str, root: str, write: str) -> Any:
        if draw(st.integers(0, 4)) == 0:
            constant = draw(st.sampled_from([1, "goods", True]))
            rows.append((constant, write, ""))
            return constant
        if draw(st.integers(0, 4)) == 0:
            over, name = draw(st.sampled_from(LISTS)), draw(st.sampled_from(FIELDS))
            rows.append((f"{read}.{over}[*]{step(name)}", write, "money | sum"))
            return f"{root}.{over}[*]{step(name)} | money | sum"
        name, end = draw(ends)
        if end == "?":
            rows.append((f"{read}{step(name)}?", write, ""))
            return f"{root}{step(name)}?"
        rows.append((f"{read}{step(name)}", write, end))
        return f"{root}{step(name)}" + (f" | {end}" if end else "")

    fields = level("$", "$", "$", 0)
    return draw(st.permutations(rows)), fields


def outcome(value: Value, record: dict[str, Any]) -> Any:
    """Return the document, or the code of the error; which of two errors comes first depends on the rows' order."""
    try:
        return value.evaluate(Scope({"record": record}, Constants()))
    except RecordError:
        return RecordError


@given(tables(), records)
def test_a_table_gives_what_the_same_fields_give(
    table: tuple[list[tuple[Any, str, str]], dict[str, Any]], record: dict[str, Any]
) -> None:
    rows, fields = table
    found: list[Diagnostic] = []
    compiler = ValueCompiler(Source("a", ""), FILTERS, {}, found)
    made = [Row(f"/{index}", source, to, transform) for index, (source, to, transform) in enumerate(rows)]
    as_rows = compile_rows(made, "", compiler, NAMES)
    as_fields = compiler.value(fields, "", NAMES)
    assert [(each.pointer, each.message) for each in found] == []
    assert outcome(as_rows, record) == outcome(as_fields, record)


cells = st.one_of(
    st.sampled_from(
        ["$", "$.a", "$.a?", "$.l[*].a", "$.l[*].m[*].b", "$.m[*]", "$..a", "$.l[?@.a].b", "{{ record.a }}", "{{",
         "${x}", "$.l[*]", "$.l[0].a", "$['it\\'s']", " $.a", "", None, 1, True, "$x.y", "$.a | money",
         "$.l[*].a?", "$.*", "$[*]"]
    ),
    st.text(alphabet="$.[]*?'\"ab |(){}\\0", max_size=9),
)  # fmt: skip
chains = st.one_of(
    st.sampled_from(["", None, "money", "money | sum", "sum", "|", "default($.a)", "lookup('x')", "$.a", 1]),
    st.text(alphabet="moneysu |()'$.", max_size=9),
)


@given(st.lists(st.tuples(cells, cells, chains), max_size=5), records)
def test_whatever_stands_in_a_table_there_is_a_finding_or_a_document(
    rows: list[tuple[Any, Any, Any]], record: dict[str, Any]
) -> None:
    found: list[Diagnostic] = []
    compiler = ValueCompiler(Source("a", ""), FILTERS, {}, found)
    made = [Row(f"/{index}", *row) for index, row in enumerate(rows)]
    value = compile_rows(made, "", compiler, NAMES)
    assert all(each.message and each.help for each in found)
    if not found:
        assert outcome(value, record) is RecordError or isinstance(outcome(value, record), dict)
