"""Kinds of triggers: where records come from. One module each, named as its key stands in YAML.

``DECLARATION.run`` is an async generator ``(trigger, world, scope)`` of lists of ``Incoming``, which are told to the
run as they come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import RecordError
from engine.ledger import RecordRow
from engine.tables import Row


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as it came in.

    Attributes:
        record: Plain JSON data; None where it could not be read.
        place: Where it stands, as people find it: ``bank.csv, line 17``; empty for a page of a list operation.
        batch: What it came in with and in which a key stands once, such as a file; empty where a key may come twice.
        raw: Its bytes where it could not be read.
        flaw: Why it could not be read, or not in whole, or None.
        letter: The row under which it waited in the ledger, where it is taken again from there; or None.
    """

    record: Any
    place: str = ""
    batch: str = ""
    raw: bytes = b""
    flaw: RecordError | None = None
    letter: RecordRow | None = None


def incoming(row: Row, file: Path) -> Incoming:
    """Return *row* of *file* as it came in; one that cannot be read carries why."""
    flaw = RecordError("X110", row.flaw, help=row.help) if row.flaw else None
    return Incoming(row.record, f"{file.name}, {row.place}", str(file), row.raw, flaw)
