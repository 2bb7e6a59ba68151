"""The ledger in a schema of a PostgreSQL database, for several machines.

One session writes and holds the run lock, so both end together: once the server has freed the lock of a session, no
commit of that session succeeds, and without a commit nothing is sent. A second session reads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import conninfo, sql

from engine.errors import LedgerError, UsageError
from engine.kept import SERVER
from engine.ledger import Written
from engine.ledger.changes import Change, Removal
from engine.ledger.numbers import HOLDING, RUNNING, held, is_dead, number_of, told
from engine.ledger.statements import TABLES, VERSION, Dialect, altered, flaw, preparation, upsert, values
from engine.ledger.stored import StoredLedger
from engine.lock import Held, in_use, locked
from engine.secret import Masker, Secret, reveal

DIALECT: Final = Dialect(
    "%s",
    # Compared and sorted by bytes, as in SQLite, whatever the database's language.
    {"text": 'TEXT COLLATE "C"', "bytes": "BYTEA", "int": "BIGINT"},
    "seq",
    {"seq": "BIGINT GENERATED ALWAYS AS IDENTITY"},
    hashes=True,
)
MARK: Final = "recipe-engine ledger"
BESIDE: Final = {
    "ledger": {"mark": "TEXT", "version": "BIGINT"},
    "run_lock": {
        "number": "BIGINT", "recipe": "TEXT", "identity": "TEXT", "host": "TEXT", "process": "BIGINT", "since": "TEXT",
    },
}  # fmt: skip
"""Tables beside those of the rows: whose schema this is, and who holds which run lock."""
RESTORE: Final = "restore the schema from a backup, or name another one under state: in connections.yaml"

PATIENCE: Final = 10
"""Seconds for which a connection, or another session's lock on a row, is waited for."""
DEFAULTS: Final[dict[str, str | int]] = {
    "connect_timeout": PATIENCE,
    "application_name": "recipe-engine",
    "target_session_attrs": "read-write",
    # A server that is gone is noticed within a minute, also while nothing is said.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
SESSION: Final = {
    "lock_timeout": f"{PATIENCE}s",
    "idle_session_timeout": "0",
    # The server's side of the keepalives: after a machine has died, its lock is free within a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
READING: Final = {"statement_timeout": "60s", "default_transaction_read_only": "on"}
# What SQLSTATEs mean to a user, by their beginnings; the others are told in the server's words.
TROUBLE: Final = {
    "53100": ("the server's disk is full", "free space there"),
    "53300": ("the server has no connection left", "raise its max_connections, or end what holds them"),
    "55P03": (
        f"another session has what is needed locked for more than {PATIENCE} seconds",
        "end what holds it, such as a backup or an open transaction",
    ),
    "25006": ("the server is read-only", "name the server that is written to"),
    "42501": (
        "the user has no right to it",
        "let the database's owner grant it, or make the schema for this user",
    ),
    "57P": (
        "the server ended the connection, or takes none now",
        "check that the server runs and can be reached from here",
    ),
    "28": ("the user is refused", "check user and password, and the server's pg_hba.conf"),
    "3D000": ("there is no such database", "let it be made: CREATE DATABASE"),
}
ESCAPE: Final = "\U0010ffff"
"""Begins what stands for a NUL, which PostgreSQL cannot hold, and for itself; no character, and in no real text."""
# What it says of a connection that is lost would else stand in the output, in Python's words.
logging.getLogger("psycopg").addHandler(logging.NullHandler())
_UPSERTS: Final = {row: upsert(row, DIALECT).encode() for row in TABLES}


class PostgresLedger(StoredLedger):
    """A ``Ledger`` in *schema* of the database at *address*, which is made where it does not exist.

    Args:
        address: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``; the password is in no message.

    Raises:
        UsageError: *address* is none.
        LedgerError: the server cannot be reached or does not write durably, the schema belongs to another program, is
            newer than this engine, or is damaged; it is left as it was.
    """

    dialect = DIALECT
    failures = (psycopg.Error,)

    def __init__(self, address: str | Secret, schema: str) -> None:
        given, name = self._addressed(address, schema)
        try:
            self._connection = self._connect(given, SESSION)
            try:
                self._prepare(name)
                self._reader = self._connect(given, SESSION | READING)
            except BaseException:
                self._connection.close()
                raise
        except psycopg.Error as error:
            what, help = self._told(error)
            raise LedgerError(f"the ledger {name} cannot be opened: {what}", help=help) from None
        super().__init__(name)

    def _addressed(self, address: str | Secret, schema: str) -> tuple[dict[str, Any], str]:
        """Return the parts of *address*, and how messages name the ledger there."""
        text = reveal(address) if isinstance(address, Secret) else address
        given = parsed(text)
        self.schema = schema
        self._held: list[int] = []
        secrets = [each for name in ("password", "sslpassword") if (each := given.get(name))]
        self._mask = Masker(Secret(str(each), "state.ledger") for each in (text, *secrets))
        where = given.get("host") or given.get("hostaddr") or "this machine"
        return given, f"{given.get('dbname') or given.get('user') or ''} at {where} (schema {schema})"

    def hold(self, recipe: str, accounts: Sequence[str], since: str) -> None:
        """Hold the locks of *recipe* on *accounts* for as long as this session lives: all of them, or none.

        Args:
            accounts: Texts of what it writes to; one that writes nothing has one lock, too.
            since: The present instant, for the message to whoever comes second.

        Raises:
            Held: another session holds one of them; the message says which.
            LedgerError: the server does not answer.
        """
        try:
            if not self._one("SELECT pg_try_advisory_lock_shared(%s)", [number_of("state", self.schema)])[0]:
                raise in_use("", alone=False)
            for account in locked(accounts):
                number = number_of("run", self.schema, recipe, account)
                if not self._one("SELECT pg_try_advisory_lock(%s)", [number])[0]:
                    self._wait(number, recipe, account)
                self._held.append(number)
                row = [number, recipe, account, socket.gethostname(), os.getpid(), since]
                self._connection.execute(HOLDING.encode(), row)
        except Held:
            self._release()
            raise
        except psycopg.Error as error:
            what, help = self._told(error)
            raise LedgerError(f"the run lock in {self.name} cannot be taken: {what}", help=help) from None

    def _wait(self, number: int, recipe: str, identity: str) -> None:
        """Wait for a lock whose holder is dead until the server has noticed; ``Held`` where it is not."""
        holder = self._holder(number)
        found = held(recipe, identity, holder)
        if not is_dead(holder):
            raise found
        try:
            self._connection.execute("SELECT pg_advisory_lock(%s)", [number])
        except psycopg.errors.LockNotAvailable:
            raise found from None

    def hold_alone(self) -> None:
        """Hold the whole ledger for as long as this session lives: no run is going on, and none begins.

        Raises:
            Held: a run is going on, or another session has the ledger alone.
            LedgerError: the server does not answer.
        """
        number = number_of("state", self.schema)
        try:
            if not self._one("SELECT pg_try_advisory_lock(%s)", [number])[0]:
                raise in_use(told(self._connection.execute(RUNNING.encode()).fetchall()), alone=True)
            self._held.append(number)
        except psycopg.Error as error:
            what, help = self._told(error)
            raise LedgerError(f"the lock of {self.name} cannot be taken: {what}", help=help) from None

    def _holder(self, number: int) -> Mapping[str, Any]:
        columns = list(BESIDE["run_lock"])
        query = f"SELECT {', '.join(columns)} FROM run_lock WHERE number = %s"  # noqa: S608  # written here
        found = self._connection.execute(query.encode(), [number]).fetchone()
        return dict(zip(columns, found, strict=True)) if found else {}

    def _connect(
        self, given: Mapping[str, Any], settings: Mapping[str, str]
    ) -> psycopg.Connection[tuple[Any, ...]]:
        whole = conninfo.make_conninfo(**{**DEFAULTS, **given, "client_encoding": "UTF8"})
        connection = psycopg.connect(whole, autocommit=True)
        try:
            wanted = sql.SQL(", ").join(sql.SQL("({}, {})").format(*each) for each in settings.items())
            # One that this server's version does not know is left out.
            statement = sql.SQL(
                "SELECT set_config(s.name, w.value, false)"
                " FROM (VALUES {}) AS w(name, value) JOIN pg_settings s USING (name)"
            ).format(wanted)
            connection.execute(statement)
            connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(self.schema)))
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, name: str) -> None:
        asked = ", ".join(
            f"current_setting('{each}')" for each in ("fsync", "synchronous_commit", "server_encoding")
        )
        fsync, synchronous, encoding = self._one(f"SELECT {asked}")
        if fsync != "on":
            raise LedgerError(
                f"the ledger {name} cannot be used: its server runs with fsync = {fsync}, and may lose what is written",
                help="set fsync = on in postgresql.conf",
            )
        if encoding != "UTF8":
            raise LedgerError(
                f"the ledger {name} cannot be used: the database is encoded in {encoding}, expected UTF8",
                help="let a database be made with ENCODING 'UTF8'",
            )
        # A role may have it off; remote_apply is more than is needed and is left to whoever set it.
        if synchronous not in ("on", "remote_apply"):
            self._connection.execute("SET synchronous_commit = on")
        with self._connection.transaction():
            # Two that open a new ledger at once would make it twice.
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [number_of("prepare", self.schema)])
            version = self._version(name)
            for statement in self._begin(version) if version == 0 else ():
                self._connection.execute(statement)
            for each in preparation(DIALECT, version):
                self._connection.execute(each.encode())
            if version != VERSION:
                self._connection.execute("UPDATE ledger SET version = %s", [VERSION])
        self._process = self._one("SELECT pg_backend_pid()")[0]

    def _version(self, name: str) -> int:
        """Return the version of the ledger in the schema, 0 where there is none.

        Raises:
            LedgerError: it is another program's, newer, or damaged.
        """
        present = self._columns()
        if not present:
            return 0
        if present.get("ledger", {}).keys() != BESIDE["ledger"].keys():
            raise LedgerError(
                f"{name} holds the tables of another program, and no ledger",
                help="name a schema of its own under state: in connections.yaml",
            )
        rows = self._connection.execute("SELECT mark, version FROM ledger").fetchall()
        if len(rows) != 1 or rows[0][0] != MARK:
            raise LedgerError(f"the ledger {name} is damaged: its version is missing", help=RESTORE)
        version = int(rows[0][1])
        if version > VERSION:
            raise LedgerError(
                f"the ledger {name} was written by a newer engine (its version {version}, ours {VERSION})",
                help="update recipe-engine",
            )
        missing = [each for each in BESIDE["run_lock"] if each not in present.get("run_lock", {})]
        wrong = f"the column run_lock.{missing[0]} is missing" if missing else flaw(present, DIALECT, version)
        if wrong:
            raise LedgerError(f"the ledger {name} is damaged: {wrong}", help=RESTORE)
        return version

    def _columns(self) -> dict[str, dict[str, str]]:
        """Return what tables the schema has, with the types of their columns."""
        found = self._connection.execute(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
            [self.schema],
        )
        present: dict[str, dict[str, str]] = {}
        for table, column, kind in found:
            present.setdefault(table, {})[column] = kind
        return present

    def _begin(self, version: int) -> Iterator[sql.Composed | bytes]:
        # Whoever may only use a schema that was made for them may not ask for it IF NOT EXISTS either.
        known = self._one("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [self.schema])[0]
        if not known:
            yield sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema))
        for table, columns in BESIDE.items():
            told = ", ".join(f"{name} {kind} NOT NULL" for name, kind in columns.items())
            key = next(iter(columns))
            yield f"CREATE TABLE {table} ({told}, PRIMARY KEY ({key}))".encode()
        yield f"INSERT INTO ledger (mark, version) VALUES ('{MARK}', {version})".encode()  # noqa: S608  # ours

    def _one(self, query: str, given: Sequence[Any] = ()) -> tuple[Any, ...]:
        found = self._connection.execute(query.encode(), given).fetchone()
        return found or ()

    def _store(self, rows: Iterable[Written]) -> None:
        with self._connection.pipeline(), self._connection.transaction():
            cursor = self._connection.cursor()
            asked = self._connection.execute("SELECT pg_backend_pid()")
            for row in rows:
                if isinstance(row, Change | Removal):
                    statement, given = altered(row, DIALECT)
                    cursor.execute(statement.encode(), [_outward(each) for each in given])
                else:
                    cursor.execute(_UPSERTS[type(row)], [_outward(each) for each in values(row, DIALECT)])
        found = asked.fetchone()
        if found is None or found[0] != self._process:
            # Between sessions that a pooler mixes there is no run lock.
            raise LedgerError(
                "the connection was given another session of the server: a pooler stands between, in transaction mode"
            )

    def _undo(self) -> None:
        self._connection.rollback()

    def _found(self, query: str, given: Sequence[Any]) -> Iterator[Sequence[Any]]:
        cursor = self._reader.cursor(binary=True)
        cursor.execute(query.encode(), [_outward(each) for each in given])
        for row in cursor:
            yield [_inward(each) for each in row]

    def _size(self) -> int:
        sizes = [
            self._one("SELECT pg_total_relation_size(%s::regclass)", [table])[0]
            for table, _ in TABLES.values()
        ]
        return sum(map(int, sizes))

    def _compact(self) -> None:
        for table, _ in TABLES.values():
            self._connection.execute(f"VACUUM (ANALYZE) {table}".encode())

    def _disconnect(self, *, reader: bool) -> None:
        if reader:
            self._reader.close()
            return
        with contextlib.closing(self._connection):
            if self._held and not self.broken:
                # The server frees them too, but only after this process has gone on.
                self._release()

    def _release(self) -> None:
        self._connection.execute("DELETE FROM run_lock WHERE number = ANY(%s)", [self._held])
        self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._held.clear()

    def _told(self, failure: Exception) -> tuple[str, str]:
        if isinstance(failure, LedgerError):
            return failure.message, "connect to the server itself, or through a pooler in session mode"
        if not isinstance(failure, psycopg.Error):
            return self._mask(str(failure)), ""
        state = failure.sqlstate or ""
        text = self._mask(
            (failure.diag.message_primary or str(failure) or type(failure).__name__).splitlines()[0]
        )
        for beginning, (what, help) in TROUBLE.items():
            if state.startswith(beginning):
                return f"{what} ({text})", help
        if not state:
            return text, "check that the server runs and can be reached from here"
        return text, ""


def parsed(address: str) -> dict[str, Any]:
    """Return the parts of an address; what it says is in no message."""
    with contextlib.suppress(psycopg.Error):
        given = dict(conninfo.conninfo_to_dict(address)) if SERVER.fullmatch(address.strip()) else {}
        # An unescaped / ends a password, and its rest is taken for a port and a database, which messages show.
        if (
            given
            and re.fullmatch(r"[\d,]*", str(given.get("port", "")))
            and "@" not in str(given.get("dbname", ""))
        ):
            return given
    raise UsageError(
        "state.ledger is no address of a PostgreSQL database",
        help="expected postgresql:// and USER:PASSWORD@HOST:PORT/DATABASE; in a password / is written %2F and @ %40",
    )


def _outward(value: Any) -> Any:
    if isinstance(value, str) and ("\0" in value or ESCAPE in value):
        return value.replace(ESCAPE, f"{ESCAPE}1").replace("\0", f"{ESCAPE}0")
    return value


def _inward(value: Any) -> Any:
    if isinstance(value, str) and ESCAPE in value:
        return value.replace(f"{ESCAPE}0", "\0").replace(f"{ESCAPE}1", ESCAPE)
    return value
