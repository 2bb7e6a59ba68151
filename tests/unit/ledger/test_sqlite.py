"""The ledger: what it says is durable, what it cannot write stops everything, whose file it takes."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import LedgerError
from engine.ledger import (
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    FileRow,
    RecordRow,
    RecordState,
    Row,
    RunRow,
    WorkbookRow,
)
from engine.ledger.sqlite import APPLICATION_ID, SqliteLedger

RUN = RunRow("r1", "orders", "shop?store=a", "books", "2026-04-01T12:00:00.000+00:00")
RECORD = RecordRow(
    "orders", "shop?store=a", "books", '["1"]', "", "1:00", RecordState.DONE, "r1", "2026-04-01"
)
EFFECT = EffectRow(
    key='["books","orders",["invoice"],["1"]]', target="books", recipe="orders", path="invoice", record='["1"]',
    external_id="orders/invoice/1", operation="books.invoices.create", state=EffectState.SENDING, method="POST",
    url="books:/invoices", headers="[]", body=b"{}", request_digest="1:00", run="r1", sent_at="2026-04-01",
)  # fmt: skip

CURSOR = CursorRow(
    "orders", "shop?store=a", "books", "1:00", "2026-04-01T12:00:00Z", "{}", "r1", "2026-04-02"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(path)
    yield made
    made.close()


def commit(ledger: SqliteLedger, *rows: Row) -> None:
    asyncio.run(asyncio.wait_for(ledger.commit(rows), 20))


def reopened(path: Path) -> tuple[list[RunRow], list[RecordRow], list[EffectRow]]:
    found = SqliteLedger(path)
    try:
        return list(found.runs()), list(found.records()), list(found.effects())
    finally:
        found.close()


def test_the_same_key_is_one_row_and_the_last_state_counts(ledger: SqliteLedger) -> None:
    for state in EffectState:
        commit(ledger, replace(EFFECT, state=state))
        assert [each.state for each in ledger.effects()] == [state]


def test_a_record_has_one_row_per_recipe_source_and_key(ledger: SqliteLedger) -> None:
    commit(
        ledger, RECORD, replace(RECORD, key='["2"]'), replace(RECORD, source="b"), replace(RECORD, recipe="c")
    )
    commit(ledger, replace(RECORD, state=RecordState.DEAD, error="{}"))
    assert len(list(ledger.records())) == 4
    found = ledger.record("orders", "shop?store=a", "books", '["1"]')
    assert found is not None
    assert found.state is RecordState.DEAD


def test_records_and_effects_are_found_by_what_is_asked(ledger: SqliteLedger) -> None:
    commit(ledger, RECORD, replace(RECORD, key='["2"]', run="r2", state=RecordState.PARKED), EFFECT)
    commit(ledger, replace(EFFECT, key="k2", run="r2", record='["2"]', external_id="x"))
    assert [each.key for each in ledger.records(states=[RecordState.PARKED])] == ['["2"]']
    assert [each.key for each in ledger.records(run="r1")] == ['["1"]']
    assert [each.key for each in ledger.effects(external_id="x")] == ["k2"]
    assert [each.key for each in ledger.effects(recipe="orders", record='["1"]')] == [EFFECT.key]
    assert ledger.effect("no such key") is None


def test_what_is_committed_is_there_after_the_file_is_opened_again(path: Path) -> None:
    ledger = SqliteLedger(path)
    commit(ledger, RUN, RECORD, EFFECT, BindingRow("orders", "orders.yaml"))
    ledger.close()
    assert reopened(path) == ([RUN], [RECORD], [EFFECT])


def test_what_is_committed_is_seen_by_others_before_commit_returns(ledger: SqliteLedger, path: Path) -> None:
    async def run() -> int:
        await ledger.commit([EFFECT])
        other = sqlite3.connect(path)
        try:
            return int(other.execute("SELECT count(*) FROM effect").fetchone()[0])
        finally:
            other.close()

    assert asyncio.run(run()) == 1


def test_the_file_is_its_owners_alone(ledger: SqliteLedger, path: Path) -> None:
    commit(ledger, EFFECT)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_every_commit_is_synced_to_the_disk(ledger: SqliteLedger) -> None:
    assert ledger._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert ledger._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_concurrent_commits_are_grouped_and_each_is_durable(ledger: SqliteLedger, path: Path) -> None:
    groups: list[int] = []
    plain = ledger._commit

    def counting(jobs: list[Any]) -> LedgerError | None:
        groups.append(len(jobs))
        return plain(jobs)

    ledger._commit = counting  # type: ignore[method-assign]  # looks in

    async def run() -> None:
        await asyncio.gather(*(ledger.commit([replace(EFFECT, key=f"k{n}")]) for n in range(600)))

    asyncio.run(run())
    assert len(reopened(path)[2]) == 600
    assert sum(groups) == 600
    assert len(groups) < 600
    assert max(groups) <= 256


def test_rows_of_one_commit_stand_together_or_not_at_all(ledger: SqliteLedger, path: Path) -> None:
    bad = replace(RECORD, key=None)  # type: ignore[arg-type]
    with pytest.raises(LedgerError, match="NOT NULL"):
        commit(ledger, RUN, EFFECT, bad)
    assert reopened(path) == ([], [], [])


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda ledger: ledger._connection.execute("PRAGMA query_only = ON"), id="read-only"),
        pytest.param(
            lambda ledger: ledger._connection.execute("PRAGMA max_page_count = 1"), id="a full disk"
        ),
        pytest.param(lambda ledger: ledger._connection.close(), id="a closed file"),
        pytest.param(lambda ledger: ledger._connection.execute("DROP TABLE effect"), id="a table gone"),
    ],
)
def test_after_a_commit_that_failed_none_succeeds(broken, ledger: SqliteLedger, path: Path) -> None:
    commit(ledger, RUN)
    broken(ledger)
    with pytest.raises(LedgerError, match="could not be written"):
        commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    with pytest.raises(LedgerError, match="could not be written before"):
        commit(ledger, replace(RUN, outcome="done"))
    file = sqlite3.connect(path)
    assert file.execute("SELECT outcome FROM run").fetchall() == [("running",)]
    file.close()


def test_a_commit_that_waited_behind_one_that_failed_does_not_succeed(ledger: SqliteLedger) -> None:
    async def run() -> list[Any]:
        size = [
            replace(EFFECT, key=f"k{n}") for n in range(300)
        ]  # more than a group: the next one is a commit of its own
        bad = replace(RECORD, key=None)  # type: ignore[arg-type]
        jobs = (ledger.commit([*size, bad]), ledger.commit([RUN]))
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    assert [type(each) for each in asyncio.run(run())] == [LedgerError, LedgerError]
    assert list(ledger.runs()) == []


def test_a_text_that_cannot_be_stored_is_an_error_and_not_silence(ledger: SqliteLedger) -> None:
    with pytest.raises(LedgerError, match="surrogates not allowed"):
        commit(ledger, replace(RUN, counts="\ud800"))


def test_a_ledger_that_is_closed_says_so(path: Path) -> None:
    ledger = SqliteLedger(path)
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        commit(ledger, RUN)


def test_what_is_queued_is_written_before_it_closes(path: Path) -> None:
    ledger = SqliteLedger(path)

    async def run() -> None:
        tasks = [asyncio.ensure_future(ledger.commit([replace(EFFECT, key=f"k{n}")])) for n in range(300)]
        await asyncio.gather(asyncio.wait(tasks, timeout=0))
        ledger.close()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert len(reopened(path)[2]) == 300


def test_a_caller_that_is_cancelled_does_not_take_its_rows_along(ledger: SqliteLedger, path: Path) -> None:
    async def run() -> None:
        task = asyncio.ensure_future(ledger.commit([EFFECT]))
        await asyncio.wait([task], timeout=0)
        task.cancel()
        await asyncio.wait([task])
        await ledger.commit([RUN])

    asyncio.run(run())
    assert reopened(path) == ([RUN], [], [EFFECT])


def refused(path: Path) -> str:
    with pytest.raises(LedgerError) as error:
        reopened(path)
    return error.value.message


def make_it_old(path: Path, statements: str) -> None:
    """Take from a ledger what later versions brought."""
    later = "".join(
        f"ALTER TABLE effect DROP COLUMN {name};"
        for name in ("last_sent_at", "attempts", "generation", "looked_up", "revisions")
    )
    with closing(sqlite3.connect(path)) as file:
        file.executescript(later + statements)


def test_a_ledger_of_an_earlier_version_gets_the_later_columns_with_their_defaults(path: Path) -> None:
    before = SqliteLedger(path)
    commit(before, replace(EFFECT, last_sent_at="2026-04-02", attempts=5, generation=2))
    before.close()
    make_it_old(path, "DROP TABLE cursor; PRAGMA user_version = 3")
    assert reopened(path)[2] == [EFFECT]
    assert reopened(path)[2] == [EFFECT]


def test_a_ledger_of_the_first_version_gets_the_tables_of_files_and_keeps_the_rest(path: Path) -> None:
    before = SqliteLedger(path)
    commit(before, EFFECT)
    before.close()
    make_it_old(
        path,
        "DROP TABLE cursor; DROP TABLE file; DROP TABLE workbook; DROP TABLE link; PRAGMA user_version = 1",
    )
    ledger = SqliteLedger(path)
    row = FileRow("out/t.csv", "orders", '["a"]', 12, "k")
    book = WorkbookRow("out/t.xlsx", "orders", "", '["a"]', 3, 1, 2, "1:00", "")
    commit(ledger, row, book)
    try:
        assert (ledger.file("out/t.csv"), ledger.files("orders"), ledger.files("others")) == (row, [row], [])
        assert (ledger.workbook("out/t.xlsx"), ledger.workbooks("orders")) == (book, [book])
        assert list(ledger.effects()) == [EFFECT]
    finally:
        ledger.close()
    SqliteLedger(path).close()


def test_a_cursor_is_one_row_by_what_it_reads_and_the_one_that_moved_last_comes_first(
    ledger: SqliteLedger,
) -> None:
    commit(ledger, CURSOR, replace(CURSOR, digest="1:01", at="2026-04-03"), replace(CURSOR, recipe="others"))
    commit(ledger, replace(CURSOR, position="2026-04-01T13:00:00Z"))
    found = ledger.cursor("orders", "shop?store=a", "books", "1:00")
    assert found is not None
    assert found.position == "2026-04-01T13:00:00Z"
    assert ledger.cursor("orders", "shop?store=a", "books#sample", "1:00") is None
    assert [each.digest for each in ledger.cursors("orders")] == ["1:01", "1:00"]
    assert len(ledger.cursors()) == 3


def test_a_ledger_of_a_newer_engine_is_refused_and_left_alone(path: Path) -> None:
    SqliteLedger(path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    before = path.read_bytes()
    assert "newer engine" in refused(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE cats (name)")
    file.close()
    before = path.read_bytes()
    assert "another program" in refused(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert str(path) in refused(path)


def test_a_file_cut_in_the_middle_is_refused(path: Path) -> None:
    ledger = SqliteLedger(path)
    commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    ledger.close()
    path.write_bytes(path.read_bytes()[:8192])
    assert str(path) in refused(path)


def test_a_damaged_page_is_refused_where_it_is_read(path: Path) -> None:
    ledger = SqliteLedger(path)
    commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    ledger.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    assert str(path) in refused(path)


def test_a_ledger_without_its_tables_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE cats (name)")
        file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.close()
    assert "no such table" in refused(path)


def test_a_state_that_does_not_exist_is_refused(ledger: SqliteLedger, path: Path) -> None:
    commit(ledger, EFFECT)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE effect SET state = 'lost'")
    file.close()
    with pytest.raises(LedgerError, match="lost"):
        ledger.effect(EFFECT.key)


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    assert str(path) in refused(path)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.data())
def test_rows_come_back_as_they_went_in(ledger: SqliteLedger, data: st.DataObject) -> None:
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
