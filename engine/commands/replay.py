"""``recipe replay``."""

from __future__ import annotations

import json
import shlex
from typing import Any

import click

from engine.commands.console import put, visible
from engine.commands.options import as_format, open_ledger, quietly, with_accounts
from engine.commands.progress import failure_data
from engine.commands.run import run_and_leave
from engine.commands.show import effect_data
from engine.errors import UsageError
from engine.launch import Wish
from engine.ledger import EffectRow, EffectState, RecordRow
from engine.replay import Again, open_effects, waiting
from engine.report import failure_of, shown_key

EPILOG = """\b
Examples:
  recipe replay                                        what waits, with the commands that resolve it
  recipe replay shopify-to-invoice.yaml 5871320024007  one record that failed
  recipe replay shopify-to-invoice.yaml --all          all that failed
  recipe replay shopify-to-invoice.yaml --run 20261122-211500
  recipe replay shopify-to-invoice.yaml --confirm-sent 3f9a21c07e inv-8841
  recipe replay shopify-to-invoice.yaml --send-again 3f9a21c07e
  recipe replay shopify-to-invoice.yaml 5871320024007 --settled
  recipe replay shopify-to-invoice.yaml --remap --from 2026-11-01 --to 2026-11-30

\b
Exit codes: 0 done, 1 some records failed again, 2 usage, 3 recipe invalid, 4 run stopped.
"""


@click.command(epilog=EPILOG)
@click.argument("recipe", required=False)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--all", "is_all", is_flag=True, help="Every record of the recipe that failed.")
@click.option("--run", metavar="RUN", help="Those that failed in one run.")
@click.option(
    "--confirm-sent",
    "sent",
    nargs=2,
    metavar="EFFECT ID",
    help="A person found at the target what EFFECT made: its id there.",
)
@click.option(
    "--send-again", "unsent", metavar="EFFECT", help="A person saw at the target that EFFECT was not made."
)
@click.option(
    "--settled",
    is_flag=True,
    help="A person has brought what stands at the target to what these records say: nothing is changed there.",
)
@click.option(
    "--remap",
    is_flag=True,
    help="Bring what an earlier form of the recipe made to what the recipe says now.",
)
@click.option(
    "--reread", is_flag=True, help="With --remap: read all records from the source again, done ones too."
)
@click.option(
    "--from",
    "since",
    metavar="INSTANT|DATE",
    help="With --remap: read those from there again, done ones too.",
)
@click.option("--to", "until", metavar="INSTANT|DATE", help="With --remap: up to there; a day counts whole.")
@with_accounts
@quietly
@as_format
def command(
    recipe: str | None,
    keys: tuple[str, ...],
    is_all: bool,
    run: str | None,
    sent: tuple[str, str] | None,
    unsent: str | None,
    settled: bool,
    remap: bool,
    reread: bool,
    since: str | None,
    until: str | None,
    form: str,
    quiet: bool,
    **wishes: Any,
) -> None:
    """Take again the records of RECIPE that failed, with the recipe as it is now; without arguments list what waits.

    An action that was done is not done again: a record goes on from the one that failed. An effect whose request was
    lost on a target that cannot say whether it came waits for a person: look for it there, then say what you found.
    """
    if recipe is None:
        if is_all or run or sent or unsent or settled or remap or reread or since or until:
            raise UsageError(
                "say which recipe", help="recipe replay RECIPE …; without options it lists what waits"
            )
        _list(wishes["state"], wishes["sample"] is not None, form)
        return
    rereads = reread or since is not None or until is not None
    again = Again(keys, run or "", is_all, sent, unsent or "", settled, remap, rereads)
    _expect_sense(again)
    run_and_leave(Wish(recipe, again=again, since=since, until=until, **wishes), form, quiet=quiet)


def _expect_sense(again: Again) -> None:
    """Refuse what says nothing, or two things at once."""
    if again.rereads and not again.remaps:
        raise UsageError(
            "--reread, --from and --to read done records again, which changes nothing without --remap",
            help="add --remap; recipe run --from reads again what is new",
        )
    if again.rereads and (again.is_all or again.run or again.sent or again.unsent):
        raise UsageError(
            "records come from the source or from the ledger, not from both",
            help="leave out --reread, --from and --to, or --all, --run, --confirm-sent and --send-again",
        )
    if again.settled and again.remaps:
        raise UsageError(
            "--settled leaves what stands as it is, and --remap changes it", help="leave out one of the two"
        )
    if again == Again(remaps=again.remaps, settled=again.settled):
        raise UsageError(
            "say what is to be taken again",
            help="name keys of records, or --all, or --run RUN; recipe replay alone lists what waits; "
            "done records are read again by --remap --from DATE or --remap --reread",
        )
    if again.sent is not None and not again.sent[1].strip():
        raise UsageError("the target's id of what was made is missing", help="--confirm-sent EFFECT ID")


def _list(state: str | None, sample: bool, form: str) -> None:
    ledger = open_ledger(state, sample)
    try:
        failed, effects = list(waiting(ledger)), open_effects(ledger)
    finally:
        ledger.close()
    if form == "json":
        letters = [{"recipe": row.recipe, "run": row.run, **failure_data(failure_of(row))} for row in failed]
        put(
            json.dumps(
                {"records": letters, "effects": [_with_recipe(each) for each in effects]}, ensure_ascii=False
            )
        )
        return
    if not failed and not effects:
        put("nothing waits: no record failed, and no request was lost")
    # As it can be pasted: the commands look into the same state.
    where = (" --sample" if sample else "") + (f" --state {shlex.quote(state)}" if state else "")
    for row in failed:
        put(visible(_letter(row, where)))
    for effect in effects:
        put(visible(_effect(effect, where)))


def _with_recipe(effect: EffectRow) -> dict[str, Any]:
    return {"recipe": effect.recipe, "run": effect.run, **effect_data(effect)}


def _letter(row: RecordRow, where: str) -> str:
    failure = failure_of(row)
    word = "parked" if failure.state == "parked" else "failed"
    told = f"{row.recipe}: record {visible(failure.record, is_line=True)} {word} [{failure.code}]: {failure.message}"
    again = f"recipe replay {row.recipe} {shlex.quote(shown_key(row.key))}"
    if failure.code == "X302":
        return f"{told}\n  once it is corrected there: {again} --settled{where}"
    return f"{told}\n  again: {again}{where}"


def _effect(effect: EffectRow, where: str) -> str:
    record = visible(shown_key(effect.record), is_line=True)
    head = f"{effect.recipe}: record {record}, {effect.operation} {effect.state}: {effect.error}"
    lines = [head, f"  looked for at the target by: {effect.external_id}"]
    if effect.state is EffectState.PARKED:
        lines += [
            f"  it is there:     recipe replay {effect.recipe} --confirm-sent {effect.id} ITS-ID{where}",
            f"  it is not there: recipe replay {effect.recipe} --send-again {effect.id}{where}",
        ]
    else:
        lines += [
            "  a run that meets its record again settles it; a message is not sent again. Else look for it there:",
            f"  it is there:     recipe replay {effect.recipe} --confirm-sent {effect.id} ITS-ID{where}",
            f"  it is not there: recipe replay {effect.recipe} --send-again {effect.id}{where}",
        ]
    return "\n".join(lines)
