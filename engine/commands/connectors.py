"""``recipe connectors``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.commands.options import as_format
from engine.commands.tables import table
from engine.connections import example_entry
from engine.connector import Connector
from engine.connector_file import load
from engine.diagnostics import suggest
from engine.errors import UsageError
from engine.files import registry_of
from engine.project import find_root

EPILOG = """\b
Examples:
  recipe connectors
  recipe connectors shopify
  recipe connectors shopify --format json
"""


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@as_format
def command(name: str | None, form: str) -> None:
    """List connectors, or show the settings, operations and samples of the one called NAME."""
    registry = registry_of(find_root(Path.cwd()) or Path.cwd())
    if name is not None and name not in registry.connectors:
        help = suggest(name, registry.connectors) or f"there are {', '.join(registry.connectors)}"
        raise UsageError(f"there is no connector {name!r}", help=help)
    found = [load(each, registry) for each in ([name] if name else registry.connectors)]
    if form == "json":
        data = [_data(each) for each in found]
        click.echo(json.dumps(data[0] if name else data, ensure_ascii=False))
    elif name is None:
        click.echo(table([[each.name, each.summary] for each in found], indent=0))
    else:
        click.echo(_text(found[0]))


def _text(connector: Connector) -> str:
    out = [f"{connector.name}: {connector.summary}", "", "connections.yaml:"]
    out += [f"  {line}" for line in example_entry("NAME", connector).splitlines()]
    if connector.settings:
        out += [
            "",
            "settings:",
            table([[each.name, each.description] for each in connector.settings.values()]),
        ]
    rows = [[each.name, each.effect, each.summary] for each in connector.operations.values()]
    out += ["", "operations:", table(rows)]
    if connector.samples:
        out += ["", f"samples: {', '.join(connector.samples)}"]
    return "\n".join(out)


def _data(connector: Connector) -> dict[str, Any]:
    return {
        "connector": connector.name,
        "summary": connector.summary,
        "implements": connector.implements or None,
        "settings": [
            {
                "name": each.name,
                "secret": each.secret,
                "default": each.default,
                "description": each.description,
            }
            for each in connector.settings.values()
        ],
        "operations": [
            {"name": each.name, "effect": each.effect, "summary": each.summary}
            for each in connector.operations.values()
        ],
        "samples": connector.samples,
    }
