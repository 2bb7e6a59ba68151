"""``recipe books``: documents, exports, the chart and closed periods; reports stand in ``books_reports``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final, cast

import click

from engine import canonical
from engine.books import Books
from engine.books.audit import check as audit
from engine.books.chart import SHIPPED, Chart
from engine.books.export import COLUMNS, FORMATS, Format, postings
from engine.books.export import export as export_books
from engine.books.kinds import KINDS
from engine.books.reports import document, documents
from engine.commands import books_reports
from engine.commands.books_output import (
    Asked,
    Day,
    as_json,
    check_period,
    plain,
    put_bytes,
    put_text,
    put_workbook,
    row_of,
    table_bytes,
    with_books,
    with_form,
    with_output,
    with_period,
)
from engine.commands.books_text import balance_across, document_text, documents_text
from engine.commands.options import with_state
from engine.errors import EngineError, UsageError
from engine.ledger import EffectState
from engine.ledger.store import Store
from engine.report import shown_key
from engine.targets import MAIN
from engine.wire import Request

__all__ = ["balance_across", "command", "document_text", "source_of"]
EPILOG = """\b
Examples:
  recipe books                             the trial balance
  recipe books list --sample               all documents of the sample books
  recipe books show '#1010' --sample       one document with its postings and its source
  recipe books income --from 2026-01-01    income, expenses and the result
  recipe books aged --date 2026-03-31      who owes what, by how long it is due
  recipe books check                       recompute every document and balance
  recipe books export --as hledger > books.journal
"""
LISTED: Final = (
    "date",
    "kind",
    "id",
    "external_id",
    "number",
    "party",
    "currency",
    "total",
    "balance",
    "status",
)
POSTED: Final = ("date", "memo", "code", "name", "currency", "debit", "credit")


@click.group(invoke_without_command=True, epilog=EPILOG)
@click.option("--company", metavar="NAME", help="Whose books; else main.")
@with_state
@with_form
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Look into the embedded books. Without a subcommand: the trial balance."""
    ctx.obj = given
    if ctx.invoked_subcommand is None:
        books_reports.put_balance(Asked.of(given, {}))


for each in books_reports.COMMANDS:
    command.add_command(each)


@command.command(
    "list",
    epilog="\b\nExamples:\n  recipe books list --kind invoice --open\n"
    "  recipe books list --customer ada@example.com --from 2026-03-01 --format csv\n",
)
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only documents of this kind.")
@click.option("--customer", metavar="WHO", default="", help="A customer's id, e-mail address or name.")
@click.option("--open", "is_open", is_flag=True, help="Only those of which something is open.")
@with_period
@with_form
@with_books
def list_(
    asked: Asked,
    kind: str | None,
    customer: str,
    is_open: bool,
    start: str | None,
    end: str | None,
) -> None:
    """List documents by date, with what is open of each."""
    check_period(start, end)
    with asked.open() as books:
        found = documents(books, kind=kind or "", customer=customer, is_open=is_open, start=start, end=end)
    asked.put(lambda: documents_text(found), found, LISTED, (row_of(row, LISTED) for row in found))


@command.command(
    epilog="\b\nExamples:\n  recipe books show '#1010' --sample\n  recipe books show inv-1 --format json\n"
)
@click.argument("name")
@with_form
@with_books
def show(asked: Asked, name: str) -> None:
    """Show one document by its NAME (id, number or external id): lines, postings, payments and source record."""
    with asked.open() as books:
        found = document(books, name)
    if found is None:
        raise UsageError(
            f"there is no document {name!r} in these books", help="recipe books list shows them all"
        )
    origin = source_of(asked.store, found.head.external_id)
    asked.put(
        lambda: document_text(found, origin),
        {**plain(found), "source": origin},
        POSTED,
        (row_of(row, POSTED) for row in found.postings),
    )


@command.command(
    "check", epilog="\b\nExamples:\n  recipe books check\n  recipe books check --sample --format json\n"
)
@with_form
@with_books
def check_(asked: Asked) -> None:
    """Recompute every document and every balance. Exit code 1 when a cent is off, or a document is gone."""
    with asked.open() as books:
        found = (*audit(books), *_gone(asked, books))
    asked.put(
        lambda: "\n".join(found) if found else "every document and every balance is right",
        found,
        ("finding",),
        ({"finding": each} for each in found),
    )
    sys.exit(1 if found else 0)


def _gone(asked: Asked, books: Books) -> Iterator[str]:
    """Yield what the state's ledger wrote to these books and they do not hold: of what is gone they say nothing."""
    if not asked.store.exists():
        return
    ledger = asked.store.open()
    try:
        with books.reading() as cursor:
            for effect in ledger.effects():
                own = effect.target.partition("#")[0] == f"books?company={asked.company or MAIN}"
                if not own or effect.state is not EffectState.DONE:
                    continue
                sql = "SELECT 1 FROM request WHERE external_id = ?"
                if not cursor.execute(sql, (effect.external_id,)).fetchone():
                    what = f"record {shown_key(effect.record)} by {effect.recipe}"
                    yield f"{effect.remote_id or effect.operation}: was made of {what}, and is gone"
    finally:
        ledger.close()


@command.command(
    "export",
    epilog="\b\nExamples:\n  recipe books export --as hledger > books.journal\n"
    "  recipe books export --as beancount --sample > books.beancount\n"
    "  recipe books export --as xlsx --output postings.xlsx\n",
)
@click.option(
    "--as",
    "--format",
    "kind",
    type=click.Choice([*FORMATS, "csv", "xlsx"]),
    required=True,
    help="Whose format: a journal, or a table with a row for each posting.",
)
@with_output
@with_books
def export_(asked: Asked, kind: str) -> None:
    """Write the books out for another program, or as a table of postings.

    Sorted by date, kind and external id, without ids or times of these books: the same documents give the same bytes.
    """
    with asked.open() as books:
        if kind == "xlsx":
            put_workbook(asked.output, COLUMNS, postings(books))
        elif kind == "csv":
            put_bytes(asked.output, table_bytes(COLUMNS, postings(books)))
        else:
            put_bytes(asked.output, export_books(books, cast(Format, kind)).encode())


@command.command(
    epilog="\b\nExamples:\n  recipe books chart > chart.yaml\n  recipe books chart --company main\n"
)
@with_output
@with_books
def chart(asked: Asked) -> None:
    """Print the chart of accounts that ships, to begin one's own with.

    With --company, --state or --sample it is the chart of those books as it stands now.
    """
    if not asked.names_books:
        put_text(asked.output, SHIPPED.read_text("utf-8").rstrip("\n"))
        return
    with asked.open() as books:
        put_text(asked.output, chart_text(books.chart))


@command.command(
    epilog="\b\nExamples:\n  recipe books close 2026-03-31\n  recipe books close 2026-02-28 --reopen\n"
)
@click.argument("day", metavar="DATE", type=Day())
@click.option("--reopen", is_flag=True, help="Allow a DATE before the one that is closed now.")
@with_books
def close(asked: Asked, day: str, reopen: bool) -> None:
    """Close the books up to DATE: no document of that day or before is taken, changed or voided any more."""
    with asked.open() as books:
        click.echo(_closed(books, day, reopen=reopen))


def _closed(books: Books, day: str, *, reopen: bool) -> str:
    """Close *books* up to *day* and return what was done.

    Raises:
        UsageError: they are closed beyond it, and it was not said that this should be opened again.
        EngineError: they do not take it.
    """
    with books.reading() as cursor:
        known = dict(cursor.execute("SELECT key, value FROM meta WHERE key = 'closed_until'").fetchall())
        sql = "SELECT COUNT(*) FROM request WHERE operation = 'periods.close'"
        (count,) = cursor.execute(sql).fetchone()
    until = known.get("closed_until", "")
    if until == day:
        return f"the books are closed up to {day} already"
    if day < until and not reopen:
        raise UsageError(
            f"the books are closed up to {until}; {day} would open again what lies behind it",
            help="add --reopen if that is meant",
        )
    # A date may be closed, opened and closed again: its number keeps these apart.
    body = canonical.encode({"external_id": f"close:{count + 1}", "date": day})
    (answer,) = books.commit([Request("POST", "books:/periods", body=body)])
    if answer.status >= 400:
        raise EngineError(
            f"the books do not close: {canonical.decode(answer.body)['error']['message']}",
            help="try again: another process may have closed them at the same time",
        )
    return f"the books are closed up to {day}"


def chart_text(chart: Chart) -> str:
    """Return *chart* as YAML, as ``chart.yaml`` is written."""
    lines = [f"currency: {_quoted(chart.currency)}", "", "accounts:"]
    for each in chart.accounts:
        role = f", role: {each.role}" if each.role else ""
        lines.append(
            f"  - {{code: {_quoted(each.code)}, name: {_quoted(each.name)}, type: {each.type}{role}}}"
        )
    lines += ["", "categories:", *(f"  {name}: {_quoted(code)}" for name, code in chart.categories.items())]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Return *text* in double quotes of YAML, which are those of JSON but for what cannot be printed."""
    return "".join(
        sign if sign.isprintable() or ord(sign) < 128 else f"\\U{ord(sign):08X}" for sign in as_json(text)
    )


def source_of(where: Store, external_id: str) -> str:
    """Return which record of which source a document was made from, or an empty text."""
    if not where.exists():
        return ""
    ledger = where.open()
    try:
        effect = next(ledger.effects(external_id=external_id), None)
        if effect is None:
            return ""
        run = next((row for row in ledger.runs(100_000) if row.id == effect.run), None)
    finally:
        ledger.close()
    return f"record {shown_key(effect.record)} of {run.source if run else effect.recipe}, by {effect.recipe}"
