"""A ledger on a PostgreSQL server, opened only to be read."""

from __future__ import annotations

import psycopg

from engine.errors import LedgerError
from engine.ledger.postgres import READING, SESSION, PostgresLedger
from engine.ledger.statements import VERSION
from engine.secret import Secret


class PostgresReader(PostgresLedger):
    """The ledger in *schema* of the database at *address*, in one session that only reads; nothing is made there.

    Attributes:
        is_new: Whether there is no ledger yet.

    Raises:
        UsageError, LedgerError: as ``PostgresLedger``; and by ``commit``, always.
    """

    def __init__(self, address: str | Secret, schema: str) -> None:
        given, name = self._addressed(address, schema)
        try:
            self._connection = self._reader = self._connect(given, SESSION | READING)
            try:
                version = self._version(name)
            except BaseException:
                self._connection.close()
                raise
        except psycopg.Error as error:
            what, help = self._told(error)
            raise LedgerError(f"the ledger {name} cannot be opened: {what}", help=help) from None
        self.is_new = version == 0
        super(PostgresLedger, self).__init__(name, writes=False)
        if version not in (0, VERSION):
            self.close()
            raise LedgerError(
                f"the ledger {name} is of version {version}, and is read in version {VERSION}",
                help="recipe runs brings it to that version",
            )
