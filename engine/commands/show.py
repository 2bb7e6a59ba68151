"""``recipe show``."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.commands.console import put, visible
from engine.commands.options import as_format, open_ledger, with_state
from engine.commands.progress import failure_data
from engine.commands.runs import run_data, run_line
from engine.commands.show_code import show_code
from engine.errors import UsageError
from engine.ledger import EffectRow, Ledger, RecordState, RunRow
from engine.replay import OPEN
from engine.report import failure_of, shown_key

EPILOG = """\b
Examples:
  recipe show                      the last run
  recipe show 20261122-211500-123-1f4
  recipe show --sample --format json
  recipe show --compiled shopify-to-invoice.yaml     the Python that a run evaluates in place of the recipe's values
"""
FAILED = (RecordState.DEAD, RecordState.PARKED)


@click.command(epilog=EPILOG)
@click.argument("run", required=False)
@click.option(
    "--compiled",
    "code_of",
    metavar="RECIPE",
    help="Print the code that is generated from a recipe, and no run.",
)
@with_state
@as_format
def command(run: str | None, code_of: str | None, state: str | None, sample: bool, form: str) -> None:
    """Show RUN (the last one without it): records that failed and why, effects and what they were made from.

    --compiled prints the Python that is generated from a recipe, each line with the recipe's line that it computes.
    """
    if code_of is not None:
        if run is not None or state is not None or sample:
            raise UsageError(
                "--compiled shows a recipe's code, not a run", help=f"recipe show --compiled {code_of}"
            )
        show_code(code_of, form)
        return
    ledger = open_ledger(state, sample)
    try:
        row = _find(ledger, run)
        records = list(ledger.records(run=row.id, states=FAILED))
        effects = list(ledger.effects(run=row.id))
    finally:
        ledger.close()
    if form == "json":
        data = {
            **run_data(row),
            "failures": [failure_data(failure_of(each)) for each in records],
            "effects": [effect_data(each) for each in effects],
        }
        put(json.dumps(data, ensure_ascii=False))
        return
    put(visible(run_line(row)))
    if cursor := json.loads(row.counts).get("cursor"):
        put(f"  read up to {cursor}")
    for each in records:
        failure = failure_of(each)
        record = visible(failure.record, is_line=True)
        put(visible(f"  {record}: {failure.state} [{failure.code}] {failure.message}"))
        if failure.help:
            put(visible(f"    help: {failure.help}"))
    for effect in effects:
        made = effect.remote_id or effect.error or "-"
        id = f" (effect {effect.id}: recipe replay)" if effect.state in OPEN else ""
        record = visible(shown_key(effect.record), is_line=True)
        put(visible(f"  {record}: {effect.operation} {effect.state} {made}{id}"))


def _find(ledger: Ledger, run: str | None) -> RunRow:
    runs = ledger.runs(limit=100_000 if run else 1)
    found = [row for row in runs if run is None or row.id.startswith(run)]
    if not found:
        raise UsageError(
            f"there is no run {run!r}" if run else "no run has been made yet", help="recipe runs lists them"
        )
    return found[0]


def effect_data(row: EffectRow) -> dict[str, Any]:
    """Return an effect as ``--format json`` prints it; the shape is documented."""
    return {
        "id": row.id,
        "record": json.loads(row.record),
        "operation": row.operation,
        "action": row.path,
        "target": row.target,
        "state": row.state.value,
        "external_id": row.external_id,
        "remote_id": row.remote_id or None,
        "sent_at": row.sent_at,
        "last_sent_at": row.last_sent_at or row.sent_at,
        "attempts": row.attempts,
        "finished_at": row.finished_at or None,
        "error": row.error or None,
    }
