"""``recipe demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.books import Books
from engine.books.reports import document, trial_balance
from engine.clock import SystemClock
from engine.commands import next_commands
from engine.commands.books import balance_across, document_text, source_of
from engine.commands.run import attend, closing
from engine.launch import Wish, prepare
from engine.sample import DEFAULT
from engine.targets import books_file

RECIPE = "shopify-to-invoice.yaml"
SHOWN = "#1001"


@click.command()
@click.option("--state", metavar="DIR", help="State folder; else the project's .recipe.")
def command(state: str | None) -> None:
    """Run the shipped Shopify recipe on made-up orders and show the books.

    The orders come over real HTTP from a server inside the process; the books are real, in a folder of their own.
    Run it twice: the second time nothing is made again.
    """
    plan = prepare(Wish(RECIPE, sample=DEFAULT, state=state), Path.cwd())
    report = attend(plan)
    click.echo(closing(report))
    with Books.open(books_file(plan.state), SystemClock()) as books:
        found, balance = document(books, SHOWN), trial_balance(books)
    if found is not None:
        click.echo("\n" + document_text(found, source_of(plan.state, found.head.external_id), lines=False))
    click.echo("\n" + balance_across(balance) + "\n")
    click.echo(next_commands())
    sys.exit(report.exit_code)
