"""What is the same for every record is judged when the recipe is checked, and what only a record tells is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import source
from engine.check import check
from engine.errors import RecipeInvalid, RecordError
from engine.mapping import apply
from engine.recipe import DocumentMapping
from engine.registry import Registry
from engine.schema import Validator
from engine.scope import Constants, Scope
from engine.values import Constant
from tests.bench import Bench

HEAD = "recipe: r\nversion: 1\ntrigger: {manual: an order, key: $.id}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def found(text: str) -> list[str]:
    try:
        check(source.read(text, "r.yaml"), Registry())
    except RecipeInvalid as invalid:
        return [f"{each.code} {each.pointer} {each.message}" for each in invalid.diagnostics]
    return []


def own(action: str, given: str) -> list[str]:
    return found(f"{HEAD}actions:\n  - {{id: a, uses: {action}, with: {given}}}\n")


@pytest.mark.parametrize(
    "given",
    [
        "{file: out/a.csv, row: {id: $.id, note: $.note?}}",
        "{file: out/a.csv, row: $.row?, rows: $.rows?}",
        "{file: out/a.csv, row: {when: $.single, map: {id: $.id}}, rows: $.rows?}",
        "{file: $.file, row: {id: [$.id]}}",
        "{file: $.file, columns: [id], row: {id: $.id}}",
        "{file: $.file, sheet: Payouts, columns: $.columns, row: {id: $.id}}",
        "{file: out/a.jsonl, row: {id: [$.id, {a: $.b}]}}",
        "{file: out/a.csv, columns: [$.first, id], row: {other: $.id}}",
        "{file: out/a.csv, rows: [{when: $.x, map: {id: 1}}, {other: 2}]}",
        "{file: out/a.csv, rows: [{for_each: '$.lines[*]', map: {id: $item.id}}, {other: 2}]}",
        "{file: out/a.xlsx, sheet: $.sheet, columns: [id], rows: [{id: 1}]}",
    ],
)
def test_rows_for_a_file_that_some_record_may_fit_are_left_to_the_record(given: str) -> None:
    assert own("file.write", given) == []


def test_rows_without_columns_have_the_names_of_the_first() -> None:
    (one,) = own("file.write", "{file: out/a.csv, rows: [{id: 1}, {other: 2}]}")
    assert one.endswith("the row has 'other', which is none of the columns")


@pytest.mark.parametrize(
    "given",
    ["{document: $.id, connection: shop}", "{recipe: web-order, key: $.id}", "{recipe: r, key: $.id?}"],
)
def test_links_are_found_by_a_whole_pair(given: str) -> None:
    assert [each for each in own("links.find", given) if "links.find takes" in each] == []


def test_one_slip_in_what_an_action_is_given_hides_what_would_follow_from_it() -> None:
    (one,) = own("links.find", "{documnt: $.id, connection: shop, key: $.id}")[:1]
    assert "has no field 'documnt'" in one
    assert not any("links.find takes" in each for each in own("links.find", "{documnt: $.id, key: $.id}"))


def test_an_expression_that_reads_nothing_is_judged_with_the_recipes_own_zone() -> None:
    given = "{message: \"{{ '2026-11-22T10:00:00Z' | date }}\"}"
    assert len(own("log.write", given)) == 1
    zone = "settings: {timezone: UTC}\n"
    assert found(f"{HEAD}{zone}actions:\n  - {{id: a, uses: log.write, with: {given}}}\n") == []
    (one,) = found(
        f"{HEAD}settings: {{timezone: Europe/Berln}}\nactions:\n  - {{id: a, uses: log.write, with: {given}}}\n"
    )
    assert one.startswith("R206")


@pytest.mark.parametrize(
    "text", ["{{ true }}", "{{ 1 == 1.0 }}", "{{ record.paid }}", "{{ 'a' in ['a'] }}", "{{ run.id == 'x' }}"]
)
def test_a_condition_that_may_be_true_or_false_is_taken(text: str) -> None:
    action = f'{{id: a, when: "{text}", uses: log.write, with: {{message: x}}}}'
    assert found(f"{HEAD}actions:\n  - {action}\n") == []


@pytest.mark.parametrize(
    "trigger",
    [
        "{file: bank/*.csv, header: 2, delimiter: ';', encoding: latin-1}",
        "{file: bank/*, header: 2, sheet: S}",
        "{file: 'bank/a.*', records: $.x}",
        "{file: 'bank/a.[ct]sv', header: 2}",
        "{file: bank/a.JSON, records: $.x}",
        "{file: bank/a.txt, format: csv, header: 2}",
        "{file: '{{ vars.name }}', records: $.x}",
    ],
)
def test_options_that_a_files_format_takes_or_may_take_are_right(trigger: str) -> None:
    entry = trigger.removesuffix("}") + ", key: $.id}"
    text = f"recipe: r\nversion: 1\nvars: {{name: {{type: text}}}}\ntrigger: {entry}\n"
    action = "{id: a, uses: log.write, with: {message: $.id}}"
    assert found(f"{text}actions: [{action}]\n") == []


def test_a_number_from_the_record_where_text_is_wanted_is_told_the_filter(bench: Bench) -> None:
    (bench.path / "a.json").write_text('[{"id": 1, "amount": 12.50}]')
    recipe = "recipe: bench\nversion: 1\nconnections: {desk: desk}\ntrigger: {file: a.json, key: $.id}\n"
    bench.run(f"{recipe}actions:\n  - {{id: n, uses: desk.notes.create, with: {{text: $.amount}}}}\n")
    (failure,) = bench.failures
    assert (failure.code, failure.help) == ("X107", "make it text: put | text behind it")
    assert failure.message.endswith("expected text, found 12.50")


def test_a_number_in_a_document_where_text_is_wanted_is_told_the_filter() -> None:
    mapping = DocumentMapping("note", Constant("/a", 5), Validator({"type": "string"}), "/mapping")
    with pytest.raises(RecordError) as caught:
        apply(mapping, Scope({}, Constants()))
    assert (caught.value.code, caught.value.help) == ("X105", "make it text: put | text behind it")
