"""Whatever stands in a field, the books answer: they take it or refuse it with the field's name."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from engine.books import masters, moves, purchases, sales
from engine.books.audit import check
from engine.books.lines import PURCHASE, SALE, TAX

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**40,
    Decimal("1E-30"),
    Decimal("0.1"),
    "",
    " ",
    "\0",
    "\N{SNOWMAN}" * 5000,
    "-0",
    "1e5",
    "١",
    "2026-13-01",
    "inv-1",
    "inv-" + "9" * 18,
    "1200:\n",
    [],
    [[]],
    [{}],
    [None],
    {},
    {"name": None},
    {"": ""},
]
ABOUT: dict[str, dict[str, Any]] = {
    "credit_notes": {"invoice_id": "inv-1"},
    "payments": {"invoice_id": "inv-1"},
    "refunds": {"credit_note_id": "cn-2"},
    "bill_payments": {"bill_id": "bill-3"},
}
FIELDS: dict[str, frozenset[str]] = {
    "invoices": sales.INVOICE_FIELDS,
    "credit_notes": sales.CREDIT_NOTE_FIELDS,
    "payments": sales.PAYMENT_FIELDS,
    "refunds": sales.REFUND_FIELDS,
    "bills": purchases.BILL_FIELDS,
    "bill_payments": purchases.BILL_PAYMENT_FIELDS,
    "journal_entries": moves.JOURNAL_FIELDS,
    "bank_transactions": moves.BANK_FIELDS,
    "transfers": moves.TRANSFER_FIELDS,
    "transactions": moves.TRANSACTION_FIELDS,
    "customers": masters.PARTY_FIELDS,
    "vendors": masters.PARTY_FIELDS,
    "items": masters.ITEM_FIELDS,
    "tax_rates": masters.TAX_RATE_FIELDS,
    "accounts": masters.ACCOUNT_FIELDS,
}
BESIDE: dict[str, dict[str, Any]] = {
    "customer_id": {"customer": None},
    "vendor_id": {"vendor": None},
    "to_amount": {"to_currency": "EUR"},
}
"""What goes with a field: a name of None leaves out what would exclude it."""
INNER = {
    "invoices": SALE,
    "credit_notes": SALE,
    "bills": PURCHASE,
    "journal_entries": moves.JOURNAL_LINE,
}


@pytest.fixture
def begun(desk):
    """Books with an invoice, a credit note and a bill."""
    desk.make("invoices")
    desk.make("credit_notes", customer={"name": "Ada Lovelace"})
    desk.make("bills")
    return desk


def bodies(desk, collection):
    """Yield the name of a field with a body in which an odd value stands in it."""
    for value in ODD:
        for field in sorted(FIELDS[collection]):
            yield field, desk.body(collection, **ABOUT.get(collection, {})) | {field: value}
        for field in sorted(INNER.get(collection, ())):
            body = deepcopy(desk.body(collection))
            body["lines"][0][field] = value
            yield f"lines/0/{field}", body
        for field in sorted(TAX if "lines" in FIELDS[collection] and collection != "journal_entries" else ()):
            body = deepcopy(desk.body(collection))
            body["lines"][0]["taxes"] = [{"code": "A", "amount": "1.00"} | {field: value}]
            yield f"lines/0/taxes/0/{field}", body


@pytest.mark.parametrize("collection", FIELDS)
def test_an_odd_value_in_any_field_is_taken_or_refused_and_breaks_nothing(begun, collection):
    for field, body in bodies(begun, collection):
        status, answer = begun.post(f"/{collection}", body)
        assert status in (200, 201, 409, 422), (field, body)
        if status >= 400:
            assert answer["error"]["message"], (field, body)
            assert not {"None", "True", "<class"} & set(answer["error"]["message"].split()), answer
    assert check(begun.books) == ()


@pytest.mark.parametrize("collection", FIELDS)
def test_null_in_any_field_is_refused_by_its_name(begun, collection):
    for field in sorted(FIELDS[collection]):
        body = begun.body(collection, **ABOUT.get(collection, {}) | BESIDE.get(field, {})) | {field: None}
        status, answer = begun.post(f"/{collection}", body)
        assert (status, answer["error"]["field"].partition("/")[2]) == (422, field), (field, answer)


@pytest.mark.parametrize("collection", FIELDS)
def test_an_odd_address_or_filter_is_answered(begun, collection):
    for odd in ("%00", "%", "%ff", "..", "1", "%F0%9F%98%80", "x" * 10_000, "inv-1%00", "%0a"):
        for method, path in [("GET", f"/{collection}/{odd}"), ("PATCH", f"/{collection}/{odd}")]:
            body = None if method == "GET" else {"external_id": "x", "name": "x"}
            assert begun.send(method, path, body).status in (404, 422), (method, path)
        for name in ("number", "external_id", "name", "code", "email", "reference", "status", "after", odd):
            assert begun.send("GET", f"/{collection}?{name}={odd}").status in (200, 422), (name, odd)
