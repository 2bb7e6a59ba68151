"""Writes the WooCommerce connector's sample payloads: ``python -m tests.woo.build`` from the repository's root.

Nothing here reads a clock or draws a number: the same statements give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from tests.woo import orders
from tests.woo.others import customers, products, refunds, tax_rates
from tests.woo.shape import order_json

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = ROOT / "engine" / "connectors" / "woocommerce" / "samples"

Json = dict[str, Any]


def files() -> dict[Path, str]:
    """Return every sample file's text by its path."""
    lists: dict[str, list[Json]] = {
        "default/orders.list": [order_json(each) for each in orders.GOOD],
        "default/refunds.list": refunds(),
        "default/customers.list": customers(),
        "default/products.list": products(),
        "default/tax_rates.list": tax_rates(),
        "bad/orders.list": [order_json(each) for each in orders.BAD],
    }
    return {
        SAMPLES / f"{name}.json": json.dumps(records, ensure_ascii=False, indent=2) + "\n"
        for name, records in lists.items()
    }


def main() -> None:
    """Write the files and print their paths."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
