"""An API on this machine, in a process of its own, that lists the job's orders page by page as fast as it can be read.

``GET /orders?limit=250&after=…`` answers ``{"orders": […], "next": "250"}``; the last page has no ``next``. The first
block of orders (64 MB) is made before the first request; those behind it are the same under other ids and names, so
that a page costs a copy.
"""

from __future__ import annotations

import sys
from urllib.parse import parse_qsl, urlsplit

from job import BLOCK, PAGE, page
from serving import Connection, Served, serve


class Pages(Served):
    """Serves *records* orders, a multiple of a page, for as long as the block runs.

    Args:
        core: The processor that it is kept on, where the system can; None for any.
    """

    def __init__(self, records: int, core: int | None = None) -> None:
        super().__init__(__file__, str(records), "" if core is None else str(core))


class _Connection(Connection):
    """Lists the orders."""

    made: tuple[bytes, ...] = ()
    records = 0

    def answered(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        asked = dict(parse_qsl(urlsplit(head.split(b" ")[1].decode()).query))
        return b"200 OK", self.page(int(asked.get("after") or "0"))

    @classmethod
    def page(cls, after: int) -> bytes:
        """Return the page behind order number *after*."""
        block, index = divmod(after // PAGE, BLOCK // PAGE)
        body, last = cls.made[index], after + PAGE
        if block:
            body = body.replace(b'"name":"#', b'"name":"#%d-' % block)
            body = body.replace(b'"id":58', b'"id":58%d' % block)
        return body + (b',"next":"%d"}' % last if last < cls.records else b"}")


if __name__ == "__main__":
    if sys.argv[2]:
        import os

        os.sched_setaffinity(0, {int(sys.argv[2])})
    _Connection.records = int(sys.argv[1])
    count = min(BLOCK, _Connection.records) // PAGE
    _Connection.made = tuple(page(each * PAGE + 1, PAGE)[:-1] for each in range(count))
    serve(_Connection)
