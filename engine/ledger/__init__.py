"""The ledger's rows and what a ledger does. ``sqlite`` is the one that ships; every floor above knows only this file.

States of an effect: ``planned → sending → done | failed | uncertain | parked | skipped``. The ``sending`` row is
committed before the request leaves; a process that dies leaves it, and whoever then holds the run lock knows that
nobody else is still sending.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

from engine.ledger.changes import Change, OldEffect, Removal
from engine.revisions import Origin

ADOPTED: Final = "adopted"
"""The mark of an account that may have been written to before its ledger was begun."""


class EffectState(StrEnum):
    """Where an effect stands."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    PARKED = "parked"
    SKIPPED = "skipped"


class RecordState(StrEnum):
    """Where a record stands; each of these lets the cursor pass."""

    DONE = "done"
    SKIPPED = "skipped"
    PARKED = "parked"
    DEAD = "dead_letter"


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run.

    Attributes:
        id: Sortable by time.
        source: Text of the source account's identity.
        target: Texts of the target accounts' identities.
        outcome: ``running``, ``done``, ``failed``, ``stopped`` or ``interrupted``.
        counts: The closing summary as canonical JSON.
    """

    id: str
    recipe: str
    source: str
    target: str
    started_at: str
    finished_at: str = ""
    outcome: str = "running"
    counts: str = "{}"


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What became of one record.

    Attributes:
        source: Text of the source account's identity.
        target: Texts of the target accounts' identities: a record that is finished in a sandbox is new to production.
        key: The business key as canonical JSON.
        digest: Of the raw record.
        raw: The record's bytes where a person or ``replay`` will need them; empty for finished ones.
        error: Code, message, help and pointer as canonical JSON, or empty.
    """

    recipe: str
    source: str
    target: str
    key: str
    revision: str
    digest: str
    state: RecordState
    run: str
    at: str
    raw: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect at a target, with the exact request that was sent and what came back.

    Attributes:
        key: ``EffectKey.text``.
        record: The record's business key as canonical JSON: the link between source and target.
        sent_at: When its first intent was written.
        last_sent_at: When it was sent last; empty where that was the first time.
        attempts: How often it was sent; 0 where an earlier ledger did.
        generation: Which request it is, from 1: what is sent anew after a refusal has another native key.
        revisions: How often it was changed; each change is an effect of its own.
        source: Text of the identity of the account that its record comes from; empty where from none, or unknown.
        record_revision: The revision of the record that it was made from, or that it was last compared with.
        record_digest: Of that record's bytes; empty where it is unknown.
        looked_up: 1 where ``answer`` is the record that a lookup found, in place of the target's answer.
        headers: Canonical JSON of pairs; secrets are never in it.
        request_digest: Over method, address and body.
        remote_id: The target's id of what was made.
        answer: The answer's JSON.
    """

    key: str
    target: str
    recipe: str
    path: str
    record: str
    external_id: str
    operation: str
    state: EffectState
    method: str
    url: str
    headers: str
    body: bytes
    request_digest: str
    run: str
    sent_at: str
    finished_at: str = ""
    remote_id: str = ""
    answer: bytes = b""
    error: str = ""
    last_sent_at: str = ""
    attempts: int = 1
    generation: int = 1
    looked_up: int = 0
    revisions: int = 0
    source: str = ""
    record_revision: str = ""
    record_digest: str = ""

    @property
    def origin(self) -> Origin:
        """The record that it was made from, as far as it is known."""
        return Origin(self.record, self.source, self.record_revision, self.record_digest)

    @property
    def is_adopted(self) -> bool:
        """Whether an earlier ledger made it: this one never sent it."""
        return not self.attempts

    @property
    def id(self) -> str:
        """What people call it by: ten hexadecimal digits of its key."""
        return sha256(self.key.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A further record that an effect stands for, such as an order of a customer that an earlier order had added.

    Attributes:
        effect: ``EffectKey.text``; the record that it was made from first is in the effect's own row.
        record: The further record's business key as canonical JSON.
    """

    effect: str
    recipe: str
    record: str


@dataclass(frozen=True, slots=True)
class BindingRow:
    """The file that a recipe's name belongs to in this state folder."""

    recipe: str
    file: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What a target that is a file was known by when it was last used.

    Attributes:
        identity: Text of the account's identity.
        mark: Drawn when the file was begun; another one is another file.
        size: How many documents it held; fewer are an older copy.
    """

    identity: str
    mark: str
    size: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that lines are appended to.

    Attributes:
        path: From the folder that files are written below.
        recipe: Which wrote to it last.
        columns: Canonical JSON of their names; empty for JSON Lines.
        size: Its durable length in bytes.
        pending: Keys of the effects whose lines are being appended, in their order, a line each; or empty.
    """

    path: str
    recipe: str = ""
    columns: str = ""
    size: int = 0
    pending: str = ""


@dataclass(frozen=True, slots=True)
class WorkbookRow:
    """A workbook, which is written whole at the end of a run from the rows of its effects, in their order.

    Attributes:
        path: From the folder that files are written below.
        recipe: Which wrote to it last.
        sheet: Name of its sheet.
        columns: Canonical JSON of their names.
        rows: How many rows its effects have.
        first: How many of them stand in workbooks that were taken away; this one begins behind them.
        written: How many of them have been written.
        digest: Of the file as it was last written; empty before.
        pending: Digest of the file that is about to be put in its place, or empty.
    """

    path: str
    recipe: str = ""
    sheet: str = ""
    columns: str = ""
    rows: int = 0
    first: int = 0
    written: int = 0
    digest: str = ""
    pending: str = ""


@dataclass(frozen=True, slots=True)
class CursorRow:
    """Up to where a recipe has read a list: every record of it up to there is final.

    Attributes:
        source: Text of the source account's identity.
        target: Texts of the target accounts' identities: what a sandbox has got is new to production.
        digest: Of what is read: ``asked``.
        position: The instant, RFC 3339 in UTC; empty where nothing is known to be read.
        asked: Operation, field, ``with`` and variables as canonical JSON.
        run: The run that moved it last.
    """

    recipe: str
    source: str
    target: str
    digest: str
    position: str
    asked: str
    run: str
    at: str


Row = RunRow | RecordRow | EffectRow | LinkRow | BindingRow | AccountRow | FileRow | WorkbookRow | CursorRow
Written = Row | Change | Removal
"""What a transaction is made of."""


class Ledger(Protocol):
    """What happened, durably."""

    async def commit(self, rows: Sequence[Written]) -> None:
        """Write *rows* in one transaction; they are durable when this returns.

        Raises:
            LedgerError: nothing was written; no send may start after it.
        """
        ...

    def effect(self, key: str) -> EffectRow | None:
        """Return the effect with this key."""
        ...

    def effects(
        self,
        *,
        run: str = "",
        recipe: str = "",
        record: str = "",
        external_id: str = "",
        remote_id: str = "",
        states: Sequence[EffectState] = (),
    ) -> Iterator[EffectRow]:
        """Return effects in the order of their first intents, narrowed by what is given."""
        ...

    def links(self, *, effect: str = "", recipe: str = "", record: str = "") -> Iterator[LinkRow]:
        """Return the further records of effects, narrowed by what is given."""
        ...

    def paths(self, recipe: str) -> set[str]:
        """Return the ids of actions, joined by points, under which effects of *recipe* stand or may stand."""
        ...

    def record(self, recipe: str, source: str, target: str, key: str) -> RecordRow | None:
        """Return what became of a record of this source at these targets."""
        ...

    def records(self, *, run: str = "", states: Sequence[RecordState] = ()) -> Iterator[RecordRow]:
        """Return records, narrowed by what is given."""
        ...

    def runs(self, limit: int = 20) -> Sequence[RunRow]:
        """Return the last runs, newest first."""
        ...

    def bindings(self) -> Sequence[BindingRow]:
        """Return which recipe belongs to which file."""
        ...

    def account(self, identity: str) -> AccountRow | None:
        """Return what a target was known by, or None where it was never used."""
        ...

    def file(self, path: str) -> FileRow | None:
        """Return what is known of a file that lines are appended to."""
        ...

    def files(self, recipe: str) -> Sequence[FileRow]:
        """Return the files that *recipe* was the last to append to."""
        ...

    def workbook(self, path: str) -> WorkbookRow | None:
        """Return what is known of a workbook."""
        ...

    def workbooks(self, recipe: str) -> Sequence[WorkbookRow]:
        """Return the workbooks that *recipe* was the last to write to."""
        ...

    def cursor(self, recipe: str, source: str, target: str, digest: str) -> CursorRow | None:
        """Return up to where *recipe* has read what *digest* stands for, for these targets."""
        ...

    def cursors(self, recipe: str = "") -> Sequence[CursorRow]:
        """Return the cursors of *recipe*, or all; the one that moved last comes first."""
        ...

    def keys(self, row: type[Row], recipe: str, *more: str) -> Iterator[tuple[str, ...]]:
        """Return the keys of the rows of *recipe* in their order, each followed by its columns *more*."""
        ...

    def old_effects(self, before: str, after: int, limit: int) -> Sequence[OldEffect]:
        """Return effects that were done *before* an instant, with the requests that are kept still, in their order.

        Rows of workbooks are none of them: a workbook is written from them.

        Args:
            after: The ``place`` behind which they are looked for, from 0.
            limit: How many at most.
        """
        ...

    def old_runs(self, before: str) -> Sequence[str]:
        """Return the ids of runs that began *before* an instant and that nothing names, but each recipe's last one."""
        ...

    def size(self) -> int:
        """Return how many bytes the ledger takes."""
        ...

    def compact(self) -> None:
        """Give back the room of what was removed; nobody else uses the ledger.

        Raises:
            LedgerError: it cannot be given back; nothing else changed.
        """
        ...

    def close(self) -> None:
        """Write what is queued and close."""
        ...
