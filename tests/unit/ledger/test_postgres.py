"""The ledger on a server: durable whatever the server's settings, one writer a run, and clear when it is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from engine.errors import LedgerError, UsageError
from engine.ledger import postgres as module
from engine.ledger.numbers import number_of
from engine.ledger.postgres import PostgresLedger
from engine.ledger.postgres_reader import PostgresReader
from engine.lock import Held
from engine.secret import Secret
from tests.ledgers import EFFECT, RUN, OnServer, commit, refused, reopened
from tests.postgres import Server

SINCE = "2026-04-01T12:00:00"


@pytest.fixture
def where(postgres: Server) -> OnServer:
    return OnServer(postgres)


@pytest.fixture
def ledger(where: OnServer) -> Iterator[PostgresLedger]:
    made = opened(where)
    yield made
    made.close()


def opened(where: OnServer, user: str = "recipe") -> PostgresLedger:
    return PostgresLedger(where.server.address(user), where.schema)


def cut(ledger: PostgresLedger, session: psycopg.Connection[tuple[object, ...]], where: OnServer) -> None:
    """Let the server end a session of *ledger*, and wait until it has."""
    pid = session.info.backend_pid
    assert where.server.run(f"SELECT pg_terminate_backend({pid}, 20000)") == [(True,)]


def wait_until_free(where: OnServer, recipe: str = "orders", identity: str = "books") -> None:
    """Wait until the server has noticed that the holder of a lock is gone."""
    number = number_of("run", where.schema, recipe, identity)
    where.server.run(f"SET lock_timeout = '20s'; SELECT pg_advisory_lock({number})")


@contextmanager
def role(where: OnServer, options: str = "") -> Iterator[str]:
    """Make a user of its own."""
    name = f"user_{where.schema}"
    where.server.run(f"CREATE ROLE {name} LOGIN; {options.format(name=name)}")
    yield name


def test_a_commit_is_durable_also_where_the_role_has_that_switched_off(where: OnServer) -> None:
    options = "ALTER ROLE {name} SET synchronous_commit = off; GRANT CREATE ON DATABASE recipe TO {name}"
    with role(where, options) as name:
        ledger = opened(where, name)
        assert ledger._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        ledger.close()


def test_a_stricter_setting_of_the_role_stays(where: OnServer) -> None:
    options = (
        "ALTER ROLE {name} SET synchronous_commit = remote_apply; GRANT CREATE ON DATABASE recipe TO {name}"
    )
    with role(where, options) as name:
        ledger = opened(where, name)
        assert ledger._connection.execute("SHOW synchronous_commit").fetchone() == ("remote_apply",)
        ledger.close()


def test_a_server_that_forgets_what_it_calls_written_is_refused(
    where: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = PostgresLedger._one

    def told(self: PostgresLedger, query: str, given: object = ()) -> tuple[object, ...]:
        found = plain(self, query, given)  # type: ignore[arg-type]  # passed on
        return ("off", *found[1:]) if "fsync" in query else found

    monkeypatch.setattr(PostgresLedger, "_one", told)
    assert "runs with fsync = off" in refused(where)
    assert where.content() == ([], [])


def test_a_database_that_cannot_hold_every_text_is_refused(where: OnServer) -> None:
    name = f"latin_{where.schema}"
    where.server.run(
        f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with pytest.raises(LedgerError, match="is encoded in LATIN1, expected UTF8"):
        PostgresLedger(where.server.address(database=name), where.schema)


def test_a_schema_that_was_made_for_a_user_without_rights_is_taken(where: OnServer) -> None:
    with role(where) as name:
        with pytest.raises(LedgerError, match="the user has no right to it") as error:
            opened(where, name)
        assert "make the schema for this user" in error.value.help
        where.server.run(f"CREATE SCHEMA {where.schema} AUTHORIZATION {name}")
        ledger = opened(where, name)
        commit(ledger, RUN)
        ledger.close()


def test_two_that_open_a_new_ledger_at_once_both_have_it(where: OnServer) -> None:
    made: list[PostgresLedger | LedgerError] = []

    def run() -> None:
        try:
            made.append(opened(where))
        except LedgerError as error:
            made.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [type(each) for each in made] == [PostgresLedger] * 4, made
    for each in made:
        assert isinstance(each, PostgresLedger)
        each.close()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM ledger", "its version is missing"),
        ("UPDATE ledger SET mark = 'x'", "its version is missing"),
        ("ALTER TABLE run_lock DROP COLUMN host", "the column run_lock.host is missing"),
        ("ALTER TABLE effect DROP COLUMN seq", "the column effect.seq is missing"),
        ("ALTER TABLE effect DROP COLUMN key_sha256", "the column effect.key_sha256 is missing"),
    ],
)
def test_a_ledger_that_lost_what_only_a_server_needs_is_refused(
    where: OnServer, damage: str, told: str
) -> None:
    where.open().close()
    where.run(damage)
    before = where.content()
    assert f"is damaged: {told}" in refused(where)
    assert where.content() == before


def test_a_table_of_that_name_which_another_program_made_is_refused(where: OnServer) -> None:
    where.run("CREATE TABLE ledger (account TEXT, amount BIGINT)")
    before = where.content()
    assert "another program" in refused(where)
    assert where.content() == before


def test_a_lost_session_is_an_error_and_nothing_is_written_after_it(
    ledger: PostgresLedger, where: OnServer
) -> None:
    commit(ledger, RUN)
    cut(ledger, ledger._connection, where)
    with pytest.raises(LedgerError, match="could not be written: ") as error:
        commit(ledger, EFFECT)
    assert "nothing was sent after this" in error.value.help
    with pytest.raises(LedgerError, match="could not be written before"):
        commit(ledger, EFFECT)
    assert reopened(where) == ([RUN], [], [])


@pytest.mark.parametrize("failure", [psycopg.errors.AdminShutdown(), psycopg.errors.CannotConnectNow()])
def test_a_server_that_goes_or_comes_is_told_with_what_to_do(
    ledger: PostgresLedger, failure: psycopg.Error
) -> None:
    what, help = ledger._told(failure)
    assert what.startswith("the server ended the connection, or takes none now")
    assert help == "check that the server runs and can be reached from here"


def test_a_lost_session_of_the_reader_is_an_error(ledger: PostgresLedger, where: OnServer) -> None:
    cut(ledger, ledger._reader, where)
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.effect("k")


def test_a_session_that_a_pooler_changed_is_noticed_before_anything_is_sent(
    ledger: PostgresLedger,
) -> None:
    ledger._process = 1
    with pytest.raises(LedgerError, match="a pooler stands between") as error:
        commit(ledger, EFFECT)
    assert "session mode" in error.value.help


def test_a_row_that_another_session_locks_for_too_long_is_told_as_locked(
    ledger: PostgresLedger, where: OnServer
) -> None:
    commit(ledger, EFFECT)
    ledger._connection.execute("SET lock_timeout = '1ms'")
    with where.server.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {where.schema}.effect".encode())
        with pytest.raises(LedgerError, match="another session has what is needed locked"):
            commit(ledger, replace(EFFECT, attempts=2))


PASSWORD = "n0b0dy-kn0ws"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://unknown:{PASSWORD}@/recipe?host={{folder}}",
        f"postgresql://recipe:{PASSWORD}@/nowhere?host={{folder}}",
        f"postgresql://recipe:{PASSWORD}@127.0.0.1:1/recipe",
        f"postgresql://recipe@/recipe?host={{folder}}/absent&password={PASSWORD}",
        f"postgresql://recipe:{PASSWORD}@127.0.0.1:port/recipe",
        f"postgresql://recipe:{PASSWORD}@[/recipe",
        f"postgresql://recipe:{PASSWORD}/@127.0.0.1/recipe",
        f"postgresql://recipe:5/{PASSWORD}@127.0.0.1/recipe",
        f"host=/x password={PASSWORD}",
        f"mysql://recipe:{PASSWORD}@/recipe",
        PASSWORD,
    ],
)
def test_no_message_holds_the_password(address: str, postgres: Server) -> None:
    given = Secret(address.format(folder=postgres.folder), "${env:RECIPE_LEDGER}")
    with pytest.raises((LedgerError, UsageError)) as error:
        PostgresLedger(given, "recipe")
    assert PASSWORD not in error.value.message + error.value.help
    assert error.value.help
    assert "Traceback" not in error.value.message


HOLDING = """
import sys
from engine.ledger.postgres import PostgresLedger
PostgresLedger(sys.argv[1], sys.argv[2]).hold("orders", ["books"], "2026-04-01T12:00:00")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(where: OnServer) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds the lock until it is ended."""
    command = [sys.executable, "-c", HOLDING, where.server.address(), where.schema]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def take(where: OnServer, *accounts: str, recipe: str = "orders") -> None:
    ledger = opened(where)
    try:
        ledger.hold(recipe, accounts or ["books"], SINCE)
    finally:
        ledger.close()


def test_whoever_comes_second_is_told_who_holds_the_lock_and_since_when(where: OnServer) -> None:
    with holder(where) as process, pytest.raises(Held) as held:
        take(where)
    told = f"orders is running already: on {socket.gethostname()}, process {process.pid} since {SINCE}"
    told += ", and writes to books"
    assert held.value.message == told


def test_another_recipe_account_or_schema_is_not_held(where: OnServer) -> None:
    with holder(where):
        take(where, recipe="refunds")
        take(where, "books?company=b")
        take(OnServer(where.server))


def test_of_two_runs_that_have_one_account_in_common_the_second_is_refused_and_holds_nothing(
    where: OnServer,
) -> None:
    second = opened(where)
    with holder(where):
        for accounts in (["archive", "books"], ["books", "mail"]):
            with pytest.raises(Held, match="and writes to books"):
                second.hold("orders", accounts, SINCE)
            take(where, "archive", "mail")
    second.close()


def test_a_run_with_many_accounts_is_told_once_and_leaves_no_lock(where: OnServer) -> None:
    first, second = opened(where), opened(where)
    first.hold("orders", ["mail", "books"], SINCE)
    with pytest.raises(Held, match=rf"going on: orders \(on [^()]* since {SINCE}\)$"):
        second.hold_alone()
    second.close()
    first.close()
    assert where.run("SELECT count(*) FROM run_lock") == [(0,)]
    take(where, "books")
    take(where, "mail")


def test_a_recipe_that_writes_nothing_holds_one_lock(where: OnServer) -> None:
    first, second = opened(where), opened(where)
    first.hold("orders", [], SINCE)
    with pytest.raises(Held, match=f"since {SINCE}$"):
        second.hold("orders", [], SINCE)
    second.close()
    first.close()


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_process_that_dies_frees_the_lock(where: OnServer, end: str) -> None:
    with holder(where) as process:
        getattr(process, end)()
        process.wait(20)
        wait_until_free(where)
        take(where)


def test_whoever_comes_before_the_server_knows_that_the_holder_is_dead_waits_until_it_does(
    where: OnServer,
) -> None:
    number = number_of("run", where.schema, "orders", "books")
    with holder(where) as process, where.server.connect() as slow:
        process.kill()
        process.wait(20)
        slow.execute("SELECT pg_advisory_lock(%s)", [number])  # in place of the session that is still there
        with ThreadPoolExecutor() as pool:
            taken = pool.submit(take, where)
            while not where.server.run(f"SELECT 1 FROM pg_locks WHERE NOT granted AND {lock(number)}"):
                assert not taken.done()
            slow.execute("SELECT pg_advisory_unlock(%s)", [number])
            taken.result(20)


def test_where_the_server_does_not_notice_it_in_time_the_holder_is_told(where: OnServer) -> None:
    number = number_of("run", where.schema, "orders", "books")
    with holder(where) as process, where.server.connect() as slow:
        process.kill()
        process.wait(20)
        slow.execute("SELECT pg_advisory_lock(%s)", [number])
        ledger = opened(where)
        ledger._connection.execute("SET lock_timeout = '1ms'")
        with pytest.raises(Held, match=f"process {process.pid} since {SINCE}"):
            ledger.hold("orders", ["books"], SINCE)
        ledger.close()


def lock(number: int) -> str:
    """Return what picks an advisory lock out of ``pg_locks``."""
    return (
        f"locktype = 'advisory' AND classid = {number >> 32 & 0xFFFFFFFF} AND objid = {number & 0xFFFFFFFF}"
    )


def test_the_lock_is_free_as_soon_as_the_ledger_is_closed(where: OnServer) -> None:
    for _ in range(20):
        take(where)
    assert where.run("SELECT count(*) FROM run_lock") == [(0,)]


def test_a_second_taker_in_the_same_process_is_refused_too(where: OnServer) -> None:
    first = opened(where)
    first.hold("orders", ["books"], SINCE)
    with pytest.raises(Held, match=f"process {os.getpid()} since"):
        take(where)
    first.close()
    take(where)


def test_whoever_loses_the_lock_writes_nothing_more(where: OnServer) -> None:
    first = opened(where)
    first.hold("orders", ["books"], SINCE)
    cut(first, first._connection, where)
    second = opened(where)
    second.hold("orders", ["books"], SINCE)
    with pytest.raises(LedgerError, match="could not be written"):
        commit(first, EFFECT)
    first.close()
    with pytest.raises(Held):  # what the first one leaves does not free the second one's
        take(where)
    commit(second, EFFECT)
    second.close()
    assert reopened(where)[2] == [EFFECT]


def test_two_recipes_whose_locks_have_one_number_are_told_apart(
    where: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain: Callable[..., int] = number_of
    number = plain("run", where.schema, "collision")
    monkeypatch.setattr(module, "number_of", lambda *parts: number if parts[0] == "run" else plain(*parts))
    first = opened(where)
    first.hold("refunds", ["books"], SINCE)
    with pytest.raises(
        Held, match="orders cannot run beside refunds, whose lock has the same number by chance"
    ):
        take(where)
    first.close()


def test_what_a_dead_machine_held_is_free_within_a_minute() -> None:
    # The server's keepalives; a Unix socket has none, so they are not seen at work here.
    alive = {name.removeprefix("tcp_keepalives_"): value for name, value in module.SESSION.items()}
    assert int(alive["idle"]) + int(alive["interval"]) * int(alive["count"]) <= 60


def test_the_settings_of_a_session_are_those_of_the_ledger(ledger: PostgresLedger, where: OnServer) -> None:
    asked = "SELECT current_setting('lock_timeout'), current_setting('search_path')"
    assert ledger._connection.execute(asked).fetchone() == ("10s", where.schema)
    reading = "SELECT current_setting('statement_timeout'), current_setting('default_transaction_read_only')"
    assert ledger._reader.execute(reading).fetchone() == ("1min", "on")


def test_a_ledger_in_a_file_does_not_need_the_package_for_servers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, engine.ledger.sqlite; print('psycopg' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def test_a_reader_makes_nothing_where_there_is_no_ledger_yet(where: OnServer) -> None:
    before = where.content()
    reader = PostgresReader(where.server.address(), where.schema)
    assert reader.is_new
    reader.close()
    assert where.content() == before == ([], [])


def test_a_reader_of_an_earlier_version_says_what_brings_it_to_this_one(where: OnServer) -> None:
    PostgresLedger(where.server.address(), where.schema).close()
    where.run("DROP TABLE cursor", "UPDATE ledger SET version = 3")
    with pytest.raises(LedgerError, match="is of version 3") as refusal:
        PostgresReader(where.server.address(), where.schema)
    assert "recipe runs" in refusal.value.help
