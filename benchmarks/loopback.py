"""A target on this machine, in a process of its own, that takes documents and lists records as fast as Python can.

``POST /notes`` answers 201 with the document and an id. ``GET /records?limit=…&after=…`` lists orders from number 1 up,
a page at a time. ``GET /taken`` tells how many documents came since it was asked last, and how many bytes they had.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from serving import Connection, Served, serve


def order(number: int) -> dict[str, Any]:
    """Return one order; no two are alike."""
    return {
        "id": 5_000_000_000_000 + number,
        "name": f"#{number}",
        "processed_at": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T12:30:00Z",
        "total_price": f"{number % 900 + 10}.{number % 90 + 10}",
        "currency": "USD",
        "customer": {"name": f"Customer {number % 5000}", "email": f"c{number % 5000}@shop.example"},
        "note": "leave it with the neighbours, please, and ring twice",
    }


class Loopback(Served):
    """Runs the target for as long as the block runs.

    Args:
        records: How many it lists.
    """

    def __init__(self, records: int = 0) -> None:
        super().__init__(__file__, str(records))

    def taken(self) -> tuple[int, int]:
        """Return how many documents came since this was asked last, and how many bytes they had."""
        with urllib.request.urlopen(f"{self.address}/taken", timeout=10) as answer:  # noqa: S310  # our own
            count, size = json.load(answer)
        return count, size


class _Connection(Connection):
    """Takes documents, and lists records."""

    count = size = made = 0
    records = 0

    def answered(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        return self._post(body) if head.startswith(b"POST") else self._get(head)

    def _post(self, body: bytes) -> tuple[bytes, bytes]:
        kind = _Connection
        kind.count, kind.size, kind.made = kind.count + 1, kind.size + len(body), kind.made + 1
        return b"201 Created", b'{"id":"n%d",%b' % (kind.made, body[1:])

    def _get(self, head: bytes) -> tuple[bytes, bytes]:
        asked = urlsplit(head.split(b" ")[1].decode())
        if asked.path == "/taken":
            told = [_Connection.count, _Connection.size]
            _Connection.count = _Connection.size = 0
            return b"200 OK", json.dumps(told).encode()
        query = dict(parse_qsl(asked.query))
        first = int(query.get("after", "0")) + 1
        last = min(first + int(query["limit"]), _Connection.records + 1)
        page: dict[str, Any] = {"records": [order(number) for number in range(first, last)]}
        if last <= _Connection.records:
            page["next"] = str(last - 1)
        return b"200 OK", json.dumps(page).encode()


if __name__ == "__main__":
    _Connection.records = int(sys.argv[1])
    serve(_Connection)
