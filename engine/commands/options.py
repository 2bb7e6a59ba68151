"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from engine.errors import UsageError
from engine.ledger.sqlite import SqliteLedger
from engine.project import find_root, show, state_folder
from engine.sample import DEFAULT

as_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or machines.",
)


quietly = click.option("--quiet", is_flag=True, help="Show the closing summary only.")


def with_accounts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says on which accounts, in which state and with which variables a recipe runs."""
    for option in (
        click.option(
            "--var",
            "variables",
            multiple=True,
            metavar="NAME=VALUE",
            help="The value of one of the recipe's vars.",
        ),
        click.option("--state", metavar="DIR", help="State folder; else the project's .recipe."),
        click.option(
            "--set",
            "changes",
            multiple=True,
            metavar="connections.NAME.SETTING=VALUE",
            help="Change one once.",
        ),
        click.option(
            "--connections", metavar="FILE", help="The connections.yaml to use; else the nearest upwards."
        ),
        click.option(
            "--sample",
            is_flag=False,
            flag_value=DEFAULT,
            metavar="[NAME]",
            help="Run on the connectors' own made-up payloads, into books of their own: no account, key or network.",
        ),
    ):
        command = option(command)
    return command


def with_state(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--state`` and ``--sample`` to a command that looks into the state folder."""
    command = click.option("--sample", is_flag=True, help="Look at the state of --sample runs.")(command)
    return click.option("--state", metavar="DIR", help="State folder; else the project's .recipe.")(command)


def find_state(state: str | None, sample: bool) -> Path:
    """Return the state folder that lies upwards from the working directory.

    Raises:
        UsageError: there is none yet.
    """
    here = Path.cwd()
    folder = state_folder(find_root(here) or here, state, here, sample=sample)
    if not folder.is_dir():
        kind = "a sample run" if sample else "a run"
        other = "" if sample or not (folder / "sample").is_dir() else " (sample runs: add --sample)"
        raise UsageError(
            f"there is no state at {show(folder, here)} yet: it is made by {kind}{other}",
            help="run a recipe first, such as: recipe run shopify-to-invoice.yaml --sample",
        )
    return folder


def open_ledger(state: str | None, sample: bool) -> SqliteLedger:
    """Return the ledger of the state folder.

    Raises:
        UsageError: there is none yet.
    """
    file = find_state(state, sample) / "ledger.db"
    if not file.is_file():
        other = (
            ""
            if sample or not (file.parent / "sample" / "ledger.db").is_file()
            else "; sample runs: add --sample"
        )
        raise UsageError(
            f"no run has been made here yet ({show(file, Path.cwd())} does not exist{other})",
            help="run a recipe first, such as: recipe run shopify-to-invoice.yaml --sample",
        )
    return SqliteLedger(file)
