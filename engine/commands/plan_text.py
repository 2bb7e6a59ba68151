"""A plan as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any, Final

from engine import canonical
from engine.commands.console import visible
from engine.commands.progress import failure_text
from engine.commands.tables import width
from engine.money import shorten
from engine.operators import as_text
from engine.paths import MISSING
from engine.planned import PRUNED, STATES, Change, End, Planned, PlannedEffect, PlannedRecord, State, body_of
from engine.report import Failure
from engine.source import Source

WIDTH: Final = 100
LONGEST: Final = 40
"""Characters of a value that are shown."""
MOST: Final = 20
"""Differences that are shown, and fields."""
SIGNS: Final[Mapping[State, str]] = {
    "new": "+",
    "changed": "~",
    "again": "+",
    "stands": "=",
    "there": "!",
    "parked": "!",
    "fails": "!",
    "later": "?",
}
WORDS: Final[Mapping[State, str]] = {
    "new": "new",
    "changed": "changed",
    "again": "sent again",
    "stands": "stands",
    "there": "at the target already",
    "parked": "waits for a person",
    "fails": "fails",
    "later": "decided during the run",
}
COUNTED: Final[Mapping[State, str]] = {
    **WORDS,
    "stands": "stand",
    "parked": "wait for a person",
    "fails": "fail",
}
ENDS: Final[Mapping[End, str]] = {
    "done": "to go through",
    "fails": "to fail",
    "parked": "to wait for a person",
    "stops": "to stop the run",
    "skipped": "skipped by the recipe",
    "known": "finished before",
    "ignored": "not for this recipe",
}


def record_text(record: PlannedRecord, source: Source, *, full: bool) -> str:
    """Return a record with its effects; empty for one that is finished or left to others."""
    if record.end in ("known", "ignored"):
        return ""
    key = Failure(record.key, "", "", "", "", "", record.number, record.place).record
    key = visible(key, is_line=True)
    lines = [key + (f": {ENDS[record.end]}: {record.why}" if record.why else "")]
    own = [part for part in canonical.decode(record.key) if part] if record.key.startswith("[") else []
    for effect in record.effects:
        lines += _effect(effect, own, full=full)
    if record.end == "done" and not record.effects:
        lines.append("  nothing to write")
    if record.failure is not None:
        told = failure_text(record.failure, source, would=True).removeprefix(
            f"record {visible(record.failure.record, is_line=True)} "
        )
        first, *rest = told.splitlines()
        lines += [f"  ! {first}", *(f"  {line}" for line in rest)]
    return "\n".join(lines)


def closing(planned: Planned, ends: Counter[End]) -> str:
    """Return what a plan comes to."""
    lines = [f"note: {note}" for note in (*planned.notes, *planned.report.notes)]
    if planned.report.waiting:
        waiting = planned.report.waiting
        them = "1 record of earlier runs waits" if waiting == 1 else f"{waiting} records of earlier runs wait"
        lines.append(f"note: {them}: recipe replay lists what waits")
    if planned.is_cut:
        lines.append("note: the plan ends here, at --limit; more records may follow")
    records = ", ".join(f"{ends[end]} {word}" for end, word in ENDS.items() if ends[end])
    lines.append(f"read {planned.report.read}" + (f": {records}" if records else ""))
    effects = ", ".join(
        f"{planned.effects[each]} {COUNTED[each]}" for each in STATES if planned.effects[each]
    )
    lines.append(f"{effects or 'nothing to write'}; 0 writes sent")
    return "\n".join(lines)


def _effect(effect: PlannedEffect, own: list[str], *, full: bool) -> Iterator[str]:
    """Yield the lines of an effect; *own* is its record's key, which goes before its own."""
    key = [part for part in effect.key if part]
    key = key[len(own) :] if key[: len(own)] == own else key
    name = " ".join([effect.action, *([visible(" / ".join(key), is_line=True)] if key else [])])
    made = f" {effect.remote_id}" if effect.remote_id else ""
    head = "  ".join(each for each in (name, effect.operation) if each)  # skip and stop have no id
    yield f"  {SIGNS[effect.state]} {head}  {WORDS[effect.state]}{made}"
    is_told = effect.state in ("fails", "parked")  # with its record
    if told := (PRUNED if effect.is_pruned else "") if is_told else effect.told:
        yield from _wrapped(told)
    if effect.state == "stands" and not full:
        return
    for request in effect.requests:
        yield from _wrapped(f"{request.method} {request.url}")
        if not full:
            continue
        yield from (f"      {name}: {value}" for name, value in request.headers)
        body = body_of(request)
        if body is not MISSING:
            yield from (f"      {line}" for line in canonical.indented(body).splitlines())
    if effect.changes:
        yield from _changes(effect.changes, full=full)
    elif effect.given is not None and not (full and effect.requests):
        yield from _filled(list(_fields(effect.given)) or ["nothing is given"])


def _changes(changes: list[Change], *, full: bool) -> Iterator[str]:
    most = len(changes) if full else MOST
    for change in changes[:most]:
        before, now = (_value(each, full=full) for each in (change.before, change.now))
        yield from _wrapped(f"{_place(change.keys) or 'the whole'}: {before} -> {now}")
    if len(changes) > most:
        yield f"      and {len(changes) - most} more; --full shows them"


def _place(keys: tuple[str | int, ...]) -> str:
    """Return where a change is for people, who count from 1: ``lines #1, unit_price``."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f" #{key + 1}," if text else f"#{key + 1},"
        else:
            text += (" " if text.endswith(",") else "." if text else "") + visible(key, is_line=True)
    return text.removesuffix(",")


def _fields(given: Any, name: str = "") -> Iterator[str]:
    """Yield the fields of what is given in a few words: those of a mapping by name, of a list how many it has."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _fields(value, f"{name}.{key}" if name else key)
    else:
        yield f"{name}: {_value(given)}" if name else _value(given)


def _value(value: Any, *, full: bool = False) -> str:
    if value is MISSING:
        return "(none)"
    if isinstance(value, list) and not full:
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, (dict, list)):
        text = canonical.encode(value).decode()
    else:
        text = "null" if value is None else as_text(value)
    text = visible(" ".join(text.split()))
    return text if full else shorten(text, LONGEST)


def _filled(fields: list[str]) -> Iterator[str]:
    """Yield lines of as many *fields* as fit into each; none is broken."""
    line = ""
    for number, each in enumerate(fields, 1):
        part = each + ("," if number < len(fields) else "")
        if line and width(line) + 1 + width(part) > WIDTH:
            yield line
            line = ""
        line = f"{line} {part}" if line else f"      {part}"
    yield line


def _wrapped(text: str) -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=" " * 6,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
