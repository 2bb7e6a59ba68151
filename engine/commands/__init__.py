"""The command ``recipe``: one module per subcommand, loaded when it is asked for.

``recipe --help`` imports click and nothing else of weight: the names and the first lines stand here.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

if Path(sys.argv[0]).name in ("recipe", "cli.py"):
    # Until a run has set its own handlers Ctrl-C ends the process at once: nothing has begun that could be left half.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import click  # its import is the longest part of the start

COMMANDS: Final = {
    "run": "Run a recipe: read records, map, check, write each exactly once.",
    "plan": "Show what a run would write: what is new, changed or there already.",
    "check": "Check recipes without running them: every finding with its place.",
    "test": "Test recipes by their own tests: nothing is sent.",
    "demo": "Run the shipped Shopify recipe on made-up orders and show the books.",
    "runs": "List the last runs.",
    "replay": "Take again what failed, or say what became of a lost request.",
    "show": "Show one run: what failed, what was made from which record.",
    "books": "Look into the embedded books: balances, documents, exports.",
    "connectors": "List connectors, their operations and samples.",
    "connect": "Sign in at a vendor, so that a connection may use the account.",
    "schema": "Print the JSON Schema of a kind of file, or infer that of records from samples.",
    "eval": "Print what an expression gives on a JSON document.",
    "migrate": "Rewrite recipes of an older language version, comments and all.",
}
EXAMPLES: Final = """\b
Examples:
  recipe run shopify-to-invoice.yaml --sample    try a recipe, no account needed
  recipe check recipes/                          check a folder of recipes
  recipe run shopify-to-invoice.yaml             run it on your own connections
"""
NEXT: Final = (
    ("run shopify-to-invoice.yaml --sample bad", "five orders, four to be refused, each with its reason"),
    ("books show '#1010' --sample", "one invoice with its postings and its payment"),
    ("check shopify-to-invoice.yaml", "what is checked before a recipe may run"),
)


class Commands(click.Group):
    """Knows its subcommands by name and imports each when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"engine.commands.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.MissingParameter as error:
            raise _with_example(error) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(4)
        except BrokenPipeError:
            # The reader of our output went away (`recipe runs | head`); there is nobody to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)
        except Exception as error:  # noqa: BLE001  # the last resort: no traceback for a user
            from engine.commands.console import exit_with

            exit_with(error)


def _with_example(error: click.MissingParameter) -> click.UsageError:
    """Return *error* with the first example of the command's help."""
    epilog = (error.ctx.command.epilog if error.ctx else "") or ""
    example = next((line.strip() for line in epilog.splitlines() if line.startswith("  recipe ")), "")
    hint = f"\nFor example: {example}" if example else ""
    return click.UsageError(error.format_message() + hint, error.ctx)


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="recipe-engine", prog_name="recipe")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Run YAML recipes that connect shops, processors and banks with accounting.

    A recipe says where records come from, how they are mapped and what is written; each record has its effect
    exactly once, whatever dies in between.
    """
    if ctx.invoked_subcommand is None:
        click.echo("recipe runs YAML recipes that move records into accounting, each exactly once.\n")
        click.echo(f"  {program()} demo\n      see it work on made-up orders: no account, key or network\n")
        click.echo(next_commands())
        click.echo(f"\nAll commands: {program()} --help")


def program() -> str:
    """Return how the user calls this program: ``recipe``, or the path to it."""
    called = Path(sys.argv[0])
    if called.name == "cli.py":
        return f"python {_near(called)}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and (Path(folder) / "recipe").is_file():
            return "recipe" if (Path(folder) / "recipe").resolve() == called.resolve() else _near(called)
    return _near(called)


def next_commands() -> str:
    """Return the three commands to go on with, as they work when pasted."""
    lines = ["Next:"]
    for command, what in NEXT:
        lines += [f"  {program()} {command}", f"      {what}"]
    return "\n".join(lines)


def _near(path: Path) -> str:
    relative = os.path.relpath(path)
    shown = relative if relative.count("..") < 3 else str(path)
    return shown if " " not in shown else f"'{shown}'"
