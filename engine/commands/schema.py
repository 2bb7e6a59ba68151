"""``recipe schema``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.errors import UsageError
from engine.registry import Registry
from engine.shapes import SHAPES

EPILOG = """\b
Examples:
  recipe schema recipe > recipe.schema.json     for an editor without the shipped file
  recipe schema --write schemas                 all four into a folder
"""


@click.command(epilog=EPILOG)
@click.argument("kind", metavar="[KIND]", type=click.Choice(list(SHAPES)), required=False)
@click.option(
    "--write",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write all into FOLDER.",
)
def command(kind: str | None, write: Path | None) -> None:
    """Print the JSON Schema of a KIND of file: recipe, connections, connector or test."""
    registry = Registry()
    if write is not None:
        try:
            write.mkdir(parents=True, exist_ok=True)
            for name in SHAPES:
                (write / f"{name}.schema.json").write_text(text(name, registry), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"the folder {write} cannot be written: {error.strerror}") from error
    elif kind is not None:
        click.echo(text(kind, registry), nl=False)
    else:
        raise click.UsageError(f"Name a kind ({', '.join(SHAPES)}) or --write FOLDER.")


def text(kind: str, registry: Registry) -> str:
    """Return the schema of *kind* as the file holds it."""
    return json.dumps(SHAPES[kind](registry), indent=2, ensure_ascii=False) + "\n"
