"""``recipe connectors``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.commands.connector_text import data, operation_data, operation_text, summary, text
from engine.commands.options import as_format
from engine.commands.tables import table
from engine.connector import Connector, Operation
from engine.connector_file import load
from engine.diagnostics import suggest
from engine.errors import UsageError
from engine.files import registry_of
from engine.project import find_root

EPILOG = """\b
Examples:
  recipe connectors                                 all, with those of this project
  recipe connectors stripe                          settings, operations, limits, samples
  recipe connectors stripe refunds.create           what one operation takes and gives
  recipe connectors stripe refunds.create --format json
"""


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.argument("operation", required=False)
@as_format
def command(name: str | None, operation: str | None, form: str) -> None:
    """List connectors, or show the one called NAME, or one OPERATION of it with its fields and a sample.

    A project's own connectors, in its folder connectors, are found first. A connector that nothing but its own tests
    has judged is unproven.
    """
    registry = registry_of(find_root(Path.cwd()) or Path.cwd())
    if name is not None and name not in registry.connectors:
        help = suggest(name, registry.connectors) or f"there are {', '.join(registry.connectors)}"
        raise UsageError(f"there is no connector {name!r}", help=help)
    found = [load(each, registry) for each in ([name] if name else registry.connectors)]
    if operation is not None:
        chosen = _operation(found[0], operation)
        shown = operation_data if form == "json" else operation_text
        told = shown(found[0], chosen, registry)
        click.echo(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, default=str))
    elif form == "json":
        every = [data(each) for each in found]
        click.echo(json.dumps(every[0] if name else every, ensure_ascii=False))
    elif name is None:
        click.echo(table([[each.name, summary(each)] for each in found], indent=0))
    else:
        click.echo(text(found[0]))


def _operation(connector: Connector, name: str) -> Operation:
    if name not in connector.operations:
        help = suggest(name, connector.operations) or f"it has {', '.join(connector.operations)}"
        raise UsageError(f"{connector.name} has no operation {name!r}", help=help)
    return connector.operations[name]
