"""``recipe run``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

from engine.commands.console import answer, error_text, visible
from engine.commands.options import as_format, quietly, with_accounts, with_records
from engine.commands.progress import Progress, failure_data
from engine.errors import Crashed, EngineError
from engine.garbage import unhurried
from engine.launch import Prepared, Wish, launch, prepare
from engine.project import show
from engine.report import Report, summary
from engine.steps import at_once

EPILOG = """\b
Examples:
  recipe run shopify-to-invoice.yaml --sample
  recipe run shopify-to-invoice.yaml --sample bad
  recipe run recipes/shopify-to-invoice.yaml --connections connections.yaml
  recipe run shopify-to-invoice.yaml --set connections.shop.store=acme-test
  recipe run payroll.yaml --var month=2026-11 --record run.json
  recipe run shopify-to-invoice.yaml --from 2026-11-01 --to 2026-11-30
  recipe run payroll.yaml --record run.csv --record-option "delimiter=;"

\b
Exit codes: 0 done, 1 some records failed, 2 usage, 3 recipe invalid, 4 run stopped.
"""


@click.command(epilog=EPILOG)
@click.argument("recipe")
@with_accounts
@with_records
@click.option(
    "--new-ledger",
    "begin",
    flag_value="new",
    default="",
    help="Go on from an empty ledger: this recipe never wrote to these accounts.",
)
@click.option(
    "--adopt",
    "begin",
    flag_value="adopt",
    help="Go on from an empty ledger in place of a lost one: look each key up at the target first.",
)
@quietly
@as_format
def command(form: str, quiet: bool, **wishes: Any) -> None:
    """Run RECIPE once: read its records, map and check each, write each exactly once.

    RECIPE is a file, or the name of one in recipes/ here or upwards, or of a recipe that ships with the engine.
    """
    run_and_leave(Wish(**wishes), form, quiet=quiet)


def run_and_leave(wish: Wish, form: str, *, quiet: bool) -> NoReturn:
    """Run what *wish* comes to, print the report and leave with its exit code."""
    prepared = prepare(wish, Path.cwd())
    report = attend(prepared, quiet=quiet)
    if form == "json":
        failures = [failure_data(each) for each in report.failures]
        answer(json.dumps({**report.as_data(), "failures": failures}, ensure_ascii=False))
    else:
        answer(visible(closing(report)))
    finish(prepared, report)


def finish(prepared: Prepared, report: Report) -> NoReturn:
    """Say why a run stopped, if it did, and leave with its exit code."""
    if report.stopped_by is not None:
        with contextlib.suppress(OSError):
            click.echo(prepared.mask(error_text(report.stopped_by)), err=True)
    sys.exit(report.exit_code)


def attend(prepared: Prepared, *, quiet: bool = False) -> Report:
    """Run *prepared*, telling its progress on standard error and heeding Ctrl-C and SIGTERM."""
    progress = Progress(prepared.recipe.source, prepared.mask, quiet=quiet)
    if not quiet:
        what = f", sample {prepared.sample!r}" if prepared.sample else ""
        progress.say(f"{prepared.place.shown}{prepared.place.note}{what}")
        new = " (made here: no project was found)" if prepared.is_new else ""
        kept = f"; its ledger in PostgreSQL, schema {prepared.kept.schema}" if prepared.kept else ""
        progress.say(f"state: {show(prepared.state, Path.cwd())}{new}{kept}")
    try:
        with unhurried(20_000):
            return asyncio.run(_attend(prepared, progress))
    except asyncio.CancelledError as error:
        message = "stopped at once, in the middle of a record"
        raise EngineError(message, help="run again: what was being sent is settled first") from error
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001  # raised again, masked: here is known what must not be shown
        raise Crashed(prepared.mask(traceback.format_exc()), type(error).__name__) from None
    finally:
        progress.end()


def closing(report: Report) -> str:
    """Return the closing summary of a run."""
    head = {"interrupted": "interrupted; run again to go on: ", "stopped": "stopped: "}.get(
        report.outcome, ""
    )
    lines = [head + summary(report.as_data())]
    lines += [f"default used {count} × at {place}" for place, count in sorted(report.defaults.items())]
    lines += report.notes
    if report.cursor:
        lines.append(f"read up to {report.cursor}; the next run goes on from there")
    if report.failed or report.parked or report.waiting:
        lines.append("what failed or was parked waits: recipe replay lists it")
    lines.append(f"{report.seconds:.2f} s, {report.calls} calls, run {report.run}")
    return "\n".join(lines)


async def _attend(prepared: Prepared, progress: Progress) -> Report:
    stop = asyncio.Event()
    _on_signals(stop, progress, "this record" if at_once(prepared.recipe) == 1 else "the records in hand")
    return await launch(prepared, progress, os.environ, stop.is_set)


def _on_signals(stop: asyncio.Event, progress: Progress, what: str) -> None:
    """Let the first Ctrl-C or SIGTERM finish *what* is in hand; a second one ends at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def ask() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        progress.say(f"stopping after {what}; once more to stop at once")
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ask)
