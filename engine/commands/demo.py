"""``recipe demo``."""

from __future__ import annotations

from pathlib import Path

import click

from engine.books import Books
from engine.books.reports import document, trial_balance
from engine.clock import SystemClock
from engine.commands import next_commands
from engine.commands.books import balance_across, document_text, source_of
from engine.commands.console import answer, visible
from engine.commands.run import attend, closing, finish
from engine.launch import Prepared, Wish, prepare
from engine.ledger.store import InFolder
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
    prepared = prepare(Wish(RECIPE, sample=DEFAULT, state=state), Path.cwd())
    report = attend(prepared)
    answer(visible(closing(report)))
    if report.stopped_by is None:
        answer(_books(prepared))
    finish(prepared, report)


def _books(prepared: Prepared) -> str:
    with Books.open(books_file(prepared.state), SystemClock()) as books:
        found, balance = document(books, SHOWN), trial_balance(books)
    origin = source_of(InFolder(prepared.state), found.head.external_id) if found is not None else ""
    shown = [document_text(found, origin, lines=False)] if found is not None else []
    return "\n" + "\n\n".join([*shown, balance_across(balance), next_commands()])
