"""What waits for a person or another try, and how it is taken again.

A record that failed waits in the dead letters with its bytes. An effect that may have been made, where its target
cannot say, is parked with its record until a person has looked: it was made, and under which id, or it was not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine import canonical
from engine.errors import RecordError, UsageError
from engine.ledger import EffectRow, EffectState, Ledger, RecordRow, RecordState
from engine.leftover import messages
from engine.recipe import Call, Recipe, Trigger, Use
from engine.report import shown_key
from engine.scope import Scope
from engine.triggers import Incoming
from engine.world import World

OPEN: Final = (EffectState.PARKED, EffectState.UNCERTAIN)
"""States in which an effect waits for a person."""
UNREADABLE: Final = ("X110", "X112")
"""Codes of what is no record from the ledger's bytes alone: a row that could not be read, one of two with one key."""
CUT_SHORT: Final = "X207"
"""The code of a record that came in half, where no action's answer did: its place in the recipe is empty."""


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be taken again.

    Attributes:
        keys: Keys of records, as they are shown.
        run: Only what failed in the run with this id, or one that begins so.
        is_all: Every dead letter of the recipe.
        sent: An effect's id, and the target's id of what it made: a person has found it there.
        unsent: An effect's id: a person has seen that it was not made.
        settled: Whether a person has brought what stands at the target to what the records ask for.
        remaps: Whether what an earlier form of the recipe made is brought to what the recipe says now.
        rereads: Whether the records come from the source again; done ones are in no ledger whole.
    """

    keys: tuple[str, ...] = ()
    run: str = ""
    is_all: bool = False
    sent: tuple[str, str] | None = None
    unsent: str = ""
    settled: bool = False
    remaps: bool = False
    rereads: bool = False


def open_effects(ledger: Ledger, recipe: str = "") -> list[EffectRow]:
    """Return the effects that wait for a person, in the order of their first intents."""
    return list(ledger.effects(recipe=recipe, states=OPEN))


def waiting(ledger: Ledger, recipe: str = "", run: str = "") -> Iterator[RecordRow]:
    """Return the records that failed or were parked, oldest first."""
    for row in ledger.records(states=[RecordState.DEAD, RecordState.PARKED]):
        if recipe in ("", row.recipe) and row.run.startswith(run):
            yield row


async def decide(again: Again, ledger: Ledger, recipe: Recipe, source: str, target: str, now: str) -> Again:
    """Note what a person found out about an effect, and return what is to be taken again then.

    Raises:
        UsageError: no effect of *recipe* that waits has this id; it is a message, whose record is done.
        LedgerError: it cannot be noted.
    """
    keys = set[str]()
    for id, remote_id in ((again.unsent, ""), again.sent or ("", "")):
        if not id:
            continue
        effect = _waiting(ledger, recipe.name, id)
        of_effect = {effect.record, *(link.record for link in ledger.links(effect=effect.key))}
        found = [
            row for key in of_effect if (row := ledger.record(recipe.name, source, target, key)) is not None
        ]
        if effect.target not in target.split(", "):
            raise UsageError(
                f"the effect {id} is one of {effect.target}, and this run writes to {target}",
                help="name the connections that it was made with",
            )
        is_message = effect.path in messages(recipe)
        if (
            not remote_id
            and is_message
            and any(row.state in (RecordState.DONE, RecordState.SKIPPED) for row in found)
        ):
            raise UsageError(
                f"{effect.operation} is not sent again: its record {shown_key(effect.record)} is done without it",
                help="send it by hand, and take it off the list by --confirm-sent",
            )
        # A record that was parked for this effect may be tried again now.
        freed = [replace(row, state=RecordState.DEAD) for row in found if row.state is RecordState.PARKED]
        await ledger.commit([_decided(effect, remote_id, _id_name(recipe, effect), now), *freed])
        keys |= {shown_key(key) for key in of_effect}
    return replace(again, keys=(*again.keys, *sorted(keys))) if keys else again


def _id_name(recipe: Recipe, effect: EffectRow) -> str:
    """Return the field of what the action of *effect* gives that holds the target's id."""
    uses = (
        step.use for step in recipe.steps if isinstance(step, Call) and ".".join(step.path) == effect.path
    )
    return next((use.operation.id_name for use in uses if isinstance(use, Use)), "id")


def _decided(effect: EffectRow, remote_id: str, name: str, now: str) -> EffectRow:
    if not remote_id:
        why = "a person saw that it was not made"
        return replace(effect, state=EffectState.FAILED, error=why, finished_at=now)
    made = canonical.encode({name: remote_id})
    return replace(
        effect,
        state=EffectState.DONE,
        remote_id=remote_id,
        answer=made,
        looked_up=1,
        error="",
        finished_at=now,
    )


def choose(again: Again, ledger: Ledger, recipe: str, source: str, target: str) -> list[RecordRow]:
    """Return the records that are to be taken again, oldest first.

    Args:
        source, target: Only records of these accounts: one that failed in a sandbox is not one of production.

    Raises:
        UsageError: a key is none of theirs.
    """
    found = [
        row for row in waiting(ledger, recipe, again.run) if (row.source, row.target) == (source, target)
    ]
    if again.is_all or (again.run and not again.keys):
        return [row for row in found if row.state is RecordState.DEAD]
    decided = again.sent is not None or bool(again.unsent)
    by_key: dict[str, RecordRow] = {shown_key(row.key): row for row in found}
    unknown = [key for key in again.keys if key not in by_key]
    if unknown and not decided:
        raise UsageError(
            f"no record of {recipe} with the key {unknown[0]} waits among those of these accounts",
            help="recipe replay without arguments lists what waits",
        )
    return [row for key, row in by_key.items() if key in again.keys]


def records(rows: Sequence[RecordRow]) -> Callable[[Trigger, World, Scope], AsyncIterator[list[Incoming]]]:
    """Return what gives *rows* to a run in place of its trigger."""

    async def given(trigger: Trigger, world: World, scope: Scope) -> AsyncIterator[list[Incoming]]:
        for row in rows:
            yield [_incoming(row)]

    return given


def _waiting(ledger: Ledger, recipe: str, id: str) -> EffectRow:
    found = [row for row in open_effects(ledger, recipe) if row.id == id]
    if not found:
        raise UsageError(
            f"no effect of {recipe} that waits for a person has the id {id!r}",
            help="recipe replay without arguments lists what waits",
        )
    return found[0]


def _incoming(row: RecordRow) -> Incoming:
    told: dict[str, Any] = canonical.decode(row.error) if row.error else {}
    place, code = str(told.get("place", "")), str(told.get("code", ""))
    if code in UNREADABLE or (code == CUT_SHORT and not told.get("pointer")):
        flaw = RecordError(code, str(told.get("message", "")), help=str(told.get("help", "")))
        return Incoming(None, place, raw=row.raw, digest=row.digest, flaw=flaw, letter=row)
    try:
        record = canonical.decode(row.raw)
    except ValueError as error:  # in a part that was not read of it when it came
        flaw = RecordError("X110", f"the record is no JSON: {error}", help="ask the source for it whole")
        return Incoming(None, place, raw=row.raw, digest=row.digest, flaw=flaw, letter=row)
    return Incoming(record, place, raw=row.raw, digest=row.digest, letter=row)
