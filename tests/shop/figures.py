"""The arithmetic of an order: discounts, taxes, totals and what refunds leave of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.shop.amounts import ZERO, Currency, share
from tests.shop.statement import Discount, Line, Order, Refund, Shipping, Tax, Taxes


@dataclass(frozen=True)
class Row:
    """A line or shipping line with its discounts (by application index) and taxes worked out."""

    quantity: int
    price: Decimal
    allocations: tuple[tuple[int, Decimal], ...]
    taxes: tuple[tuple[Tax, Decimal], ...]

    @property
    def gross(self) -> Decimal:
        """Price times quantity, before discounts."""
        return self.price * self.quantity

    @property
    def discount(self) -> Decimal:
        """All allocations."""
        return sum((amount for _, amount in self.allocations), ZERO)

    @property
    def net(self) -> Decimal:
        """After discounts; holds the tax when the order's prices do."""
        return self.gross - self.discount

    @property
    def tax(self) -> Decimal:
        """All taxes."""
        return sum((amount for _, amount in self.taxes), ZERO)


@dataclass(frozen=True)
class Returned:
    """A part of a row that a refund took back."""

    row: int
    quantity: int
    subtotal: Decimal
    tax: Decimal
    discount: Decimal


@dataclass(frozen=True)
class RefundFigures:
    """A refund's parts and the money paid back."""

    lines: tuple[Returned, ...]
    shipping: tuple[Returned, ...]
    duties: Decimal
    calculated: Decimal
    """What lines, shipping, duties and their taxes come to."""
    cash: tuple[tuple[int, Decimal], ...]
    """What is paid back, by position of the payment."""
    discrepancy: Decimal
    """What the refund comes to less what is paid back; below zero more was paid back."""


@dataclass(frozen=True)
class Totals:
    """The order-level amounts, as ordered or as refunds leave them."""

    subtotal: Decimal
    discounts: Decimal
    tax: Decimal
    total: Decimal
    duties: Decimal


@dataclass(frozen=True)
class Figures:
    """Everything that follows from a statement."""

    lines: tuple[Row, ...]
    shipping: tuple[Row, ...]
    refunds: tuple[RefundFigures, ...]
    ordered: Totals
    current: Totals

    @property
    def rows(self) -> tuple[Row, ...]:
        """Lines, then shipping."""
        return self.lines + self.shipping

    @property
    def taxes(self) -> dict[Tax, Decimal]:
        """Each tax's sum over lines and shipping, in order of appearance."""
        sums: dict[Tax, Decimal] = {}
        for row in self.rows:
            for tax, amount in row.taxes:
                sums[tax] = sums.get(tax, ZERO) + amount
        return sums


def work_out(order: Order) -> Figures:
    """Return the figures of *order*."""
    lines, shipping = _rows(order)
    ordered = _ordered(order, lines, shipping)
    refunds = tuple(_refund(order, refund, lines, shipping) for refund in order.refunds)
    return Figures(lines, shipping, refunds, ordered, _current(ordered, refunds))


def _rows(order: Order) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    everything: tuple[Line | Shipping, ...] = (*order.lines, *order.shipping)
    prices = [line.price * line.quantity for line in order.lines] + [line.price for line in order.shipping]
    allocations = _allocate(order, prices)
    counts = [line.quantity for line in order.lines] + [1] * len(order.shipping)
    rows = []
    for i, stated in enumerate(everything):
        net = prices[i] - sum((amount for _, amount in allocations[i]), ZERO)
        taxes = _taxes(net, stated.taxes, order)
        rows.append(Row(counts[i], stated.price, tuple(allocations[i]), taxes))
    return tuple(rows[: len(order.lines)]), tuple(rows[len(order.lines) :])


def _allocate(order: Order, prices: Sequence[Decimal]) -> list[list[tuple[int, Decimal]]]:
    """Return, per row, its discounts; a later application counts on what the earlier ones left."""
    left = list(prices)
    allocations: list[list[tuple[int, Decimal]]] = [[] for _ in prices]
    for index, discount in enumerate(order.discounts):
        targets = _targets(order, discount)
        for i, amount in zip(targets, _amounts(order, discount, targets, left), strict=True):
            allocations[i].append((index, amount))
            left[i] -= amount
    return allocations


def _targets(order: Order, discount: Discount) -> list[int]:
    if discount.target == "shipping_line":
        return list(range(len(order.lines), len(order.lines) + len(order.shipping)))
    return list(discount.lines if discount.lines is not None else range(len(order.lines)))


def _amounts(order: Order, discount: Discount, targets: list[int], left: list[Decimal]) -> list[Decimal]:
    currency, weights = order.currency, [left[i] for i in targets]
    if discount.value_type == "percentage":
        if discount.method == "each":
            return [currency.round(weight * discount.value / 100) for weight in weights]
        amount = currency.round(sum(weights, ZERO) * discount.value / 100)
        return share(amount, weights, currency.unit)
    if discount.method == "each":
        return [discount.value * order.lines[i].quantity for i in targets]
    return share(discount.value, weights, currency.unit)


def _taxes(net: Decimal, taxes: Taxes, order: Order) -> tuple[tuple[Tax, Decimal], ...]:
    base = net
    if order.taxes_included:
        base = net / (1 + sum((tax.rate for tax in taxes), ZERO))
    return tuple((tax, order.currency.round(base * tax.rate)) for tax in taxes)


def _ordered(order: Order, lines: tuple[Row, ...], shipping: tuple[Row, ...]) -> Totals:
    rows = lines + shipping
    subtotal = sum((row.net for row in lines), ZERO)
    tax = sum((row.tax for row in rows), ZERO)
    duties = sum((line.duty for line in order.lines), ZERO)
    total = subtotal + sum((row.net for row in shipping), ZERO) + order.tip + duties
    if not order.taxes_included:
        total += tax
    return Totals(subtotal, sum((row.discount for row in rows), ZERO), tax, total, duties)


def _refund(order: Order, refund: Refund, lines: tuple[Row, ...], shipping: tuple[Row, ...]) -> RefundFigures:
    back = tuple(_returned(i, count, lines[i], order.currency) for i, count in refund.units)
    sent = tuple(_returned(i, 1, row, order.currency) for i, row in enumerate(shipping) if refund.shipping)
    if refund.shipping_part is not None:
        sent = (_part(refund.shipping_part, shipping[0], order.currency),)
    duties = sum((order.lines[i].duty for i, _ in refund.units if refund.duties), ZERO)
    total = sum((part.subtotal for part in back + sent), duties)
    if not order.taxes_included:
        total += sum((part.tax for part in back + sent), ZERO)
    cash = ((refund.pays_back, total),) if refund.cash is None else refund.cash
    difference = ZERO if refund.by_edit else total - sum((amount for _, amount in cash), ZERO)
    return RefundFigures(back, sent, duties, total, cash, difference)


def _returned(i: int, count: int, row: Row, currency: Currency) -> Returned:
    part = Decimal(count) / row.quantity
    net, tax = currency.round(row.net * part), currency.round(row.tax * part)
    return Returned(i, count, net, tax, row.price * count - net)


def _part(subtotal: Decimal, row: Row, currency: Currency) -> Returned:
    tax = sum((currency.round(amount * subtotal / row.net) for _, amount in row.taxes), ZERO)
    return Returned(0, 1, subtotal, tax, ZERO)


def _current(ordered: Totals, refunds: tuple[RefundFigures, ...]) -> Totals:
    lines = [part for refund in refunds for part in refund.lines]
    parts = lines + [part for refund in refunds for part in refund.shipping]
    return Totals(
        ordered.subtotal - sum((part.subtotal for part in lines), ZERO),
        ordered.discounts - sum((part.discount for part in parts), ZERO),
        ordered.tax - sum((part.tax for part in parts), ZERO),
        ordered.total - sum((refund.calculated for refund in refunds), ZERO),
        ordered.duties - sum((refund.duties for refund in refunds), ZERO),
    )
