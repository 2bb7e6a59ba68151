"""Where a ledger is kept, and its run lock with it: the one place that chooses between a file and a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from engine.errors import UsageError
from engine.kept import FILE, Kept
from engine.ledger import Ledger
from engine.lock import run_lock, state_lock
from engine.secret import Masker, Secret

if TYPE_CHECKING:
    from engine.ledger.postgres import PostgresLedger

ELSEWHERE: Final = "ledger-is-elsewhere.txt"
"""Lies in a state folder whose ledger is on a server: without it a lost setting would begin a new ledger."""
INSTALL: Final = 'pip install "recipe-engine[postgres]"'


class Store(Protocol):
    """Where a ledger is kept."""

    @property
    def apart(self) -> str:
        """How a recipe gets a ledger of its own, for messages."""
        ...

    def exists(self) -> bool:
        """Tell whether there is a ledger to be looked into; a server is not asked."""
        ...

    def open(self) -> Ledger:
        """Return the ledger.

        Raises:
            LedgerError: it cannot be opened.
            UsageError: what is needed for it is missing.
        """
        ...

    def reading(self) -> AbstractContextManager[Ledger | None]:
        """Open the ledger to be read, for as long as the block runs; None where there is none. No lock is taken.

        Raises:
            LedgerError: the ledger cannot be opened.
            UsageError: what is needed for it is missing, or another ledger was used here before.
        """
        ...

    def alone(self, since: str) -> AbstractContextManager[Ledger]:
        """Open the ledger for as long as the block runs, while no run is going on and none can begin.

        Args:
            since: The present instant, for the message to whoever comes second.

        Raises:
            Held: a run is going on, or another process has the ledger alone.
            LedgerError: the ledger cannot be opened.
            UsageError: what is needed for it is missing.
        """
        ...

    def running(self, recipe: str, accounts: Sequence[str], since: str) -> AbstractContextManager[Ledger]:
        """Open the ledger and hold the locks of *recipe* on *accounts* for as long as the block runs.

        Args:
            accounts: Texts of what it writes to; one that writes nothing has one lock, too.
            since: The present instant, for the message to whoever comes second.

        Raises:
            Held: another process holds one of them, and none is held here; the message says which.
            LedgerError: the ledger cannot be opened.
            UsageError: what is needed for it is missing, or another ledger was used here before.
        """
        ...


def store(folder: Path, kept: Kept | None, environ: Mapping[str, str], mask: Masker) -> Store:
    """Return where the ledger of the state folder *folder* is kept.

    Args:
        kept: What the project says, or None for a file in *folder*.
        environ: The process's environment, for ``${env:…}``.
        mask: Learns the address.
    """
    return InFolder(folder) if kept is None else OnServer(folder, kept, environ, mask)


@dataclass(frozen=True, slots=True)
class InFolder:
    """In a SQLite file of the state folder *folder*, with lock files beside it."""

    folder: Path
    apart: str = "a state of its own with --state"

    def exists(self) -> bool:
        return (self.folder / FILE).is_file()

    def open(self) -> Ledger:
        from engine.ledger.sqlite import SqliteLedger  # 25 ms, for those who open one

        return SqliteLedger(self.folder / FILE)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Ledger | None]:
        self._expect_here()
        if not self.exists():
            yield None
            return
        from engine.ledger.sqlite import SqliteReader

        with contextlib.closing(SqliteReader(self.folder / FILE)) as ledger:
            yield ledger

    @contextlib.contextmanager
    def alone(self, since: str) -> Iterator[Ledger]:
        with state_lock(self.folder / "locks", since, alone=True), contextlib.closing(self.open()) as ledger:
            yield ledger

    def _expect_here(self) -> None:
        """Refuse to go on without a ledger where one was kept elsewhere."""
        note = self.folder / ELSEWHERE
        if note.exists() and not self.exists():
            raise UsageError(
                f"this project's ledger is the {note.read_text('utf-8').strip()}, and connections.yaml names none now:"
                " whatever was written would be written again",
                help=f"put state: back into connections.yaml, or remove {note} to begin anew",
            )

    @contextlib.contextmanager
    def running(self, recipe: str, accounts: Sequence[str], since: str) -> Iterator[Ledger]:
        self._expect_here()
        locks = self.folder / "locks"
        with (
            state_lock(locks, since, alone=False),
            run_lock(locks, recipe, accounts, since),
            contextlib.closing(self.open()) as ledger,
        ):
            yield ledger


@dataclass(frozen=True, slots=True)
class OnServer:
    """In a schema of a PostgreSQL database, with the lock in the session that writes."""

    folder: Path
    kept: Kept
    environ: Mapping[str, str]
    mask: Masker = field(repr=False)
    apart: str = "a schema of its own under state: in another connections.yaml"

    def exists(self) -> bool:
        return True

    def open(self) -> PostgresLedger:
        with _needed():
            from engine.ledger.postgres import PostgresLedger
        return PostgresLedger(self._address(), self.kept.schema)

    def _address(self) -> str | Secret:
        address = self.kept.opened(self.environ)
        if isinstance(address, Secret):
            self.mask.add([address])
        return address

    @contextlib.contextmanager
    def reading(self) -> Iterator[Ledger | None]:
        with _needed():
            from engine.ledger.postgres_reader import PostgresReader
        with contextlib.closing(PostgresReader(self._address(), self.kept.schema)) as ledger:
            self._expect_there(is_empty=ledger.is_new or not ledger.runs(1))
            yield None if ledger.is_new else ledger

    def _expect_there(self, *, is_empty: bool) -> None:
        """Refuse to go on with an empty ledger where one was kept in the state folder."""
        file = self.folder / FILE
        if is_empty and file.is_file():
            raise UsageError(
                f"{file} is this project's ledger, and the one on the server is empty:"
                " whatever was written would be written again",
                help=f"leave state: out of connections.yaml, or move {FILE} away to begin anew",
            )

    @contextlib.contextmanager
    def alone(self, since: str) -> Iterator[Ledger]:
        with contextlib.closing(self.open()) as ledger:
            ledger.hold_alone()
            yield ledger

    @contextlib.contextmanager
    def running(self, recipe: str, accounts: Sequence[str], since: str) -> Iterator[Ledger]:
        with contextlib.closing(self.open()) as ledger:
            ledger.hold(recipe, accounts, since)
            self._expect_there(is_empty=not ledger.runs(1))
            with contextlib.suppress(OSError):  # a reminder, not the state
                (self.folder / ELSEWHERE).write_text(f"{ledger.name}\n", "utf-8")
            yield ledger


@contextlib.contextmanager
def _needed() -> Iterator[None]:
    """Say what to install where what the block imports is not there, or, as psycopg without libpq, is of no use."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"the ledger is in PostgreSQL, and the package that speaks to it is missing ({error})",
            help=f"install it: {INSTALL}",
        ) from error
