"""The check of the books finds what another hand changed."""

from __future__ import annotations

import pytest

from engine.books.audit import check


@pytest.fixture
def busy(desk):
    """Books with two paid invoices, one of them paid too much, an open one and a draft."""
    for index in range(1, 5):
        status = "draft" if index == 4 else "open"
        desk.invoice(external_id=f"i{index}", number=f"{index}", status=status)
    desk.payment()
    desk.payment(external_id="p2", invoice_id="inv-2", amount="40")
    return desk


def test_sound_books_have_no_findings(busy):
    assert check(busy.books) == ()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE posting SET amount_minor = 2500.5 WHERE id = 1", "file: CHECK constraint failed in posting"),
        (
            "UPDATE posting SET amount_minor = 2501 WHERE id = 1",
            "entry 1: its postings sum to 0.01 USD, not to zero",
        ),
        (
            "UPDATE posting SET account = 7 WHERE id = 2",
            "inv-1: its postings are not those that its body gives",
        ),
        ("DELETE FROM posting WHERE entry = 3", "inv-3: its postings are not those that its body gives"),
        ("UPDATE entry SET date = '2025-01-01' WHERE id = 1", "inv-1: its postings are not those"),
        (
            "UPDATE document SET total_minor = 2600 WHERE id = 3",
            "inv-3: total_minor is 2600, its body says 2500",
        ),
        ("UPDATE document SET status = 'open' WHERE id = 1", "inv-1: status is 'open', its body says 'paid'"),
        ("UPDATE document SET status = 'paid' WHERE id = 3", "inv-3: status is 'paid', its body says 'open'"),
        ("UPDATE document SET number = '9' WHERE id = 3", "inv-3: number is '9', its body says '3'"),
        (
            "UPDATE document SET external_id = 'x' WHERE id = 3",
            "inv-3: external_id is 'x', its body says 'i3'",
        ),
        ("UPDATE document SET date = '2025-01-01' WHERE id = 5", "pay-5: date is '2025-01-01'"),
        ("UPDATE document SET invoice = 3 WHERE id = 5", "pay-5: invoice is 3, its body says 1"),
        (
            "UPDATE document SET party = 'Bob' WHERE id = 3",
            "inv-3: party is 'Bob', its body says 'Ada Lovelace'",
        ),
        ("UPDATE document SET customer = 9 WHERE id = 3", "document 3: names a customer that does not exist"),
        ("UPDATE document SET body = replace(body, '12.50', '12.49') WHERE id = 3", "inv-3: digest is"),
        ("UPDATE document SET body = '{}' WHERE id = 3", "inv-3: its body is not what was received"),
        ("UPDATE document SET body = '[]' WHERE id = 3", "inv-3: its body is not what was received"),
        ("UPDATE document SET body = 'x' WHERE id = 5", "pay-5: its body is not what was received"),
        (
            "UPDATE allocation SET amount_minor = 100 WHERE invoice = 1",
            "inv-1: 100 minor units are settled, its pay",
        ),
        ("DELETE FROM allocation", "inv-1: 0 minor units are settled, its payments say 2500"),
        (
            "UPDATE posting SET customer = NULL WHERE id = 1",
            "postings without customer: receivable is 25.00 USD",
        ),
        ("DELETE FROM document WHERE id = 6", "inv-2: 2500 minor units are settled, its payments say 0"),
    ],
)
def test_a_changed_row_is_found(busy, change, finding):
    busy.tamper(change)
    findings = check(busy.books)
    assert any(found.startswith(finding) for found in findings), findings
