"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from engine.errors import UsageError
from engine.files import kept_upwards
from engine.kept import FILE
from engine.ledger import Ledger
from engine.ledger.store import InFolder, Store, store
from engine.project import find_root, show, state_folder
from engine.sample import DEFAULT
from engine.secret import Masker

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


def with_records(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says which records a recipe reads."""
    for option in (
        click.option(
            "--keep-cursor",
            is_flag=True,
            help="Go on from where the recipe stood before its trigger's with or its vars changed.",
        ),
        click.option("--to", "until", metavar="INSTANT|DATE", help="Read up to there; a day counts whole."),
        click.option(
            "--from",
            "since",
            metavar="INSTANT|DATE",
            help="Read from there, whatever was read before; later runs go on from the first run with it.",
        ),
        click.option(
            "--record-option",
            "record_options",
            multiple=True,
            metavar="NAME=VALUE",
            help="How that file is written: format, delimiter, quote, encoding, header, sheet or records.",
        ),
        click.option(
            "--record",
            "records",
            metavar="FILE",
            help="Records for the trigger manual: JSON, JSON Lines, CSV or Excel.",
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


def find_store(state: str | None, sample: bool) -> Store:
    """Return where the ledger of the project upwards from the working directory is kept.

    Raises:
        RecipeInvalid: what ``connections.yaml`` says of it has findings.
    """
    here = Path.cwd()
    root = find_root(here) or here
    folder = state_folder(root, state, here, sample=sample)
    return store(folder, None if sample else kept_upwards(root, here), os.environ, Masker())


def open_ledger(state: str | None, sample: bool) -> Ledger:
    """Return the ledger of the project; raises as ``find_ledger``."""
    return find_ledger(state, sample)[1].open()


def find_ledger(state: str | None, sample: bool) -> tuple[Path, Store]:
    """Return the state folder of the project, which a ledger on a server needs not, and where its ledger is kept.

    Raises:
        UsageError: there is none yet.
    """
    where = find_store(state, sample)
    here = Path.cwd()
    if isinstance(where, InFolder) and not where.exists():
        folder = find_state(state, sample)
        other = "" if sample or not InFolder(folder / "sample").exists() else "; sample runs: add --sample"
        raise UsageError(
            f"no run has been made here yet ({show(folder / FILE, Path.cwd())} does not exist{other})",
            help="run a recipe first, such as: recipe run shopify-to-invoice.yaml --sample",
        )
    return state_folder(find_root(here) or here, state, here, sample=sample), where
