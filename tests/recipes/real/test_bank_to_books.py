"""A bank's CSV export becomes bank transactions; expected amounts stand in ``expected/bank.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.recipes.real.place import PROJECT, Project, amount, expected

RECIPE = "bank-to-books"
FIRST, SECOND = "2026-11-04.csv", "2026-11-05.csv"
SHEET = expected("bank")
ROWS = [row for row in SHEET.rows if row["file"]]


def lines(file: str) -> list[dict[str, str]]:
    with (PROJECT / "bank" / file).open(encoding="cp1252", newline="") as text:
        return list(csv.DictReader(text, delimiter=";"))


def shown(value: Any) -> str:
    """Write an amount as the bank does: 1.250,00."""
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):,.2f}"
    return text.translate(str.maketrans(",.", ".,"))


def booked(place: Project) -> list[tuple[Any, ...]]:
    names = ("date", "payee", "memo", "account", "currency")
    return [
        (amount(each["amount"]), *(each[name] for name in names))
        for each in place.site.made("bank_transactions")
    ]


def wanted(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["amount"], row["date"], row["payee"], row["memo"], str(row["account"]), "EUR") for row in rows
    ]


def without(place: Project, file: str) -> Path:
    """Take a file away, as if the bank had not exported it yet; returns where it is kept."""
    kept = place.folder / file
    return (place.folder / "bank" / file).rename(kept)


def test_the_sheet_says_what_the_files_say() -> None:
    for row in ROWS:
        assert isinstance(row["line"], Fraction)
        line = lines(str(row["file"]))[int(row["line"]) - 2]
        day, month, year = line["Buchungstag"].split(".")
        assert (row["date"], row["payee"]) == (f"{year}-{month}-{day}", line["Empfänger"])
        assert (row["memo"], row["code"]) == (line["Verwendungszweck"], line["Code"])
        assert [shown(row[name]) for name in ("amount", "before", "after")] == [
            line[name] for name in ("Betrag", "Saldo vorher", "Saldo")
        ]
    assert SHEET.row("total")["after"] == ROWS[-1]["after"]


def test_each_line_becomes_one_bank_transaction_on_the_account_of_its_code(place: Project) -> None:
    without(place, SECOND)
    report = place.run(RECIPE)
    assert (report.done, report.failed, report.exit_code) == (5, 0, 0)
    assert booked(place) == wanted(ROWS[:5])


def test_two_equal_coffees_stay_two(place: Project) -> None:
    place.run(RECIPE)
    coffees = [each for each in booked(place) if each[4] == "6640"]
    assert len(coffees) == 3
    assert sum(each[0] for each in coffees) == SHEET.row("6640")["amount"]


def test_an_overlapping_export_adds_only_its_new_lines(place: Project) -> None:
    kept = without(place, SECOND)
    place.run(RECIPE)
    kept.rename(place.folder / "bank" / SECOND)
    (place.folder / "bank" / FIRST).unlink()
    report = place.run(RECIPE)
    assert (sum(report.created.values()), report.skipped) == (2, 3)
    assert booked(place) == wanted(ROWS)
    assert sum(each[0] for each in booked(place)) == SHEET.row("total")["amount"]


def test_an_export_that_begins_with_the_second_coffee_adds_none(place: Project) -> None:
    place.run(RECIPE)
    file = place.folder / "bank" / FIRST
    head, _, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([head, *rest]))
    report = place.run(RECIPE)
    assert (sum(report.created.values()), report.failed, report.parked) == (0, 0, 0)
    assert booked(place) == wanted(ROWS)


def test_the_same_files_again_write_nothing(place: Project) -> None:
    place.run(RECIPE)
    report = place.run(RECIPE)
    assert (sum(report.created.values()), report.skipped, report.failed) == (0, 10, 0)
    assert booked(place) == wanted(ROWS)


def test_a_line_that_cannot_be_read_is_put_aside_and_the_others_go_on(place: Project) -> None:
    file = place.folder / "bank" / FIRST
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b";BUE;-48,50;EUR;", b";BUE;-48,50;"))
    without(place, SECOND)
    report = place.run(RECIPE)
    assert (report.done, report.failed, report.exit_code) == (4, 1, 1)
    assert report.failures[0].place == "2026-11-04.csv, line 4"
    assert booked(place) == wanted(row for row in ROWS[:5] if row["code"] != "BUE")
    file.write_bytes(whole)
    report = place.run(RECIPE)
    assert (sum(report.created.values()), report.failed) == (1, 0)


def test_one_cent_too_many_fails_its_line_alone_and_names_the_amounts(place: Project) -> None:
    file = place.folder / "bank" / FIRST
    file.write_bytes(file.read_bytes().replace(b"1.190,00;EUR", b"1.190,01;EUR"))
    without(place, SECOND)
    report = place.run(RECIPE)
    assert (report.done, report.failed) == (4, 1)
    assert "the difference is 0.01" in report.failures[0].message
    assert "2383.91" in report.failures[0].message
    assert "2383.90" in report.failures[0].message
    assert SHEET.row("1200")["amount"] not in [each[0] for each in booked(place)]


def test_a_code_without_an_account_fails_its_line_alone(place: Project) -> None:
    file = place.folder / "recipes" / "bank-codes.csv"
    file.write_text(file.read_text("utf-8").replace("GEB,6855,Bank charges\n", ""), "utf-8")
    report = place.run(RECIPE)
    assert (report.failed, sum(report.created.values())) == (1, 6)
    assert "GEB" in report.failures[0].message
