"""What a plan says of records and effects, and how a document would change, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from engine import canonical, pointer
from engine.keys import BusinessKey
from engine.paths import MISSING
from engine.report import Failure, Report
from engine.wire import Request

State = Literal["new", "changed", "stands", "there", "again", "parked", "fails", "later"]
STATES: Final[tuple[State, ...]] = ("new", "changed", "again", "stands", "there", "parked", "fails", "later")
"""Where an effect stands, in the order in which they are counted: it would be made; would be brought to what its record
says now; was sent, its answer lost, and would be sent again; stands as the ledger knows it; stands at the target, and
the ledger does not know it; waits for a person; cannot be made; is decided during the run."""
End = Literal["done", "skipped", "known", "ignored", "parked", "fails", "stops"]
ENDS: Final[tuple[End, ...]] = ("done", "fails", "parked", "stops", "skipped", "known", "ignored")
"""How records end, in the order in which they are counted."""
PRUNED: Final = "what was sent is not kept any more (recipe runs prune): compare at the target"
MAX_CHANGES: Final = 1000
"""How many differences of one document are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what was sent for a document and what would be now.

    Attributes:
        keys: Those that lead to the field in the request's body.
        before, now: Its values; ``MISSING`` where it is not there.
    """

    keys: tuple[str | int, ...]
    before: Any
    now: Any

    @property
    def at(self) -> str:
        """The field's pointer."""
        return pointer.build(self.keys)


@dataclass(slots=True)
class PlannedEffect:
    """One effect of a record.

    Attributes:
        action: Ids of the actions that lead to it.
        operation: ``CONNECTION.OPERATION``, or one of the engine's own actions; for a step that is decided during the
            run what it is, such as ``for_each``.
        key: Its business key.
        target: Text of the target account's identity.
        remote_id: The target's id of what stands, or empty.
        why: What is to be said about its state, or empty.
        given: What the action is given, with ``<steps.ID>`` for what only an unsent write could give.
        requests: What would be sent, in order.
        later: What is not known yet: by its pointer in ``given`` what is shown for it.
        is_pruned: Whether it differs from what was sent, and nobody can say in what any more.
    """

    action: str
    operation: str
    state: State
    key: BusinessKey = ()
    target: str = ""
    external_id: str = ""
    remote_id: str = ""
    why: str = ""
    given: Any = None
    requests: list[Request] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    is_pruned: bool = False

    @property
    def told(self) -> str:
        """What is to be said about its state and its changes, or empty."""
        return "; ".join(each for each in (self.why, PRUNED if self.is_pruned else "") if each)


@dataclass(slots=True)
class PlannedRecord:
    """One record.

    Attributes:
        key: Its business key as canonical JSON; empty where it cannot be told.
        end: ``done``, ``skipped`` (by the recipe), ``known`` (finished before), ``ignored`` (left to others),
            ``parked``, ``fails``, or ``stops`` where the run would end here.
        why: Why the recipe skips it, or what stops the run.
        conditions: On what it hangs whether the record comes to its end.
    """

    key: str = ""
    number: str = ""
    place: str = ""
    end: End = "done"
    why: str = ""
    failure: Failure | None = None
    effects: list[PlannedEffect] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Planned:
    """The counts of a plan.

    Attributes:
        report: What the run would have counted.
        effects: Effects by state.
        is_cut: Whether it ended at its limit, and more may follow.
        notes: What a person must know before the run.
    """

    report: Report
    effects: Counter[State] = field(default_factory=Counter)
    is_cut: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0: nothing would fail; 1: some records would, or wait for a person; 4: it could not be planned to its end."""
        if self.report.stopped_by is not None or (self.report.interrupted and not self.is_cut):
            return 4
        return 1 if self.report.failed or self.report.parked else 0


def changes(before: bytes, now: bytes, ignored: frozenset[str]) -> list[Change]:
    """Return the differences between two bodies: JSON by pointer, a form by field, else the whole text.

    Args:
        ignored: Fields at the top that carry keys, which differ with each request.
    """
    old, new = _body(before), _body(now)
    found = []
    for change in _differences(old, new, ()):
        if any(name in ignored for name in change.keys[:1]):
            continue
        found.append(change)
        if len(found) == MAX_CHANGES:
            break
    return found


def body_of(request: Request) -> Any:
    """Return the body of *request* as data: JSON, the fields of a form, else text; ``MISSING`` where it has none."""
    return _body(request.body) if request.body else MISSING


def _body(data: bytes) -> Any:
    try:
        return canonical.decode(data)
    except ValueError:
        text = data.decode(errors="replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return text


def _differences(old: Any, new: Any, at: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from _differences(old.get(name, MISSING), new.get(name, MISSING), (*at, name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before, now = (each[index] if index < len(each) else MISSING for each in (old, new))
            yield from _differences(before, now, (*at, index))
    elif type(old) is not type(new) or old != new:
        yield Change(at, old, new)
