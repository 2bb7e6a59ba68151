"""Kinds of triggers: where records come from. One module each, named as its key stands in YAML.

``DECLARATION.run`` is an async generator ``(trigger, world, scope)`` of lists of ``Incoming``, which are told to the
run as they come in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import canonical
from engine.errors import RecordError
from engine.ledger import RecordRow
from engine.raw import Raw, is_text
from engine.tables import Row

if TYPE_CHECKING:
    from engine.generated.projection import Reader


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as it came in.

    Attributes:
        record: Plain JSON data, or a ``Raw``, which ``opened`` decodes; None where it could not be read.
        place: Where it stands, as people find it: ``bank.csv, line 17``; empty for a page of a list operation.
        batch: What it came in with and in which a key stands once, such as a file; empty where a key may come twice.
        raw: Its bytes as they came, for dead letters; empty for those that write it as canonical JSON.
        flaw: Why it could not be read, or not in whole, or None.
        letter: The row under which it waited in the ledger, where it is taken again from there; or None.
        digest: The digest of its content where that is not the digest of *raw*, or empty.
    """

    record: Any
    place: str = ""
    batch: str = ""
    raw: bytes = b""
    flaw: RecordError | None = None
    letter: RecordRow | None = None
    digest: str = ""


def opened(incoming: Incoming, reader: Reader | None = None) -> Incoming:
    """Return *incoming* decoded, where it is a record of its own bytes: here, and nowhere else, that is done.

    Its digest is that of canonical JSON: a source that writes the same in another order has not changed it. With a
    *reader*, which a run has where a revision tells what changed, the record is decoded for what is read of it, and its
    digest is that of its bytes. What cannot be decoded carries why.
    """
    if not isinstance(incoming.record, Raw):
        return incoming
    data = incoming.record.data
    try:
        if reader is not None and is_text(data):
            return replace(
                incoming, record=reader.read(data), raw=data, digest=canonical.digest_as_it_came(data)
            )
        record = incoming.record.value()
    except canonical.NotJson as error:
        flaw = RecordError("X110", f"the record is no JSON: {error}", help="ask the source for it whole")
        return replace(incoming, record=None, raw=data, flaw=flaw)
    except RecordError as flaw:
        return replace(incoming, record=None, raw=data, flaw=flaw)
    return replace(incoming, record=record, raw=data, digest=canonical.digest(canonical.encode(record)))


def incoming(row: Row, file: Path) -> Incoming:
    """Return *row* of *file* as it came in; one that cannot be read carries why."""
    flaw = RecordError("X110", row.flaw, help=row.help) if row.flaw else None
    return Incoming(row.record, f"{file.name}, {row.place}", str(file), row.raw, flaw)
