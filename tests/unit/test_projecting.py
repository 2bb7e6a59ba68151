"""Runs that decode of a record what their recipe reads: the same as decoding the whole, whatever the record holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.generated.projection import projecting
from engine.ledger import RecordRow, RecordState
from engine.ledger.changes import Removal
from engine.replay import records
from engine.report import Report
from tests.bench import Bench
from tests.ledgers import commit

RECIPE = """
recipe: bench
version: 1
connections: {desk: desk}
settings: {timezone: UTC}
trigger: {manual: an order, key: $.id, revision: $.changed, when: "{{ record.kind == 'order' }}"}
checks:
  - that: "{{ record.total | money >= 0 }}"
    otherwise: "{{ record.who.name | default('somebody') }} owes {{ record.total }}: {{ record.odd | default('-') }}"
actions:
  - id: n
    uses: desk.notes.create
    with: {text: "$.lines[*].price | join(' ')"}
  - {skip: "{{ record.why }}", when: "{{ record.why | default('') != '' }}"}
  - id: more
    for_each: $.lines[?@.gift == true]
    as: line
    key: $line.no
    do:
      - {id: gift, uses: desk.notes.create, with: {text: "{{ line.no }} for {{ record.who.name }}"}}
"""
ORDER: dict[str, Any] = {
    "id": 7,
    "kind": "order",
    "changed": "2026-01-01T00:00:00Z",
    "total": "12.50",
    "who": {"name": "Ann", "mail": "a@b.example"},
    "lines": [{"no": 1, "price": "10.00", "gift": True}, {"no": 2, "price": "2.50", "unread": [None]}],
    "unread": {"deep": [1, {"x": "é"}]},
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def raw(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def changed(**to: Any) -> bytes:
    return raw({name: value for name, value in {**ORDER, **to}.items() if value is not ...})


def came_to(folder: Path, records: list[bytes], *, projects: bool) -> tuple[Any, ...]:
    """Return all that a run did: what it made, told and remembers, and how many records it decoded whole."""
    folder.mkdir()
    bench = Bench(folder)
    bench.way = "projected" if projects else "compiled"
    try:
        report = bench.run(RECIPE, *records)
        kept = [(row.key, row.revision, row.state, row.raw, row.error) for row in bench.ledger.records()]
        made = [(row.key, row.state, row.body, row.record_revision) for row in bench.ledger.effects()]
    finally:
        bench.ledger.close()
    counts = {**report.as_data(), "run": "", "seconds": "", "whole": 0}
    return (bench.desk.texts, counts, bench.failures, kept, made), report.whole


FORMS: list[tuple[str, bytes, int]] = [
    ("as expected", changed(), 0),
    ("of another kind", changed(kind="refund", lines=...), 0),
    ("without what every record has", changed(id=...), 1),
    ("without what may be absent", changed(who={"mail": "x"}), 1),
    ("null where a mapping should be", changed(who=None), 1),
    ("text where a list should be", changed(lines="none"), 1),
    ("a check that fails", changed(total="-1"), 0),
    ("a check that fails and tells what else stands there", changed(total="-1", odd={"a": [1]}), 0),
    ("finished early", changed(why="enough"), 0),
    ("no number", changed(total="12,5"), 1),
    ("a number in place of text", changed(total=12.5, lines=[]), 0),
    ("a revision that is none", changed(changed="yesterday"), 0),
    ("a key twice, of which the last counts", b'{"id": 1,' + changed()[1:], 0),
    ("half a character in what is read", changed().replace(b"Ann", b"\\ud800"), 0),
    ("a byte that is no text in what is not read", changed().replace("é".encode(), b"\xff"), 0),
    ("no mapping at all", b"[1]", 1),
]


@pytest.mark.parametrize(("record", "whole"), [each[1:] for each in FORMS], ids=[each[0] for each in FORMS])
def test_a_record_comes_to_the_same_and_one_that_does_not_fit_is_decoded_whole_and_counted(
    tmp_path: Path, record: bytes, whole: int
) -> None:
    found, counted = came_to(tmp_path / "read", [record], projects=True)
    wanted, none = came_to(tmp_path / "whole", [record], projects=False)
    assert found == wanted
    assert (counted, none) == (whole, 0)


def test_many_records_come_to_the_same(tmp_path: Path) -> None:
    records = [
        each.replace(b'"id": 7', f'"id": {number}'.encode()) for number, (_, each, _) in enumerate(FORMS)
    ]
    assert (
        came_to(tmp_path / "read", records, projects=True)[0]
        == came_to(tmp_path / "whole", records, projects=False)[0]
    )


def states(report: Report) -> tuple[int, int, int, int]:
    return report.done, report.skipped, report.parked, report.failed


def test_a_revision_says_what_changed_and_not_the_order_of_keys(bench: Bench) -> None:
    assert states(bench.run(RECIPE, changed())) == (1, 0, 0, 0)
    turned = raw(dict(reversed(ORDER.items())))
    assert states(bench.run(RECIPE, turned)) == (0, 1, 0, 0)
    older = changed(changed="2025-12-31T00:00:00Z", total="1")
    assert states(bench.run(RECIPE, older)) == (0, 1, 0, 0)
    newer = changed(changed="2026-01-02T00:00:00Z", who={"name": "Ben"})
    assert states(bench.run(RECIPE, newer)) == (
        0,
        0,
        1,
        0,
    )  # what stands was made of another state of the record


def test_a_record_of_before_the_recipe_had_revisions_is_known_by_its_content(bench: Bench) -> None:
    before = RECIPE.replace(", revision: $.changed", "")
    assert states(bench.run(before, changed())) == (1, 0, 0, 0)
    assert states(bench.run(RECIPE, raw(dict(reversed(ORDER.items()))))) == (0, 1, 0, 0)
    assert states(bench.run(RECIPE, changed(who={"name": "Ben"}))) == (0, 0, 1, 0)


def test_what_failed_waits_with_the_bytes_as_they_came(bench: Bench) -> None:
    record = changed(total="-1")
    bench.run(RECIPE, record)
    [row] = bench.ledger.records(states=[RecordState.DEAD])
    assert row.raw == record


@pytest.mark.parametrize(
    "more",
    [
        "  - {id: w, uses: desk.notes.create, with: {text: \"{{ record | path('$.kind') }}\"}}\n",
        "  - {id: w, uses: desk.notes.create, with: {text: $..name | first}}\n",
        "  - {id: w, uses: desk.notes.create, with: {text: '{% for line in record.lines %}x{% endfor %}'}}\n",
    ],
)
def test_a_recipe_that_uses_records_as_they_stand_decodes_them_whole(bench: Bench, more: str) -> None:
    recipe = bench.recipe(RECIPE)
    assert projecting(recipe)[1] is not None
    assert projecting(bench.recipe(RECIPE + more))[1] is None


@pytest.mark.parametrize("projects", [True, False])
def test_taking_the_revision_out_of_a_recipe_changes_no_record(bench: Bench, *, projects: bool) -> None:
    bench.way = "projected" if projects else "compiled"
    assert states(bench.run(RECIPE, changed())) == (1, 0, 0, 0)
    without = RECIPE.replace(", revision: $.changed", "")
    assert states(bench.run(without, changed())) == (0, 1, 0, 0)
    edited = without.replace("join(' ')", "join('-')")
    assert states(bench.run(edited, changed())) == (0, 1, 0, 0)
    assert states(bench.run(edited, changed(who={"name": "Ben"}))) == (0, 0, 1, 0)


@pytest.mark.parametrize("projects", [True, False])
def test_an_effect_of_before_the_recipe_had_revisions_is_of_the_same_record(
    bench: Bench, *, projects: bool
) -> None:
    bench.way = "projected" if projects else "compiled"
    before = RECIPE.replace(", revision: $.changed", "")
    bench.run(before, changed())
    row = next(bench.ledger.records())
    commit(bench.ledger, Removal(RecordRow, (row.recipe, row.source, row.target, row.key)))
    report = bench.run(RECIPE.replace("join(' ')", "join('-')"), changed())
    assert (states(report), report.kept.total()) == (
        (1, 0, 0, 0),
        1,
    )  # the recipe was edited, the record was not


def test_a_record_is_decoded_whole_once_however_many_of_its_elements_want_that(bench: Bench) -> None:
    note = RECIPE.replace("{{ line.no }} for", "{{ record.note | trim | length }} {{ line.no }} for")
    lines = [{"no": number, "price": "1.00", "gift": True} for number in range(50)]
    report = bench.run(note, changed(lines=lines, note="x" * 20_000))
    assert (report.done, report.whole) == (1, 1)
    assert report.interpreted > 0


def test_what_is_damaged_where_nothing_was_read_is_told_when_the_whole_is_wanted(bench: Bench) -> None:
    damaged = changed().replace(b'"deep": [1,', b'"deep": [1e999,')
    assert states(bench.run(RECIPE, damaged)) == (1, 0, 0, 0)
    failing = damaged.replace(b"12.50", b"-1").replace(b'"id": 7', b'"id": 8')
    assert states(bench.run(RECIPE, failing)) == (0, 0, 0, 1)
    assert [each.code for each in bench.failures] == ["X110"]
    [letter] = bench.ledger.records(states=[RecordState.DEAD])
    asked = records([letter])

    async def taken() -> list[Any]:
        return [each async for page in asked(None, None, None) for each in page]  # type: ignore[arg-type]

    [incoming] = asyncio.run(taken())
    assert incoming.flaw is not None
    assert incoming.flaw.code == "X110"
