"""What an earlier revision of a record made and the present one does not ask for stands, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.ledger import EffectState
from engine.replay import open_effects
from engine.report import Report
from tests.bench import Bench

RECIPE = """
recipe: orders
version: 1
connections: {desk: desk}
trigger: {manual: an order, key: $.id, revision: $.rev}
actions:
  - {skip: cancelled, when: "{{ record.state == 'cancelled' }}"}
  - {id: note, uses: desk.notes.create, when: "{{ record.state == 'open' }}", with: {text: $.id}}
  - {id: customer, uses: desk.notes.create, key: $.customer, with: {text: $.customer}}
  - {id: told, uses: log.write, when: "{{ record.state == 'open' }}", with: {message: $.id}}
  - id: payments
    for_each: $.payments[*]
    as: payment
    key: $payment
    do: [{id: pay, uses: desk.notes.create, with: {text: $payment}}]
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def order(
    rev: int, state: str = "open", payments: tuple[str, ...] = ("a", "b"), customer: str = "Ada"
) -> dict[str, Any]:
    return {"id": "1", "rev": rev, "state": state, "payments": list(payments), "customer": customer}


def left(report: Report) -> list[str]:
    assert report.left == len(report.notes)
    return [
        note.removeprefix("record 1 does not ask for ").partition(" any more")[0] for note in report.notes
    ]


def test_an_element_that_is_gone_and_an_action_that_is_left_out_are_told_with_their_ids(bench: Bench) -> None:
    assert left(bench.run(RECIPE, order(1))) == []
    report = bench.run(RECIPE, order(2, "paid", ("b",)))
    assert left(report) == ["desk.notes.create note-1", "desk.notes.create note-3"]
    assert (report.outcome, report.as_data()["left"]) == ("done", 2)


def test_what_the_recipe_finishes_early_leaves_all_that_was_made(bench: Bench) -> None:
    bench.run(RECIPE, order(1))
    assert len(left(bench.run(RECIPE, order(2, "cancelled")))) == 3


def test_a_document_that_records_share_is_not_left_by_one_of_them(bench: Bench) -> None:
    bench.run(RECIPE, order(1))
    assert left(bench.run(RECIPE, order(2, customer="Eve"))) == []


def test_a_record_that_did_not_change_is_not_looked_at(bench: Bench) -> None:
    bench.run(RECIPE, order(1))
    assert left(bench.run(RECIPE, order(1, "paid"))) == []


@pytest.mark.parametrize(
    "other",
    [
        {"key": '["desk?name=one","orders",["payments","pay"],["1","a"],1]'},
        {"key": '["desk?name=two","orders",["payments","pay"],["1","a"]]', "target": "desk?name=two"},
        {"request_digest": ""},
    ],
    ids=["a change of it", "of another account", "taken back"],
)
def test_only_what_stands_in_these_accounts_is_told(bench: Bench, other: dict[str, Any]) -> None:
    bench.run(RECIPE, order(1, payments=()))
    [note, *_] = bench.ledger.effects()
    asyncio.run(bench.ledger.commit([replace(note, path="payments.pay", **other)]))
    known = int("key" not in other)
    assert len(left(bench.run(RECIPE, order(2, "paid", payments=())))) == 1 - known


def test_what_a_run_that_died_was_sending_is_listed_and_told_where_nobody_asks_for_it(bench: Bench) -> None:
    bench.run(RECIPE, order(1))
    *_, pay = bench.ledger.effects()
    caught = replace(pay, state=EffectState.SENDING, remote_id="", answer=b"")
    asyncio.run(bench.ledger.commit([caught]))
    report = bench.run(RECIPE, order(2, payments=("a",)))
    assert "desk.notes.create any more, which may stand there" in report.notes[0]
    assert "1 × a request whose answer was lost is not settled" in report.notes[1]
    assert [each.key for each in open_effects(bench.ledger)] == [pay.key]


def test_what_is_sent_now_by_a_recipe_of_another_name_is_left_alone(bench: Bench) -> None:
    bench.run(RECIPE, order(1))
    *_, pay = bench.ledger.effects()
    asyncio.run(bench.ledger.commit([replace(pay, recipe="others", state=EffectState.SENDING)]))
    bench.run(RECIPE, order(2, payments=("a",)))
    assert [each.state for each in bench.ledger.effects(recipe="others")] == [EffectState.SENDING]


def test_a_record_that_was_begun_by_a_run_that_stopped_is_looked_at_too(bench: Bench) -> None:
    bench.desk.lost.add("b")
    assert bench.run(RECIPE, order(1)).outcome == "stopped"
    bench.desk.lost.clear()
    report = bench.run(RECIPE, order(2, payments=("b",)))
    assert [note for note in report.notes if "desk.notes.create note-3 any more, which still stands" in note]
