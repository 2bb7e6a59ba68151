"""Takes away what exactness does not need of what is old: requests that are answered, empty runs, lines of the log.

What keeps a record from being written twice stays for ever: the effect's key with its state, ids, digest and answer,
its links and changes, the record's revision and digest. So does all that waits: what failed, is parked or was not
answered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from engine import canonical
from engine.errors import LedgerError
from engine.ledger import EffectRow, Ledger, RunRow
from engine.ledger.changes import Change, OldEffect, Removal

FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
BATCH: Final = 1_000
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken away, or would be.

    Attributes:
        before: The instant before which everything is old.
        effects: Effects whose requests go.
        bytes: Bytes of those requests, and of answers that changes of a document were noted by.
        runs: Runs that nothing names.
        lines: Lines of the log.
        size: Bytes of the ledger before.
        left: Bytes of the ledger afterwards.
    """

    before: str
    effects: int = 0
    bytes: int = 0
    runs: int = 0
    lines: int = 0
    size: int = 0
    left: int = 0


async def prune(
    ledger: Ledger, log: Path, before: datetime, *, dry: bool = False, tell: Callable[[int], None]
) -> Pruned:
    """Take away what is older than *before* and not needed; each transaction leaves the ledger whole.

    Args:
        log: The file of the log; it need not be there.
        dry: Only count.
        tell: Called with the number of effects so far, behind each transaction.

    Raises:
        LedgerError: the ledger or the log cannot be written, or given back the room; what was done so far stands.
    """
    bound = before.isoformat(timespec="milliseconds")
    size = ledger.size()
    found = Pruned(bound, size=size, left=size)
    for batch in _batches(ledger, bound):
        changes = [_change(each, ledger) for each in batch]
        if not dry:
            await ledger.commit(changes)
        answers = sum(
            each.answer for each, change in zip(batch, changes, strict=True) if "answer" in change.to
        )
        freed = sum(each.request for each in batch) + answers
        found = replace(found, effects=found.effects + len(batch), bytes=found.bytes + freed)
        tell(found.effects)
    runs = ledger.old_runs(bound)
    for start in range(0, 0 if dry else len(runs), BATCH):
        await ledger.commit([Removal(RunRow, (id,)) for id in runs[start : start + BATCH]])
    found = replace(found, runs=len(runs), lines=_shorten(log, bound, dry=dry))
    if dry:
        return found
    ledger.compact()
    return replace(found, left=ledger.size())


def _batches(ledger: Ledger, bound: str) -> Iterator[list[OldEffect]]:
    place = 0
    while batch := list(ledger.old_effects(bound, place, BATCH)):
        yield batch
        place = batch[-1].place


def _change(effect: OldEffect, ledger: Ledger) -> Change:
    """Return what takes the request of *effect* away; empty headers are no JSON, so that it is never sent by mistake.

    The answer stays, since later actions read it as ``$steps.ID``; but a change of a document has told its effect.
    """
    to: dict[str, str | bytes] = {"headers": "", "body": b""}
    parts = canonical.decode(effect.key.encode())
    if isinstance(parts, list) and len(parts) == 5:
        changed = ledger.effect(canonical.encode(parts[:4]).decode())
        if changed is not None and changed.revisions >= parts[4]:
            to["answer"] = b""
    return Change(EffectRow, (effect.key,), to)


def _shorten(log: Path, bound: str, *, dry: bool) -> int:
    """Take the lines of *log* that are older than *bound* away, and return how many there are."""
    beside = log.with_name(log.name + ".new")
    try:
        if not log.is_file():
            return 0
        with log.open("rb") as lines:
            old = sum(_at(line) < bound for line in lines)
        if dry or not old:
            return old
        with log.open("rb") as lines, os.fdopen(os.open(beside, FRESH, 0o600), "wb") as kept:
            kept.writelines(line for line in lines if _at(line) >= bound)
            kept.flush()
            os.fsync(kept.fileno())
        beside.replace(log)
    except OSError as error:
        what = f"the log {log} cannot be shortened: {error.strerror}"
        raise LedgerError(what, help="check the state folder's room and permissions") from error
    return old


def _at(line: bytes) -> str:
    """Return when an event was; what is no event is of no time, and stays."""
    try:
        at = json.loads(line)["at"]
    except (ValueError, KeyError, TypeError):
        return "9"
    return at if isinstance(at, str) else "9"
