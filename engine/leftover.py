"""What was made of an earlier revision of a record and is not asked for any more: it stands, and a person must know.

Nothing takes it back by itself: what a condition leaves out now, or an element that is gone, may be right to stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine import canonical
from engine.ledger import EffectRow, EffectState, Ledger, RecordRow
from engine.recipe import Recipe, Use, walk


def leftovers(recipe: Recipe, row: RecordRow, asked: Collection[str], ledger: Ledger) -> Iterator[EffectRow]:
    """Yield the effects of the record in *row* that stand at a target and are not among *asked*.

    Args:
        asked: ``EffectKey.text`` of what this revision asked for.
    """
    paths = {".".join(step.path): step for step in walk(recipe.actions)}
    own, accounts = canonical.decode(row.key), row.target.split(", ")
    for effect in ledger.effects(recipe=row.recipe, record=row.key, states=[EffectState.DONE]):
        _, _, _, business, *change = canonical.decode(effect.key)
        if change or effect.key in asked or effect.target not in accounts or not effect.request_digest:
            continue
        if (
            not effect.method or business[: len(own)] != own
        ):  # a message, a line of a file; one that records share
            continue
        use = getattr(paths.get(effect.path), "use", None)
        if not (isinstance(use, Use) and use.operation.effect == "notify"):
            yield effect
