"""The ledger in a file: synced, private, and what a damaged file, a full disk or a closed folder is told as."""

from __future__ import annotations

import os
import pwd
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engine.errors import LedgerError
from engine.ledger.sqlite import SqliteLedger, SqliteReader
from tests.ledgers import EFFECT, LATER, RUN, InFile, commit, refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(path)
    yield made
    made.close()


def test_the_file_is_its_owners_alone(ledger: SqliteLedger, path: Path) -> None:
    commit(ledger, EFFECT)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_every_commit_is_synced_to_the_disk(ledger: SqliteLedger) -> None:
    assert ledger._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert ledger._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    ("broken", "told", "cure"),
    [
        pytest.param(
            lambda ledger: ledger._connection.execute("PRAGMA query_only = ON"),
            "it, or its folder, may not be written",
            "give this user the right to write both",
            id="read-only",
        ),
        pytest.param(
            lambda ledger: ledger._connection.execute("PRAGMA max_page_count = 1"),
            "the disk is full",
            "free space on the disk",
            id="a full disk",
        ),
        pytest.param(lambda ledger: ledger._connection.close(), "closed database", "", id="a closed file"),
    ],
)
def test_after_a_commit_that_failed_none_succeeds_and_what_to_do_is_said(
    broken: Callable[[SqliteLedger], object], told: str, cure: str, ledger: SqliteLedger, path: Path
) -> None:
    commit(ledger, RUN)
    broken(ledger)
    with pytest.raises(LedgerError, match=f"could not be written: .*{told}") as error:
        commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    assert error.value.help.startswith(cure)
    assert error.value.help.endswith("nothing was sent after this, and the next run goes on from here")
    with pytest.raises(LedgerError, match="could not be written before"):
        commit(ledger, replace(RUN, outcome="done"))
    assert InFile(path).run("SELECT outcome FROM run") == [("running",)]
    assert InFile(path).run("SELECT count(*) FROM effect") == [(0,)]


def test_a_file_that_another_process_locks_for_too_long_is_told_as_locked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ledger.sqlite.PATIENCE", 0)
    ledger = SqliteLedger(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="could not be written: another process has it locked"):
            commit(ledger, RUN)
        assert "cannot be opened: another process has it locked" in refused(InFile(path))
    ledger.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    told = refused(InFile(path))
    assert str(path) in told
    assert "damaged" in told
    assert path.read_bytes() == content


def test_a_file_cut_in_the_middle_is_refused(path: Path) -> None:
    ledger = SqliteLedger(path)
    commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    ledger.close()
    path.write_bytes(path.read_bytes()[:8192])
    assert f"{path} cannot be opened: it is damaged" in refused(InFile(path))


def test_a_damaged_page_is_refused_where_it_is_read(path: Path) -> None:
    ledger = SqliteLedger(path)
    commit(ledger, *(replace(EFFECT, key=f"k{n}", body=b"x" * 4096) for n in range(50)))
    ledger.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    assert str(path) in refused(InFile(path))


def test_a_ledger_without_its_version_is_refused(path: Path) -> None:
    SqliteLedger(path).close()
    InFile(path).run("PRAGMA user_version = 0")
    assert "is damaged: its version is missing" in refused(InFile(path))


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    assert str(path) in refused(InFile(path))


OPENING = """
import asyncio, os, sys
from pathlib import Path
from engine.errors import LedgerError
from engine.ledger import BindingRow
from engine.ledger.sqlite import SqliteLedger, SqliteReader
if len(sys.argv) > 2:
    os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
try:
    ledger = SqliteLedger(Path(sys.argv[1]))
    asyncio.run(ledger.commit([BindingRow("a", "b")]))
except LedgerError as error:
    print(error.message, error.help, sep="\\n")
"""


@pytest.mark.parametrize(
    ("is_there", "told"),
    [
        (True, "it, or its folder, may not be written (attempt to write a readonly database)"),
        (False, "Permission denied"),
    ],
)
def test_a_folder_that_may_not_be_written_is_told(is_there: bool, told: str) -> None:
    # Not pytest's folder: nobody else may enter that.
    with TemporaryDirectory(prefix="recipe-ledger-") as made:
        folder, user = Path(made), []
        file = folder / "ledger.db"
        if is_there:
            SqliteLedger(file).close()
            file.chmod(0o444)
        folder.chmod(0o555)
        if os.geteuid() == 0:  # whom permissions do not hold back
            nobody = pwd.getpwnam("nobody")
            user = [str(nobody.pw_uid), str(nobody.pw_gid)]
        command = [sys.executable, "-c", OPENING, str(file), *user]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
    if "os.setgroups" in done.stderr or "os.setuid" in done.stderr:
        pytest.skip("root may not become another user here")
    assert (done.returncode, done.stderr) == (0, "")
    what, help = done.stdout.splitlines()
    assert what == f"the ledger {file} cannot be opened: {told}"
    assert "permissions" in help or "right" in help


def test_a_ledger_of_an_earlier_version_is_read_from_a_copy_and_stays_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    SqliteLedger(path).close()
    with closing(sqlite3.connect(path)) as file:
        for statement in (*LATER, "PRAGMA user_version = 3"):
            file.execute(statement)
        file.commit()
    before = path.read_bytes()
    reader = SqliteReader(path)
    assert list(reader.cursors()) == []
    reader.close()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


def test_a_file_that_is_no_ledger_is_not_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE other (a)")
    with pytest.raises(LedgerError, match="another program"):
        SqliteReader(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerError, match="no database, or damaged"):
        SqliteReader(path)
