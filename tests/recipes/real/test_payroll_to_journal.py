"""A payroll run becomes one balanced journal entry; expected amounts stand in ``expected/payroll.csv``."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from tests.recipes.real.place import PROJECT, Project, amount, expected

RECIPE = "payroll-to-journal"
RUN = "payroll/2026-10.json"
OCTOBER = ["month=2026-10"]
PAYROLL: dict[str, Any] = json.loads((PROJECT / RUN).read_bytes())
SHEET = expected("payroll")
JOURNAL = [row for row in SHEET.rows if row["name"] in ("debit", "credit")]


def changed(place: Project, **fields: Any) -> str:
    """Write a payroll run with other fields, and return its file's name."""
    Path(place.folder / "other.json").write_text(json.dumps({**PAYROLL, **fields}), "utf-8")
    return "other.json"


def cents(text: str, by: int) -> str:
    value = amount(text) * 100 + by
    return f"{int(value) // 100}.{int(value) % 100:02}"


def test_the_sheet_says_what_the_run_says() -> None:
    for each in PAYROLL["employees"]:
        row = SHEET.row(each["id"])
        assert (row["name"], row["department"]) == (each["name"], each["department"])
        assert (row["gross"], row["net"]) == (amount(each["gross"]), amount(each["net"]))
        withheld = {tax["code"]: amount(tax["amount"]) for tax in each["withheld"]}
        assert (row["income_tax"], row["social"]) == (withheld.get("income_tax", 0), withheld["social"])
        owed = {tax["code"]: amount(tax["amount"]) for tax in each["employer_taxes"]}
        assert (row["employer_social"], row["employer_accident"]) == (owed["social"], owed["accident"])
    assert SHEET.row("all")["net"] == amount(PAYROLL["total_net"])
    assert SHEET.row("balance")["gross"] == 0


def test_the_run_becomes_one_balanced_entry_with_a_line_for_each_account(place: Project) -> None:
    report = place.run(RECIPE, variables=OCTOBER, records=RUN)
    assert (report.done, report.failed, dict(report.created)) == (1, 0, {"journal_entries.create": 1})
    (entry,) = place.site.made("journal_entries")
    assert (entry["date"], entry["currency"], entry["memo"]) == ("2026-10-30", "EUR", "Payroll 2026-10")
    lines = [
        (each["account"], side, each["memo"], amount(each[side]))
        for each in entry["lines"]
        for side in ("debit", "credit")
        if side in each
    ]
    assert lines == [(str(row["employee"]), row["name"], row["department"], row["gross"]) for row in JOURNAL]
    debit, credit = (sum(each[3] for each in lines if each[1] == side) for side in ("debit", "credit"))
    assert debit == credit == Fraction("11824.37")


def test_the_second_run_writes_nothing(place: Project) -> None:
    place.run(RECIPE, variables=OCTOBER, records=RUN)
    report = place.run(RECIPE, variables=OCTOBER, records=RUN)
    assert (sum(report.created.values()), report.skipped) == (0, 1)
    assert len(place.site.writes) == 1


@pytest.mark.parametrize("field", ["gross", "net"])
def test_one_cent_too_many_is_found_before_anything_is_written_and_named(place: Project, field: str) -> None:
    first, *others = PAYROLL["employees"]
    wrong = {**first, field: cents(first[field], 1)}
    report = place.run(RECIPE, variables=OCTOBER, records=changed(place, employees=[wrong, *others]))
    assert (report.done, report.failed) == (0, 1)
    assert "the journal does not balance" in report.failures[0].message
    sides = ("11824.38", "11824.37") if field == "gross" else ("11824.37", "11824.38")
    assert f"{sides[0]}" in report.failures[0].message
    assert f"{sides[1]}" in report.failures[0].message
    assert place.site.writes == []


def test_a_total_that_is_not_the_sum_of_the_net_pay_is_found_and_named(place: Project) -> None:
    records = changed(place, total_net=cents(PAYROLL["total_net"], -1))
    report = place.run(RECIPE, variables=OCTOBER, records=records)
    assert report.failed == 1
    assert "not the run's total" in report.failures[0].message
    assert "the difference is 0.01" in report.failures[0].message
    assert place.site.writes == []


def test_a_run_of_another_month_is_skipped_and_says_so(place: Project) -> None:
    report = place.run(RECIPE, variables=["month=2026-11"], records=RUN)
    assert dict(report.skipped_by) == {"this run is of 2026-10, not of 2026-11": 1}
    assert (report.exit_code, place.site.writes) == (0, [])


def test_a_run_that_is_not_approved_stops_and_is_booked_once_it_is(place: Project) -> None:
    report = place.run(RECIPE, variables=OCTOBER, records=changed(place, status="draft"))
    assert report.exit_code == 4
    assert "the run PR-2026-10 is not approved yet" in str(report.stopped_by)
    assert place.site.writes == []
    assert place.run(RECIPE, variables=OCTOBER, records=RUN).exit_code == 0
    assert len(place.site.writes) == 1


def test_a_department_without_an_account_is_no_guess(place: Project) -> None:
    first, *others = PAYROLL["employees"]
    records = changed(place, employees=[{**first, "department": "terrace"}, *others])
    report = place.run(RECIPE, variables=OCTOBER, records=records)
    assert (report.failed, place.site.writes) == (1, [])
    assert "terrace" in report.failures[0].message


def test_the_month_must_be_given(place: Project) -> None:
    with pytest.raises(UsageError, match="month"):
        place.run(RECIPE, records=RUN)
