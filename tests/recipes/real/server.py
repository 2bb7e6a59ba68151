"""A site on loopback that keeps what it is sent, as the connectors in ``project/connectors`` describe their vendors.

A collection is a list of records: ``GET /deals`` lists them, page by page, ``GET /deals/deal-1`` gives one, ``POST``
adds one and ``PATCH /deals/deal-1`` changes one. ``/orders/7/refunds`` are the refunds whose ``order_id`` is 7.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.fake import Reply, Sent, site

PAGE: Final = 2
"""Records a page: few, so that every list goes on."""
OWN: Final = ("page", "limit")
TOKEN: Final = "a-token-of-the-tests"


class Site:
    """What the vendors hold, by collection.

    Attributes:
        records: The records of each collection, in the order in which they came.
        writes: Every document that made or changed a record, with method and path.
        refuse: Says why a document is refused, or an empty text.
        lost: Collections whose next document is kept, but not answered.
        slow: Collections whose lists do not show yet what was sent here.
    """

    def __init__(self, records: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.records = records or {}
        self.writes: list[tuple[str, str, dict[str, Any]]] = []
        self.refuse: Callable[[str, dict[str, Any]], str] = lambda path, document: ""
        self.lost: set[str] = set()
        self.slow: set[str] = set()

    @contextlib.contextmanager
    def served(self) -> Iterator[str]:
        """Serve it for as long as the block runs, and give its address."""
        with site(self.answer) as address:
            yield address

    def made(self, collection: str) -> list[dict[str, Any]]:
        """Return the records of *collection* that were sent here."""
        return [each for each in self.records.get(collection, []) if "external_id" in each]

    def answer(self, sent: Sent) -> Reply:
        """Answer a request as the collections stand."""
        if sent.headers.get("authorization") != f"Bearer {TOKEN}":
            return _reply(401, {"error": "the key is not known"})
        address = urlsplit(sent.path)
        parts = [unquote(part) for part in address.path.strip("/").split("/")]
        if sent.method == "GET":
            return self._read(parts, address.path, dict(parse_qsl(address.query)))
        document = json.loads(sent.body)
        if why := self.refuse(address.path, document):
            return _reply(422, {"error": why})
        reply = self._add(parts[0], document) if sent.method == "POST" else self._change(parts, document)
        if parts[0] in self.lost:
            self.lost.remove(parts[0])
            return Reply(raw=b"\r\n")
        return reply

    def _read(self, parts: list[str], path: str, query: dict[str, str]) -> Reply:
        if len(parts) == 2:
            one = self._one(parts)
            return _reply(404, {"error": "not found"}) if one is None else _reply(200, one)
        wanted = {name: value for name, value in query.items() if name not in OWN}
        if len(parts) == 3:
            wanted[f"{parts[0].removesuffix('s')}_id"] = parts[1]
        every = self.records.get(parts[-1], [])
        if parts[-1] in self.slow:
            every = [each for each in every if "external_id" not in each]
        found = [each for each in every if all(str(each.get(k)) == v for k, v in wanted.items())]
        start = int(query.get("page", "0"))
        headers = {}
        if start + PAGE < len(found):
            more = urlencode({**query, "page": start + PAGE})
            headers["Link"] = f'<{path}?{more}>; rel="next"'
        return _reply(200, {"data": found[start : start + PAGE]}, headers)

    def _add(self, collection: str, document: dict[str, Any]) -> Reply:
        every = self.records.setdefault(collection, [])
        known = [each for each in every if each.get("external_id", "") == document.get("external_id")]
        if known:
            return _reply(200, known[0])
        made = {"id": f"{collection}-{len(every) + 1}", **document}
        every.append(made)
        self.writes.append(("POST", collection, document))
        return _reply(201, made)

    def _change(self, parts: list[str], document: dict[str, Any]) -> Reply:
        found = self._one(parts)
        if found is None:
            return _reply(404, {"error": "not found"})
        found.update(document)
        self.writes.append(("PATCH", "/".join(parts), document))
        return _reply(200, found)

    def _one(self, parts: list[str]) -> dict[str, Any] | None:
        return next((each for each in self.records.get(parts[0], []) if str(each["id"]) == parts[1]), None)


def _reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
