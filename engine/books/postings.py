"""From a document to its postings. Pure; every set of postings sums to zero in each currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from engine.books.chart import CATEGORIES, CREDIT, RECEIVABLE, TAX, clearing
from engine.books.documents import Invoice, Payment


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting: *minor* units above zero are a debit, below zero a credit."""

    account: str
    minor: int
    currency: str


class Unbalanced(Exception):
    """Postings do not sum to zero: a fault of the books, never of a request."""


def of_invoice(invoice: Invoice) -> tuple[Posting, ...]:
    """Return the postings of *invoice*: none for a draft, and none of zero.

    Receivable is debited with the total; each line's account is credited with its net amount, sales tax with
    the tax.
    """
    if invoice.status == "draft":
        return ()
    amounts: defaultdict[str, int] = defaultdict(int)
    amounts[RECEIVABLE] = invoice.total
    for line in invoice.lines:
        amounts[line.account_id or CATEGORIES[line.category]] -= line.net
        amounts[TAX] -= line.tax
    return _balanced(Posting(code, minor, invoice.currency) for code, minor in amounts.items())


def of_payment(payment: Payment, applied: int) -> tuple[Posting, ...]:
    """Return the postings of *payment*: *applied* minor units settle its invoice, the rest is credit."""
    return _balanced(
        (
            Posting(clearing(payment.method).code, payment.amount, payment.currency),
            Posting(RECEIVABLE, -applied, payment.currency),
            Posting(CREDIT, applied - payment.amount, payment.currency),
        )
    )


def _balanced(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    kept = tuple(posting for posting in postings if posting.minor)
    sums: defaultdict[str, int] = defaultdict(int)
    for posting in kept:
        sums[posting.currency] += posting.minor
    if any(sums.values()):
        raise Unbalanced(f"postings do not sum to zero: {dict(sums)}")
    return kept
