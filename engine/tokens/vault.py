"""Tokens at rest, in ``tokens.db`` of the state folder: each row is sealed, and no row opens in the place of another.

The library's seal (AES-128-CBC with HMAC-SHA256) takes no further data, so that the account stands within it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.errors import UsageError
from engine.lock import file_lock
from engine.secret import Secret, reveal
from engine.tokens.grant import TokenSet
from engine.tokens.key import VARIABLE, opened

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

FILE: Final = "tokens.db"
PATIENCE: Final = 10.0
"""Seconds for which another process's lock on the file is waited for; each holds it for some milliseconds."""
TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS tokens (account TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID"
)


class Sealed(UsageError):
    """The key that would open a row is not here."""


@dataclass(frozen=True, slots=True)
class Held:
    """The tokens of one account.

    Attributes:
        client: The application's id for which the vendor gave them.
        generation: Counts how often they were renewed.
        trying: Since when a process has been asking for new ones, in seconds since 1970, or None. Where it is set and
            nobody asks, that process died, and the vendor may have taken the old ones back.
        refused: Why the vendor gives no new ones any more, or empty.
    """

    tokens: TokenSet
    client: str
    generation: int = 1
    trying: float | None = None
    refused: str = ""


class Vault:
    """The file.

    Args:
        folder: The state folder, which must be there before anything is stored.
        keys: The first one seals, each of them opens; without one nothing can be read or stored.
    """

    def __init__(self, folder: Path, keys: list[Secret]) -> None:
        self._path = folder / FILE
        self._keys = keys

    def alone(self, account: str) -> AbstractAsyncContextManager[None]:
        """Hold the tokens of *account* for as long as the block runs; who else wants to renew them waits."""
        return file_lock(self._path.with_name(f"tokens-{sha256(account.encode()).hexdigest()[:12]}.lock"))

    def load(self, account: str) -> Held | None:
        """Return the tokens of *account*, or None where there are none.

        Raises:
            Sealed: they open by another key.
            UsageError: the file cannot be read.
        """
        if not self._path.exists():
            return None
        with self._opened() as connection:
            row = connection.execute("SELECT sealed FROM tokens WHERE account = ?", [account]).fetchone()
        return _held(account, self._unsealed(account, row[0])) if row else None

    def save(self, account: str, held: Held) -> None:
        """Store the tokens of *account*; they are on the disk when this returns.

        Raises:
            UsageError: the file cannot be written.
        """
        sealed = self._seal().encrypt(json.dumps(_plain(account, held)).encode())
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", [account, sealed])

    def forget(self, account: str) -> None:
        """Remove the tokens of *account*; raises as ``save``."""
        with self._opened() as connection:
            connection.execute("DELETE FROM tokens WHERE account = ?", [account])

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            # SQLite would give it the mode that the process gives all its files.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with contextlib.closing(
                sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(TABLE)
                yield connection
        except (OSError, sqlite3.Error) as error:
            told = (error.strerror if isinstance(error, OSError) else "") or str(error)
            raise UsageError(
                f"the tokens in {self._path} cannot be read or written: {told}",
                help="check the state folder's permissions and its disk",
            ) from error

    def _unsealed(self, account: str, sealed: bytes) -> dict[str, Any]:
        from cryptography.fernet import InvalidToken

        try:
            said: dict[str, Any] = json.loads(self._seal().decrypt(sealed))
        except InvalidToken as error:
            raise Sealed(
                f"{self._path} was sealed by another key than that of {self._keys[0].name}",
                help=f"set {VARIABLE} to the key that it was made with, or connect again: recipe connect",
            ) from error
        if said["account"] != account:
            raise UsageError(f"{self._path} holds tokens of another account in the place of {account}'s")
        return said

    def _seal(self) -> MultiFernet:
        # Only who has tokens pays for the library, which takes 40 ms.
        from cryptography.fernet import Fernet, MultiFernet

        if not self._keys:
            raise Sealed(
                f"{self._path} is sealed, and the key is not here",
                help=f"set {VARIABLE} to the key that it was made with, or connect again: recipe connect",
            )
        return MultiFernet([Fernet(text) for text in opened(self._keys)])


def _plain(account: str, held: Held) -> dict[str, Any]:
    tokens = held.tokens
    return {
        "account": account,
        "client": held.client,
        "access": reveal(tokens.access),
        "refresh": None if tokens.refresh is None else reveal(tokens.refresh),
        "since": tokens.since,
        "expires": tokens.expires,
        "ends": tokens.ends,
        "generation": held.generation,
        "trying": held.trying,
        "refused": held.refused,
    }


def _held(account: str, said: dict[str, Any]) -> Held:
    refresh = None if said["refresh"] is None else Secret(said["refresh"], f"refresh token of {account}")
    access = Secret(said["access"], f"access token of {account}")
    tokens = TokenSet(access, refresh, said["since"], said["expires"], said["ends"])
    return Held(tokens, said["client"], said["generation"], said["trying"], said["refused"])
