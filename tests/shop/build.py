"""Writes the Shopify connector's sample payloads: ``python -m tests.shop.build`` from the repository's root.

Nothing here reads a clock or draws a number: the same statements give the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.shop import bad, default, quarter
from tests.shop.directory import customers, products, refunds_of
from tests.shop.figures import work_out
from tests.shop.orders import order_json
from tests.shop.payments import transactions
from tests.shop.payouts import payouts
from tests.shop.statement import Order

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = ROOT / "engine" / "connectors" / "shopify" / "samples"

Json = dict[str, Any]


def payloads(orders: Sequence[Order]) -> tuple[list[Json], list[Json]]:
    """Return the orders and all their transactions, in the vendor's shape."""
    paid = [transaction for order in orders for transaction in transactions(order, work_out(order))]
    return [order_json(order) for order in orders], paid


def files() -> dict[Path, str]:
    """Return every sample file's text by its path."""
    texts = {}
    for folder, (orders, paid) in {"default": payloads(default.ORDERS), "bad": bad.payloads()}.items():
        texts[SAMPLES / folder / "orders.list.json"] = _text({"orders": orders})
        texts[SAMPLES / folder / "transactions.list.json"] = _text({"transactions": paid})
    for operation, (key, records) in _quarter().items():
        texts[SAMPLES / "quarter" / f"{operation}.json"] = _lines(key, records)
    return texts


def _quarter() -> dict[str, tuple[str, list[Json]]]:
    """Return the quarter's records by operation, each with the key that its answer holds them under."""
    orders, paid = payloads(quarter.ORDERS)
    paid_out, balance = payouts(quarter.ORDERS, quarter.DISPUTES, quarter.PAYOUT_DAYS)
    return {
        "orders.list": ("orders", orders),
        "transactions.list": ("transactions", paid),
        "refunds.list": ("refunds", refunds_of(quarter.ORDERS)),
        "customers.list": ("customers", customers(quarter.CUSTOMERS, quarter.ORDERS)),
        "products.list": ("products", products(quarter.PRICES, quarter.CATALOGUED)),
        "payouts.list": ("payouts", paid_out),
        "balance_transactions.list": ("transactions", balance),
    }


def main() -> None:
    """Write the files and print their paths."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _lines(key: str, records: Sequence[Json]) -> str:
    """Return the records one a line: half the size, and a change shows whose it is."""
    rows = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return f'{{"{key}": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    main()
