"""``recipe books``."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

import click

from engine import money
from engine.books import Books
from engine.books.audit import check as audit
from engine.books.export import export as export_books
from engine.books.reports import DocumentDetail, TrialBalance, document, documents, trial_balance
from engine.clock import SystemClock
from engine.commands.console import answer
from engine.commands.options import as_format, find_state, with_state
from engine.commands.tables import cut, table
from engine.errors import UsageError
from engine.ledger.sqlite import SqliteLedger
from engine.report import shown_key
from engine.targets import books_file

EPILOG = """\b
Examples:
  recipe books                             the trial balance
  recipe books list --sample               all documents of the sample books
  recipe books show '#1010' --sample       one document with its postings and its source
  recipe books check                       recompute every document and balance
  recipe books export --as hledger > books.journal
"""


EXPORTS = """\b
Examples:
  recipe books export --as hledger > books.journal
  recipe books export --as beancount --sample > books.beancount
"""


@click.group(invoke_without_command=True, epilog=EPILOG)
@click.option("--company", metavar="NAME", default="main", show_default=True, help="Whose books.")
@with_state
@as_format
@click.pass_context
def command(ctx: click.Context, company: str, state: str | None, sample: bool, form: str) -> None:
    """Look into the embedded books. Without a subcommand: the trial balance."""
    ctx.obj = {"company": company, "state": state, "sample": sample, "form": form}
    if ctx.invoked_subcommand is None:
        _balance(_Asked(ctx, state=None, sample=False, form="text"))


class _Asked:
    """The options of a subcommand and of ``books`` before it: either place will do."""

    def __init__(self, ctx: click.Context, state: str | None, sample: bool, form: str) -> None:
        given: dict[str, Any] = ctx.obj
        self.company = str(given["company"])
        self.state = state or given["state"]
        self.sample = sample or bool(given["sample"])
        self.form = form if form != "text" else str(given["form"])

    @property
    def folder(self) -> Path:
        return find_state(self.state, self.sample)

    def open(self) -> Books:
        """Return the books; raises ``UsageError`` where there are none."""
        file = books_file(self.folder, self.company)
        if not file.is_file():
            other = (file.parent / "sample" / file.name).is_file() and not self.sample
            raise UsageError(
                f"there are no books of {self.company!r} here yet"
                + ("; the sample's: add --sample" if other else ""),
                help="they are made by a recipe whose target is accounting, such as: "
                "recipe run shopify-to-invoice.yaml --sample",
            )
        return Books.open(file, SystemClock(), company=self.company)


@command.command()
@with_state
@as_format
@click.pass_context
def balance(ctx: click.Context, state: str | None, sample: bool, form: str) -> None:
    """Print the trial balance: every account in every currency, and the zero at its end."""
    _balance(_Asked(ctx, state, sample, form))


@command.command("list")
@with_state
@as_format
@click.pass_context
def list_(ctx: click.Context, state: str | None, sample: bool, form: str) -> None:
    """List all documents by date."""
    asked = _Asked(ctx, state, sample, form)
    with asked.open() as books:
        found = documents(books)
    if asked.form == "json":
        click.echo(json.dumps([_plain(each) for each in found], ensure_ascii=False))
        return
    rows = [["date", "document", "number", "customer", "total", "open", "status"]]
    for each in found:
        amounts = [f"{each.currency} {money.text(each.total)}", money.text(each.balance)]
        rows.append([each.date, each.id, each.number or "", cut(each.party, 24), *amounts, each.status])
    click.echo(table(rows, right=(4, 5), indent=0))


@command.command(epilog="\b\nExamples:\n  recipe books show '#1010' --sample\n")
@click.argument("name")
@with_state
@as_format
@click.pass_context
def show(ctx: click.Context, name: str, state: str | None, sample: bool, form: str) -> None:
    """Show one document by its NAME (id, number or external id): lines, postings, payments and source record."""
    asked = _Asked(ctx, state, sample, form)
    with asked.open() as books:
        found = document(books, name)
    if found is None:
        raise UsageError(
            f"there is no document {name!r} in these books", help="recipe books list shows them all"
        )
    origin = source_of(asked.folder, found.head.external_id)
    if asked.form == "json":
        click.echo(json.dumps({**_plain(found), "source": origin}, ensure_ascii=False))
        return
    click.echo(document_text(found, origin))


@command.command("check")
@with_state
@as_format
@click.pass_context
def check_(ctx: click.Context, state: str | None, sample: bool, form: str) -> None:
    """Recompute every document and every balance. Exit code 1 when a cent is off."""
    asked = _Asked(ctx, state, sample, form)
    with asked.open() as books:
        found = audit(books)
    if asked.form == "json":
        answer(json.dumps(list(found), ensure_ascii=False))
    else:
        answer("\n".join(found) if found else "every document and every balance is right")
    sys.exit(1 if found else 0)


@command.command("export", epilog=EXPORTS)
@click.option(
    "--as", "kind", type=click.Choice(["hledger", "beancount"]), required=True, help="Whose format."
)
@with_state
@click.pass_context
def export_(ctx: click.Context, kind: str, state: str | None, sample: bool) -> None:
    """Write the books to standard output as a journal of another program."""
    asked = _Asked(ctx, state, sample, "text")
    with asked.open() as books:
        click.echo(export_books(books, cast(Literal["hledger", "beancount"], kind)), nl=False)


def _balance(asked: _Asked) -> None:
    with asked.open() as books:
        found = trial_balance(books)
    if asked.form == "json":
        totals = [{**_plain(each), "difference": money.text(each.difference)} for each in found.totals]
        click.echo(
            json.dumps({"rows": [_plain(each) for each in found.rows], "totals": totals}, ensure_ascii=False)
        )
        return
    click.echo(balance_text(found))


def balance_text(found: TrialBalance) -> str:
    """Return the trial balance with debit and credit columns."""
    rows = [["account", "", "", "debit", "credit"]]
    for total in found.totals:
        rows += [
            [row.code, cut(row.name, 34), row.currency, _cell(row.debit), _cell(row.credit)]
            for row in found.rows
            if row.currency == total.currency
        ]
        rows.append(["", "total", total.currency, money.text(total.debit), money.text(total.credit)])
        rows.append(["", "difference", total.currency, money.text(total.difference), ""])
    return table(rows, right=(3, 4), indent=0)


def balance_across(found: TrialBalance) -> str:
    """Return the trial balance with a column per currency: debit positive, credit negative, and the zeros."""
    currencies = [total.currency for total in found.totals]
    rows = [["trial balance", *currencies]]
    for name in dict.fromkeys((row.code, row.name) for row in sorted(found.rows, key=lambda row: row.code)):
        own = {row.currency: row.debit - row.credit for row in found.rows if (row.code, row.name) == name}
        if any(own.values()):
            cells = [money.text(own[each]) if own.get(each) else "" for each in currencies]
            rows.append([cut(name[1], 34), *cells])
    rows.append(["sum", *(money.text(total.difference) for total in found.totals)])
    return table(rows, right=range(1, len(currencies) + 1), indent=0)


def document_text(found: DocumentDetail, origin: str, *, lines: bool = True) -> str:
    """Return one document as people read it."""
    head = found.head
    title = f"{head.kind} {head.number or head.id}, {head.date}, {cut(head.party, 40)}: "
    out = [f"{title}{head.currency} {money.text(head.total)}, {head.status}"]
    if origin:
        out.append(f"from {origin}")
    if lines and found.lines:
        rows = [["line", "quantity", "price", "discount", "tax"]]
        for line in found.lines:
            amounts = (line["quantity"], line["unit_price"], line.get("discount", "0"), line.get("tax", "0"))
            rows.append([cut(line["description"], 36), *(_amount(each) for each in amounts)])
        out.append(table(rows, right=(1, 2, 3, 4)))
    if found.postings:
        rows = [["posting", "", "debit", "credit"]]
        rows += [[row.code, cut(row.name, 36), _cell(row.debit), _cell(row.credit)] for row in found.postings]
        out.append(table(rows, right=(2, 3)))
    for each in found.allocations:
        settles = each.settling_id == head.id
        other = each.settled_id if settles else each.settling_id
        word = "settles" if settles else "settled by"
        out.append(f"  {word} {other}, {each.date}: {head.currency} {money.text(each.amount)}")
    if head.kind == "invoice":
        out.append(f"  open: {head.currency} {money.text(head.balance)}")
    return "\n".join(out)


def source_of(folder: Path, external_id: str) -> str:
    """Return which record of which source a document was made from, or an empty text."""
    file = folder / "ledger.db"
    if not file.is_file():
        return ""
    ledger = SqliteLedger(file)
    try:
        effect = next(ledger.effects(external_id=external_id), None)
        if effect is None:
            return ""
        run = next((row for row in ledger.runs(100_000) if row.id == effect.run), None)
    finally:
        ledger.close()
    return f"record {shown_key(effect.record)} of {run.source if run else effect.recipe}, by {effect.recipe}"


def _cell(value: Decimal) -> str:
    return money.text(value) if value else ""


def _amount(value: Any) -> str:
    return value if isinstance(value, str) else money.text(value)


def _plain(value: Any) -> Any:
    """Return dataclasses as plain data, decimals as text."""
    if isinstance(value, Decimal):
        return money.text(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
