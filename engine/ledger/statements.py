"""What every ledger in a database says to it: tables, versions and statements, said once; pure.

A ``Dialect`` holds what differs between databases. Every part of a statement is written in this module; values go in as
parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

from engine import canonical
from engine.ledger import (
    AccountRow,
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    FileRow,
    LinkRow,
    RecordRow,
    RecordState,
    Row,
    RunRow,
    WorkbookRow,
)
from engine.ledger.changes import Change, Removal

VERSION: Final = 5
TABLES: Final[dict[type, tuple[str, tuple[str, ...]]]] = {
    RunRow: ("run", ("id",)),
    RecordRow: ("record", ("recipe", "source", "target", "key")),
    EffectRow: ("effect", ("key",)),
    BindingRow: ("binding", ("recipe",)),
    AccountRow: ("account", ("identity",)),
    FileRow: ("file", ("path",)),
    WorkbookRow: ("workbook", ("path",)),
    LinkRow: ("link", ("effect", "recipe", "record")),
    CursorRow: ("cursor", ("recipe", "source", "target", "digest")),
}
SINCE: Final[dict[type, int]] = {FileRow: 2, WorkbookRow: 2, LinkRow: 3, CursorRow: 4}
"""The version that brought a table; older ledgers get it when they are opened."""
COLUMNS_SINCE: Final[dict[type, dict[str, int]]] = {
    EffectRow: {
        **dict.fromkeys(("last_sent_at", "attempts", "generation", "looked_up", "revisions"), 4),
        **dict.fromkeys(("source", "record_revision", "record_digest"), 5),
    }
}
"""The version that brought a column, which holds its default in rows of before."""
DIGEST: Final = "key_sha256"
"""The column by which a row is found where a dialect hashes."""
_NAMES: Final = {row: tuple(each.name for each in fields(row)) for row in TABLES}
_KEYS: Final = {row: tuple((name, 0) for name in key) for row, (_, key) in TABLES.items()}
# Not astuple(), which copies each value: of an effect's commit that was half.
_ALL: Final = {row: attrgetter(*names) for row, names in _NAMES.items()}
STATES: Final[dict[type, type[EffectState] | type[RecordState]]] = {
    EffectRow: EffectState,
    RecordRow: RecordState,
}


@dataclass(frozen=True, slots=True, eq=False)  # each is itself alone, so that statements can be kept by it
class Dialect:
    """What differs between databases.

    Attributes:
        mark: Stands for a parameter.
        types: A column's type for ``text``, ``bytes`` and ``int``, without ``NOT NULL``.
        order: The column that tells which row came first.
        own: The columns that the database fills itself, beside those of the row.
        hashes: Whether rows are found by the digest of their key, and long columns by a hash: an entry of a PostgreSQL
            index has at most 2,704 bytes, and a key or a target's id may be longer.
    """

    mark: str
    types: Mapping[str, str]
    order: str
    own: Mapping[str, str] = field(default_factory=dict)
    hashes: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index; *long* is the column that may hold more than an entry of a hashing dialect's index."""

    name: str
    table: str
    columns: tuple[str, ...]
    only: str = ""
    long: str = ""


INDEXES: Final = (
    Index("record_of_run", "record", ("run",)),
    Index("record_by_state", "record", ("state",), "state IN ('parked', 'dead_letter')"),
    Index("effect_of_run", "effect", ("run",)),
    Index("effect_of_record", "effect", ("recipe", "record"), long="record"),
    Index("effect_by_external_id", "effect", ("external_id",), long="external_id"),
    Index("effect_by_remote_id", "effect", ("remote_id",), long="remote_id"),
    Index("link_of_record", "link", ("recipe", "record"), long="record"),
    Index("effect_open", "effect", ("state",), "state NOT IN ('done', 'failed', 'skipped')"),
)
HASHED_INDEXES: Final = (Index("link_of_effect", "link", ("effect",), long="effect"),)
"""What the primary key answers by its first column where it is no digest."""


def preparation(dialect: Dialect, version: int) -> Iterator[str]:
    """Yield what makes of a ledger of *version*, 0 where there is none yet, one of ours."""
    for row, (table, key) in TABLES.items():
        if version and version >= SINCE.get(row, 1):
            yield from _later_columns(row, dialect, version)
            continue
        columns = [f"{name} {kind}" for name, kind in dialect.own.items()]
        columns += [f"{name} {kind} NOT NULL" for name, kind in columns_of(row, dialect).items()]
        primary = DIGEST if dialect.hashes else ", ".join(key)
        yield f"CREATE TABLE {table} ({', '.join(columns)}, PRIMARY KEY ({primary}))"
    for index in (*INDEXES, *(HASHED_INDEXES if dialect.hashes else ())):
        yield _index(index, dialect)


def columns_of(row: type[Row], dialect: Dialect) -> dict[str, str]:
    """Return the types of a table's columns by name, without those of ``Dialect.own``."""
    digest = {DIGEST: dialect.types["bytes"]} if dialect.hashes else {}
    return digest | {each.name: _type(each.type, dialect) for each in fields(row)}


def flaw(present: Mapping[str, Mapping[str, str]], dialect: Dialect, version: int) -> str:
    """Return what a ledger of *version* lacks or has otherwise than it was made, or an empty text.

    Args:
        present: The types of its columns by table and name.
    """
    for row, (table, _) in TABLES.items():
        if version < SINCE.get(row, 1):
            continue
        if table not in present:
            return f"the table {table} is missing"
        for name, kind in {**dialect.own, **columns_of(row, dialect)}.items():
            if version < COLUMNS_SINCE.get(row, {}).get(name, 1):
                continue
            found, wanted = present[table].get(name), kind.split()[0].lower()
            if found is None:
                return f"the column {table}.{name} is missing"
            if found.lower() != wanted:
                return f"the column {table}.{name} holds {found.lower()} in place of {wanted}"
    return ""


def upsert(row: type[Row], dialect: Dialect, count: int = 1) -> str:
    """Return what writes so many rows, in place of those with their keys; their ``values`` are its parameters."""
    table, key = TABLES[row]
    columns = list(columns_of(row, dialect))
    unique = (DIGEST,) if dialect.hashes else key
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in (*key, *unique))
    marks = ", ".join([f"({', '.join([dialect.mark] * len(columns))})"] * count)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}"  # noqa: S608  # see the module
    return (
        f"{insert} ON CONFLICT ({', '.join(unique)}) DO {f'UPDATE SET {changed}' if changed else 'NOTHING'}"
    )


def values(row: Row, dialect: Dialect) -> tuple[Any, ...]:
    """Return the parameters of ``upsert``."""
    given: tuple[Any, ...] = _ALL[type(row)](row)
    if not dialect.hashes:
        return given
    return (_digest([getattr(row, name) for name in TABLES[type(row)][1]]), *given)


def by_key(row: type[Row], dialect: Dialect, key: tuple[str, ...]) -> tuple[str, Sequence[Any]]:
    """Return what reads the row with *key*, whose parts are in the order of its columns in ``TABLES``."""
    asked = ((DIGEST, 0),) if dialect.hashes else _KEYS[row]
    query = _question(TABLES[row][0], _NAMES[row], dialect, asked, "")
    return query, [_digest(list(key))] if dialect.hashes else key


def select(
    row: type[Row],
    dialect: Dialect,
    where: Mapping[str, str | Sequence[str]],
    order: str = "",
    limit: int | None = None,
) -> tuple[str, list[Any]]:
    """Return what reads the rows for which each column of *where* has its value, or one of its values.

    Args:
        order: Columns; ``{order}`` stands for the dialect's.
    """
    given: list[Any] = []
    asked = tuple((name, 0 if isinstance(value, str) else len(value)) for name, value in where.items())
    for value in where.values():
        given += [value] if isinstance(value, str) else value
    query = _question(TABLES[row][0], _NAMES[row], dialect, asked, order)
    if limit is None:
        return query, given
    return f"{query} LIMIT {dialect.mark}", [*given, limit]


@lru_cache(maxsize=256)  # of tables and dialects there are a handful
def _question(
    table: str, names: tuple[str, ...], dialect: Dialect, asked: tuple[tuple[str, int], ...], order: str
) -> str:
    """Return what reads rows by columns that are *asked*: 0 for one value, else how many values there are."""
    conditions = [
        f"{name} IN ({', '.join([dialect.mark] * count)})" if count else f"{name} = {dialect.mark}"
        for name, count in asked
    ]
    query = f"SELECT {', '.join(names)} FROM {table}"  # noqa: S608  # see the module
    query += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return query + (f" ORDER BY {order.format(order=dialect.order)}" if order else "")


def paths(dialect: Dialect) -> str:
    """Return what reads under which paths effects of a recipe stand or may stand."""
    return f"SELECT DISTINCT path FROM effect WHERE recipe = {dialect.mark} AND state <> 'failed'"  # noqa: S608


def altered(change: Change | Removal, dialect: Dialect) -> tuple[str, list[Any]]:
    """Return what changes a row or takes it away, with its parameters."""
    table, key = TABLES[change.row]
    if dialect.hashes:
        where = f"{DIGEST} = {dialect.mark}"
        found: list[Any] = [_digest(list(change.key))]
    else:
        where = " AND ".join(f"{name} = {dialect.mark}" for name in key)
        found = list(change.key)
    if isinstance(change, Removal):
        return f"DELETE FROM {table} WHERE {where}", found  # noqa: S608  # see the module
    to: dict[str, Any] = dict(change.to)
    if dialect.hashes and not to.keys().isdisjoint(key):
        whole = dict(zip(key, change.key, strict=True)) | to
        to[DIGEST] = _digest([whole[name] for name in key])
    told = ", ".join(f"{name} = {dialect.mark}" for name in to)
    return f"UPDATE {table} SET {told} WHERE {where}", [*to.values(), *found]  # noqa: S608  # see the module


def altered_alike(change: Change, keys: Sequence[str], dialect: Dialect) -> tuple[str, list[Any]]:
    """Return what gives each row with one of *keys* the values of *change*; for a table whose key is one column."""
    table, (key,) = TABLES[change.row]
    told = ", ".join(f"{name} = {dialect.mark}" for name in change.to)
    marks = ", ".join([dialect.mark] * len(keys))
    return f"UPDATE {table} SET {told} WHERE {key} IN ({marks})", [*change.to.values(), *keys]  # noqa: S608


def keys(row: type[Row], more: Sequence[str], dialect: Dialect) -> str:
    """Return what reads the keys of a recipe's rows, each with its columns *more*."""
    table, key = TABLES[row]
    columns = ", ".join((*key, *more))
    return f"SELECT {columns} FROM {table} WHERE recipe = {dialect.mark} ORDER BY {dialect.order}"  # noqa: S608


def old_effects(dialect: Dialect) -> str:
    """Return what reads the effects behind a place that were done before an instant, up to a number."""
    order, mark = dialect.order, dialect.mark
    return (
        f"SELECT {order}, key, length(headers) + length(body), length(answer) FROM effect"  # noqa: S608
        f" WHERE {order} > {mark} AND state = 'done' AND headers <> '' AND finished_at < {mark}"
        " AND NOT (operation = 'file.write' AND url IN (SELECT path FROM workbook))"
        f" ORDER BY {order} LIMIT {mark}"
    )


def old_runs(dialect: Dialect) -> str:
    """Return what reads the runs that began before an instant and that no row names, but each recipe's last one."""
    unnamed = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.run = run.id)"  # noqa: S608  # see the module
        for table in ("effect", "record", "cursor")
    )
    last = "SELECT max(id) FROM run GROUP BY recipe"
    return f"SELECT id FROM run WHERE started_at < {dialect.mark} AND id NOT IN ({last}) AND {unnamed}"  # noqa: S608


def made(row: type[Row], found: Sequence[Any]) -> Any:
    """Return what ``select`` found as a row.

    Raises:
        ValueError: its state does not exist.
    """
    new: Any = row
    state = STATES.get(row)
    if state is None:
        return new(*found)
    at = _NAMES[row].index("state")
    return new(*found[:at], state(found[at]), *found[at + 1 :])


def _type(kind: Any, dialect: Dialect) -> str:
    return dialect.types.get(kind, dialect.types["text"])


def _later_columns(row: type[Row], dialect: Dialect, version: int) -> Iterator[str]:
    """Yield what adds to a table of *version* the columns that came later."""
    later = COLUMNS_SINCE.get(row, {})
    for each in fields(row):
        if version < later.get(each.name, 1):
            default = each.default if isinstance(each.default, int) else f"'{each.default!s}'"
            added = f"{each.name} {_type(each.type, dialect)} NOT NULL DEFAULT {default}"
            yield f"ALTER TABLE {TABLES[row][0]} ADD COLUMN {added}"


def _index(index: Index, dialect: Dialect) -> str:
    columns = ", ".join(index.columns)
    if dialect.hashes and index.long:
        where = f"{index.table} USING hash ({index.long})"
    else:
        where = f"{index.table} ({columns})"
    return f"CREATE INDEX IF NOT EXISTS {index.name} ON {where}" + (
        f" WHERE {index.only}" if index.only else ""
    )


def _digest(key: list[Any]) -> bytes:
    return sha256(canonical.encode(key)).digest()
