"""Where a project keeps its ledger, if not in a file of its state folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.secrets import Reference

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
