"""Serves a connector's recorded payloads over real HTTP on loopback, inside the process.

What it knows of the vendor it takes from the connector: paths, parameters, the auth header, how lists go on.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from engine import canonical
from engine.auth import Auth
from engine.connector import Connector, Operation
from engine.errors import UsageError
from engine.fill import SLOT
from engine.paging import Paging
from engine.paths import MISSING, RECORD
from engine.secret import Secret
from engine.wire import Request

DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class _Route:
    """One read operation with its recorded records."""

    operation: Operation
    pattern: re.Pattern[str]
    records: list[Any]
    paging: Paging | None


def require(connector: Connector, name: str) -> None:
    """Raise ``UsageError`` where *connector* has no sample *name*; the message says which there are."""
    if name not in connector.samples:
        known = ", ".join(connector.samples) or "none"
        raise UsageError(f"{connector.name} has no sample {name!r}", help=f"samples: {known}")


@contextlib.contextmanager
def serve(
    connector: Connector, name: str, path: str, auth: Auth | None, pagings: Mapping[str, Paging]
) -> Iterator[str]:
    """Serve the sample *name* of *connector* for as long as the block runs.

    Args:
        path: The path of the connector's address, which stands before every operation's.
        auth: What requests must carry.
        pagings: How lists go on, by operation.

    Returns:
        The server's address, ``http://127.0.0.1:PORT``.
    """
    folder = connector.folder / "samples" / name
    routes = [_route(folder, path, operation, pagings) for operation in connector.operations.values()]
    needed = _needed(auth)

    class Handler(_Handler):
        served = tuple(route for route in routes if route is not None)
        headers_needed = needed

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="sample", daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _route(folder: Path, path: str, operation: Operation, pagings: Mapping[str, Paging]) -> _Route | None:
    file = folder / f"{operation.name}.json"
    if operation.writes or operation.records is None or not file.is_file():
        return None
    records = operation.records.select({RECORD: canonical.decode(file.read_bytes())})
    pattern = "".join(
        f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
        for index, piece in enumerate(SLOT.split(path + operation.path))
    )
    return _Route(
        operation, re.compile(pattern), [] if records is MISSING else records, pagings.get(operation.name)
    )


def _needed(auth: Auth | None) -> dict[str, str | Secret]:
    if auth is None:
        return {}
    return dict(next(auth.flow(Request("GET", "http://127.0.0.1/"))).headers)


class _Handler(BaseHTTPRequestHandler):
    """Answers from the routes."""

    served: tuple[_Route, ...]
    headers_needed: Mapping[str, str | Secret]
    protocol_version = "HTTP/1.1"
    # Nagle's algorithm and delayed acknowledgement would add 40 ms to each answer that is written in two pieces.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not all(
            _matches(value, self.headers.get(name, "")) for name, value in self.headers_needed.items()
        ):
            self._answer(401, {"errors": "the key is not known"})
            return
        for route in self.served:
            if match := route.pattern.fullmatch(address.path):
                self._serve(route, match, dict(parse_qsl(address.query)))
                return
        self._answer(404, {"errors": "Not Found"})

    def _serve(self, route: _Route, match: re.Match[str], query: dict[str, str]) -> None:
        given = {name: unquote(value) for name, value in match.groupdict().items()}
        wanted = [
            (field, given[name]) for name, field in route.operation.sample_match.items() if name in given
        ]
        records: Any = [
            record
            for record in route.records
            if all(str(record.get(field)) == value for field, value in wanted)
        ]
        headers: dict[str, str] = {}
        if route.paging is not None:
            host = f"http://{self.headers['Host']}"
            records, headers = route.paging.page(records, query, host + urlsplit(self.path).path)
        body: Any = list(records)
        for step in reversed(route.operation.records.steps if route.operation.records else ()):
            body = {step: body}
        self._answer(200, body, headers)

    def _answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = canonical.encode(body)
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep standard error for the run's own words."""


def _matches(needed: str | Secret, found: str) -> bool:
    return needed.matches(found) if isinstance(needed, Secret) else needed == found
