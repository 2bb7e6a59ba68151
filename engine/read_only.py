"""A transport by which only reads leave: what a plan has in place of a way to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine import canonical
from engine.connector import Connector, Operation
from engine.errors import Refused
from engine.fill import SLOT
from engine.wire import Answer, Request, Transport

SAFE: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Known:
    """How requests of one operation are told: by method and address, and where it sends a query by that."""

    operation: Operation
    address: re.Pattern[str]

    def fits(self, request: Request, query: str) -> bool:
        graphql = self.operation.graphql
        if request.method != self.operation.method or (graphql is not None and graphql.text != query):
            return False
        return self.address.fullmatch(request.url.partition("?")[0]) is not None


class ReadOnly:
    """Sends what the operations declared ``effect: read`` ask for, and refuses everything else.

    A request counts as a read only where no operation that writes could have made it; one that no operation knows, such
    as the next page that an answer names, is one by its method alone.

    Args:
        transport: What reads go through.
        connector: Whose operations they are.
        base_url: What the operations' paths are appended to.
    """

    def __init__(self, transport: Transport, connector: Connector, base_url: str) -> None:
        self._transport, self._name = transport, connector.name
        self._known = [
            _Known(operation, _pattern(base_url + operation.path, operation))
            for operation in connector.operations.values()
        ]

    def reads(self, request: Request) -> bool:
        """Tell whether *request* surely changes nothing."""
        query = _query(request)
        fitting = [known.operation for known in self._known if known.fits(request, query)]
        if fitting:
            return not any(operation.writes for operation in fitting)
        return request.method in SAFE

    async def send(self, request: Request) -> Answer:
        """Send *request*, which reads.

        Raises:
            Refused: it may write; nothing was sent.
            NoAnswer: as the transport.
        """
        if not self.reads(request):
            raise Refused(f"a plan only reads, and this may write: {request.method} to {self._name}")
        return await self._transport.send(request)


def _pattern(address: str, operation: Operation) -> re.Pattern[str]:
    pieces = SLOT.split(address)
    for index in range(1, len(pieces), 2):
        param = operation.params.get(pieces[index])
        pieces[index] = ".+" if param is not None and param.segments else "[^/]+"
    pieces[::2] = map(re.escape, pieces[::2])
    return re.compile("".join(pieces))


def _query(request: Request) -> str:
    """Return the GraphQL query that *request* asks, or an empty text."""
    try:
        asked = canonical.decode(request.body) if request.body else None
    except ValueError:
        return ""
    query = asked.get("query") if isinstance(asked, dict) else None
    return query if isinstance(query, str) else ""
