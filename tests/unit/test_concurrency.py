"""Records that are taken at the same time: each once, in order by key, counted right, in memory that does not grow."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.report import Report
from engine.steps import TOGETHER, at_once
from engine.wire import Answer, NoAnswer
from tests.bench import Bench

HEAD = """
recipe: bench
version: 1
connections: {desk: desk}
settings: {concurrency: %s}
trigger: {manual: a record, key: $.id%s}
actions:
"""
NOTE = "  - {id: n, uses: desk.notes.create, with: {text: $.text}}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def records(*texts: str) -> list[dict[str, Any]]:
    return [{"id": text, "text": text} for text in texts]


def run(
    bench: Bench, *given: Any, concurrency: Any = 4, more: str = "", trigger: str = "", actions: str = NOTE
) -> Report:
    return bench.run(HEAD % (concurrency, trigger) + actions + more, *given)


def test_so_many_requests_are_out_at_once_as_the_recipe_says(bench: Bench) -> None:
    bench.desk.together = 4
    report = run(bench, *records(*"abcdefgh"))
    assert (report.read, report.done, sorted(bench.desk.texts)) == (8, 8, [*"abcdefgh"])


ROW = "{id: %s, uses: file.write, with: {file: out.jsonl, row: {id: $.id}}}"
SWITCH = "{id: s, switch: [{when: $.a, do: [%s]}, {else: [%s]}]}"


@pytest.mark.parametrize(
    ("actions", "many"),
    [
        (ROW % "a", True),
        ("{skip: no}", True),
        (SWITCH % (ROW % "a", ROW % "b"), True),
        (f"{ROW % 'a'}, {ROW % 'b'}", False),
        ("{id: e, for_each: '$.lines[*]', key: $item.n, do: [%s]}" % (ROW % "a"), False),
        ("{id: n, uses: desk.notes.create, with: {text: $.text}}", False),
        (f"{ROW % 'a'}, {{stop: enough}}", False),
        (ROW % "a" + ", {id: told, uses: log.write, with: {message: $.id}}", False),
    ],
)
def test_without_the_setting_records_are_taken_one_after_the_other_unless_all_they_do_goes_together(
    bench: Bench, actions: str, *, many: bool
) -> None:
    assert at_once(bench.recipe(f"actions: [{actions}]")) == (TOGETHER if many else 1)


@pytest.mark.parametrize(("stated", "taken"), [(1, 1), (2, TOGETHER)])
def test_what_asks_nobody_outside_is_not_slowed_by_a_number_that_spares_others(
    bench: Bench, stated: int, taken: int
) -> None:
    recipe = bench.recipe(f"settings: {{concurrency: {stated}}}\nactions: [{ROW % 'a'}]")
    assert at_once(recipe) == taken
    stops = bench.recipe(
        f"settings: {{concurrency: {stated}}}\nactions: [{ROW % 'a'}]\non_error: {{then: stop}}"
    )
    assert at_once(stops) == stated


@pytest.mark.parametrize("wrong", [0, 65, "many", 1.5])
def test_a_number_that_is_none_is_a_finding(bench: Bench, wrong: Any) -> None:
    assert [place for _, place in bench.codes(HEAD % (wrong, "") + NOTE)] == ["/settings/concurrency"]


def test_revisions_of_one_record_are_taken_in_the_order_in_which_they_came(bench: Bench) -> None:
    given = [{"id": "1", "text": "same", "at": str(number)} for number in range(1, 9)]
    report = run(bench, *given, trigger=", revision: $.at", concurrency=8)
    assert (report.done, report.created.total(), report.stood.total()) == (8, 1, 7)
    known = next(bench.ledger.records())
    assert known.revision == "8"


def test_the_same_record_twice_is_taken_once(bench: Bench) -> None:
    report = run(bench, *records("a", "a", "a", "b"))
    assert (report.done, report.skipped, sorted(bench.desk.texts)) == (2, 2, ["a", "b"])


def test_every_record_is_counted_once_whatever_becomes_of_it(bench: Bench) -> None:
    bench.desk.refused = {"b", "d"}
    given = [*records(*"abcdef"), {"text": "without a key"}, {"id": "s", "text": "skip"}]
    report = run(
        bench, *given, actions="  - {skip: so, when: \"{{ record.text == 'skip' }}\"}\n" + NOTE, concurrency=5
    )
    assert (report.read, report.done, report.failed) == (8, 4, 3)
    assert (dict(report.skipped_by), len(bench.failures)) == ({"so": 1}, 3)
    again = run(
        bench, *given, actions="  - {skip: so, when: \"{{ record.text == 'skip' }}\"}\n" + NOTE, concurrency=5
    )
    assert (again.read, again.skipped, again.failed) == (8, 5, 3)


def test_a_connection_that_fails_ends_the_run_and_the_records_in_hand_are_finished(bench: Bench) -> None:
    bench.desk.together = 2
    bench.desk.failing = [NoAnswer("the connection was lost", left=False)]
    report = run(bench, *records(*"abcdef"), concurrency=2)
    assert report.outcome == "stopped"
    assert (report.read, report.done, report.failed) == (2, 1, 0), "one failed, one was in hand, none began"
    bench.desk.together = 1
    again = run(bench, *records(*"abcdef"), concurrency=2)
    assert (again.done, again.skipped, sorted(bench.desk.texts)) == (5, 1, [*"abcdef"])


def test_of_several_that_end_the_run_the_first_is_told_and_the_others_are_in_the_log(bench: Bench) -> None:
    bench.desk.together = 2
    bench.desk.failing = [Answer(401, {}, b"{}"), Answer(503, {}, b"{}")]
    report = run(bench, *records(*"abc"), concurrency=2)
    assert report.stopped_by is not None
    assert "(auth)" in report.stopped_by.message
    told = [fields["message"] for name, fields in bench.events if name == "record.stopped"]
    assert ["(auth)" in told[0], "(transient)" in told[1]] == [True, True]


def test_an_on_error_that_stops_keeps_the_others_from_beginning(bench: Bench) -> None:
    bench.desk.together = 2
    bench.desk.refused = {"a"}
    report = run(bench, *records(*"abcdef"), concurrency=2, more="on_error: {then: stop}\n")
    assert (report.outcome, report.read, report.failed, report.done) == ("stopped", 2, 1, 1)


def test_a_file_that_has_a_key_twice_is_told_however_many_are_taken_at_once(bench: Bench) -> None:
    rows = "".join(f"{number},{number}\n" for number in [1, 2, 3, 2, 4, 2])
    (bench.path / "a.csv").write_text("id,text\n" + rows, "utf-8")
    (bench.path / "b.csv").write_text("id,text\n5,5\n5,5\n", "utf-8")
    bench.hands = False
    report = bench.run(
        "recipe: bench\nversion: 1\nconnections: {desk: desk}\nsettings: {concurrency: 8}\n"
        "trigger: {file: '*.csv', key: $.id}\nactions:\n" + NOTE
    )
    assert (report.done, report.failed, sorted(bench.desk.texts)) == (5, 3, [*"12345"])
    assert sorted(each.place for each in bench.failures) == [
        "a.csv, line 5",
        "a.csv, line 7",
        "b.csv, line 3",
    ]


def test_reasons_that_name_their_record_are_counted_without_being_kept_each(bench: Bench) -> None:
    given = records(*(str(number) for number in range(250)))
    report = run(bench, *given, actions='  - {skip: "not {{ record.id }}"}\n')
    assert (len(report.skipped_by), report.skipped_by.total()) == (201, 250)


def test_memory_does_not_grow_with_the_rows_of_a_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.hands = False
    recipe = (
        "recipe: bench\nversion: 1\nsettings: {concurrency: 4}\n"
        "trigger: {file: %s, key: $.id}\nactions: [{skip: so}]\n"
    )

    def held(rows: int) -> int:
        """Return how many bytes a run holds at most, of so many rows."""
        name, found = f"rows-{rows}.csv", [0, 0]
        wide = "x" * 300  # each file is longer than what is read of it at once
        (bench.path / name).write_text(
            "id,text\n" + "".join(f"{rows}-{number},{wide}\n" for number in range(rows)), "utf-8"
        )

        def progress(report: Report) -> None:
            if report.read >= found[1] + 101:
                found[1] = report.read
                gc.collect()
                found[0] = max(found[0], tracemalloc.get_traced_memory()[0])

        monkeypatch.setattr(bench, "progress", progress)
        tracemalloc.start()
        try:
            assert bench.run(recipe % name).read == rows
        finally:
            tracemalloc.stop()
        return found[0]

    held(300)  # what is loaded once
    few, many = held(1000), held(9000)
    # How many are in hand differs by half a megabyte from one moment to the next; a key of each row would be more.
    assert many < few + 700_000, f"{few} bytes for 1,000 rows, {many} for 9,000"
