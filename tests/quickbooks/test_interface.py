"""The interface accounting on QuickBooks: the recipe for the embedded books, with one line of connections changed."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from engine.shipped import shipped
from tests.quickbooks.company import ITEMS, Company
from tests.quickbooks.conftest import BOOKS, Project
from tests.running import RECIPE, here

SALES = """
recipe: sales
version: 1
connections: {books: accounting}
settings: {timezone: America/New_York}
trigger: {file: sales.jsonl, key: $.id}
actions:
  - id: invoice
    uses: books.invoices.create
    with:
      number: $.id
      date: "2026-11-02"
      currency: USD
      customer: {name: $.name?, email: $.email?}
      lines: [{description: Tea, quantity: 2, unit_price: "4.50", discount: "1.00", tax: "0.66"}]
  - id: paid
    uses: books.payments.create
    with: {invoice_id: $steps.invoice.id, amount: "8.66", currency: USD, date: "2026-11-03"}
"""


@pytest.fixture
def sales(project: Project) -> Project:
    (project.folder / "sales.yaml").write_text(SALES, "utf-8")
    sold(project, {"id": "S-1", "name": "Ada", "email": "ada@example.com"})
    return project


def sold(project: Project, *records: dict[str, Any]) -> None:
    text = "".join(json.dumps(each) + "\n" for each in records)
    (project.folder / "sales.jsonl").write_text(text, "utf-8")


def in_doubt(project: Project) -> list[str]:
    """Return the operations of effects of which nobody knows if they stand."""
    with closing(sqlite3.connect(project.folder / ".recipe" / "ledger.db")) as ledger:
        asked = "SELECT operation FROM effect WHERE state IN ('sending', 'uncertain')"
        return [operation for (operation,) in ledger.execute(asked)]


def customers(company: Company) -> list[tuple[str, str]]:
    """Return the names and addresses of the company's customers."""
    return [
        (each["DisplayName"], each.get("PrimaryEmailAddr", {}).get("Address", ""))
        for each in company.held["Customer"]
    ]


def test_the_same_recipe_books_the_same_in_quickbooks(
    project: Project, company: Company, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All that the sample holds but an order in dinars, of which QuickBooks would lose the third decimal."""
    done = project.recipe("run", RECIPE)
    assert "read 12, created 34 (customer 11, invoice 11, payment 12), skipped 0, failed 1\n" in done.stdout
    assert "(#1006) failed [X106]: QuickBooks keeps amounts to two decimals" in done.stderr
    own = tmp_path_factory.mktemp("own")
    here("run", RECIPE, "--sample", cwd=own)
    booked = json.loads(here("books", "list", "--format", "json", "--sample", cwd=own).stdout)
    wanted = {
        each["number"]: (Decimal(each["total"]), Decimal(each["balance"]))
        for each in booked
        if each["kind"] == "invoice" and each["number"] != "#1006"
    }
    made = {each["DocNumber"]: (each["TotalAmt"], each["Balance"]) for each in company.held["Invoice"]}
    assert made == wanted


def test_its_sample_takes_what_is_written(sales: Project) -> None:
    """By one line of connections, with no account: what is made is found again, and made once."""
    entry = {"connections": {"books": BOOKS}}
    (sales.folder / "connections.yaml").write_text(json.dumps(entry), "utf-8")
    done = sales.recipe("run", RECIPE, "--sample")
    assert "read 12, created 34 (customer 11, invoice 11, payment 12), skipped 0, failed 1\n" in done.stdout
    done = sales.recipe("run", RECIPE, "--sample")
    assert "read 12, created 0, skipped 11, failed 1\n" in done.stdout
    done = sales.recipe("plan", "sales.yaml", "--sample", "--format", "json", "--state", "elsewhere")
    sent = [each for one in json.loads(done.stdout)["records"] for each in one["effects"] if each["requests"]]
    assert [each["operation"] for each in sent] == ["books.customer.create", "books.invoice.create"]


def test_a_second_run_makes_nothing(sales: Project, company: Company) -> None:
    assert sales.recipe("run", "sales.yaml").returncode == 0
    before = {name: len(each) for name, each in company.held.items()}
    done = sales.recipe("run", "sales.yaml")
    assert (done.returncode, {name: len(each) for name, each in company.held.items()}) == (0, before), (
        done.stdout
    )


def test_a_recipes_own_tests_hold_for_it_too(project: Project) -> None:
    """What a connector does by recipes of its folder is one action there."""
    for name in ("shopify-to-invoice.yaml", "shopify-to-invoice.test.yaml"):
        shutil.copy(shipped("recipes") / name, project.folder)
    done = project.recipe("test", "shopify-to-invoice.test.yaml")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "12 passed, 0 failed"), done.stdout


def test_what_it_does_not_take_is_a_finding(project: Project) -> None:
    done = project.recipe("check", "shopify-refund-to-credit-note.yaml")
    assert done.returncode == 3
    assert (
        "error[R207]: quickbooks does not take credit_notes.create, which the interface accounting has"
        in done.stdout
    )
    assert (
        "it takes customers.create, invoices.create, payments.create; leave the recipe with books"
        in done.stdout
    )


def test_what_was_made_is_known_by_its_id_there(sales: Project, company: Company) -> None:
    assert sales.recipe("run", "sales.yaml").returncode == 0
    with closing(sqlite3.connect(sales.folder / ".recipe" / "ledger.db")) as ledger:
        made = dict(ledger.execute("SELECT operation, remote_id FROM effect").fetchall())
    assert made == {
        "books.customer.create": company.held["Customer"][0]["Id"],
        "books.invoice.create": company.held["Invoice"][0]["Id"],
        "books.payment.create": company.held["Payment"][0]["Id"],
    }


def test_a_person_says_what_was_made(sales: Project, company: Company) -> None:
    """Of an invoice whose answer was lost so long ago that QuickBooks may not know its request any more."""
    company.loses = 2  # of the customer first
    assert sales.recipe("run", "sales.yaml").returncode == 4
    assert sales.recipe("run", "sales.yaml").returncode == 4
    with closing(sqlite3.connect(sales.folder / ".recipe" / "ledger.db")) as ledger, ledger:
        for column in ("sent_at", "last_sent_at"):
            ledger.execute(f"UPDATE effect SET {column} = replace({column}, '2026', '2025')")
    done = sales.recipe("run", "sales.yaml")
    assert "parked" in done.stdout, done.stdout + done.stderr
    [effect] = set(re.findall(r"--confirm-sent ([0-9a-f]{10})", sales.recipe("replay").stdout))
    done = sales.recipe("replay", "sales.yaml", "--confirm-sent", effect, company.held["Invoice"][0]["Id"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert (len(company.held["Invoice"]), company.held["Invoice"][0]["Balance"]) == (1, 0)


def test_a_plan_shows_what_would_be_sent_and_sends_nothing(sales: Project, company: Company) -> None:
    company.held["Customer"] = [
        {"Id": "7", "DisplayName": "Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    ]
    done = sales.recipe("plan", "sales.yaml", "--format", "json")
    assert done.returncode == 0, done.stdout
    [record] = json.loads(done.stdout)["records"]
    [request] = [each for effect in record["effects"] for each in effect["requests"]]
    assert request["url"].startswith(
        f"{company.address}/v3/company/9130000000000001/invoice?minorversion=75&requestid="
    )
    assert request["body"]["CustomerRef"] == {"value": "7"}
    assert [line["Amount"] for line in request["body"]["Line"]] == [8]
    assert {method for method, _, _ in company.sent} == {"GET"}


@pytest.mark.parametrize(
    ("known", "sale", "made"),
    [
        ([], {"name": "Ada", "email": "ada@example.com"}, [("Ada", "ada@example.com")]),
        ([("Ada L.", "ada@example.com")], {"name": "Ada", "email": "ada@example.com"}, []),
        ([("Ada", "")], {"name": "Ada", "email": "ada@example.com"}, []),
        ([("Ada", "other@example.com")], {"name": "Ada"}, []),
        (
            [("Ada", "other@example.com")],
            {"name": "Ada", "email": "ada@example.com"},
            [("Ada (ada@example.com)", "ada@example.com")],
        ),
        ([], {"email": "ada@example.com"}, [("ada@example.com", "ada@example.com")]),
        ([], {}, [("Unnamed customer", "")]),
        ([("Unnamed customer", "")], {}, []),
        ([("O'Brien \\ Sons", "")], {"name": "O'Brien \\ Sons"}, []),
        ([], {"name": "Tea: Green"}, [("Tea  Green", "")]),
    ],
)
def test_a_customer_is_found_by_address_else_by_name_else_added(
    sales: Project,
    company: Company,
    known: list[tuple[str, str]],
    sale: dict[str, str],
    made: list[tuple[str, str]],
) -> None:
    for number, (name, mail) in enumerate(known):
        address = {"PrimaryEmailAddr": {"Address": mail}} if mail else {}
        company.held["Customer"].append({"Id": str(number), "DisplayName": name, **address})
    sold(sales, {"id": "S-1", **sale}, {"id": "S-2", **sale})
    done = sales.recipe("run", "sales.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert customers(company) == [*known, *made]
    assert len({each["CustomerRef"]["value"] for each in company.held["Invoice"]}) == 1


@pytest.mark.parametrize(
    ("more", "note"),
    [("", None), ("memo: a gift", "a gift"), ("reference: PO-7", "PO-7"), ("memo: a, reference: b", "a; b")],
)
def test_memo_and_reference_are_the_private_note(
    sales: Project, company: Company, more: str, note: str | None
) -> None:
    lines = "".join(f"\n      {each.strip()}" for each in more.split(",") if each)
    text = (sales.folder / "sales.yaml").read_text("utf-8")
    (sales.folder / "sales.yaml").write_text(text.replace("number: $.id", f"number: $.id{lines}", 1), "utf-8")
    assert sales.recipe("run", "sales.yaml").returncode == 0
    assert company.held["Invoice"][0].get("PrivateNote") == note
    assert company.held["Customer"][0]["CurrencyRef"] == {"value": "USD"}


@pytest.mark.parametrize("status", [200, 400])
def test_a_fault_is_one_also_with_status_200(sales: Project, company: Company, status: int) -> None:
    company.status = status
    company.held["Invoice"].append({"Id": "1", "DocNumber": "S-1"})
    done = sales.recipe("run", "sales.yaml")
    assert done.returncode == 1
    assert "DocNumber=S-1 is assigned already" in done.stderr
    assert "invoices.create.yaml" in done.stderr
    assert len(company.held["Invoice"]) == 1


def test_a_closed_period_is_told_as_one(sales: Project, company: Company) -> None:
    company.held["Customer"] = [
        {"Id": "7", "DisplayName": "Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    ]
    company.closed = "2026-11-02"
    done = sales.recipe("run", "sales.yaml")
    assert "failed [X204]" in done.stderr, done.stderr


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_write_whose_answer_was_lost_is_made_once(sales: Project, company: Company, lost: int) -> None:
    for _ in range(lost):
        company.loses = 1
        assert sales.recipe("run", "sales.yaml").returncode == 4
    done = sales.recipe("run", "sales.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [len(company.held[name]) for name in ("Customer", "Invoice", "Payment")] == [1, 1, 1]
    assert company.held["Invoice"][0]["Balance"] == 0
    assert in_doubt(sales) == []


@pytest.mark.parametrize("drops", [0, 1])
def test_what_a_record_asked_for_is_settled_though_it_asks_no_more(
    sales: Project, company: Company, drops: int
) -> None:
    """It finds the customer that its own lost request made, or that somebody else did meanwhile."""
    company.drops, company.loses = drops, 1 - drops
    assert sales.recipe("run", "sales.yaml").returncode == 4
    if drops:
        known = {"Id": "7", "DisplayName": "Ada L.", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
        company.held["Customer"].append(known)
    assert sales.recipe("run", "sales.yaml").returncode == 0
    assert (len(company.held["Customer"]), in_doubt(sales)) == (1 + drops, [])


def test_what_a_record_asked_for_before_it_changed_is_not_sent_again(
    sales: Project, company: Company
) -> None:
    company.drops = 1
    assert sales.recipe("run", "sales.yaml").returncode == 4
    sold(sales, {"id": "S-1", "name": "Grace", "email": "grace@example.com"})
    known = {"Id": "7", "DisplayName": "Grace", "PrimaryEmailAddr": {"Address": "grace@example.com"}}
    company.held["Customer"].append(known)
    sales.recipe("run", "sales.yaml")
    assert customers(company) == [("Grace", "grace@example.com")]
    assert in_doubt(sales) == ["books.customer.create"]


def test_a_total_that_the_company_works_out_anew_is_told(sales: Project, company: Company) -> None:
    company.adds = Decimal("0.07")
    done = sales.recipe("run", "sales.yaml")
    assert "QuickBooks has the invoice S-1 with 8.73, not 8.66: correct it there" in done.stderr
    assert (len(company.held["Invoice"]), len(company.held["Payment"])) == (1, 0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("number: $.id", "number: $.id\n      status: draft", "QuickBooks has no drafts of invoices"),
        ("number: $.id", "number: '{{ record.id }}/a-number-of-more-than-21'", "would refuse /DocNumber"),
        ("currency: USD\n", "currency: USD\n      total: '9.00'\n", "do not add up to the invoice's total"),
        ('amount: "8.66"', 'amount: "8.66", fee: "0.50"', "a payment in QuickBooks has no fee"),
    ],
)
def test_what_quickbooks_cannot_hold_is_told(sales: Project, old: str, new: str, told: str) -> None:
    text = (sales.folder / "sales.yaml").read_text("utf-8")
    assert old in text
    (sales.folder / "sales.yaml").write_text(text.replace(old, new, 1), "utf-8")
    done = sales.recipe("run", "sales.yaml")
    assert told in done.stderr, done.stderr


def test_an_item_that_the_company_has_not_is_told(sales: Project, company: Company) -> None:
    company.held["Item"] = [each for each in company.held["Item"] if each["Name"] != ITEMS[0]]
    done = sales.recipe("run", "sales.yaml")
    assert "the lines need the products or services Goods, and QuickBooks has none of them" in done.stderr, (
        done.stderr
    )
    assert company.held["Invoice"] == company.held["Customer"] == []


def test_an_account_that_the_company_has_not_is_told(sales: Project, company: Company) -> None:
    text = (sales.folder / "sales.yaml").read_text("utf-8")
    changed = text.replace('amount: "8.66"', 'account_id: "9999", amount: "8.66"')
    (sales.folder / "sales.yaml").write_text(changed, "utf-8")
    done = sales.recipe("run", "sales.yaml")
    assert "QuickBooks has no active account with the number 9999" in done.stderr, done.stderr
    assert company.held["Payment"] == []


def test_a_customer_is_added(sales: Project, company: Company) -> None:
    head = SALES[: SALES.index("actions:")]
    with_ = "{name: 'Tea: Green', email: $.email, phone: '+1 555'}"
    text = f"{head}actions:\n  - {{id: customer, uses: books.customers.create, with: {with_}}}\n"
    (sales.folder / "sales.yaml").write_text(text, "utf-8")
    done = sales.recipe("run", "sales.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = company.held["Customer"]
    assert customers(company) == [("Tea  Green", "ada@example.com")]
    assert made["PrimaryPhone"] == {"FreeFormNumber": "+1 555"}


def test_payments_arrive_where_the_connection_says(sales: Project, company: Company) -> None:
    path = sales.folder / "connections.yaml"
    given = json.loads(path.read_text("utf-8"))
    given["connections"]["books"]["deposit_account"] = "1200"
    path.write_text(json.dumps(given), "utf-8")
    assert sales.recipe("run", "sales.yaml").returncode == 0
    [clearing] = [each["Id"] for each in company.held["Account"] if each["AcctNum"] == "1200"]
    assert company.held["Payment"][0]["DepositToAccountRef"] == {"value": clearing}
