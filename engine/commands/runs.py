"""``recipe runs``."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click
from click.core import ParameterSource

from engine.clock import SystemClock
from engine.commands.options import as_format, find_ledger, open_ledger, with_state
from engine.errors import UsageError
from engine.ledger import RunRow
from engine.prune import Pruned, prune
from engine.report import summary

EPILOG = """\b
Examples:
  recipe runs
  recipe runs --sample --limit 5
  recipe runs --format json
  recipe runs prune --older-than 400d --dry-run
"""
PRUNING = """\b
Examples:
  recipe runs prune --older-than 400d --dry-run
  recipe runs prune --older-than 400d
"""
DAYS = {"d": 1, "w": 7, "y": 365}
TOLD = 20_000
"""Effects after which a line says how far it is."""


@click.group(epilog=EPILOG, invoke_without_command=True, subcommand_metavar="[prune]")
@with_state
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@as_format
@click.pass_context
def command(ctx: click.Context, state: str | None, sample: bool, limit: int, form: str) -> None:
    """List the last runs, newest first: recipe, outcome and counts."""
    if ctx.invoked_subcommand is not None:
        given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            option = "--" + given[0].replace("form", "format")
            raise click.UsageError(
                f"{option} is told to {ctx.invoked_subcommand}: write it behind that word.", ctx
            )
        return
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


@command.command("prune", epilog=PRUNING)
@click.option(
    "--older-than",
    "age",
    required=True,
    metavar="AGE",
    help="What is old, in days, weeks or years: 400d, 60w, 2y.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Change nothing; say what would go.")
@with_state
@as_format
def prune_(age: str, dry: bool, state: str | None, sample: bool, form: str) -> None:
    """Take away what exactness does not need: requests of effects that are done, empty runs, lines of the log.

    What keeps a record from being written twice stays for ever, and so does all that waits. No run may be going on.
    Ctrl-C leaves the ledger whole: give the command again, and it goes on.
    """
    now = SystemClock().now()
    before = _before(age, now)
    folder, where = find_ledger(state, sample)

    def tell(effects: int) -> None:
        if effects % TOLD == 0:
            click.echo(f"{effects:,} effects", err=True)

    opened = where.reading() if dry else where.alone(now.isoformat(timespec="seconds"))
    with opened as ledger:
        if ledger is None:
            raise UsageError("no run has been made here yet", help="there is nothing to prune")
        done = asyncio.run(prune(ledger, folder / "log.jsonl", before, dry=dry, tell=tell))
    if form == "json":
        data: dict[str, Any] = {"dry_run": dry, **asdict(done)}
        click.echo(json.dumps(data))
    else:
        click.echo(_told(done, dry=dry))


def _before(age: str, now: datetime) -> datetime:
    """Return the instant that lies *age* before *now*."""
    if not re.fullmatch(r"[0-9]{1,9}[dwy]", age):
        raise UsageError(
            f"--older-than takes an age in days (d), weeks (w) or years (y), found {age!r}",
            help="write it as 400d, 60w or 2y",
        )
    try:
        return now - timedelta(days=int(age[:-1]) * DAYS[age[-1]])
    except OverflowError as error:
        raise UsageError(f"--older-than {age} is longer than there are dates", help="such as 400d") from error


def _told(done: Pruned, *, dry: bool) -> str:
    head = "would be taken away" if dry else "taken away"
    lines = [
        f"{head}, from before {done.before}:",
        f"  the requests of {done.effects:,} effects ({_size(done.bytes)}); keys, ids and answers stay",
        f"  {done.runs:,} runs that nothing names",
        f"  {done.lines:,} lines of log.jsonl",
        f"ledger: {_size(done.size)}" + ("" if dry else f" before, {_size(done.left)} now"),
    ]
    return "\n".join(lines)


def _size(bytes: int) -> str:
    return f"{bytes / 1e6:,.1f} MB" if bytes >= 100_000 else f"{bytes:,} bytes"


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
