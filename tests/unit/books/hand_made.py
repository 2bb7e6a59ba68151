"""A quarter of a small shop, every kind of document in it, whose figures can be worked out on paper.

Desk's books, in USD unless it says EUR. The tests beside it state what every report must say, and why.
"""

from __future__ import annotations

from typing import Any

ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}
BOB = {"name": "Bob"}


def goods(price: str, **more: Any) -> dict[str, Any]:
    """A line of one piece."""
    return {"description": "Mug", "quantity": 1, "unit_price": price, **more}


VAT = [{"code": "VAT20", "amount": "20.00"}]
INVOICES: list[dict[str, Any]] = [
    # 130.00: goods 100.00, tax 20.00, shipping 10.00
    {
        "external_id": "a1",
        "number": "A1",
        "date": "2026-01-10",
        "due_date": "2026-02-09",
        "lines": [goods("100.00", taxes=VAT), goods("10.00", category="shipping")],
    },
    {"external_id": "a2", "number": "A2", "date": "2026-03-01", "lines": [goods("60.00")]},
    {
        "external_id": "a3",
        "number": "A3",
        "date": "2026-03-05",
        "due_date": "2026-04-04",
        "lines": [goods("40.00", category="gift_card")],
    },
    {  # voided in April
        "external_id": "a4",
        "number": "A4",
        "date": "2026-03-15",
        "due_date": "2026-04-14",
        "lines": [goods("10.00")],
    },
    {  # changed to 30.00
        "external_id": "a5",
        "number": "A5",
        "date": "2026-03-12",
        "due_date": "2026-03-31",
        "lines": [goods("25.00")],
    },
    {
        "external_id": "d1",
        "number": "D1",
        "date": "2026-03-31",
        "status": "draft",
        "lines": [goods("999.00")],
    },
    {
        "external_id": "e1",
        "number": "E1",
        "date": "2025-12-20",
        "currency": "EUR",
        "exchange_rate": "1.10",
        "customer": BOB,
        "lines": [goods("200.00")],
    },
]


def documents() -> list[tuple[str, dict[str, Any]]]:
    """Return collection and body of every document, in an order in which they can be written.

    An id that starts with ``=`` stands for the id that the document with this external id was given.
    """
    return [
        *(("invoices", {"currency": "USD", "customer": ADA, **body}) for body in INVOICES),
        # kept back 1.50: 48.50 arrive
        ("payments", _usd("p1", "2026-02-01", "50.00", invoice_id="=a1", method="paypal", fee="1.50")),
        (
            "credit_notes",
            {
                "external_id": "c1",
                "number": "C1",
                "date": "2026-03-10",
                "currency": "USD",
                "invoice_id": "=a2",
                "lines": [goods("15.00", taxes=[{"code": "VAT20", "amount": "3.00"}])],
            },
        ),
        # 5.00 too much
        ("payments", _usd("p2", "2026-03-20", "45.00", invoice_id="=a3", account_id="1000")),
        ("payments", _usd("p3", "2026-04-10", "20.00", invoice_id="=a1", method="paypal")),
        (
            "bills",
            {
                "external_id": "b1",
                "number": "B1",
                "date": "2026-01-20",
                "due_date": "2026-02-19",
                "currency": "USD",
                "vendor": {"name": "Paper Ltd"},
                "lines": [goods("30.00", taxes=[{"code": "VAT20", "amount": "6.00"}])],
            },
        ),
        ("bill_payments", _usd("bp1", "2026-03-01", "16.00", bill_id="=b1")),
        ("bill_payments", _usd("bp2", "2026-03-25", "7.00", vendor_id="ven-2")),
        (
            "payments",
            {
                **_usd("p4", "2026-03-31", "80.00", invoice_id="=e1", method="stripe"),
                "currency": "EUR",
                "exchange_rate": "1.15",
            },
        ),
        (
            "journal_entries",
            {
                "external_id": "j1",
                "number": "J1",
                "date": "2026-01-01",
                "currency": "USD",
                "memo": "Money of one's own",
                "lines": [{"account_id": "1000", "debit": "500"}, {"account_id": "3000", "credit": "500"}],
            },
        ),
        ("transfers", _usd("t1", "2026-03-28", "40.00", from_account_id="1200:paypal", to_account_id="1000")),
        (
            "bank_transactions",
            _usd("bt1", "2026-03-30", "-12.00", description="Bank charges", contra_account_id="6100"),
        ),
    ]


def fill(desk: Any) -> None:
    """Write all of it into the books of *desk*."""
    ids: dict[str, str] = {}
    for collection, body in documents():
        if body.get("vendor_id"):
            body["vendor_id"] = desk.get("/vendors")[1]["vendors"][0]["id"]
        write(desk, collection, body, ids)
    changed = {**INVOICES[4], "currency": "USD", "customer": ADA, "external_id": "a5:2"}
    answer = desk.send("PUT", f"/invoices/{ids['a5']}", {**changed, "lines": [goods("30.00")]})
    assert answer.status == 200, answer.body
    status, _ = desk.post(f"/invoices/{ids['a4']}/void", {"external_id": "a4:void", "date": "2026-04-02"})
    assert status == 200


def write(desk: Any, collection: str, body: dict[str, Any], ids: dict[str, str]) -> None:
    """Write one document, and note its id."""
    named = {
        key: ids[value[1:]] if isinstance(value, str) and value.startswith("=") else value
        for key, value in body.items()
    }
    verb, answer = desk.post(f"/{collection}", named)
    assert verb == 201, answer
    ids[body["external_id"]] = answer["id"]


def _usd(external_id: str, date: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"external_id": external_id, "date": date, "amount": amount, "currency": "USD", **more}
