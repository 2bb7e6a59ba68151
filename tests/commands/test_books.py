"""``recipe books``: each report as text, JSON, CSV and Excel, exports, the chart and closed periods."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from click.testing import CliRunner, Result

from engine import canonical
from engine.books import Books
from engine.books.chart import SHIPPED, Chart, load
from engine.commands import main
from engine.commands.books import chart_text
from engine.wire import Request
from tests.bench import StoppedClock
from tests.running import here
from tests.unit.books import hand_made
from tests.unit.books.conftest import Desk

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "balance": "balance --date 2026-03-31",
    "income": "income --from 2026-01-01 --to 2026-03-31",
    "balance-sheet": "balance-sheet --date 2026-03-31",
    "aged": "aged --date 2026-03-31",
    "aged-payable": "aged --date 2026-03-31 --payable",
    "account": "account 1100 --from 2026-03-01 --to 2026-03-31",
    "account-clearing": "account 1200 --to 2026-03-31",
    "tax": "tax --from 2026-01-01 --to 2026-03-31",
    "list": "list --to 2026-03-31",
    "show-changed": "show A5",
    "show-foreign": "show p4",
    "show-void": "show a4",
    "check": "check",
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the quarter in its books; not to be written to."""
    return made(tmp_path_factory.mktemp("state"))


def made(folder: Path) -> Path:
    with Books.open(folder / "books.db", StoppedClock()) as books:
        hand_made.fill(Desk(books))
    return folder


def books(state: Path, *words: str) -> Result:
    done = CliRunner().invoke(main, ["books", "--state", str(state), *words])
    assert "Traceback" not in done.output
    assert "the engine itself failed" not in done.output
    return done


def data(state: Path, *words: str) -> Any:
    done = books(state, *words, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def rows(state: Path, *words: str) -> list[dict[str, str]]:
    done = books(state, *words, "--format", "csv")
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_the_golden_text(state: Path, name: str) -> None:
    done = books(state, *REPORTS[name].split())
    assert done.exit_code == 0, done.output
    golden = GOLDEN / f"books-{name}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        golden.write_text(done.stdout, "utf-8")
    assert done.stdout == golden.read_text("utf-8")


@pytest.mark.parametrize("name", REPORTS)
def test_excel_holds_what_csv_holds(state: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "report.xlsx"
    done = books(state, *REPORTS[name].split(), "--format", "xlsx", "--output", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    sheet = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    told = books(state, *REPORTS[name].split(), "--format", "csv").stdout
    expected = list(csv.reader(io.StringIO(told)))
    assert sheet[:1] == expected[:1]
    assert [[same(cell) for cell in row] for row in sheet] == [
        [same(cell) for cell in row] for row in expected
    ]


def same(cell: object) -> str:
    """A number as Excel keeps it, text as it is."""
    try:
        return str(float(str(cell)))
    except ValueError:
        return str(cell)


def test_the_shapes_of_json(state: Path) -> None:
    trial = data(state, "balance", "--date", "2026-03-31")
    assert trial["totals"][0] == {
        "currency": "EUR",
        "debit": "200.00",
        "credit": "200.00",
        "difference": "0.00",
    }
    row = {"code": "1100", "name": "Accounts receivable", "type": "asset", "currency": "EUR"}
    assert trial["rows"][0] == {**row, "debit": "120.00", "credit": "0.00"}
    income = data(state, "income", "--from", "2026-01-01", "--to", "2026-03-31")
    assert (income["from"], income["to"]) == ("2026-01-01", "2026-03-31")
    assert income["currencies"][0]["result"] == "155.50"
    assert income["currencies"][0]["expenses"][0] == {"code": "6000", "name": "Expenses", "amount": "30.00"}
    sheet = data(state, "balance-sheet")
    assert sheet["date"] is None
    assert set(sheet["currencies"][0]) == {
        *("currency", "assets", "liabilities", "equity", "result"),
        *("total_assets", "total_liabilities", "total_equity"),
    }
    aged = data(state, "aged", "--date", "2026-03-31")
    assert (aged["side"], aged["date"]) == ("receivable", "2026-03-31")
    assert aged["rows"][1] == {
        "party": "Ada Lovelace",
        "id": "cus-1",
        "currency": "USD",
        "current": "40.00",
        "days_1_30": "42.00",
        "days_31_60": "80.00",
        "days_61_90": "0.00",
        "days_over_90": "0.00",
        "total": "162.00",
        "credit": "5.00",
    }
    ledger = data(state, "account", "2300")
    assert ledger["account"] == {"code": "2300", "name": "Customer credit", "type": "liability"}
    assert ledger["currencies"][0]["movements"][0]["balance"] == "5.00"
    assert data(state, "tax")["rows"] == [
        {"code": "VAT20", "currency": "USD", "sales": "17.00", "purchases": "6.00", "due": "11.00"}
    ]
    assert [each["number"] for each in data(state, "list", "--kind", "invoice", "--customer", "bob")] == [
        "E1"
    ]
    assert data(state, "check") == []


def test_csv_has_a_row_for_each_figure_and_no_totals(state: Path) -> None:
    found = rows(state, "balance-sheet", "--date", "2026-03-31")
    usd = {(row["section"], row["code"]): row["amount"] for row in found if row["currency"] == "USD"}
    assert usd["assets", "1000"] == "550.00"
    assert usd["result", ""] == "155.50"
    assert len(usd) == 5 + 4 + 2 + 1
    assert [row["balance"] for row in rows(state, "account", "1100", "--to", "2026-01-31")] == [
        "200.00",
        "130.00",
    ]


def test_an_amount_stays_a_number_in_excel(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "tax.xlsx"
    books(state, "tax", "--format", "xlsx", "--output", str(file))
    _, row = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert row == ["VAT20", "USD", 17, 6, 11]


def test_options_stand_before_or_after_the_report(state: Path) -> None:
    before = books(state, "--format", "json", "tax").stdout
    assert before == books(state, "tax", "--format", "json").stdout
    assert books(state, "--format", "csv").stdout == books(state, "balance", "--format", "csv").stdout


def test_the_day_of_the_aged_list_is_today_unless_it_is_named(state: Path) -> None:
    assert data(state, "aged")["date"] >= "2026-04-01"


def test_output_goes_to_a_file_in_any_form(state: Path, tmp_path: Path) -> None:
    for form in ("text", "json", "csv"):
        told = books(state, "tax", "--format", form).stdout
        file = tmp_path / form
        assert books(state, "tax", "--format", form, "--output", str(file)).stdout == ""
        assert file.read_bytes().decode() == told


def test_no_text_of_a_document_breaks_a_line_or_speaks_to_the_terminal(tmp_path: Path) -> None:
    bad = "two\nlines \x1b[31m\ufffe"
    with Books.open(tmp_path / "books.db", StoppedClock()) as opened:
        desk = Desk(opened)
        _, made = desk.invoice(number=bad, memo=bad, customer={"name": bad}, date="2026-03-31")
        desk.payment(invoice_id=made["id"], method=bad, amount="20")
    show = ("show", made["id"])
    for words in (
        ("balance",),
        ("list",),
        ("account", "1100"),
        ("account", "1200"),
        ("aged",),
        ("balance-sheet",),
        show,
    ):
        told = books(tmp_path, *words).stdout
        assert "lines [31m" in told
        assert not {"\x1b", "\ufffe"} & set(told)
        assert "two\n" not in told
        assert books(tmp_path, *words, "--format", "csv").exit_code == 0


def on_a_terminal(*words: str) -> tuple[int, str]:
    """Run ``recipe`` with a terminal as its standard output; return the exit code and what it said of errors."""
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-c", "from engine.commands import main; main()", *words]
        done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(theirs)
        os.close(ours)
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [("tax", "--format", "xlsx"), ("export", "--as", "xlsx")])
def test_a_workbook_is_not_written_to_a_terminal(state: Path, words: tuple[str, ...]) -> None:
    code, told = on_a_terminal("books", "--state", str(state), *words)
    assert code == 2
    assert "a workbook is no text that a terminal could show" in told
    assert "help: name a file: --output books.xlsx" in told


def test_a_workbook_goes_down_a_pipe(state: Path) -> None:
    done = books(state, "tax", "--format", "xlsx")
    assert done.exit_code == 0
    assert done.stdout_bytes.startswith(b"PK")


MISTAKES = [
    ("account 9999", "there is no account '9999' in these books"),
    ("account", "For example: recipe books account 1100"),
    ("income --from 2026-13-01", "expected a date such as 2026-03-31, found '2026-13-01'"),
    ("aged --date yesterday", "expected a date such as 2026-03-31, found 'yesterday'"),
    ("income --from 2026-03-31 --to 2026-01-01", "the period ends on 2026-01-01, before it begins"),
    ("list --kind invoices", "'invoice'"),
    ("show nothing", "recipe books list shows them all"),
    ("close", "For example: recipe books close 2026-03-31"),
    ("export --as qif", "'beancount'"),
]


@pytest.mark.parametrize(("words", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_cure(state: Path, words: str, told: str) -> None:
    done = books(state, *words.split())
    assert done.exit_code == 2
    assert told in done.output


def test_a_file_that_cannot_be_written_is_told(state: Path, tmp_path: Path) -> None:
    for form in ("csv", "xlsx"):
        done = books(state, "tax", "--format", form, "--output", str(tmp_path / "no" / "such.file"))
        assert (done.exit_code, "there is no" in done.output) == (4, True)


@pytest.mark.parametrize(
    "command",
    [
        "balance",
        "income",
        "balance-sheet",
        "aged",
        "account",
        "tax",
        "list",
        "show",
        "check",
        "export",
        "chart",
        "close",
    ],
)
def test_every_command_shows_examples(command: str) -> None:
    told = CliRunner().invoke(main, ["books", command, "--help"]).output
    assert f"Examples:\n    recipe books {command}" in told


def test_exports_are_tables_too(state: Path, tmp_path: Path) -> None:
    told = books(state, "export", "--as", "csv").stdout
    assert told == books(state, "export", "--format", "csv").stdout
    first = next(csv.DictReader(io.StringIO(told)))
    assert first == {
        "date": "2025-12-20",
        "kind": "invoice",
        "number": "E1",
        "external_id": "e1",
        "party": "Bob",
        "memo": "Invoice E1",
        "account_code": "1100",
        "account_name": "Accounts receivable",
        "currency": "EUR",
        "debit": "200.00",
        "credit": "",
    }
    file = tmp_path / "postings.xlsx"
    assert books(state, "export", "--as", "xlsx", "--output", str(file)).exit_code == 0
    sheet = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(told.splitlines())
    assert "jan" not in told


@pytest.mark.parametrize("name", ["hledger", "ledger", "beancount"])
def test_a_journal_goes_to_the_screen_or_a_file(state: Path, tmp_path: Path, name: str) -> None:
    told = books(state, "export", "--as", name).stdout
    file = tmp_path / "books"
    books(state, "export", "--as", name, "--output", str(file))
    assert file.read_bytes().decode() == told
    assert told.startswith({"hledger": "decimal-mark", "ledger": "commodity", "beancount": "2025"}[name])


def test_the_shipped_chart_is_printed_without_any_books(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["books", "chart"])
    assert (done.exit_code, done.stdout) == (0, SHIPPED.read_text("utf-8"))
    file = tmp_path / "chart.yaml"
    assert CliRunner().invoke(main, ["books", "chart", "--output", str(file)]).exit_code == 0
    assert load(file) == load(SHIPPED)


def test_the_books_own_chart_is_printed_so_that_it_can_be_read_again(tmp_path: Path) -> None:
    shipped = load(SHIPPED)
    names = {
        "4100": 'Verkäufe: "neu"',
        "1000": "Bank\u2028\x85\t#1",
        "1010": "\N{SNOWMAN} {a, b}",
        "3000": "null",
    }
    accounts = tuple(type(a)(a.code, names.get(a.code, a.name), a.type, a.role) for a in shipped.accounts)
    own = Chart("EUR", accounts, shipped.categories)
    Books.open(tmp_path / "books.db", StoppedClock(), chart=own).close()
    done = books(tmp_path, "chart")
    file = tmp_path / "chart.yaml"
    file.write_text(done.stdout, "utf-8")
    assert load(file) == own
    assert chart_text(own) + "\n" == done.stdout


def late(folder: Path) -> int:
    """Hand a document of 2026-03-31 in and return the status."""
    body = {
        "external_id": "late",
        "number": "LATE",
        "date": "2026-03-31",
        "currency": "USD",
        "customer": {},
        "lines": [hand_made.goods("1")],
    }
    with Books.open(folder / "books.db", StoppedClock()) as opened:
        (answer,) = opened.commit([Request("POST", "books:/invoices", body=canonical.encode(body))])
    return answer.status


def test_closed_books_take_nothing_of_that_day_until_they_are_opened_again(tmp_path: Path) -> None:
    folder = made(tmp_path)
    done = books(folder, "close", "2026-03-31")
    assert (done.exit_code, done.stdout) == (0, "the books are closed up to 2026-03-31\n")
    assert late(folder) == 422
    assert "already" in books(folder, "close", "2026-03-31").stdout
    refused = books(folder, "close", "2026-03-30")
    assert (refused.exit_code, "add --reopen if that is meant" in refused.output) == (2, True)
    assert late(folder) == 422
    assert books(folder, "close", "2026-03-30", "--reopen").exit_code == 0
    assert late(folder) == 201
    assert books(folder, "close", "2026-03-31").stdout == "the books are closed up to 2026-03-31\n"
    assert books(folder, "check").exit_code == 0


CUT = """
DELETE FROM posting WHERE entry IN (SELECT id FROM entry WHERE document = :last);
DELETE FROM entry WHERE document = :last;
UPDATE document SET balance_minor = balance_minor + (SELECT amount_minor FROM allocation WHERE settling = :last)
    WHERE id = (SELECT settled FROM allocation WHERE settling = :last);
DELETE FROM allocation WHERE settling = :last;
DELETE FROM document WHERE id = :last;
DELETE FROM request WHERE id = (SELECT MAX(id) FROM request);
"""


def test_the_check_misses_what_the_states_ledger_wrote_and_the_books_hold_no_more(tmp_path: Path) -> None:
    assert here("run", "shopify-to-invoice", "--sample", cwd=tmp_path).returncode == 0
    file = tmp_path / ".recipe" / "sample" / "books.db"
    with sqlite3.connect(file) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        (last,) = connection.execute("SELECT MAX(id) FROM document").fetchone()
        for statement in CUT.split(";"):
            connection.execute(statement, {"last": last} if ":last" in statement else {})
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()
    done = here("books", "check", "--sample", cwd=tmp_path)
    assert done.returncode == 1
    assert f"pay-{last}: was made of record " in done.stdout
    assert done.stdout.endswith(" by shopify-to-invoice, and is gone\n")
