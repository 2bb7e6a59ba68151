"""Lines of sales and purchases: what each comes to, its tax by code, and its account."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.books.chart import CATEGORIES, Chart
from engine.books.fields import MOST_MINOR, Reader

SALE: Final = frozenset(
    "description quantity unit_price discount tax taxes tax_code sku item_id category account_id".split()
)
PURCHASE: Final = SALE - {"category", "sku", "item_id"}
TAX: Final = frozenset("code amount place".split())


class Line(NamedTuple):
    """One line, amounts in minor units.

    Attributes:
        net: Quantity times unit price less discount, without the tax.
        tax: Sum of ``taxes``.
        taxes: Tax by code; None is tax without a code.
        account_id: Code of the account named by the line, in place of its category's.
    """

    net: int
    tax: int
    taxes: tuple[tuple[str | None, int], ...]
    category: str
    account_id: str | None

    def account(self, chart: Chart) -> str:
        """Return the code of its account; of a purchase the one for expenses unless it names another."""
        if self.account_id is not None:
            return self.account_id
        return chart.categories[self.category] if self.category else chart.code("expense")


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a document."""

    lines: tuple[Line, ...]
    total: int
    tax: int
    named: tuple[tuple[str, str], ...]

    def legs(self, chart: Chart, role: str) -> Iterator[tuple[str, int]]:
        """Yield each line's net and tax with its account; *role* is the tax's."""
        for line in self.lines:
            yield line.account(chart), line.net
            for code, amount in line.taxes:
                yield chart.code(role, code), amount


def lines_of(reader: Reader, currency: str, known: Set[str]) -> Lines:
    """Return the document's lines and what they come to.

    Args:
        known: The fields that a line may have, ``SALE`` or ``PURCHASE``.

    Raises:
        Refusal: a field is wrong, or an amount has more decimals than the currency.
    """
    inclusive = reader.flag("tax_inclusive")
    place = reader.at("lines")
    lines, named = list[Line](), list[tuple[str, str]]()
    total = tax = size = 0
    for index, item in enumerate(reader.items("lines")):
        at = f"{place}/{index}"
        line = _line(Reader(item, at, known), currency, inclusive)
        lines.append(line)
        total += line.net + line.tax
        tax += line.tax
        size += abs(line.net) + abs(line.tax)
        if line.account_id is not None:
            named.append((f"{at}/account_id", line.account_id))
    if size > MOST_MINOR:
        raise reader.wrong("lines", "size", "the lines are more than the books can hold")
    return Lines(tuple(lines), total, tax, tuple(named))


def _line(reader: Reader, currency: str, inclusive: bool) -> Line:
    reader.needed("description", blank=True)
    reader.text("sku")
    reader.text("item_id")
    discount = reader.minor("discount", currency, 0)
    if discount < 0:
        raise reader.wrong(
            "discount", "amount", "a discount is not below zero; a surcharge is a line of its own"
        )
    taxes = _taxes(reader, currency)
    extended = reader.product("quantity", "unit_price", currency)
    category = reader.choice("category", CATEGORIES, "goods") if reader.may_have("category") else ""
    tax = sum([amount for _, amount in taxes])
    net = extended - discount - (tax if inclusive else 0)
    return Line(net, tax, taxes, category, reader.text("account_id"))


def _taxes(reader: Reader, currency: str) -> tuple[tuple[str | None, int], ...]:
    code = reader.text("tax_code")
    if not reader.has("taxes"):
        amount = reader.minor("tax", currency, 0)
        return ((code, amount),) if amount else ()
    for name in ("tax", "tax_code"):
        if reader.has(name):
            raise reader.wrong(name, "form", f"{name} and taxes exclude each other: give one")
    found = (
        Reader(item, f"{reader.at('taxes')}/{index}", TAX)
        for index, item in enumerate(reader.items("taxes", least=0))
    )
    return tuple((_word(each), each.minor("amount", currency)) for each in found)


def _word(tax: Reader) -> str:
    place, code = tax.text("place"), tax.needed("code")
    return code if place is None else f"{place} {code}"
