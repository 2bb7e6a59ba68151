"""Records from files and from hands: what each row becomes, and what tells equal ones apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.ledger import RecordState
from engine.project import MARKS
from engine.report import Report
from engine.tables.writing_excel import write_excel
from tests.bench import Bench

RECIPE = """
recipe: bench
version: 1
connections: {{desk: desk}}
vars: {{name: {{type: text, default: bank.csv}}}}
trigger: {{file: "{file}", key: {key}{more}}}
actions:
  - {{id: n, uses: desk.notes.create, with: {{text: "{text}"}}}}
  - {{id: l, uses: log.write, with: {{message: "{{{{ vars.name }}}}"}}}}
"""
COFFEES = "day,what,amount\n2026-11-02,coffee,3.50\n2026-11-02,coffee,3.50\n2026-11-03,paper,12.00\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def run(
    bench: Bench,
    *,
    file: str = "*.csv",
    key: str = "[$.day, $.what]",
    more: str = "",
    text: str = "{{ record.what }} {{ record.amount }}",
    variables: tuple[str, ...] = (),
) -> Report:
    return bench.run(RECIPE.format(file=file, key=key, more=more, text=text), variables=variables)


def put(bench: Bench, name: str, text: str) -> None:
    (bench.path / name).write_text(text, encoding="utf-8")


def test_each_row_of_a_csv_file_is_a_record_of_texts(bench: Bench) -> None:
    put(bench, "a.csv", "day,what,amount\n2026-11-02,007,3.50\n2026-11-03,NO,1e3\n")
    assert run(bench).done == 2
    assert bench.desk.texts == ["007 3.50", "NO 1e3"]


def test_a_key_that_stands_twice_in_one_file_fails_the_second_row_and_names_it(bench: Bench) -> None:
    put(bench, "a.csv", COFFEES)
    report = run(bench)
    assert (report.done, report.failed) == (2, 1)
    assert [each.code for each in bench.failures] == ["X112"]
    assert (bench.failures[0].place, bench.failures[0].record) == ("a.csv, line 3", "at a.csv, line 3")
    assert "or write repeats: count if both are meant" in bench.failures[0].help
    again = run(bench)
    assert (again.skipped, again.failed) == (2, 1), "the first one is done, the second still unsettled"
    assert bench.desk.texts == ["coffee 3.50", "paper 12.00"]


def test_counted_repeats_stay_two_and_the_same_file_again_adds_nothing(bench: Bench) -> None:
    put(bench, "a.csv", COFFEES)
    assert run(bench, more=", repeats: count").done == 3
    again = run(bench, more=", repeats: count")
    assert (again.done, again.skipped) == (0, 3)
    assert bench.desk.texts == ["coffee 3.50", "coffee 3.50", "paper 12.00"]


def test_counting_leaves_the_key_of_the_first_as_it_was(bench: Bench) -> None:
    put(bench, "a.csv", COFFEES)
    run(bench)
    report = run(bench, more=", repeats: count")
    assert (report.done, report.skipped) == (1, 2), "the second coffee alone is new"


def test_an_export_that_overlaps_adds_its_new_rows_alone(bench: Bench) -> None:
    put(bench, "a.csv", COFFEES)
    put(bench, "b.csv", COFFEES + "2026-11-04,stamps,0.95\n")
    report = run(bench, more=", repeats: count")
    assert (report.read, report.done, report.skipped) == (7, 4, 3)


def test_a_row_that_is_mended_gets_a_number_of_its_own_and_the_others_keep_theirs(bench: Bench) -> None:
    put(bench, "a.csv", "day,what,amount\n1,coffee,3.50,x\n1,coffee,4.50\n")
    assert run(bench, more=", repeats: count").failed == 1
    put(bench, "a.csv", "day,what,amount\n1,coffee,3.50\n1,coffee,4.50\n")
    report = run(bench, more=", repeats: count")
    assert (report.done, report.skipped, report.parked) == (1, 1, 0)
    assert bench.desk.texts == ["coffee 4.50", "coffee 3.50"]


def test_rows_in_another_order_keep_their_numbers(bench: Bench) -> None:
    put(bench, "a.csv", "day,what,amount\n1,coffee,3.50\n1,coffee,4.50\n")
    run(bench, more=", repeats: count")
    put(bench, "a.csv", "day,what,amount\n1,coffee,4.50\n1,coffee,5.50\n1,coffee,3.50\n")
    report = run(bench, more=", repeats: count")
    assert (report.done, report.skipped) == (1, 2)
    assert bench.desk.texts == ["coffee 3.50", "coffee 4.50", "coffee 5.50"]


def test_a_row_that_changed_is_an_edit_of_the_one_it_was_and_no_new_one(bench: Bench) -> None:
    put(bench, "a.csv", "day,what,amount\n1,coffee,3.50\n")
    run(bench, more=", repeats: count")
    put(bench, "a.csv", "day,what,amount\n1,coffee,3.60\n")
    assert run(bench, more=", repeats: count").parked == 1
    assert bench.desk.texts == ["coffee 3.50"]


def test_files_come_by_name_and_a_file_elsewhere_can_be_named_by_a_variable(bench: Bench) -> None:
    put(bench, "b.csv", "day,what,amount\n2,second,1\n")
    put(bench, "a.csv", "day,what,amount\n1,first,1\n")
    run(bench)
    assert bench.desk.texts == ["first 1", "second 1"]
    put(bench, "other.txt", "day,what,amount\n3,third,1\n")
    whole = str(bench.path / "other.txt")
    run(bench, file="{{ vars.name }}", more=", format: csv", variables=(f"name={whole}",))
    assert bench.desk.texts[2:] == ["third 1"]


def test_a_row_that_cannot_be_read_goes_to_dead_letters_with_its_line_and_the_others_go_on(
    bench: Bench,
) -> None:
    put(bench, "a.csv", "day,what,amount\n1,a,1\n2,b\n3,c,3\n")
    report = run(bench)
    assert (report.done, report.failed) == (2, 1)
    assert (bench.failures[0].code, bench.failures[0].place) == ("X110", "a.csv, line 3")
    row = next(bench.ledger.records(states=[RecordState.DEAD]))
    assert b"2,b" in row.raw


def test_a_file_that_cannot_be_read_as_a_whole_stops_the_run(bench: Bench) -> None:
    put(bench, "a.csv", "day,day,amount\n1,a,1\n")
    report = run(bench)
    assert report.outcome == "stopped"
    assert report.stopped_by is not None
    assert "a.csv cannot be read" in str(report.stopped_by)


def test_no_file_stops_the_run_and_says_where_it_was_looked_for(bench: Bench) -> None:
    report = run(bench, file="bank/*.csv")
    assert report.stopped_by is not None
    assert report.stopped_by.message == "there is no file bank/*.csv"
    assert str(bench.path) in report.stopped_by.help
    assert [mark for mark in MARKS if mark not in report.stopped_by.help] == [], "what makes a project folder"


def test_a_file_that_is_named_whole_is_looked_for_in_no_project(bench: Bench) -> None:
    report = run(bench, file=str(bench.path / "none.csv"))
    assert report.stopped_by is not None
    assert report.stopped_by.help == "check its name and folder"


@pytest.mark.parametrize(
    ("more", "cure"), [(", format: csv", "write bank/*.csv"), (", format: excel", "write bank/*.xlsx")]
)
def test_a_folder_in_place_of_a_file_is_told_to_be_a_pattern(bench: Bench, more: str, cure: str) -> None:
    (bench.path / "bank").mkdir()
    report = run(bench, file="bank", more=more)
    assert report.stopped_by is not None
    assert report.stopped_by.message == "bank is a folder, and a file is wanted"
    assert report.stopped_by.help == cure


def test_excel_rows_keep_numbers_exact(bench: Bench) -> None:
    rows = [{"day": "1", "what": "a", "amount": "12.10"}, {"day": "2", "what": "b", "amount": "3"}]
    write_excel(bench.path / "a.xlsx", ["day", "what", "amount"], rows)
    assert run(bench, file="a.xlsx").done == 2
    assert bench.desk.texts == ["a 12.10", "b 3"]


def test_json_entries_are_found_by_their_path_and_one_mapping_is_one_record(bench: Bench) -> None:
    entry = {"day": "1", "what": "a", "amount": 12.5}
    put(bench, "a.json", json.dumps({"list": [entry, {**entry, "day": "2"}]}))
    run(bench, file="a.json", more=", records: $.list")
    assert bench.desk.texts == ["a 12.5", "a 12.5"]
    put(bench, "b.json", json.dumps({**entry, "day": "3"}))
    assert run(bench, file="b.json").done == 1


def test_a_line_of_json_that_is_broken_fails_alone(bench: Bench) -> None:
    put(
        bench,
        "a.jsonl",
        '{"day": "1", "what": "a", "amount": 1}\n{"day": \n{"day": "2", "what": "b", "amount": 2}\n',
    )
    report = run(bench, file="a.jsonl")
    assert (report.done, report.failed) == (2, 1)
    assert bench.failures[0].code == "X110"


def test_a_when_leaves_rows_to_others(bench: Bench) -> None:
    put(bench, "a.csv", COFFEES)
    report = run(bench, more=""", when: "{{ record.what == 'paper' }}\"""")
    assert (report.ignored, report.done) == (2, 1)


def test_without_a_record_a_manual_recipe_gets_one_empty_mapping(bench: Bench) -> None:
    head = "recipe: m\nversion: 1\nconnections: {desk: desk}\nvars: {month: {type: text, default: nov}}\n"
    head += "trigger: {manual: nothing, key: $vars.month}\n"
    text = (
        "actions:\n  - {id: n, uses: desk.notes.create, with: {text: \"{{ record.x | default('none') }}\"}}\n"
    )
    bench.hands = False
    assert bench.run(head + text).done == 1
    assert bench.desk.texts == ["none"]


def test_a_json_file_that_is_cut_short_stops_the_run_and_once_it_is_whole_the_next_run_does_the_rest(
    bench: Bench,
) -> None:
    notes = [{"id": number, "what": str(number)} for number in range(250)]
    put(bench, "a.json", json.dumps(notes)[:-1])
    report = run(bench, file="a.json", key="$.id", text="{{ record.what }}")
    assert report.outcome == "stopped"
    assert "a.json cannot be read: a.json, line 1, column" in str(report.stopped_by)
    assert "(entry 251): the JSON ends too early" in str(report.stopped_by)
    assert report.done == 250, "what stands before it is done"
    put(bench, "a.json", json.dumps([*notes, {"id": 250, "what": "250"}]))
    again = run(bench, file="a.json", key="$.id", text="{{ record.what }}")
    assert (again.outcome, again.done, again.skipped) == ("done", 1, 250)
    assert bench.desk.texts == [str(number) for number in range(251)]
