"""Works out what the books must hold after the quarter of the Shopify sample: ``python -m tests.recipes.shop.expect``.

A spreadsheet in Python: it reads the sample's JSON and nothing of the engine or of the sample's builder, and writes
``expected.json``. The rules that it follows are the specification of the recipes shopify-customers,
shopify-to-invoice, shopify-refunds and shopify-payouts, run in this order:

 1. A date is the day in New York on which something happened; amounts are booked in the order's ``currency`` (the
    shop's), whatever the buyer saw, to the currency's last decimal and without rounding.
 2. An order is invoiced when it is paid, partially_paid, partially_refunded or refunded, and no test. One that is
    pending, authorized or voided is not, cancelled or not.
 3. The invoice has the order's number and the day of ``processed_at``, and every line that the order has or had:
    lines added by an edit too, lines taken off later too (their refund takes them back). Its total is
    ``total_price`` and what cash rounding adds. A total of zero is an invoice of zero.
 4. Goods are sales (4100), shipping is shipping income (4200), each after its discount allocations and, where prices
    include taxes, without them.
 5. A gift card sold is owed to whoever redeems it (2400), a tip to the staff (2200), a duty to the customs (2150).
 6. A tax is owed under the code "TITLE RATE" as Shopify writes both (2100:CODE), for each tax line by itself. The title
    names the place, so no place is stated beside it.
 7. A tax that the channel pays (``channel_liable``) is no debt of the shop: the channel keeps it. It is billed against
    the clearing account of the order's first gateway, which then holds what the channel will settle.
 8. What the till took beyond the total, or less, because coins are missing is a line of its own (6900).
 9. A payment is a successful sale or capture, of its own day, with its cash rounding and without the change that was
    given back of it, into the clearing account of its gateway (1200:GATEWAY); one by gift card comes out of what is
    owed for gift cards (2400) instead. One that was given back whole as change is no payment.
10. Payments settle the invoice in the order of their ids; what exceeds it is the customer's credit (2300). What is
    missing stays open (1100).
11. A refund of an invoiced order is a credit note of the refund's day, for its invoice, in the order of their ids: the
    lines it took back, its shipping, its duties, a line for what Shopify calls the discrepancy (``order_adjustments``;
    4190, more money than goods is a cost), and one for what the till gave beyond the amounts or less (6900). Without
    money paid back it settles what is open of its invoice; the rest is the customer's credit. With money it settles
    just what was not paid back, and the money is the customer's credit until it goes out: a bill that is open in part
    stays as open as it was, where all that was taken back is paid back.
12. A refunded line's tax is one sum at Shopify. It is shared over the line's taxes in proportion: each but the first
    takes its share rounded half up, the first takes the rest. Refunded shipping takes back each of its taxes in
    proportion to what was paid for it, rounded half up. The tax of a discrepancy is that of what was taken back, lines
    and shipping, where all of it has one and the same; else it is shared like a line's, over the taxes of the order.
13. The money paid back is a refund of the credit note, out of the credit into the clearing account of each
    transaction's gateway, or into what is owed for gift cards (2400), with its cash rounding. Without money the credit
    stays.
14. When a payout is paid, the fees of what it is made of are processor fees (6100), a dispute is a refund adjustment
    (4190), and the payout goes from the clearing account of Shopify Payments to the bank (1000), all on the payout's
    day: what is known only then does not reach back into a month that may be closed. What belongs to a payout under
    way or to none yet is not booked.
15. A customer is known by the e-mail address in small letters, else by the name on the bill. An order without
    customer is a sale to nobody in particular.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]

HERE: Final = Path(__file__).resolve().parent
SAMPLE: Final = HERE.parents[2] / "engine" / "connectors" / "shopify" / "samples" / "quarter"
EXPECTED: Final = HERE / "expected.json"
NEW_YORK: Final = ZoneInfo("America/New_York")
DECIMALS: Final = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
INVOICED: Final = ("paid", "partially_paid", "partially_refunded", "refunded")


class Ledger:
    """Balances by account and currency (debit above zero), and documents counted by kind, currency and day."""

    def __init__(self) -> None:
        self.balances: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.documents: dict[str, dict[str, dict[str, list[Decimal]]]] = {}

    def debit(self, account: str, currency: str, amount: Decimal) -> None:
        """Add *amount* to the debit side; below zero it is a credit."""
        self.balances[account][currency] += amount

    def count(self, kind: str, currency: str, instant: str, amount: Decimal) -> None:
        """Count a document of *kind* on its day in New York."""
        day = datetime.fromisoformat(instant).astimezone(NEW_YORK).strftime("%Y-%m-%d")
        kinds = self.documents.setdefault(kind, {}).setdefault(currency, {})
        kinds.setdefault(day, []).append(amount)


class Invoice:
    """What is open of an order, and what its customer has in credit."""

    def __init__(self, order: Json, total: Decimal) -> None:
        self.number, self.currency = order["name"], order["currency"]
        self.customer = (order["billing_address"] or {}).get("name", "")
        email = (order["customer"] or {}).get("email")
        self.identity = email.lower() if email else self.customer
        self.open, self.credit = total, Decimal(0)

    def settle(self, amount: Decimal) -> tuple[Decimal, Decimal]:
        """Take *amount* off what is open; return what was settled and what became credit."""
        settled = min(self.open, amount)
        self.open -= settled
        self.credit += amount - settled
        return settled, amount - settled


def read(operation: str) -> list[Json]:
    """Return the sample's records of *operation*."""
    text = (SAMPLE / f"{operation}.json").read_text("utf-8")
    return list(next(iter(json.loads(text, parse_float=Decimal).values())))


def total(rows: list[Json], key: str) -> Decimal:
    """Return the sum of the amounts under *key*."""
    return sum((Decimal(row[key]) for row in rows), Decimal(0))


def moved(transaction: Json) -> Decimal:
    """Return the money that went over the counter: an amount and its cash rounding."""
    return Decimal(transaction["amount"]) + Decimal(transaction["amount_rounding"] or 0)


def shop(pair: Json) -> Decimal:
    """Return the shop's side of a pair of amounts."""
    return Decimal(pair["shop_money"]["amount"])


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return *amount* to the currency's last decimal, half up."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


def code(tax: Json) -> str:
    """Return the account of a tax line (rule 6)."""
    return f"2100:{tax['title']} {tax['rate']}"


def money_account(gateway: str) -> str:
    """Return where a gateway's money stands (rules 9 and 13)."""
    return "2400" if gateway == "gift_card" else f"1200:{gateway}"


def invoice(order: Json, ledger: Ledger) -> Invoice:
    """Book the invoice of *order* (rules 3 to 8)."""
    currency, billed = order["currency"], Decimal(0)
    gateway = next(iter(order["payment_gateway_names"]), None)
    rounding = shop(order["total_cash_rounding_payment_adjustment_set"])
    credits: list[tuple[str, Decimal]] = [
        ("2200", Decimal(order["total_tip_received"])),
        ("6900", rounding),
    ]
    for row in order["line_items"] + order["shipping_lines"]:
        net = Decimal(row["price"]) * row.get("quantity", 1) - total(row["discount_allocations"], "amount")
        if order["taxes_included"]:
            net -= total(row["tax_lines"], "price")
        account = "4200" if "quantity" not in row else "2400" if row["gift_card"] else "4100"
        credits.append((account, net))
        credits += [("2150", shop(duty)) for duty in row.get("duties", [])]
        credits += [
            (f"1200:{gateway}" if tax["channel_liable"] else code(tax), Decimal(tax["price"]))
            for tax in row["tax_lines"]
        ]
    for account, amount in credits:
        ledger.debit(account, currency, -amount)
        billed += amount
    if billed != Decimal(order["total_price"]) + rounding:
        raise ValueError(f"{order['name']}: the lines come to {billed}, the total is {order['total_price']}")
    ledger.debit("1100", currency, billed)
    ledger.count("invoice", currency, order["processed_at"], billed)
    return Invoice(order, billed)


def receive(each: Json, change: list[Json], booked: Invoice, ledger: Ledger) -> None:
    """Book a payment of which *change* was given back (rules 9 and 10)."""
    amount = moved(each) - total(change, "amount")
    if not amount:
        return
    settled, credit = booked.settle(amount)
    ledger.debit(money_account(each["gateway"]), each["currency"], amount)
    ledger.debit("1100", each["currency"], -settled)
    ledger.debit("2300", each["currency"], -credit)
    ledger.count("payment", each["currency"], each["processed_at"], amount)


def shared_tax(back: Decimal, taxes: list[Json], currency: str) -> list[tuple[str, Decimal]]:
    """Return the tax *back* by account, shared over *taxes* (the first half of rule 12)."""
    if not taxes:
        return []
    whole = total(taxes, "price")
    if not whole:  # zero-rated
        return []
    others = [(code(tax), rounded(back * Decimal(tax["price"]) / whole, currency)) for tax in taxes[1:]]
    return [(code(taxes[0]), back - sum((amount for _, amount in others), Decimal(0))), *others]


def taken_back(order: Json, refund: Json) -> list[tuple[str, Decimal]]:
    """Return what the credit note takes back, by account (rules 11 and 12)."""
    found: list[tuple[str, Decimal]] = []
    for part in refund["refund_line_items"]:
        taxes = shared_tax(shop(part["total_tax_set"]), part["line_item"]["tax_lines"], order["currency"])
        net = shop(part["subtotal_set"])
        if order["taxes_included"]:
            net -= sum((amount for _, amount in taxes), Decimal(0))
        found += [("2400" if part["line_item"]["gift_card"] else "4100", net), *taxes]
    for part in refund["refund_shipping_lines"]:
        line, net = part["shipping_line"], shop(part["subtotal_amount_set"])
        paid = Decimal(line["discounted_price"])
        taxes = [
            (code(tax), rounded(Decimal(tax["price"]) * net / paid, order["currency"]))
            for tax in line["tax_lines"]
            if paid
        ]
        if order["taxes_included"]:
            net -= sum((amount for _, amount in taxes), Decimal(0))
        found += [("4200", net), *taxes]
    found.append(("2150", shop(refund["total_duties_set"])))
    found += [("4190", -Decimal(each["amount"])) for each in refund["order_adjustments"]]
    for each in refund["order_adjustments"]:
        tax = -Decimal(each["tax_amount"])
        rows = [part["line_item"] for part in refund["refund_line_items"]]
        rows += [part["shipping_line"] for part in refund["refund_shipping_lines"]]
        codes = {code(one) for row in rows for one in row["tax_lines"]}
        if len(codes) == 1:
            found.append((codes.pop(), tax))
        elif tax:
            found += shared_tax(tax, order["tax_lines"], order["currency"])
    return found


def give_back(order: Json, refund: Json, booked: Invoice, ledger: Ledger) -> None:
    """Book a refund: the credit note and the money (rules 11 to 13)."""
    if any(tax["channel_liable"] for tax in order["tax_lines"]):
        raise ValueError(f"{order['name']}: no rule says how a tax that the channel pays is taken back")
    currency, parts = order["currency"], taken_back(order, refund)
    money = [
        each for each in refund["transactions"] if (each["status"], each["kind"]) == ("success", "refund")
    ]
    parts.append(("6900", sum((Decimal(each["amount_rounding"] or 0) for each in money), Decimal(0))))
    amount = sum((part for _, part in parts), Decimal(0))
    for account, part in parts:
        ledger.debit(account, currency, part)
    if money:
        credit = sum(map(moved, money), Decimal(0))
        settled = amount - credit
        if not 0 <= settled <= booked.open:
            raise ValueError(f"{order['name']}: {settled} is to be settled, {booked.open} is open")
        booked.open -= settled
        booked.credit += credit
    else:
        settled, credit = booked.settle(amount)
    ledger.debit("1100", currency, -settled)
    ledger.debit("2300", currency, -credit)
    ledger.count("credit_note", currency, refund["processed_at"], amount)
    for each in money:
        paid_back = moved(each)
        booked.credit -= paid_back
        ledger.debit("2300", currency, paid_back)
        ledger.debit(money_account(each["gateway"]), currency, -paid_back)
        ledger.count("refund", currency, each["processed_at"], paid_back)
    if booked.credit < 0:
        raise ValueError(f"{order['name']}: more was paid back than its refunds come to")


def pay_out(payout: Json, rows: list[Json], ledger: Ledger) -> None:
    """Book a paid payout and the fees in it (rule 14)."""
    currency, clearing = payout["currency"], "1200:shopify_payments"
    noon = f"{payout['date']}T12:00:00-04:00"  # a day already, the same in every zone that matters here
    for row in rows:
        fee, disputed = Decimal(row["fee"]), row["type"] == "dispute"
        ledger.debit("6100", currency, fee)
        ledger.debit(clearing, currency, -fee)
        if disputed:
            ledger.debit(clearing, currency, Decimal(row["amount"]))
            ledger.debit("4190", currency, -Decimal(row["amount"]))
            ledger.count("transaction adjustment", currency, noon, Decimal(row["net"]))
        elif fee:
            ledger.count("transaction fee", currency, noon, -fee)
    if total(rows, "net") != Decimal(payout["amount"]):
        raise ValueError(f"payout {payout['id']}: charges less fees are not what was paid out")
    ledger.debit("1000", currency, Decimal(payout["amount"]))
    ledger.debit(clearing, currency, -Decimal(payout["amount"]))
    ledger.count("transaction payout", currency, noon, Decimal(payout["amount"]))


def work_out() -> Json:
    """Return everything that ``expected.json`` holds."""
    ledger, invoices, left_out = Ledger(), {}, []
    orders = {order["id"]: order for order in read("orders.list")}
    for order in orders.values():
        if order["test"] or order["financial_status"] not in INVOICED:
            left_out.append(
                {"number": order["name"], "why": "test" if order["test"] else order["financial_status"]}
            )
        else:
            invoices[order["id"]] = invoice(order, ledger)
    paid = [each for each in read("transactions.list") if each["status"] == "success"]
    for each in sorted(paid, key=lambda each: int(each["id"])):
        if each["order_id"] in invoices and each["kind"] in ("sale", "capture"):
            change = [row for row in paid if (row["kind"], row["parent_id"]) == ("change", each["id"])]
            receive(each, change, invoices[each["order_id"]], ledger)
    for refund in sorted(read("refunds.list"), key=lambda each: int(each["id"])):
        if refund["order_id"] in invoices:
            give_back(orders[refund["order_id"]], refund, invoices[refund["order_id"]], ledger)
    rows = [row for row in read("balance_transactions.list") if row["type"] != "payout"]
    for payout in read("payouts.list"):
        if payout["status"] == "paid":
            pay_out(payout, [row for row in rows if row["payout_id"] == payout["id"]], ledger)
    prove(ledger, list(invoices.values()), rows)
    return {
        "left_out": left_out,
        "customers": {each.number: each.identity for each in invoices.values()},
        "documents": documents(ledger),
        "receivables": open_items(list(invoices.values()), "open"),
        "customer_credit": open_items(list(invoices.values()), "credit"),
        "balances": balances(ledger),
    }


def prove(ledger: Ledger, invoices: list[Invoice], rows: list[Json]) -> None:
    """Raise ``ValueError`` where two ways to the same figure differ."""
    for currency in DECIMALS:
        sums = {
            "debits and credits": (sum(each[currency] for each in ledger.balances.values()), Decimal(0)),
            "receivables": (ledger.balances["1100"][currency], _sum(invoices, "open", currency)),
            "customer credit": (-ledger.balances["2300"][currency], _sum(invoices, "credit", currency)),
            "clearing of Shopify Payments": (
                ledger.balances["1200:shopify_payments"][currency],
                total(
                    [r for r in rows if r["currency"] == currency and r["payout_status"] != "paid"], "amount"
                ),
            ),
        }
        for name, (one, other) in sums.items():
            if one != other:
                raise ValueError(f"{name} in {currency}: {one} and {other}")


def _sum(invoices: list[Invoice], what: str, currency: str) -> Decimal:
    return sum((getattr(each, what) for each in invoices if each.currency == currency), Decimal(0))


def open_items(invoices: list[Invoice], what: str) -> Json:
    """Return what is open or in credit: by invoice, by customer and in all."""
    found = [each for each in invoices if getattr(each, what)]
    people: dict[str, dict[str, Decimal]] = {}
    for each in found:
        sums = people.setdefault(each.identity, {})
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + getattr(each, what)
    return {
        "by_invoice": [
            {
                "number": each.number,
                "customer": each.customer,
                "currency": each.currency,
                "amount": _text(getattr(each, what), each.currency),
            }
            for each in found
        ],
        "by_customer": {who: _texts(people[who]) for who in sorted(people)},
        "total": _texts({currency: _sum(invoices, what, currency) for currency in sorted(DECIMALS)}),
    }


def documents(ledger: Ledger) -> Json:
    """Return number and total of each kind of document by currency and day.

    The total is what each document is about: an invoice's and credit note's total, what was paid, what a
    transaction changed the clearing account by (a payout: what it took from there).
    """
    return {
        kind: {
            currency: {
                day: {"number": len(amounts), "total": _text(sum(amounts, Decimal(0)), currency)}
                for day, amounts in sorted(days.items())
            }
            for currency, days in sorted(currencies.items())
        }
        for kind, currencies in ledger.documents.items()
    }


def balances(ledger: Ledger) -> Json:
    """Return each account's balance by currency, debit above zero; accounts without any are left out."""
    found = {account: _texts(ledger.balances[account]) for account in sorted(ledger.balances)}
    return {account: amounts for account, amounts in found.items() if amounts}


def _texts(amounts: dict[str, Decimal]) -> Json:
    return {currency: _text(amounts[currency], currency) for currency in sorted(amounts) if amounts[currency]}


def _text(amount: Decimal, currency: str) -> str:
    if amount != rounded(amount, currency):
        raise ValueError(f"{amount} has more decimals than {currency}")
    return format(rounded(amount, currency), "f")


def text() -> str:
    """Return the text of ``expected.json``."""
    return json.dumps(work_out(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{EXPECTED.name}\n")
