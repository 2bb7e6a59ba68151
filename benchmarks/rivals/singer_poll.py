"""The poll with Singer's SDK: a tap with the hand-written map, its messages into a file.

    python singer_poll.py ADDRESS FOLDER

Nothing validates the invoice, and the target, which would be a process of its own, is left out: both are in its favour.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from by_hand import invoice
from job import DOCUMENT, PAGE
from singer_sdk import RESTStream, Tap

ADDRESS, FOLDER = sys.argv[1], Path(sys.argv[2])


class Invoices(RESTStream):
    """The invoices of the shop's orders."""

    name = "invoices"
    path = "/orders"
    url_base = ADDRESS
    schema = DOCUMENT
    primary_keys = ("number",)
    records_jsonpath = "$.orders[*]"
    next_page_token_jsonpath = "$.next"  # noqa: S105  # a path

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, Any]:
        """Return the query of a page."""
        return {"limit": PAGE} | ({"after": next_page_token} if next_page_token else {})

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:
        """Return the invoice of an order."""
        return invoice(row)


class Shop(Tap):
    """The tap."""

    name = "tap-shop"
    config_jsonschema: ClassVar = {"type": "object", "properties": {}}

    def discover_streams(self) -> list[Invoices]:
        """Return its one stream."""
        return [Invoices(self)]


if __name__ == "__main__":
    os.dup2(os.open(FOLDER / "messages.jsonl", os.O_WRONLY | os.O_CREAT), 1)
    Shop(config={}).sync_all()
