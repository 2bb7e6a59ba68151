"""Which keys came already, of as many as there are: on disk, and forgotten with the run."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b


class Seen:
    """Keys of one batch, such as a file; those of the batch before are forgotten. Holds digests, no key itself."""

    def __init__(self) -> None:
        self._batch = ""
        self._keys: sqlite3.Connection | None = None

    def add(self, batch: str, key: str) -> bool:
        """Note *key* of *batch*, and tell whether it is new there."""
        if self._keys is None:
            # Without a name SQLite keeps the file for itself: it is gone with the connection. What does not fit into
            # its cache of 2 MB goes to disk, so a file of a million rows costs no memory.
            self._keys = sqlite3.connect("", isolation_level=None)
            self._keys.execute("PRAGMA journal_mode = OFF")
            self._keys.execute("PRAGMA synchronous = OFF")
            self._keys.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
            self._keys.execute("BEGIN")  # and no end: nothing of it is kept, and a key is four times as quick
        if batch != self._batch:
            self._batch = batch
            self._keys.execute("DELETE FROM seen")
        digest = blake2b(key.encode(), digest_size=16).digest()
        return self._keys.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 1

    def close(self) -> None:
        """Forget everything."""
        if self._keys is not None:
            self._keys.close()
            self._keys = None
