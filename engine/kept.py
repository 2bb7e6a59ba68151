"""Where a project keeps its ledger, if not in a file of its state folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.secret import Secret
from engine.secrets import Reference, resolve

FILE: Final = "ledger.db"
"""The ledger's file in a state folder."""
SCHEMA: Final = "recipe"
"""The schema in which the ledger is kept, where none is named."""
SERVER: Final = re.compile(r"postgres(ql)?://.+")
"""What the address of a server looks like."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What ``state:`` of ``connections.yaml`` says.

    Attributes:
        address: Of a PostgreSQL database; text has no password.
        schema: Where in it.
        folder: Where relative secret files are looked for.
    """

    address: str | Reference
    schema: str
    folder: Path

    def opened(self, environ: Mapping[str, str]) -> str | Secret:
        """Return the address with its secret read.

        Raises:
            UsageError: the secret is not where its reference says.
        """
        if isinstance(self.address, Reference):
            return resolve(self.address, environ, self.folder)
        return self.address


def in_folder(folder: Path, kept: Kept | None) -> bool:
    """Tell whether the state folder *folder* holds the ledger of a project that keeps it as *kept* says."""
    return kept is None and (folder / FILE).is_file()
