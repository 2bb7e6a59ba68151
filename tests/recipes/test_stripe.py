"""Stripe into the books, judged by arithmetic of its own on the samples, and the poll as Stripe sees it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.actions.operation import judge
from engine.books import Books
from engine.books.audit import check
from engine.books.reports import documents, trial_balance
from engine.clock import SystemClock
from engine.connector_file import load
from engine.registry import Registry
from engine.shipped import shipped
from engine.wire import Answer
from tests.fake import Reply, Sent, site
from tests.running import here

Json = dict[str, Any]

CHARGES, PAYOUTS = "stripe-charges-to-books", "stripe-payout-to-journal"
SAMPLES = shipped("connectors") / "stripe" / "samples"
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3, "ISK": 2, "MGA": 0}
"""As Stripe counts them."""
CLEARING = "Clearing: stripe"


def recorded(name: str, folder: str = "default") -> list[Json]:
    records: list[Json] = json.loads((SAMPLES / folder / f"{name}.json").read_text("utf-8"))["data"]
    return records


def balances(file: Path) -> dict[tuple[str, str], Decimal]:
    """Return what each account holds, debit above zero; the books' own check finds nothing."""
    with Books.open(file, SystemClock()) as books:
        assert check(books) == ()
        return {
            (row.name, row.currency): row.debit - row.credit
            for row in trial_balance(books).rows
            if row.debit != row.credit
        }


def amount(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS[currency.upper()])


def expected(rows: list[Json], paid: list[Json]) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["type"] in ("payout", "payout_failure"):
            continue
        currency = row["currency"].upper()
        is_fee = row["type"] == "stripe_fee"
        sums[CLEARING, currency] += amount(row["net"], currency)
        sums["Processor fees", currency] += amount(-row["net"] if is_fee else row["fee"], currency)
        other = "Sales" if row["type"] in ("charge", "payment") else "Refund adjustments"
        sums[other, currency] -= 0 if is_fee else amount(row["amount"], currency)
    for payout in paid:
        currency = payout["currency"].upper()
        sums[CLEARING, currency] -= amount(payout["amount"], currency)
        sums["Bank", currency] += amount(payout["amount"], currency)
    return {name: total for name, total in sums.items() if total}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")

    def ran(recipe: str, sample: str = "default") -> CompletedProcess[str]:
        return here("run", recipe, "--sample", sample, cwd=tmp_path)

    return ran


def test_both_recipes_book_the_account_to_the_cent(
    run: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    charges, payouts = run(CHARGES), run(PAYOUTS)
    assert (charges.returncode, payouts.returncode) == (0, 0), charges.stderr + payouts.stderr
    assert (
        "read 21, created 15 (transactions 15), skipped 0, failed 0, not for this recipe 5" in charges.stdout
    )
    assert "read 5, created 3 (transactions 3), skipped 0, failed 0, not for this recipe 2" in payouts.stdout
    paid = [each for each in recorded("payouts.list") if each["status"] == "paid"]
    file = tmp_path / ".recipe" / "sample" / "books.db"
    assert balances(file) == expected(recorded("balance_transactions.list"), paid)
    with Books.open(file, SystemClock()) as books:
        days = {each.external_id: each.date for each in documents(books)}
        dated = sorted(days.values())
    assert len(dated) == 18
    assert "2026-10-02" in dated, "what was paid at half past three in UTC"
    assert {"2026-10-08", "2026-10-13", "2026-10-22"} <= set(dated), "the days that Stripe names"


def test_clearing_is_zero_for_what_was_paid_out(
    run: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    run(CHARGES)
    run(PAYOUTS)
    held = {row["id"] for each in recorded("payouts.list") if each["status"] == "paid"
            for row in recorded(f"balance_transactions.list@payout={each['id']}")}  # fmt: skip
    # What came back of a payout that never was booked is in a later one: its rows were paid out by that.
    held |= {row["id"] for row in recorded("balance_transactions.list@payout=po_0002")}
    left = [row for row in recorded("balance_transactions.list") if row["id"] not in held]
    waiting: dict[str, Decimal] = defaultdict(Decimal)
    for row in left:
        if row["type"] != "payout":
            waiting[row["currency"].upper()] += amount(row["net"], row["currency"])
    found = balances(tmp_path / ".recipe" / "sample" / "books.db")
    cleared = {currency: total for (name, currency), total in found.items() if name == CLEARING}
    assert cleared == dict(waiting) == {"USD": Decimal("107.32"), "KWD": Decimal("11.935")}


@pytest.mark.parametrize("recipe", [CHARGES, PAYOUTS])
def test_a_second_run_makes_nothing(run: Callable[..., CompletedProcess[str]], recipe: str) -> None:
    run(recipe)
    again = run(recipe)
    assert again.returncode == 0
    assert "created 0" in again.stdout
    assert "failed 0" in again.stdout


def test_what_does_not_add_up_is_refused_with_its_reason(
    run: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    charges, payouts = run(CHARGES, "bad"), run(PAYOUTS, "bad")
    assert (charges.returncode, payouts.returncode) == (1, 1)
    assert "created 2 (transactions 2), skipped 0, failed 3" in charges.stdout
    told = charges.stderr
    assert "txn_1002 failed [X106]: the net of txn_1002 is not its amount less its fee" in told
    assert "txn_1003 failed [X102]: minor takes a whole number" in told
    assert "txn_1004 failed [X103]: the lookup 'kind' has no key 'topup'" in told
    assert "created 0, skipped 0, failed 2" in payouts.stdout
    assert "are not what po_1001 paid out: 38.25 == 38.26 does not hold" in payouts.stderr
    assert "po_1002 was paid out by hand" in payouts.stderr
    good = [
        row for row in recorded("balance_transactions.list", "bad") if row["id"] in ("txn_1001", "txn_1005")
    ]
    assert balances(tmp_path / ".recipe" / "sample" / "books.db") == expected(good, [])


@dataclass
class Stripe:
    """A made-up Stripe that lists what it has as the vendor does, and notes what it was asked."""

    folder: Path
    lists: dict[str, list[Json]] = field(default_factory=dict)
    of_payout: dict[str, list[Json]] = field(default_factory=dict)
    livemode: bool = True
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def answer(self, sent: Sent) -> Reply:
        address = urlsplit(sent.path)
        asked = {name: value for name, [value] in parse_qs(address.query).items()}
        self.asked.append((address.path, asked))
        self.headers.append(sent.headers)
        if address.path == "/v1/balance":
            return reply({"object": "balance", "livemode": self.livemode, "available": [], "pending": []})
        name, of = address.path.removeprefix("/v1/"), asked.get("payout")
        records = self.lists[name] if of is None else self.of_payout[of]
        low, high = int(asked.get("created[gte]", 0)), int(asked.get("created[lte]", 10**10))
        records = [each for each in records if low <= each["created"] <= high]
        after = (
            [each["id"] for each in records].index(asked["starting_after"]) + 1
            if "starting_after" in asked
            else 0
        )
        page = records[after : after + int(asked["limit"])]
        return reply({"object": "list", "has_more": after + len(page) < len(records), "data": page})

    def run(self, recipe: str, *more: str) -> CompletedProcess[str]:
        self.asked.clear()
        self.headers.clear()
        return here("run", recipe, *more, cwd=self.folder, environ={"STRIPE_KEY": "rk_live_one"})

    def queries(self, path: str) -> list[Mapping[str, str]]:
        return [asked for at, asked in self.asked if at == f"/v1/{path}"]


def reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


def charge(number: int, at: int, **more: Any) -> Json:
    row: Json = recorded("balance_transactions.list")[-1]
    return {**row, "id": f"txn_{number:04d}", "created": at, "source": f"ch_{number:04d}", **more}


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[Stripe]:
    made = Stripe(tmp_path)
    with site(made.answer) as address:
        entry = {
            "connector": "stripe",
            "account": "acct_one",
            "key": "${env:STRIPE_KEY}",
            "base_url": address,
        }
        text = json.dumps({"connections": {"stripe": entry}})
        (tmp_path / "connections.yaml").write_text(text, "utf-8")
        yield made


def test_a_list_goes_on_behind_its_last_record_with_the_version_and_the_key(stripe: Stripe) -> None:
    rows = [charge(number, 1790000000 + number) for number in range(250, 0, -1)]
    stripe.lists["balance_transactions"] = rows
    done = stripe.run(CHARGES)
    assert done.returncode == 0, done.stderr
    assert "read 250, created 250" in done.stdout
    pages = stripe.queries("balance_transactions")
    assert [each.get("starting_after") for each in pages] == [None, "txn_0151", "txn_0051"]
    assert {each["limit"] for each in pages} == {"100"}
    assert {each["stripe-version"] for each in stripe.headers} == {"2026-10-28.endive"}
    assert {each["authorization"] for each in stripe.headers} == {"Bearer rk_live_one"}


def test_the_next_run_reads_from_a_day_before_the_latest_row(stripe: Stripe) -> None:
    stripe.lists["balance_transactions"] = [charge(1, 1790000000)]
    stripe.run(CHARGES)
    assert "created[gte]" not in stripe.queries("balance_transactions")[0]
    stripe.lists["balance_transactions"].insert(0, charge(2, 1790000500))
    second = stripe.run(CHARGES)
    [asked] = stripe.queries("balance_transactions")
    assert asked["created[gte]"] == str(1790000000 - 86400)
    assert int(asked["created[lte]"]) > 1790000500
    assert "read 2, created 1 (transactions 1), skipped 1" in second.stdout


def test_a_row_whose_status_changes_is_not_done_again(stripe: Stripe) -> None:
    row = charge(1, 1790000000, status="pending")
    stripe.lists["balance_transactions"] = [row]
    stripe.run(CHARGES)
    row["status"] = "available"
    assert "skipped 1" in stripe.run(CHARGES).stdout
    assert stripe.queries("balance") == []


def payout(of: Json, **more: Any) -> Json:
    first = next(each for each in recorded("payouts.list") if each["id"] == "po_0001")
    own = {"id": "po_1", "amount": of["net"], "balance_transaction": "txn_po_1", "created": of["created"]}
    return {**first, **own, **more}


def test_a_payout_that_was_under_way_is_taken_when_it_is_paid(stripe: Stripe) -> None:
    row = charge(1, 1790000000)
    later = payout(row, id="po_2", created=row["created"] + 20 * 86400, status="pending")
    stripe.lists["payouts"] = [later, payout(row, status="in_transit", reconciliation_status="in_progress")]
    stripe.of_payout["po_1"] = [row]
    assert "not for this recipe 2" in stripe.run(PAYOUTS).stdout
    stripe.lists["payouts"][1] = payout(row)
    done = stripe.run(PAYOUTS)
    assert "created 1 (transactions 1)" in done.stdout, done.stderr
    [asked] = stripe.queries("payouts")
    assert asked["created[gte]"] == str(later["created"] - 31 * 86400)
    assert stripe.queries("balance_transactions") == [{"limit": "100", "payout": "po_1"}]


def test_of_a_payout_made_by_hand_only_its_own_row_is_asked_for(stripe: Stripe) -> None:
    row = charge(1, 1790000000)
    by_hand = payout(row, automatic=False, reconciliation_status="not_applicable")
    stripe.lists |= {"payouts": [by_hand], "balance_transactions": []}
    assert "po_1 was paid out by hand" in stripe.run(PAYOUTS).stderr
    assert stripe.queries("balance_transactions") == [{"limit": "100", "source": "po_1"}]


def test_a_payout_that_fails_after_it_was_booked_goes_out_of_the_bank_again(stripe: Stripe) -> None:
    row = charge(1, 1790000000)
    back = charge(
        2, 1790500000, type="payout_failure", source="po_1", amount=row["net"], fee=0, net=row["net"]
    )
    stripe.lists |= {"balance_transactions": [row], "payouts": [payout(row)]}
    stripe.of_payout["po_1"] = [row]
    stripe.run(CHARGES)
    stripe.run(PAYOUTS)
    books = stripe.folder / ".recipe" / "books.db"
    assert balances(books)["Bank", "USD"] == amount(row["net"], "USD")
    stripe.lists["balance_transactions"].insert(0, back)
    stripe.lists["payouts"] = [payout(row, status="failed", failure_balance_transaction=back["id"])]
    assert "created 1 (transactions 1)" in stripe.run(CHARGES).stdout
    assert "not for this recipe 1" in stripe.run(PAYOUTS).stdout
    assert balances(books) == expected([row], [])
    again = payout(row, id="po_2", created=1790600000, balance_transaction="txn_po_2")
    stripe.lists["payouts"].insert(0, again)
    stripe.of_payout["po_2"] = [back]
    assert "created 1 (transactions 1)" in stripe.run(PAYOUTS).stdout
    assert balances(books) == expected([row], [again]), "clearing is zero"


def test_odd_minor_units_reach_the_books_as_stripe_means_them(stripe: Stripe) -> None:
    rows = [
        charge(1, 1790000000, currency="isk", amount=120000, fee=4300, net=115700),
        charge(2, 1790000001, currency="mga", amount=45000, fee=1500, net=43500),
    ]
    stripe.lists["balance_transactions"] = rows[::-1]
    assert "failed 0" in stripe.run(CHARGES).stdout
    found = balances(stripe.folder / ".recipe" / "books.db")
    assert found == expected(rows, [])
    assert found["Sales", "ISK"] == Decimal(-1200)
    assert found["Sales", "MGA"] == Decimal(-45000)


def test_a_test_key_stops_the_run_before_anything_is_booked(stripe: Stripe) -> None:
    stripe.lists["balance_transactions"] = [charge(number, 1790000000) for number in (2, 1)]
    stripe.livemode = False
    done = stripe.run(CHARGES)
    assert done.returncode == 4
    assert "the key is of a test mode or a sandbox" in done.stdout + done.stderr
    assert len(stripe.queries("balance")) == 1
    assert balances(stripe.folder / ".recipe" / "books.db") == {}


def error(status: int, type: str, code: str = "") -> Reply:
    return reply({"error": {"type": type, "code": code, "message": "as the vendor says"}}, status)


@pytest.mark.parametrize(
    ("refuses", "is_class"),
    [
        (error(401, "invalid_request_error"), "auth"),
        (error(403, "invalid_request_error"), "auth"),
        (error(429, "invalid_request_error", "rate_limit"), "throttled"),
        (error(429, "invalid_request_error", "lock_timeout"), "transient"),
        (error(409, "invalid_request_error"), "transient"),
        (error(409, "idempotency_error", "idempotency_key_in_use"), "transient"),
        (error(400, "idempotency_error"), "validation"),
        (error(500, "api_error"), "transient"),
        (error(503, "invalid_request_error"), "transient"),
        (error(400, "invalid_request_error", "parameter_unknown"), "validation"),
        (error(402, "card_error", "card_declined"), "validation"),
        (error(404, "invalid_request_error", "resource_missing"), "not_found"),
    ],
)
def test_an_answer_of_stripe_means_what_its_status_type_and_code_say(refuses: Reply, is_class: str) -> None:
    connector = load("stripe", Registry())
    verdict = judge(connector, Answer(refuses.status, {}, refuses.body))
    assert (verdict.is_class, verdict.message) == (is_class, "as the vendor says")
