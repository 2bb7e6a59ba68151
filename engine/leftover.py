"""What nobody asks for any more: effects of a run that broke off, and what an earlier revision of a record made.

Nothing is taken back by itself: what a condition leaves out now, or an element that is gone, may be right to stay. But
it stands, or may stand, and a person must know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from engine import canonical
from engine.ledger import EffectRow, EffectState, Ledger, RecordRow, RunRow
from engine.recipe import Recipe, Use, walk
from engine.world import World

STANDING = (EffectState.DONE, EffectState.SENDING, EffectState.UNCERTAIN, EffectState.PARKED)
"""States of what stands at a target, or may."""
BROKE_OFF = "its run ended before the answer came"


def leftovers(recipe: Recipe, row: RecordRow, asked: Collection[str], ledger: Ledger) -> Iterator[EffectRow]:
    """Yield the effects of the record in *row* that stand at a target, or may, and are not among *asked*.

    Args:
        asked: ``EffectKey.text`` of what this revision asked for.
    """
    own, accounts, told = canonical.decode(row.key), row.target.split(", "), messages(recipe)
    for effect in ledger.effects(recipe=row.recipe, record=row.key, states=STANDING):
        _, _, _, business, *change = canonical.decode(effect.key)
        if change or effect.key in asked or effect.target not in accounts or not effect.request_digest:
            continue
        # A message is told, a row of a file is no document, and one that records share is another's too.
        if effect.method and effect.path not in told and business[: len(own)] == own:
            yield effect


async def note_broken_off(recipe: str, target: str, world: World) -> None:
    """Note of what a run that died was sending that nobody is sending it now; the run locks say so.

    A record that is read again settles it. Of one that is not, a person finds it in the list of what waits.
    """
    sending = world.ledger.effects(recipe=recipe, states=[EffectState.SENDING])
    rows = [
        replace(each, state=EffectState.UNCERTAIN, error=BROKE_OFF, finished_at=world.stamp())
        for each in sending
        # What was being written to a file is settled by what stands in the file.
        if each.method and each.target in target.split(", ")
    ]
    if rows:
        await world.ledger.commit(rows)


def has_broken_off(recipe: str, ledger: Ledger) -> bool:
    """Tell whether the last run of *recipe* left records that it had begun."""
    last = max(ledger.keys(RunRow, recipe, "outcome"), default=None)
    return last is not None and last[-1] not in ("done", "failed")


def lost(recipe: Recipe, target: str, ledger: Ledger) -> int:
    """Return how many requests whose answer was lost are not settled; a message, which never is, is not among them."""
    told, accounts = messages(recipe), target.split(", ")
    open_effects = ledger.effects(recipe=recipe.name, states=[EffectState.UNCERTAIN])
    return sum(each.target in accounts and each.path not in told for each in open_effects)


def messages(recipe: Recipe) -> frozenset[str]:
    """Return the ids of actions that send messages, joined by points."""
    steps = ((step.path, getattr(step, "use", None)) for step in walk(recipe.actions))
    return frozenset(
        ".".join(path) for path, use in steps if isinstance(use, Use) and use.operation.effect == "notify"
    )
