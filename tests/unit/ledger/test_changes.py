"""Every ledger: rows that stand are changed in place and taken away, and the room is given back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

import engine.prune
from engine.errors import LedgerError
from engine.ledger import BindingRow, CursorRow, EffectRow, EffectState, RecordRow, RunRow, WorkbookRow
from engine.ledger.changes import Change, Removal
from engine.ledger.postgres import PostgresLedger
from engine.ledger.store import InFolder
from engine.ledger.stored import StoredLedger
from engine.lock import Held
from tests.ledgers import EFFECT, RECORD, RUN, Home, OnServer, commit, reopened
from tests.postgres import Server

OLD, BOUND, NEW = (
    "2026-01-01T00:00:00.000+00:00",
    "2026-02-01T00:00:00.000+00:00",
    "2026-03-01T00:00:00.000+00:00",
)
DONE = replace(EFFECT, state=EffectState.DONE, finished_at=OLD, answer=b'{"id":"i-1"}')


def test_an_effect_with_a_new_key_keeps_its_place_and_everything_else(ledger: StoredLedger) -> None:
    others = [replace(EFFECT, key=key) for key in ("a", "z")]
    commit(ledger, others[0], EFFECT, others[1])
    commit(ledger, Change(EffectRow, (EFFECT.key,), {"key": "zz", "recipe": "bills"}))
    assert list(ledger.effects()) == [others[0], replace(EFFECT, key="zz", recipe="bills"), others[1]]
    assert ledger.effect("zz") is not None
    assert ledger.effect(EFFECT.key) is None


def test_many_rows_and_changes_in_one_transaction_each_do_what_they_say(ledger: StoredLedger) -> None:
    keys = [f"k{number}" for number in range(130)]
    commit(ledger, *(replace(EFFECT, key=key) for key in keys), RUN, replace(EFFECT, key="k0", run="again"))
    done, failed = {"state": "done", "finished_at": NEW}, {"state": "failed"}
    commit(
        ledger,
        *(Change(EffectRow, (key,), done) for key in keys[:120]),
        *(Change(EffectRow, (key,), failed) for key in keys[110:]),
    )
    found = {each.key: each for each in ledger.effects()}
    assert [*found] == keys
    assert [each.state.value for each in found.values()] == ["done"] * 110 + ["failed"] * 20
    assert (found["k0"].run, found["k119"].finished_at, found["k125"].finished_at) == ("again", NEW, "")
    assert [each.id for each in ledger.runs()] == [RUN.id]


def test_changes_of_two_tables_to_the_same_do_not_get_mixed_up(ledger: StoredLedger) -> None:
    keys, to = [f"k{number}" for number in range(49)], {"recipe": "bills"}
    commit(ledger, *(replace(EFFECT, key=key) for key in keys), RUN)
    commit(ledger, *(Change(EffectRow, (key,), to) for key in keys), Change(RunRow, (RUN.id,), to))
    assert {each.recipe for each in ledger.effects()} == {"bills"}
    assert [each.recipe for each in ledger.runs()] == ["bills"]


def test_a_changed_row_is_the_one_that_is_written_whole_under_its_new_key(ledger: StoredLedger) -> None:
    commit(ledger, RECORD)
    commit(ledger, Change(RecordRow, ("orders", RECORD.source, "books", '["1"]'), {"recipe": "bills"}))
    commit(ledger, replace(RECORD, recipe="bills", digest="1:11"))
    assert [(each.recipe, each.digest) for each in ledger.records()] == [("bills", "1:11")]


def test_a_row_that_is_taken_away_is_gone_and_no_other(ledger: StoredLedger) -> None:
    commit(ledger, BindingRow("a", "a.yaml"), BindingRow("b", "b.yaml"))
    commit(ledger, Removal(BindingRow, ("a",)))
    assert list(ledger.bindings()) == [BindingRow("b", "b.yaml")]


def test_of_a_transaction_with_a_change_that_cannot_be_nothing_is_written(
    where: Home, ledger: StoredLedger
) -> None:
    commit(ledger, EFFECT, replace(EFFECT, key="taken"))
    with pytest.raises(LedgerError):
        commit(ledger, RUN, Change(EffectRow, (EFFECT.key,), {"key": "taken"}))
    ledger.close()
    assert reopened(where) == ([], [], [EFFECT, replace(EFFECT, key="taken")])


def test_keys_are_those_of_one_recipe_in_their_order_with_what_else_is_asked(ledger: StoredLedger) -> None:
    commit(ledger, EFFECT, replace(EFFECT, key="a"), replace(EFFECT, key="b", recipe="bills"))
    assert list(ledger.keys(EffectRow, "orders", "path", "state")) == [
        (EFFECT.key, "invoice", "sending"),
        ("a", "invoice", "sending"),
    ]
    assert list(ledger.keys(RunRow, "orders")) == []


def test_the_requests_of_effects_that_were_done_before_are_old_and_no_others(ledger: StoredLedger) -> None:
    for number, state in enumerate(EffectState):
        commit(ledger, replace(DONE, key=f"k{number}", state=state))
    commit(ledger, replace(DONE, key="new", finished_at=NEW), replace(DONE, key="gone", headers="", body=b""))
    [found] = ledger.old_effects(BOUND, 0, 10)
    done = ledger.effect(found.key)
    assert done is not None
    assert done.state is EffectState.DONE
    assert (found.request, found.answer) == (len("[]") + len(b"{}"), len(b'{"id":"i-1"}'))
    assert ledger.old_effects(BOUND, found.place, 10) == []


def test_old_effects_come_in_parts(ledger: StoredLedger) -> None:
    commit(ledger, *(replace(DONE, key=key) for key in "cab"))
    first = ledger.old_effects(BOUND, 0, 2)
    rest = ledger.old_effects(BOUND, first[-1].place, 2)
    assert [each.key for each in (*first, *rest)] == ["c", "a", "b"]


def test_the_rows_that_a_workbook_is_written_from_are_never_old(ledger: StoredLedger) -> None:
    row = replace(DONE, operation="file.write", url="out/a.xlsx")
    commit(ledger, row, replace(row, key="csv", url="out/a.csv"), WorkbookRow("out/a.xlsx", "orders"))
    assert [each.key for each in ledger.old_effects(BOUND, 0, 10)] == ["csv"]


def test_runs_that_nothing_names_are_old_but_the_last_of_each_recipe(ledger: StoredLedger) -> None:
    names = ["empty", "of-effect", "of-record", "of-cursor", "z-last"]
    commit(ledger, *(replace(RUN, id=name, started_at=OLD) for name in names))
    commit(
        ledger, replace(RUN, id="a", recipe="bills", started_at=OLD), replace(RUN, id="b-new", started_at=NEW)
    )
    commit(ledger, replace(EFFECT, run="of-effect"), replace(RECORD, run="of-record"))
    commit(ledger, CursorRow("orders", "s", "t", "d", "", "", "of-cursor", OLD))
    assert ledger.old_runs(BOUND) == ["empty"]
    assert ledger.old_runs(OLD) == []


def test_what_was_made_smaller_holds_the_same_in_the_same_order(where: Home, ledger: StoredLedger) -> None:
    effects = [replace(EFFECT, key=f"{number * 7919 % 400:03}", body=b"x" * 4000) for number in range(400)]
    commit(ledger, *effects, *(replace(RUN, id=f"{number:03}") for number in range(400)))
    ledger.compact()
    full = ledger.size()
    lean = [replace(each, body=b"") for each in effects]
    commit(ledger, *(Change(EffectRow, (each.key,), {"body": b""}) for each in effects))
    commit(ledger, *(Removal(RunRow, (f"{number:03}",)) for number in range(300)))
    ledger.compact()
    assert list(ledger.effects()) == lean
    if not isinstance(where, OnServer):  # a server keeps the room for what comes
        assert ledger.size() < full / 4


def test_what_is_pruned_in_parts_is_every_old_request_once_and_nothing_else(
    ledger: StoredLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine.prune, "BATCH", 2)
    rows = [replace(DONE, key=f'["books","orders",["invoice"],["{number}"]]') for number in range(5)]
    change = replace(DONE, key='["books","orders",["invoice"],["0"],1]')
    rows[0] = replace(rows[0], revisions=1)
    young = replace(DONE, key='["young"]', finished_at=NEW)
    commit(ledger, *rows, change, young, *(replace(RUN, id=name, started_at=OLD) for name in "abc"))
    before = datetime.fromisoformat(BOUND)
    told: list[int] = []
    found = asyncio.run(engine.prune.prune(ledger, tmp_path / "log.jsonl", before, tell=told.append))
    assert (found.before, found.effects, found.runs, told) == (BOUND, 6, 2, [2, 4, 6])
    pruned = [replace(each, headers="", body=b"") for each in (*rows, replace(change, answer=b""))]
    assert list(ledger.effects()) == [*pruned, young]
    assert [each.id for each in ledger.runs()] == ["c"]


# ---- alone ----


def test_nobody_has_a_state_alone_while_a_run_is_going_on_and_is_told_which(tmp_path: Path) -> None:
    where = InFolder(tmp_path)
    with (
        where.running("orders", ["books"], "2026-04-01"),
        where.running("refunds", ["books"], "2026-04-02"),
        pytest.raises(Held) as error,
        where.alone("2026-04-03"),
    ):
        pass
    told = r"a run of this state is going on: orders \(process \d+ since 2026-04-01\), refunds \(process \d+ since .*\)"
    assert re.fullmatch(told, error.value.message)


def test_no_run_begins_while_somebody_has_the_state_alone(tmp_path: Path) -> None:
    where = InFolder(tmp_path)
    with (
        where.alone("2026-04-03"),
        pytest.raises(Held) as error,
        where.running("orders", ["books"], "2026-04-04"),
    ):
        pass
    assert re.fullmatch(r"this state is being tidied: process \d+ since 2026-04-03", error.value.message)
    with where.running("orders", ["books"], "2026-04-05") as ledger:
        assert list(ledger.effects()) == []


def test_a_run_begins_as_soon_as_whoever_had_the_ledger_alone_has_closed_it(postgres: Server) -> None:
    where = OnServer(postgres)
    for _ in range(20):
        alone, after = (PostgresLedger(postgres.address(), where.schema) for _ in range(2))
        alone.hold_alone()
        alone.close()
        after.hold("orders", ["books"], "2026-04-02")
        after.close()


def test_on_a_server_nobody_has_the_ledger_alone_while_a_run_is_going_on(postgres: Server) -> None:
    where = OnServer(postgres)
    first, second, third = (PostgresLedger(postgres.address(), where.schema) for _ in range(3))
    first.hold("orders", ["books"], "2026-04-01")
    with pytest.raises(Held, match=r"going on: orders \(on .*, process \d+ since 2026-04-01\)"):
        second.hold_alone()
    first.close()
    second.hold_alone()
    with pytest.raises(Held, match="this state is being tidied"):
        third.hold("orders", ["books"], "2026-04-02")
    second.close()
    third.hold("orders", ["books"], "2026-04-02")
    third.close()
