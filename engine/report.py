"""What a run did: counted as it goes, shown at its end, kept in the ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from engine import canonical
from engine.errors import EngineError
from engine.ledger import RecordRow

EXIT: Final = {"done": 0, "failed": 1, "stopped": 4, "interrupted": 4}
KEPT_FAILURES: Final = 200
"""How many failures are kept to be shown; all are counted, and the ledger has each."""
KEPT_REASONS: Final = 200
OTHER_REASONS: Final = "for other reasons"
"""How many different reasons for a skip are counted each for itself; a reason may name its record."""
CONTENT: Final = re.compile("1:[0-9a-f]{64}")
"""What stands for the key of a record that has none: the digest of its content."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One record that failed or was parked.

    Attributes:
        key: The record's business key as canonical JSON.
        number: The number of the document that the mapping made, as people know the record; or empty.
        place: Where the record stands: ``bank.csv, line 17``; or empty.
        pointer: Place in the recipe.
        state: ``dead_letter`` or ``parked``.
    """

    key: str
    code: str
    message: str
    help: str
    pointer: str
    state: str
    number: str = ""
    place: str = ""

    @property
    def record(self) -> str:
        """What people know the record by: its key with number and place; without a key its place, or its content."""
        key = shown_key(self.key)
        if not CONTENT.fullmatch(key):
            also = "; ".join(each for each in (self.number, self.place) if each)
            return f"{key} ({also})" if also else key
        return f"at {self.place}" if self.place else f"without a key, content {key[:14]}"


@dataclass(slots=True)
class Report:
    """The counts of a run.

    Attributes:
        ignored: Records that the trigger's ``when`` leaves to others; they are not remembered.
        skipped: Records that were finished at this revision already.
        created: Effects made now, by operation.
        stood: Effects that stood already, by operation.
        waiting: Records that failed or were parked in earlier runs and still wait.
        changed: Effects that were brought to what their record says now, by operation.
        kept: Effects that stand as the recipe made them before it was edited, by operation.
        left: Effects that stand though their record does not ask for them any more.
        skipped_by: Records that the recipe itself skipped, by why.
        continued: Actions that failed where the recipe says to go on.
        interpreted: How often the recipe's code left a value to the interpreter, which takes longer and gives the same.
        whole: Records that were decoded whole, since they did not fit what is read of them.
        defaults: Uses of defaults by place in the recipe.
        stopped_by: Why the run stopped, or None.
        cursor: Up to which instant everything is read; empty where nothing is remembered of that.
        notes: What a person must know of how it was read.
    """

    run: str
    recipe: str
    read: int = 0
    ignored: int = 0
    skipped: int = 0
    done: int = 0
    failed: int = 0
    parked: int = 0
    calls: int = 0
    seconds: float = 0.0
    created: Counter[str] = field(default_factory=Counter)
    stood: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    left: int = 0
    waiting: int = 0
    skipped_by: Counter[str] = field(default_factory=Counter)
    continued: int = 0
    interpreted: int = 0
    whole: int = 0
    defaults: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False
    stopped_by: EngineError | None = None
    cursor: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """``done``, ``failed`` (some records), ``stopped`` (the run) or ``interrupted`` (by its user)."""
        if self.stopped_by is not None:
            return "stopped"
        if self.interrupted:
            return "interrupted"
        return "failed" if self.failed or self.parked else "done"

    @property
    def exit_code(self) -> int:
        """The process's exit code."""
        return EXIT[self.outcome]

    def add_failure(self, failure: Failure) -> None:
        """Keep *failure* to be shown."""
        if len(self.failures) < KEPT_FAILURES:
            self.failures.append(failure)

    def add_leftover(self, note: str) -> None:
        """Count an effect that is left standing, and keep *note* to be shown."""
        self.left += 1
        if self.left <= KEPT_FAILURES:
            self.notes.append(note)

    def add_skip(self, why: str) -> None:
        """Count a record that the recipe itself skipped."""
        is_kept = why in self.skipped_by or len(self.skipped_by) < KEPT_REASONS
        self.skipped_by[why if is_kept else OTHER_REASONS] += 1

    def as_data(self) -> dict[str, Any]:
        """Return the report as ``--format json`` prints it and the ledger keeps it; the shape is documented."""
        return {
            "run": self.run,
            "recipe": self.recipe,
            "outcome": self.outcome,
            "read": self.read,
            "created": sum(self.created.values()),
            "created_by_operation": dict(sorted(self.created.items())),
            "stood": sum(self.stood.values()),
            "changed": sum(self.changed.values()),
            "kept": sum(self.kept.values()),
            "left": self.left,
            "waiting": self.waiting,
            "skipped": self.skipped,
            "skipped_by_recipe": dict(sorted(self.skipped_by.items())),
            "ignored": self.ignored,
            "done": self.done,
            "failed": self.failed,
            "parked": self.parked,
            "continued": self.continued,
            "interpreted": self.interpreted,
            "whole": self.whole,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "defaults": dict(sorted(self.defaults.items())),
            "stopped_by": self.stopped_by.message if self.stopped_by else None,
            "cursor": self.cursor or None,
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """Return the report as canonical JSON, for the ledger."""
        return canonical.encode({**self.as_data(), "seconds": f"{self.seconds:.3f}"}).decode()


class Observer(Protocol):
    """Is told how a run goes."""

    def progress(self, report: Report) -> None:
        """A record is through."""
        ...

    def failure(self, failure: Failure) -> None:
        """A record failed or was parked."""
        ...

    def waits(self, text: str) -> None:
        """The run waits; *text* says for what and how long."""
        ...


def summary(counts: Mapping[str, Any]) -> str:
    """Return the closing summary: ``read 12, created 26, skipped 0, failed 0``."""
    text = f"read {counts['read']}, created {counts['created']}"
    if counts["created_by_operation"]:
        parts = (
            f"{name.partition('.')[0]} {count}" for name, count in counts["created_by_operation"].items()
        )
        text += f" ({', '.join(parts)})"
    text += f", skipped {counts['skipped']}, failed {counts['failed']}"
    if by_recipe := sum(counts.get("skipped_by_recipe", {}).values()):
        text += f", skipped by the recipe {by_recipe}"
    for word in ("changed", "parked", "continued", "ignored", "stood", "kept", "left", "waiting"):
        if counts.get(word):
            text += f", {_WORDS[word]} {counts[word]}"
    return text


_WORDS: Final = {
    "changed": "changed",
    "parked": "parked",
    "continued": "failed actions passed over",
    "ignored": "not for this recipe",
    "stood": "already there",
    "kept": "kept as they were made",
    "left": "left standing though not asked for any more",
    "waiting": "waiting from before",
}


def failure_of(row: RecordRow) -> Failure:
    """Return what is kept about a record that failed."""
    told = canonical.decode(row.error)
    return Failure(
        row.key,
        told["code"],
        told["message"],
        told["help"],
        told["pointer"],
        row.state.value,
        told["number"],
        told.get("place", ""),  # rows of older ledgers have none
    )


def shown_key(key: str) -> str:
    """Return a record's key as people read it: its parts, without the empty one that ends or numbers it."""
    return " / ".join(part for part in canonical.decode(key) if part) if key.startswith("[") else key
