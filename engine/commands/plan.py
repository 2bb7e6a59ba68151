"""``recipe plan``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, Final

import click

from engine import canonical
from engine.commands.console import answer, error_text, put, visible
from engine.commands.options import as_format, quietly, with_accounts, with_records
from engine.commands.plan_text import closing, record_text
from engine.commands.progress import Progress, failure_data
from engine.errors import Crashed, EngineError, UsageError
from engine.launch import Prepared, Wish, prepare
from engine.ledger.store import InFolder
from engine.paths import MISSING
from engine.plan import Asked, plan
from engine.planned import ENDS, STATES, Change, End, Planned, PlannedEffect, PlannedRecord, body_of
from engine.project import show
from engine.replay import Again
from engine.report import shown_key
from engine.wire import Request

EVERY: Final = 500
EPILOG = """\b
Examples:
  recipe plan shopify-to-invoice.yaml --sample
  recipe plan shopify-to-invoice.yaml --limit 10 --full
  recipe plan shopify-to-invoice.yaml --from 2026-11-01 --to 2026-11-30
  recipe plan payroll.yaml --var month=2026-11 --record run.json
  recipe plan shopify-to-invoice.yaml --remap
  recipe plan shopify-to-invoice.yaml --format json

\b
Exit codes: 0 nothing would fail, 1 some records would fail or wait for a person, 2 usage, 3 recipe invalid,
4 it could not be planned to its end.
"""


@click.command(epilog=EPILOG)
@click.argument("recipe")
@with_accounts
@with_records
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Plan N records at most.")
@click.option("--full", is_flag=True, help="Show whole requests, and what stands too.")
@click.option(
    "--adopt",
    "begin",
    flag_value="adopt",
    default="",
    help="Plan a run with --adopt: what the ledger does not know is taken over where it stands.",
)
@click.option(
    "--no-look-up",
    "looks_up",
    flag_value=False,
    default=True,
    help="Do not ask targets for what the ledger does not know.",
)
@click.option(
    "--remap",
    is_flag=True,
    help="Plan recipe replay --remap: read what is done again too, and show what an edited recipe would change.",
)
@quietly
@as_format
def command(
    form: str, quiet: bool, limit: int | None, full: bool, looks_up: bool, remap: bool, **wishes: Any
) -> None:
    """Show what the next run of RECIPE would write: what is new, changed or there already, what fails and why.

    Records are read, mapped and checked as in a run; targets are only read. No request that writes is sent, no file,
    ledger or cursor changes, and a run may go on meanwhile. What it asks counts to the account's declared limits, which
    it shares with runs: limits.db notes that. What only a write could tell is shown as <steps.invoice.id>.
    """
    again = Again(remaps=True, rereads=True) if remap else None
    prepared = prepare(Wish(again=again, **wishes), Path.cwd())
    printer = _Printer(prepared, form, full=full, quiet=quiet)
    printer.begin()
    planned = _planned(prepared, printer, Asked(limit or 0, looks_up))
    printer.end(planned)
    if planned.report.stopped_by is not None:
        with contextlib.suppress(OSError):
            click.echo(prepared.mask(error_text(planned.report.stopped_by)), err=True)
    sys.exit(planned.exit_code)


def _planned(prepared: Prepared, printer: _Printer, asked: Asked) -> Planned:
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        # So that what was opened is closed again; there is nothing that could be left half.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return asyncio.run(plan(prepared, os.environ, printer.record, asked))
    except (EngineError, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001  # raised again, masked: here is known what must not be shown
        raise Crashed(prepared.mask(traceback.format_exc()), type(error).__name__) from None


class _Printer:
    """Prints a plan as it comes: records as text, or one document of JSON."""

    def __init__(self, prepared: Prepared, form: str, *, full: bool, quiet: bool) -> None:
        self._prepared, self._form, self._full, self._quiet = prepared, form, full, quiet
        self._progress = Progress(prepared.recipe.source, prepared.mask, quiet=quiet)
        self._ends: Counter[End] = Counter()
        self._is_first = True

    def begin(self) -> None:
        """Say what is planned, on which state."""
        prepared = self._prepared
        kept = f"; its ledger in PostgreSQL, schema {prepared.kept.schema}" if prepared.kept else ""
        none = "" if kept else _none(prepared.state)
        if self._quiet:
            return
        what = f", sample {prepared.sample!r}" if prepared.sample else ""
        self._progress.say(f"{prepared.place.shown}{prepared.place.note}{what}")
        self._progress.say(f"state: {show(prepared.state, Path.cwd())}{none}{kept}; nothing is written")

    def record(self, record: PlannedRecord) -> None:
        """Print one record."""
        self._ends[record.end] += 1
        if (count := self._ends.total()) % EVERY == 0 and not self._quiet:
            self._progress.say(f"planned {count} records")
        if self._form == "json":
            if record.end != "ignored":
                self._json(record_data(record))
        elif not self._quiet:
            text = record_text(record, self._prepared.recipe.source, full=self._full)
            if text:
                put(visible(self._prepared.mask(text)))

    def _json(self, data: Any) -> None:
        head = json.dumps(self._prepared.recipe.name)
        before = f'{{"recipe": {head}, "records": [\n' if self._is_first else ",\n"
        self._is_first = False
        put(before + self._prepared.mask(canonical.encode(data).decode()), nl=False)

    def end(self, planned: Planned) -> None:
        """Print what the plan comes to."""
        if self._form == "text":
            answer(visible(self._prepared.mask(closing(planned, self._ends))))
            return
        head = json.dumps(self._prepared.recipe.name)
        before = f'{{"recipe": {head}, "records": [' if self._is_first else "\n"
        counts = canonical.encode(counts_data(planned, self._ends)).decode()
        answer(f"{before}], {self._prepared.mask(counts[1:])}")


def _none(state: Path) -> str:
    """Return what is to be said of a state folder that holds no ledger.

    Raises:
        UsageError: it is a file.
    """
    if state.exists() and not state.is_dir():
        raise UsageError(f"the state {show(state, Path.cwd())} is a file", help="name a folder with --state")
    if not state.is_dir():
        return " (none yet: everything is new)"
    return "" if InFolder(state).exists() else " (it holds no ledger: everything is new)"


def counts_data(planned: Planned, ends: Counter[End]) -> dict[str, Any]:
    """Return what a plan comes to as ``--format json`` prints it; the shape is documented and kept."""
    report = planned.report
    return {
        "read": report.read,
        "ends": {end: ends[end] for end in ENDS},
        "effects": {state: planned.effects[state] for state in STATES},
        "is_cut": planned.is_cut,
        "waiting": report.waiting,
        "notes": [*planned.notes, *report.notes],
        "stopped_by": report.stopped_by.message if report.stopped_by else None,
        "written": 0,
    }


def record_data(record: PlannedRecord) -> dict[str, Any]:
    """Return a record as ``--format json`` prints it; the shape is documented and kept."""
    return {
        "key": canonical.decode(record.key) if record.key.startswith("[") else shown_key(record.key) or None,
        "number": record.number or None,
        "place": record.place or None,
        "end": record.end,
        "why": record.why or None,
        "failure": failure_data(record.failure) if record.failure else None,
        "effects": [effect_data(each) for each in record.effects],
    }


def effect_data(effect: PlannedEffect) -> dict[str, Any]:
    """Return an effect as ``--format json`` prints it; the shape is documented and kept."""
    return {
        "action": effect.action,
        "operation": effect.operation,
        "state": effect.state,
        "key": list(effect.key),
        "target": effect.target or None,
        "external_id": effect.external_id or None,
        "remote_id": effect.remote_id or None,
        "why": effect.told or None,
        "given": effect.given,
        "later": list(effect.later),
        "requests": [_request(each) for each in effect.requests],
        "changes": [_change(each) for each in effect.changes],
    }


def _request(request: Request) -> dict[str, Any]:
    body = body_of(request)
    return {
        "method": request.method,
        "url": request.url,
        "headers": {name: str(value) for name, value in request.headers},
        "body": None if body is MISSING else body,
    }


def _change(change: Change) -> dict[str, Any]:
    """Return a difference; a side that is not there is left out."""
    sides = {"before": change.before, "now": change.now}
    return {"at": change.at, **{name: value for name, value in sides.items() if value is not MISSING}}
