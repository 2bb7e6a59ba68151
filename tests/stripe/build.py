"""Writes the Stripe connector's sample payloads: ``python -m tests.stripe.build`` from the repository's root.

Nothing here reads a clock or draws a number: the same statements give the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.stripe.statement import BAD, DEFAULT, Account, Payout, Row

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = ROOT / "engine" / "connectors" / "stripe" / "samples"

Json = dict[str, Any]

FEES: Final = {"charge": "Stripe processing fees", "adjustment": "Dispute fee"}
CARD: Final = {"brand": "visa", "country": "US", "exp_month": 4, "exp_year": 2031, "funding": "credit"}
NOBODY: Final = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def epoch(at: str) -> int:
    """Return the instant *at*, in UTC, in seconds since 1970."""
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())


def files() -> dict[Path, str]:
    """Return every sample file's text by its path."""
    texts = {}
    for folder, account in {"default": DEFAULT, "bad": BAD}.items():
        for name, answer in _answers(account):
            texts[SAMPLES / folder / f"{name}.json"] = answer
    return texts


def _answers(account: Account) -> Iterator[tuple[str, str]]:
    rows = {row.id: row_json(row) for row in account.rows}
    paid = {payout.id: _own_row(payout) for payout in account.payouts}
    every = [*rows.values(), *paid.values()]
    yield "balance_transactions.list", _list("balance_transactions", every)
    for payout in account.payouts:
        if payout.rows:
            held = [paid[payout.id], *(rows[each] for each in payout.rows)]
            yield f"balance_transactions.list@payout={payout.id}", _list("balance_transactions", held)
        else:
            held = [paid[payout.id]]
            yield f"balance_transactions.list@source={payout.id}", _list("balance_transactions", held)
    yield "payouts.list", _list("payouts", [payout_json(each) for each in account.payouts])
    yield "charges.list", _list("charges", list(_charges(account)))
    yield "refunds.list", _list("refunds", list(_refunds(account)))
    yield "customers.list", _list("customers", list(_customers(account)))
    amounts = [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
    balance = {"object": "balance", "available": amounts, "livemode": True, "pending": amounts}
    yield "balance.get", json.dumps(balance, indent=2) + "\n"


def row_json(row: Row) -> Json:
    """Return a change of the balance in the vendor's shape."""
    details = [
        {
            "amount": row.fee,
            "application": None,
            "currency": row.currency,
            "description": FEES.get(row.type, "Stripe processing fees"),
            "type": "stripe_fee",
        }
    ]
    return {
        "id": row.id,
        "object": "balance_transaction",
        "amount": row.amount if row.written is None else row.written,
        "available_on": epoch(row.at[:10]) + 2 * 86400,
        "balance_type": "payments",
        "created": epoch(row.at),
        "currency": row.currency,
        "description": row.description,
        "exchange_rate": None if row.rate is None else Decimal(row.rate),
        "fee": row.fee,
        "fee_details": details if row.fee else [],
        "net": row.amount - row.fee + row.slip,
        "reporting_category": row.category or row.type,
        "source": row.source,
        "status": "available",
        "type": row.type,
    }


def _own_row(payout: Payout) -> Json:
    own = Row(
        f"txn_{payout.id}", "payout", payout.at, payout.currency, -payout.amount, source=payout.id,
        description="STRIPE PAYOUT",
    )  # fmt: skip
    return row_json(own)


def payout_json(payout: Payout) -> Json:
    """Return a payout in the vendor's shape."""
    failed = payout.status == "failed"
    return {
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": epoch(payout.arrives),
        "automatic": bool(payout.rows),
        "balance_transaction": f"txn_{payout.id}",
        "created": epoch(payout.at),
        "currency": payout.currency,
        "description": "STRIPE PAYOUT",
        "destination": f"ba_sample_{payout.currency}",
        "failure_balance_transaction": payout.came_back,
        "failure_code": "account_closed" if failed else None,
        "failure_message": "The bank account is closed." if failed else None,
        "livemode": True,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": payout.reconciled if payout.rows else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": "SAMPLE TEAS",
        "status": payout.status,
        "trace_id": None,
        "type": "bank_account",
    }


def _charges(account: Account) -> Iterator[Json]:
    back: dict[str, int] = {}
    for refund in account.refunds:
        back[refund.charge] = back.get(refund.charge, 0) + refund.amount
    by_source = {row.source: row for row in account.rows if row.type in ("charge", "payment")}
    for each in account.charges:
        row, failed = by_source.get(each.id), each.failed
        returned = back.get(each.id, 0)
        card = {"card": {**CARD, "last4": each.last4, "network": "visa"}, "type": "card"}
        yield {
            "id": each.id,
            "object": "charge",
            "amount": each.amount,
            "amount_captured": 0 if failed else each.amount,
            "amount_refunded": returned,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": row.id if row else None,
            "billing_details": {
                "address": NOBODY,
                "email": each.email,
                "name": each.name,
                "phone": None,
                "tax_id": None,
            },
            "captured": not failed,
            "created": epoch(each.at),
            "currency": each.currency,
            "customer": None,
            "description": each.description,
            "disputed": each.disputed,
            "failure_balance_transaction": None,
            "failure_code": "card_declined" if failed else None,
            "failure_message": "The card was declined." if failed else None,
            "livemode": True,
            "metadata": {},
            "on_behalf_of": None,
            "outcome": {
                "network_status": "declined_by_network" if failed else "approved_by_network",
                "reason": "insufficient_funds" if failed else None,
                "seller_message": "The bank declined." if failed else "Payment complete.",
                "type": "issuer_declined" if failed else "authorized",
            },
            "paid": not failed,
            "payment_intent": f"pi_{each.id[3:]}",
            "payment_method": f"pm_{each.id[3:]}",
            "payment_method_details": {"type": "us_bank_account"} if each.id.startswith("py_") else card,
            "receipt_email": each.email,
            "receipt_number": None,
            "refunded": returned == each.amount,
            "review": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "status": "failed" if failed else "succeeded",
            "transfer_group": None,
        }


def _refunds(account: Account) -> Iterator[Json]:
    by_source = {row.source: row for row in account.rows}
    currencies = {charge.id: charge.currency for charge in account.charges}
    for each in account.refunds:
        yield {
            "id": each.id,
            "object": "refund",
            "amount": each.amount,
            "balance_transaction": by_source[each.id].id,
            "charge": each.charge,
            "created": epoch(by_source[each.id].at),
            "currency": currencies[each.charge],
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": {},
            "payment_intent": f"pi_{each.charge[3:]}",
            "reason": "requested_by_customer",
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }


def _customers(account: Account) -> Iterator[Json]:
    """Yield one for each buyer, made as they first paid."""
    first = {charge.email: charge for charge in reversed(account.charges)}
    for each in first.values():
        yield {
            "id": f"cus_{each.id[3:]}",
            "object": "customer",
            "address": NOBODY,
            "balance": 0,
            "created": epoch(each.at),
            "currency": each.currency,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "email": each.email,
            "invoice_prefix": f"TEA{each.id[3:]}",
            "livemode": True,
            "metadata": {},
            "name": each.name,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "tax_exempt": "none",
            "test_clock": None,
        }


def _list(name: str, records: Sequence[Json]) -> str:
    """Return an answer with the records one a line, newest first."""
    newest = sorted(records, key=lambda each: (each["created"], each["id"]), reverse=True)
    rows = ",\n".join(json.dumps(each, ensure_ascii=False, default=float) for each in newest)
    return f'{{"object": "list", "url": "/v1/{name}", "has_more": false, "data": [\n{rows}\n]}}\n'


def main() -> None:
    """Write the files and print their paths."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
