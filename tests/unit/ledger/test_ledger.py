"""Every ledger: what it says is durable, what it cannot write stops everything, whose database it takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import LedgerError
from engine.ledger import (
    AccountRow,
    BindingRow,
    CursorRow,
    EffectState,
    FileRow,
    LinkRow,
    RecordState,
    Row,
    WorkbookRow,
)
from engine.ledger.stored import StoredLedger
from tests.ledgers import EFFECT, FIFTH, LATER, RECORD, RUN, Home, commit, refused, reopened


def test_the_same_key_is_one_row_and_the_last_state_counts(ledger: StoredLedger) -> None:
    for state in EffectState:
        commit(ledger, replace(EFFECT, state=state))
        assert [each.state for each in ledger.effects()] == [state]


def test_a_record_has_one_row_per_recipe_source_and_key(ledger: StoredLedger) -> None:
    commit(
        ledger, RECORD, replace(RECORD, key='["2"]'), replace(RECORD, source="b"), replace(RECORD, recipe="c")
    )
    commit(ledger, replace(RECORD, state=RecordState.DEAD, error="{}"))
    assert len(list(ledger.records())) == 4
    found = ledger.record("orders", "shop?store=a", "books", '["1"]')
    assert found is not None
    assert found.state is RecordState.DEAD


def test_records_and_effects_are_found_by_what_is_asked(ledger: StoredLedger) -> None:
    commit(ledger, RECORD, replace(RECORD, key='["2"]', run="r2", state=RecordState.PARKED), EFFECT)
    commit(ledger, replace(EFFECT, key="k2", run="r2", record='["2"]', external_id="x", remote_id="y"))
    assert [each.key for each in ledger.records(states=[RecordState.PARKED])] == ['["2"]']
    assert [each.key for each in ledger.records(run="r1")] == ['["1"]']
    assert [each.key for each in ledger.effects(external_id="x")] == ["k2"]
    assert [each.key for each in ledger.effects(remote_id="y")] == ["k2"]
    assert [each.key for each in ledger.effects(recipe="orders", record='["1"]')] == [EFFECT.key]
    assert ledger.effect("no such key") is None
    commit(ledger, replace(EFFECT, key="k3", state=EffectState.PARKED))
    open_ = [EffectState.PARKED, EffectState.UNCERTAIN]
    assert [each.key for each in ledger.effects(recipe="orders", states=open_)] == ["k3"]


def test_effects_come_in_the_order_of_their_first_intents(ledger: StoredLedger) -> None:
    for key in ("c", "a", "b"):
        commit(ledger, replace(EFFECT, key=key))
    commit(ledger, replace(EFFECT, key="c", state=EffectState.DONE))
    assert [each.key for each in ledger.effects()] == ["c", "a", "b"]


def test_texts_are_sorted_by_their_characters_and_never_by_a_language(ledger: StoredLedger) -> None:
    names = ["Z", "a", "ä", "中", "😀"]
    commit(ledger, *(BindingRow(name, "f") for name in reversed(names)))
    commit(ledger, *(replace(RUN, id=name) for name in names))
    assert [each.recipe for each in ledger.bindings()] == names
    assert [each.id for each in ledger.runs()] == names[::-1]
    assert [each.id for each in ledger.runs(limit=2)] == names[:2:-1]


def test_paths_are_those_of_effects_that_stand_or_may_stand(ledger: StoredLedger) -> None:
    others = [replace(EFFECT, key=f"k{n}", path=f"p{n}", state=state) for n, state in enumerate(EffectState)]
    commit(ledger, *others, replace(EFFECT, key="x", recipe="refunds", path="refund"))
    failed = list(EffectState).index(EffectState.FAILED)
    assert ledger.paths("orders") == {f"p{n}" for n in range(len(EffectState)) if n != failed}


def test_links_are_kept_once_and_found_by_what_is_asked(ledger: StoredLedger) -> None:
    one, two = LinkRow("e1", "orders", '["1"]'), LinkRow("e1", "orders", '["2"]')
    commit(ledger, one, two, one, LinkRow("e2", "refunds", '["1"]'))
    assert list(ledger.links(effect="e1")) == [one, two]
    assert list(ledger.links(recipe="orders", record='["1"]')) == [one]
    assert list(ledger.links(effect="e1", recipe="orders", record='["2"]')) == [two]


def test_accounts_files_and_workbooks_are_found_by_name_and_recipe(ledger: StoredLedger) -> None:
    account, file = AccountRow("books", "m", "3"), FileRow("out/t.csv", "orders", '["a"]', 2**40, "k")
    book = WorkbookRow("out/t.xlsx", "orders", "", '["a"]', 3, 1, 2, "1:00", "")
    commit(ledger, account, file, book)
    assert (ledger.account("books"), ledger.account("b")) == (account, None)
    assert (ledger.file("out/t.csv"), ledger.files("orders"), ledger.files("others")) == (file, [file], [])
    assert (ledger.workbook("out/t.xlsx"), ledger.workbooks("orders")) == (book, [book])


def test_what_is_committed_is_there_after_it_is_opened_again(where: Home) -> None:
    ledger = where.open()
    commit(ledger, RUN, RECORD, EFFECT, BindingRow("orders", "orders.yaml"))
    ledger.close()
    assert reopened(where) == ([RUN], [RECORD], [EFFECT])


def test_what_is_committed_is_seen_by_others_before_commit_returns(ledger: StoredLedger, where: Home) -> None:
    async def run() -> Any:
        await ledger.commit([EFFECT])
        return where.run("SELECT count(*) FROM effect")

    assert asyncio.run(run()) == [(1,)]


def test_concurrent_commits_are_grouped_and_each_is_durable(ledger: StoredLedger, where: Home) -> None:
    groups: list[int] = []
    plain = ledger._commit

    def counting(jobs: list[Any]) -> LedgerError | None:
        groups.append(len(jobs))
        return plain(jobs)

    ledger._commit = counting  # type: ignore[method-assign]  # looks in

    async def run() -> None:
        await asyncio.gather(*(ledger.commit([replace(EFFECT, key=f"k{n}")]) for n in range(600)))

    asyncio.run(run())
    assert len(reopened(where)[2]) == 600
    assert sum(groups) == 600
    assert len(groups) < 600
    assert max(groups) <= 256


@pytest.mark.parametrize("bad", [replace(RECORD, key=None), replace(RECORD, at="\ud800")])  # type: ignore[arg-type]
def test_rows_of_one_commit_stand_together_or_not_at_all(bad: Row, ledger: StoredLedger, where: Home) -> None:
    with pytest.raises(LedgerError, match="could not be written"):
        commit(ledger, RUN, EFFECT, bad, replace(RUN, id="r2"))
    assert reopened(where) == ([], [], [])


def test_after_a_commit_that_failed_none_succeeds(ledger: StoredLedger, where: Home) -> None:
    commit(ledger, RUN)
    where.run("ALTER TABLE effect RENAME TO gone")
    with pytest.raises(LedgerError, match=r"could not be written: .*effect"):
        commit(ledger, replace(RUN, id="r2"), EFFECT)
    where.run("ALTER TABLE gone RENAME TO effect")
    with pytest.raises(LedgerError, match="could not be written before"):
        commit(ledger, replace(RUN, outcome="done"))
    assert reopened(where) == ([RUN], [], [])


def test_a_commit_that_waited_behind_one_that_failed_does_not_succeed(ledger: StoredLedger) -> None:
    async def run() -> list[Any]:
        size = [
            replace(EFFECT, key=f"k{n}") for n in range(300)
        ]  # more than a group: the next one is a commit of its own
        bad = replace(RECORD, key=None)  # type: ignore[arg-type]
        jobs = (ledger.commit([*size, bad]), ledger.commit([RUN]))
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    assert [type(each) for each in asyncio.run(run())] == [LedgerError, LedgerError]
    assert list(ledger.runs()) == []


def test_a_text_that_cannot_be_stored_is_an_error_and_not_silence(ledger: StoredLedger) -> None:
    with pytest.raises(LedgerError, match="surrogates not allowed"):
        commit(ledger, replace(RUN, counts="\ud800"))


def test_a_ledger_that_is_closed_says_so(where: Home) -> None:
    ledger = where.open()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        commit(ledger, RUN)


def test_what_is_queued_is_written_before_it_closes(where: Home) -> None:
    ledger = where.open()

    async def run() -> None:
        tasks = [asyncio.ensure_future(ledger.commit([replace(EFFECT, key=f"k{n}")])) for n in range(300)]
        await asyncio.gather(asyncio.wait(tasks, timeout=0))
        ledger.close()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert len(reopened(where)[2]) == 300


def test_a_caller_that_is_cancelled_does_not_take_its_rows_along(ledger: StoredLedger, where: Home) -> None:
    async def run() -> None:
        task = asyncio.ensure_future(ledger.commit([EFFECT]))
        await asyncio.wait([task], timeout=0)
        task.cancel()
        await asyncio.wait([task])
        await ledger.commit([RUN])

    asyncio.run(run())
    assert reopened(where) == ([RUN], [], [EFFECT])


def test_a_ledger_of_an_earlier_version_gets_the_later_columns_with_their_defaults(where: Home) -> None:
    before = where.open()
    sent = replace(EFFECT, last_sent_at="2026-04-02", attempts=5, generation=2)
    commit(before, replace(sent, source="shop", record_revision="7", record_digest="1:0"))
    before.close()
    where.run(*FIFTH, where.version.format(4))
    assert reopened(where)[2] == [sent]
    where.run(*LATER, where.version.format(3))
    assert reopened(where)[2] == [EFFECT]
    assert reopened(where)[2] == [EFFECT]


def test_a_ledger_of_the_first_version_gets_the_tables_of_files_and_keeps_the_rest(where: Home) -> None:
    before = where.open()
    commit(before, EFFECT)
    before.close()
    gone = (f"DROP TABLE {name}" for name in ("file", "workbook", "link"))
    where.run(*LATER, *gone, where.version.format(1))
    ledger = where.open()
    row, link = FileRow("out/t.csv", "orders", '["a"]', 12, "k"), LinkRow("e", "orders", "[]")
    commit(ledger, row, link, replace(EFFECT, key="k2", attempts=2))
    try:
        assert (ledger.file("out/t.csv"), list(ledger.links())) == (row, [link])
        assert list(ledger.effects()) == [EFFECT, replace(EFFECT, key="k2", attempts=2)]
    finally:
        ledger.close()
    where.open().close()


def test_a_migration_that_fails_midway_leaves_the_ledger_as_it_was(
    where: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    where.open().close()
    where.run(*LATER, where.version.format(3))
    before = where.content()
    module = "engine.ledger.sqlite" if type(where).__name__ == "InFile" else "engine.ledger.postgres"
    plain = __import__(module, fromlist=["preparation"]).preparation
    failing: Callable[..., Any] = lambda *given: [*plain(*given), "CREATE TABLE effect (a TEXT)"]  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.preparation", failing)
        assert "cannot be opened" in refused(where)
    assert where.content() == before
    assert reopened(where) == ([], [], [])


def test_a_ledger_of_a_newer_engine_is_refused_and_left_alone(where: Home) -> None:
    where.open().close()
    where.run(where.version.format(99))
    before = where.content()
    assert "newer engine" in refused(where)
    assert where.content() == before


def test_a_database_of_another_program_is_refused_and_left_alone(where: Home) -> None:
    where.run("CREATE TABLE cats (name TEXT)")
    before = where.content()
    assert "another program" in refused(where)
    assert where.content() == before


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (["DROP TABLE effect"], "the table effect is missing"),
        (["ALTER TABLE run DROP COLUMN counts"], "the column run.counts is missing"),
        (
            ["ALTER TABLE run DROP COLUMN counts", "ALTER TABLE run ADD COLUMN counts INTEGER"],
            "the column run.counts holds integer in place of text",
        ),
    ],
)
def test_a_ledger_that_lost_what_it_is_made_of_is_refused_and_left_alone(
    where: Home, damage: list[str], told: str
) -> None:
    where.open().close()
    where.run(*damage)
    before = where.content()
    assert f"is damaged: {told}" in refused(where)
    assert where.content() == before


def test_a_state_that_does_not_exist_is_refused(ledger: StoredLedger, where: Home) -> None:
    commit(ledger, EFFECT)
    where.run("UPDATE effect SET state = 'lost'")
    with pytest.raises(LedgerError, match="lost"):
        ledger.effect(EFFECT.key)


def test_a_key_or_an_id_may_be_of_any_length(ledger: StoredLedger) -> None:
    # PostgreSQL compresses what repeats itself until it fits an index.
    draw = random.Random(1)
    long = "".join(chr(draw.randrange(33, 0x3000)) for _ in range(10_000))
    rows = [
        replace(EFFECT, key=long + end, remote_id=long + end, external_id=long, record=long) for end in "ab"
    ]
    link = LinkRow(long, long, long)
    commit(ledger, *rows, link, replace(RECORD, key=long))
    assert [ledger.effect(long + end) for end in "ab"] == rows
    assert list(ledger.effects(remote_id=long + "b")) == rows[1:]
    assert list(ledger.effects(external_id=long)) == rows
    assert list(ledger.links(effect=long)) == [link]
    assert ledger.record(RECORD.recipe, RECORD.source, RECORD.target, long) is not None


TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("\0\U0010ffff01a\\")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.data())
def test_rows_come_back_as_they_went_in(ledger: StoredLedger, data: st.DataObject) -> None:
    def like(row: Row) -> Any:
        own = {
            "bytes": st.binary(),
            "int": st.integers(0, 2**63 - 1),
            "EffectState": st.sampled_from(EffectState),
            "RecordState": st.sampled_from(RecordState),
        }
        return type(row)(**{field.name: data.draw(own.get(str(field.type), TEXT)) for field in fields(row)})

    effect, record = like(EFFECT), like(RECORD)
    commit(ledger, effect, record)
    assert ledger.effect(effect.key) == effect
    assert ledger.record(record.recipe, record.source, record.target, record.key) == record
    assert effect in list(ledger.effects(remote_id=effect.remote_id))


def test_a_cursor_is_one_row_by_what_it_reads_and_the_one_that_moved_last_comes_first(
    ledger: StoredLedger,
) -> None:
    cursor = CursorRow(
        "orders", "shop?store=a", "books", "1:00", "2026-04-01T12:00:00Z", "{}", "r1", "2026-04-02"
    )
    commit(ledger, cursor, replace(cursor, digest="1:01", at="2026-04-03"), replace(cursor, recipe="others"))
    commit(ledger, replace(cursor, position="2026-04-01T13:00:00Z"))
    found = ledger.cursor("orders", "shop?store=a", "books", "1:00")
    assert found is not None
    assert found.position == "2026-04-01T13:00:00Z"
    assert ledger.cursor("orders", "shop?store=a", "books#sample", "1:00") is None
    assert [each.digest for each in ledger.cursors("orders")] == ["1:01", "1:00"]
    assert len(ledger.cursors()) == 3


# ---- read only ----


def test_whoever_only_reads_sees_what_a_writer_commits_and_can_write_nothing(
    where: Home, ledger: StoredLedger
) -> None:
    commit(ledger, EFFECT)
    reader = where.read()
    try:
        commit(ledger, replace(EFFECT, key="k2"))
        assert [each.key for each in reader.effects()] == [EFFECT.key, "k2"]
        with pytest.raises(LedgerError, match="it was opened to be read"):
            commit(reader, replace(EFFECT, key="k3"))
        commit(ledger, replace(EFFECT, key="k3"))
    finally:
        reader.close()
    assert len(list(ledger.effects())) == 3


def test_whoever_only_reads_leaves_everything_as_it_is(where: Home) -> None:
    made = where.open()
    commit(made, EFFECT)
    made.close()
    before = where.content()
    reader = where.read()
    assert list(reader.effects()) == [EFFECT]
    reader.close()
    assert where.content() == before
