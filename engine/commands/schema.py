"""``recipe schema``: the schemas of the engine's own files; those of records stand in ``schema_infer``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from engine.commands.schema_infer import infer
from engine.errors import UsageError
from engine.registry import Registry
from engine.shapes import SHAPES

EPILOG = """\b
Examples:
  recipe schema recipe > recipe.schema.json     for an editor without the shipped file
  recipe schema --write schemas                 all four into a folder
  recipe schema infer orders.json               what the records of a file look like
"""


@click.group(invoke_without_command=True, epilog=EPILOG)
@click.option(
    "--write",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write those of all kinds of files into FOLDER.",
)
@click.pass_context
def command(ctx: click.Context, write: Path | None) -> None:
    """Print the JSON Schema of a kind of file, or infer that of one record from samples."""
    if write is None:
        if ctx.invoked_subcommand is None:
            raise click.UsageError(f"Name a kind ({', '.join(SHAPES)}), --write FOLDER, or infer FILES.")
        return
    if ctx.invoked_subcommand is not None:
        raise click.UsageError(f"--write writes all kinds: leave {ctx.invoked_subcommand} out.")
    registry = Registry()
    try:
        write.mkdir(parents=True, exist_ok=True)
        for name in SHAPES:
            (write / f"{name}.schema.json").write_text(text(name, registry), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the folder {write} cannot be written: {error.strerror}") from error


def text(kind: str, registry: Registry) -> str:
    """Return the schema of *kind* as the file holds it."""
    return json.dumps(SHAPES[kind](registry), indent=2, ensure_ascii=False) + "\n"


def _print(kind: str) -> None:
    click.echo(text(kind, Registry()), nl=False)


for _kind in SHAPES:
    _help = f"Print the JSON Schema of {_kind} files."
    command.add_command(click.Command(_kind, callback=partial(_print, _kind), help=_help))
command.add_command(infer)
