"""``recipe run``."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine import connections as conns
from engine import source
from engine.check import check
from engine.clock import SystemClock
from engine.commands.console import Console, error_text, failure_data
from engine.connections import Connection
from engine.errors import EngineError, UsageError
from engine.ledger import BindingRow
from engine.ledger.sqlite import SqliteLedger
from engine.lock import run_lock
from engine.log import FileLog
from engine.project import Place, find_connections, find_recipe, make_state, read_text, show, state_folder
from engine.recipe import Recipe
from engine.registry import Registry
from engine.report import Report, summary
from engine.runner import Runner
from engine.sample import DEFAULT
from engine.secret import Masker
from engine.targets import Opening, configured, opened
from engine.world import World

EPILOG = """\b
Examples:
  recipe run shopify-to-invoice.yaml --sample
  recipe run shopify-to-invoice.yaml --sample bad
  recipe run recipes/shopify-to-invoice.yaml --connections connections.yaml
  recipe run shopify-to-invoice.yaml --set connections.shop.store=acme-test

\b
Exit codes: 0 done, 1 some records failed, 2 usage, 3 recipe invalid, 4 run stopped.
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    recipe: str
    sample: str | None = None
    state: str | None = None
    connections: str | None = None
    changes: tuple[str, ...] = ()
    quiet: bool = False


@click.command(epilog=EPILOG)
@click.argument("recipe")
@click.option(
    "--sample",
    is_flag=False,
    flag_value=DEFAULT,
    metavar="[NAME]",
    help="Run on the connectors' own made-up payloads, into books of their own: no account, key or network.",
)
@click.option("--connections", metavar="FILE", help="The connections.yaml to use; else the nearest upwards.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="connections.NAME.SETTING=VALUE",
    help="Change a connection once.",
)
@click.option("--state", metavar="DIR", help="State folder; else the project's .recipe.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quiet", is_flag=True, help="Show the closing summary only.")
def command(form: str, **wishes: Any) -> None:
    """Run RECIPE once: read its records, map and check each, write each exactly once.

    RECIPE is a file, or the name of one in recipes/ here or upwards, or of a recipe that ships with the engine.
    """
    report, _ = run(Wish(**wishes))
    if form == "json":
        failures = [failure_data(each) for each in report.failures]
        click.echo(json.dumps({**report.as_data(), "failures": failures}, ensure_ascii=False))
    else:
        click.echo(closing(report))
    if report.stopped_by is not None:
        click.echo(error_text(report.stopped_by), err=True)
    sys.exit(report.exit_code)


def run(wish: Wish) -> tuple[Report, Recipe]:
    """Do what *wish* says and return the report; progress goes to standard error."""
    here = Path.cwd()
    place = find_recipe(wish.recipe, here)
    registry = Registry()
    given = _connections(wish, place, registry, here)
    recipe = load(place, registry, given)
    chosen = configured(recipe, given, wish.sample)
    state = state_folder(place.root, wish.state, here, sample=wish.sample is not None)
    mask = Masker()
    console = Console(recipe.source, mask, quiet=wish.quiet)
    console_intro(console, recipe, place, state, wish, here)
    make_state(state)
    opening = Opening(registry, state, os.environ, SystemClock(), mask)
    try:
        report = asyncio.run(_run(recipe, place, chosen, wish, opening, console))
    except asyncio.CancelledError as error:
        raise EngineError("stopped at once", help="run again: it goes on from there") from error
    finally:
        console.end()
    return report, recipe


def load(place: Place, registry: Registry, given: dict[str, Connection] | None = None) -> Recipe:
    """Return the checked recipe at *place*.

    Raises:
        RecipeInvalid: it has findings.
        UsageError: it cannot be read.
    """
    text = read_text(place.file, place.shown)
    connectors = {name: connection.connector.name for name, connection in (given or {}).items()}
    return check(source.read(text, place.shown), registry, connectors)


def closing(report: Report) -> str:
    """Return the closing summary of a run."""
    head = {"interrupted": "interrupted; run again to go on: ", "stopped": "stopped: "}.get(
        report.outcome, ""
    )
    lines = [head + summary(report.as_data())]
    lines += [f"default used {count} × at {place}" for place, count in sorted(report.defaults.items())]
    lines.append(f"{report.seconds:.2f} s, {report.calls} calls, run {report.run}")
    return "\n".join(lines)


def console_intro(
    console: Console, recipe: Recipe, place: Place, state: Path, wish: Wish, here: Path
) -> None:
    """Say what runs and where its state lies."""
    if wish.quiet:
        return
    what = f", sample {wish.sample!r}" if wish.sample else ""
    console.say(f"{recipe.name}: {place.shown}{what}")
    new = " (made here: no project was found)" if place.is_new and not state.exists() else ""
    console.say(f"state: {show(state, here)}{new}")


async def _run(
    recipe: Recipe,
    place: Place,
    chosen: dict[str, Connection],
    wish: Wish,
    opening: Opening,
    console: Console,
) -> Report:
    stop = asyncio.Event()
    _on_signals(stop, console)
    identity = chosen[recipe.trigger.use.connection].identity().text
    since = opening.clock.now().isoformat(timespec="seconds")
    log = FileLog(opening.state / "log.jsonl", opening.clock, opening.mask)
    with run_lock(opening.state / "locks", recipe.name, identity, since):
        ledger = SqliteLedger(opening.state / "ledger.db")
        try:
            await _bind(recipe, place, ledger)
            async with opened(chosen, wish.sample, opening) as targets:
                world = World(opening.clock, ledger, log, targets)
                return await Runner(recipe, world, console, stop.is_set).run()
        finally:
            ledger.close()


async def _bind(recipe: Recipe, place: Place, ledger: SqliteLedger) -> None:
    """Bind the recipe's name to its file: a copy under the same name, or a new name, would write everything twice."""
    for bound in ledger.bindings():
        if bound.recipe == recipe.name and bound.file != place.binding:
            raise UsageError(
                f"the name {recipe.name!r} belongs to {bound.file} in this project; {place.shown} has it too",
                help="give the copy a name of its own under recipe:, or a state of its own with --state",
            )
        if bound.file == place.binding and bound.recipe != recipe.name:
            raise UsageError(
                f"{place.shown} was called {bound.recipe!r} before; under another name it would write everything again",
                help=f"write recipe: {bound.recipe}, or give it a state of its own with --state",
            )
    await ledger.commit([BindingRow(recipe.name, place.binding)])


def _connections(wish: Wish, place: Place, registry: Registry, here: Path) -> dict[str, Connection]:
    given = given_connections(place, wish.connections, registry, here)
    if wish.changes and wish.sample is not None:
        raise UsageError(
            "--set changes your own connections; --sample uses none of them", help="leave out one of the two"
        )
    return conns.override(given, wish.changes)


def given_connections(
    place: Place, file: str | None, registry: Registry, here: Path
) -> dict[str, Connection]:
    """Return the connections of *file*, else of the nearest ``connections.yaml`` upwards, else none."""
    path = find_connections(place, file, here)
    if path is None:
        return {}
    shown = show(path, here)
    return conns.read(read_text(path, shown), path, registry, shown)


def _on_signals(stop: asyncio.Event, console: Console) -> None:
    """Let the first Ctrl-C or SIGTERM finish the record in hand; a second one ends at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def ask() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        console.say("stopping after this record; once more to stop at once")
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ask)
