"""Every read operation of the Shopify connector on the quarter, over HTTP, as a recipe reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.recipes.shop import expect
from tests.running import here

pytestmark = pytest.mark.source_tree  # reads the samples where they are written

LISTED: Final = """\
recipe: listed
version: 1
connections: {{shop: shopify}}
trigger: {{poll: shop.{operation}, key: $.id}}
actions:
  - {{id: row, uses: file.write, with: {{file: out.jsonl, row: {{id: $.id}}}}}}
"""
OF_ORDERS: Final = """\
recipe: of-orders
version: 1
connections: {{shop: shopify}}
trigger: {{poll: shop.orders.list, with: {{status: any}}, key: $.id}}
reads:
  - {{id: found, uses: shop.{operation}, with: {{order_id: $.id}}}}
actions:
  - {{id: row, uses: file.write, with: {{file: out.jsonl, row: {{id: $.id, found: "$steps.found[*].id"}}}}}}
"""


def written(recipe: str, folder: Path) -> list[dict[str, Any]]:
    """Run *recipe* on the quarter in *folder* and return the rows that it wrote."""
    (folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    (folder / "recipe.yaml").write_text(recipe, "utf-8")
    done = here("run", "recipe.yaml", "--sample", "quarter", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (folder / ".recipe" / "sample" / "files" / "out.jsonl").read_text("utf-8").splitlines()
    return [json.loads(row) for row in rows]


@pytest.mark.parametrize("operation", ["orders", "customers", "products", "payouts", "balance_transactions"])
def test_a_list_gives_every_record(operation: str, tmp_path: Path) -> None:
    rows = written(LISTED.format(operation=f"{operation}.list"), tmp_path)
    recorded = expect.read(f"{operation}.list")
    assert {row["id"] for row in rows} == {each["id"] for each in recorded}
    assert len(rows) == len(recorded) > 10


@pytest.mark.parametrize("operation", ["transactions", "refunds"])
def test_an_order_has_its_own(operation: str, tmp_path: Path) -> None:
    rows = written(OF_ORDERS.format(operation=f"{operation}.list"), tmp_path)
    recorded = expect.read(f"{operation}.list")
    assert len(rows) == 81
    for row in rows:
        assert row["found"] == [each["id"] for each in recorded if each["order_id"] == row["id"]]
