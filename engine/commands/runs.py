"""``recipe runs``."""

from __future__ import annotations

import json

import click

from engine.commands.options import as_format, open_ledger, with_state
from engine.ledger import RunRow
from engine.report import summary

EPILOG = """\b
Examples:
  recipe runs
  recipe runs --sample --limit 5
  recipe runs --format json
"""


@click.command(epilog=EPILOG)
@with_state
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@as_format
def command(state: str | None, sample: bool, limit: int, form: str) -> None:
    """List the last runs, newest first: recipe, outcome and counts."""
    ledger = open_ledger(state, sample)
    try:
        runs = ledger.runs(limit)
    finally:
        ledger.close()
    if form == "json":
        click.echo(json.dumps([run_data(run) for run in runs], ensure_ascii=False))
        return
    for run in runs:
        click.echo(run_line(run))


def run_data(run: RunRow) -> dict[str, object]:
    """Return a run as ``--format json`` prints it; the shape is documented."""
    counts = json.loads(run.counts)
    return {
        "run": run.id,
        "recipe": run.recipe,
        "source": run.source,
        "target": run.target,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "finished_at": run.finished_at or None,
        "counts": counts or None,
    }


def run_line(run: RunRow) -> str:
    """Return a run in one line."""
    counts = json.loads(run.counts)
    told = summary(counts) if counts else "did not finish: run the recipe again, it goes on from there"
    return f"{run.id}  {run.recipe}  {run.outcome}: {told}"
