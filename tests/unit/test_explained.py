"""What an explained recipe says of each field: source, type, transformation, and what stands around it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import pointer, source
from engine.check import Beside, check
from engine.errors import RecipeInvalid
from engine.explained import Explained, Input, Row, explained
from engine.files import read_recipe, registry_of
from engine.project import find_recipe
from engine.registry import Registry
from engine.shipped import shipped
from engine.source import Source
from engine.types import TEXT, join, meet
from engine.types import Type as Known

ORDER = {
    "type": "object",
    "required": ["id", "name", "total", "lines"],
    "properties": {
        "id": {"type": "integer", "description": "The shop's id."},
        "name": {"type": ["string", "null"], "description": "What people call it."},
        "total": {"type": "string"},
        "note": {"type": "string"},
        "parent": {"$ref": "#"},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["title", "price", "kind"],
                "properties": {
                    "title": {"type": "string"},
                    "price": {"type": "string", "description": "What the buyer paid."},
                    "kind": {"type": "string"},
                },
            },
        },
    },
}
TARGET = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "The name."},
        "total": {"type": "string", "format": "money"},
        "state": {"enum": ["open", "draft"]},
        "odd name": {"type": "string"},
        "memo": {"type": "string"},
        "stamp": {"type": "string", "readOnly": True},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["title"],
                "properties": {"title": {}, "price": {}, "kind": {}},
            },
        },
    },
}
HEAD = """
recipe: mapped
version: 1
vars: {place: {type: text, default: here}}
lookups: {states: {a: open, b: draft}}
trigger: {manual: an order, key: $.id, schema: ./order.schema.json}
actions: [{skip: later}]
"""


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    (tmp_path / "order.schema.json").write_text(json.dumps(ORDER), "utf-8")
    (tmp_path / "target.schema.json").write_text(json.dumps(TARGET), "utf-8")
    return Beside(tmp_path)


def made(fields: str, beside: Beside) -> Explained:
    text = HEAD + "mapping:\n  target: ./target.schema.json\n  fields:\n"
    text += "".join(f"    {line}\n" for line in fields.strip("\n").splitlines())
    try:
        (one,) = explained(check(source.read(text, "mapped.yaml"), Registry(), beside=beside))
    except RecipeInvalid as error:
        pytest.fail("; ".join(f"{each.code} {each.message}" for each in error.diagnostics))
    return one


def row(fields: str, beside: Beside, number: int = 0) -> Row:
    return made(fields, beside).sections[0].rows[number]


def only(row: Row) -> Input:
    (found,) = row.inputs
    return found


def test_a_field_says_what_its_target_takes_and_whether_it_has_to_be_there(beside: Beside) -> None:
    name, total = made("name: x\ntotal: $.total | money", beside).sections[0].rows
    assert (name.target, name.type, name.is_required, name.about) == ("name", "text", True, "The name.")
    assert (total.target, total.type, total.is_required) == ("total", "an amount as text", False)


def test_a_path_says_type_origin_and_what_its_schema_calls_it(beside: Beside) -> None:
    read = only(row('name: "x"\ntotal: $.id | text', beside, 1))
    assert (read.kind, read.written, read.path) == ("record", "$.id", "$.id")
    assert (read.origin, read.type, read.about) == (
        "an order (handed in)",
        "a whole number",
        "The shop's id.",
    )


def test_null_and_absent_are_told_apart(beside: Beside) -> None:
    name, memo = made("name: $.name | default('x')\nmemo: $.note?", beside).sections[0].rows
    assert (only(name).may_be_null, only(name).may_be_absent) == (True, False)
    assert (only(memo).may_be_null, only(memo).may_be_absent) == (False, True)


def test_defaults_and_what_is_left_out_are_notes(beside: Beside) -> None:
    fields = """
name: $.name | default($.total, empty=true)
memo: $.note?
total: "{{ record.note | default('0') | money }}"
state: $.total | lookup('states', default='draft')
"""
    notes = [each.notes for each in made(fields, beside).sections[0].rows]
    assert notes == [
        ("default $.total where absent or null, or empty",),
        ("left out where absent or null",),
        ("default '0' where absent or null",),
        ("default 'draft' where the lookup has no such key",),
    ]


def test_filters_and_expressions_stand_as_they_are_written(beside: Beside) -> None:
    rows = (
        made("name: $.name  |  default( 'x' ) | trim\nmemo: 'no {{ record.id }}'\nstate: open", beside)
        .sections[0]
        .rows
    )
    assert [each.transformation for each in rows] == ["default( 'x' ) | trim", "no {{ record.id }}", ""]


def test_an_argument_is_a_source_too(beside: Beside) -> None:
    read = row("name: $.name | default($.total)", beside)
    assert [each.path for each in read.inputs] == ["$.name", "$.total"]


def test_a_lookup_is_a_source_with_what_it_gives(beside: Beside) -> None:
    read = row("name: x\nstate: $.total | lookup('states')", beside, 1)
    assert read.inputs[1] == Input(
        "lookup", "states", "", "lookups.states", "'draft' or 'open'", about="2 entries"
    )
    assert (
        row("name: x\nstate: \"{{ record.total | lookup('states') }}\"", beside, 1).inputs[1]
        == read.inputs[1]
    )


def test_a_constant_is_shown_as_json_and_read_from_nothing(beside: Beside) -> None:
    read = only(row('name: "12"', beside))
    assert (read.kind, read.written, read.path, read.origin) == ("constant", '"12"', "", "the recipe")


def test_a_variable_and_the_run_are_origins(beside: Beside) -> None:
    rows = made("name: $vars.place\nmemo: $run.id", beside).sections[0].rows
    assert [(only(each).kind, only(each).origin) for each in rows] == [
        ("variable", "vars.place"),
        ("run", "the run"),
    ]


def test_what_is_read_of_an_element_is_told_from_the_records_root_on(beside: Beside) -> None:
    fields = """
name: x
lines:
  - for_each: $.lines[?@.kind == 'a'] | sort(by='title')
    map: {title: $item.title, price: "{{ item.price | money }}"}
  - for_each: $.lines
    as: line
    map: {title: $line.title}
"""
    rows = made(fields, beside).sections[0].rows[1:]
    assert [(each.target, only(each).written, only(each).path) for each in rows] == [
        ("lines[].title", "$item.title", "$.lines[?@.kind == 'a'].title"),
        ("lines[].price", "item.price", "$.lines[?@.kind == 'a'].price"),
        ("lines[].title", "$line.title", "$.lines[*].title"),
    ]
    assert [each.under for each in rows] == [
        ("for each $.lines[?@.kind == 'a']",),
        ("for each $.lines[?@.kind == 'a']",),
        ("for each $.lines[*] as line",),
    ]
    assert only(rows[1]).about == "What the buyer paid."


def test_no_path_is_made_up_for_an_element_of_a_list_that_is_computed(beside: Beside) -> None:
    fields = "name: x\nlines:\n  - {for_each: \"$.lines | group(by='kind')\", map: {title: $item.key}}"
    title = row(fields, beside, 1)
    assert (only(title).path, only(title).origin) == ("", "an order (handed in)")
    assert title.under == ("for each $.lines | group(by='kind')",)


def test_conditions_and_lists_are_rows_of_their_own_and_stand_above_fields(beside: Beside) -> None:
    fields = """
name: x
lines:
  - for_each: $.lines[*]
    when: "{{ item.kind == 'a' }}"
    map:
      title: {when: "{{ item.price != '' }}", map: $item.title}
"""
    one = made(fields, beside)
    loop, first, second = "for each $.lines[*]", "when {{ item.kind == 'a' }}", "when {{ item.price != '' }}"
    assert one.sections[0].rows[1].under == (loop, first, second)
    assert [(each.target, each.under) for each in one.rules if each.target.startswith("mapping")] == [
        ("mapping.lines[].for_each", ()),
        ("mapping.lines[].when", (loop,)),
        ("mapping.lines[].title.when", (loop, first)),
    ]


def test_a_path_inside_a_loop_of_text_leads_to_the_records_root(beside: Beside) -> None:
    read = row('name: "{% for each in record.lines %}{{ each.title }}{{ loop.index }}{% endfor %}"', beside)
    assert [each.path for each in read.inputs] == ["$.lines", "$.lines[*].title"]


def test_a_field_with_another_name_is_in_quotes(beside: Beside) -> None:
    assert row("name: x\nodd name: y", beside, 1).target == "['odd name']"


def test_fields_that_nothing_writes_are_listed_without_those_that_the_engine_sets(beside: Beside) -> None:
    fields = "name: x\nlines:\n  - {map: {title: a}, when: \"{{ record.total == 'a' }}\"}\n  - {title: b, price: c}"
    unwritten = made(fields, beside).sections[0].unwritten
    assert unwritten == ("total", "state", "['odd name']", "memo", "lines[].kind")


def test_fields_of_the_record_that_nothing_reads_are_counted_and_one_that_holds_itself_once(
    beside: Beside,
) -> None:
    fields = "name: $.total\nlines:\n  - {for_each: '$.lines[*]', map: {title: $item.title}}"
    (counted,) = made(fields, beside).unread
    # id (the key), name, total, note, parent, and of lines title, price, kind
    assert (counted.fields, counted.unread) == (8, 5)


def test_what_a_filter_of_a_path_compares_is_read(beside: Beside) -> None:
    (plain,) = made(
        "name: x\nlines: \n  - {for_each: '$.lines[*]', map: {title: $item.title}}", beside
    ).unread
    fields = "name: x\nlines:\n  - {for_each: \"$.lines[?@.kind == 'a']\", map: {title: $item.title}}"
    (filtered,) = made(fields, beside).unread
    assert plain.unread - filtered.unread == 1


def test_a_whole_that_is_handed_on_is_read_with_all_it_holds(beside: Beside) -> None:
    (counted,) = made("name: x\nlines: [{title: $}]", beside).unread
    assert counted.unread == 0


def test_a_line_is_that_of_the_recipe(beside: Beside) -> None:
    name, memo = made("name: x\nmemo: y", beside).sections[0].rows
    assert (name.file, name.line, memo.line) == ("mapped.yaml", 11, 12)


# ---- the note of a type ----


def test_a_note_of_a_schema_says_nothing_about_equality() -> None:
    assert Known(text=TEXT.text, note="a") == TEXT


def test_a_note_is_kept_by_what_is_made_of_one_type_and_lost_between_two() -> None:
    noted, other = Known(text=TEXT.text, note="a"), Known(text=TEXT.text, note="b")
    assert [each.note for each in (noted.only("text"), noted.without("null"), join([noted]))] == [
        "a",
        "a",
        "a",
    ]
    assert [join([noted, other]).note, join([noted, TEXT]).note, meet(noted, TEXT).note] == ["", "", "a"]
    assert meet(noted, other).note == ""


# ---- every shipped recipe ----

RECIPES = sorted(
    path.stem for path in shipped("recipes").glob("*.yaml") if not path.name.endswith(".test.yaml")
)


def places(node: Any, at: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the target path of each value that is written in the YAML of a mapping."""
    if isinstance(node, dict) and "map" in node:
        yield from places(node["map"], f"{at}/map", path)
    elif isinstance(node, dict) and set(node) != {"literal"}:
        for name, entry in node.items():
            yield from places(entry, pointer.join(at, name), f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for number, entry in enumerate(node):
            yield from places(entry, pointer.join(at, number), f"{path}[]")
    else:
        yield at, path


def calls(node: Any, at: str) -> Iterator[tuple[str, Any]]:
    """Yield the pointer and the value of each ``with`` below *node*."""
    if isinstance(node, dict):
        if "with" in node:
            yield f"{at}/with", node["with"]
        for name in node.keys() - {"with"}:
            yield from calls(node[name], pointer.join(at, name))
    elif isinstance(node, list):
        for number, entry in enumerate(node):
            yield from calls(entry, pointer.join(at, number))


def written(source: Source) -> Counter[tuple[str, int]]:
    """Return each field that the recipe writes with its line, read from its YAML alone."""
    given = [("/mapping/fields", source.data.get("mapping", {}).get("fields", {}))]
    for name in ("trigger", "reads", "actions", "on_error"):
        given += calls(source.data.get(name), f"/{name}")
    given += [("/returns", source.data["returns"])] if "returns" in source.data else []
    return Counter(
        (path, source.values[at].line) for where, node in given for at, path in places(node, where, "")
    )


@pytest.mark.parametrize("name", RECIPES)
def test_every_field_that_a_shipped_recipe_writes_appears_exactly_once(name: str) -> None:
    place = find_recipe(name, Path.cwd())
    recipe = read_recipe(place, registry_of(place.root), {}, Path.cwd())
    told = explained(recipe)[0]
    found = Counter((row.target, row.line) for section in told.sections for row in section.rows)
    assert sum(found.values()) >= 5
    assert found == written(recipe.source)


# A recipe that is called knows its record's types by its caller alone, and is told below that one.
@pytest.mark.parametrize("name", [name for name in RECIPES if name != "shopify-refund-to-credit-note"])
def test_every_source_of_a_shipped_recipe_has_its_origin_and_every_path_of_a_record_its_type(
    name: str,
) -> None:
    place = find_recipe(name, Path.cwd())
    for each in explained(read_recipe(place, registry_of(place.root), {}, Path.cwd())):
        # A recipe that is called goes by its caller's key, so that nothing is asked of its own.
        rules = [rule for rule in each.rules if not each.caller or rule.target != "trigger.key"]
        rows = [row for section in each.sections for row in section.rows] + rules
        inputs = [input for row in rows for input in row.inputs]
        assert inputs
        assert [input for input in inputs if not input.origin] == []
        assert [input.written for input in inputs if input.kind == "record" and not input.type] == []
