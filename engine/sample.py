"""Serves a connector's recorded payloads over real HTTP on loopback, inside the process.

What it knows of the vendor it takes from the connector: paths, parameters, the auth header, how lists go on.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from engine import canonical
from engine.auth import Auth, Wanted
from engine.connector import Connector, Operation
from engine.errors import UsageError
from engine.fill import SLOT
from engine.paging import Page, Paging
from engine.paths import MISSING, RECORD, compile_path
from engine.sample_books import Written
from engine.secret import Secret
from engine.wire import Request

DEFAULT: Final = "default"
TOKEN: Final = Secret("sample-access-token", "access token of a sample")
"""What requests to a sample carry where the vendor wants a token."""


@dataclass(frozen=True, slots=True)
class _Route:
    """One read operation with a recorded answer: its records, or all of it where it has none.

    Attributes:
        asks: What the query of a request must hold for this answer.
    """

    operation: Operation
    pattern: re.Pattern[str]
    recorded: Any
    records: list[Any]
    paging: Paging | None
    asks: Mapping[str, str]

    def page(
        self,
        given: Mapping[str, Any],
        asked: Mapping[str, Any],
        url: str,
        made: Sequence[Mapping[str, Any]] = (),
    ) -> tuple[Any, Mapping[str, str]]:
        """Return the body and headers of the page that is *asked* for, of the records that match what is *given*.

        Args:
            made: Records that were written meanwhile, behind the recorded ones.
        """
        if self.operation.records is None:
            return self.recorded, {}
        wanted = [
            (compile_path(field if field.startswith("$") else f"$.{field}"), given[name])
            for name, field in self.operation.sample_match.items()
            if name in given
        ]
        records: Sequence[Any] = [
            record
            for record in [*self.records, *made]
            if all(_is_wanted(path.select({RECORD: record}), value) for path, value in wanted)
        ]
        page = self.paging.page(records, asked, url) if self.paging is not None else Page(records)
        body = self.recorded
        for path, value in [(self.operation.records, list(page.records)), *page.fields]:
            body = _put(body, path.steps, value)
        return body, page.headers


def _is_wanted(found: Any, value: Any) -> bool:
    wanted = value if isinstance(value, list) else [value]
    return str(found) in [str(each) for each in wanted]


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
    routes = [
        route
        for operation in connector.operations.values()
        if not operation.writes
        for route in _routes(folder, path, operation, pagings)
    ]
    needed = _needed(auth)

    class Handler(_Handler):
        served = tuple(routes)
        headers_needed = needed
        written = Written.to(connector)
        others = _unrecorded(connector, path)

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


def _routes(folder: Path, path: str, operation: Operation, pagings: Mapping[str, Paging]) -> Iterator[_Route]:
    """Yield the recorded answers of *operation*, those to a request with certain parameters first."""
    for file in sorted(folder.glob(f"{operation.name}@*.json")):
        asks = dict(parse_qsl(file.stem.partition("@")[2]))
        yield _route(file, asks, path, operation, pagings)
    if (file := folder / f"{operation.name}.json").is_file():
        yield _route(file, {}, path, operation, pagings)


def _unrecorded(connector: Connector, path: str) -> tuple[tuple[Operation, re.Pattern[str]], ...]:
    """Return what has no recorded answer: what makes a document, and what reads one by its id, with their paths."""
    kept = [each for each in connector.operations.values() if each.effect == "create" and each.returns]
    known = {each.returns for each in kept}
    reads = [
        each
        for each in connector.operations.values()
        if not each.writes and each.records is None and each.returns in known and SLOT.search(each.path)
    ]
    return tuple((each, _pattern(path + each.path)) for each in (*kept, *reads))


def _pattern(path: str) -> re.Pattern[str]:
    """Return what paths look like that *path* stands for, with its parameters as groups."""
    pieces = enumerate(SLOT.split(path))
    return re.compile(
        "".join(f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in pieces)
    )


def _route(
    file: Path, asks: Mapping[str, str], path: str, operation: Operation, pagings: Mapping[str, Paging]
) -> _Route:
    recorded = canonical.decode(file.read_bytes())
    records: Any = operation.records.select({RECORD: recorded}) if operation.records is not None else MISSING
    return _Route(
        operation,
        _pattern(path + operation.path),
        recorded,
        [] if records is MISSING else records,
        pagings.get(operation.name),
        asks,
    )


def _put(document: Any, steps: Sequence[str | int], value: Any) -> Any:
    """Return a copy of *document* with *value* at *steps*."""
    if not steps:
        return value
    held = document if isinstance(document, dict) else {}
    return {**held, steps[0]: _put(held.get(steps[0]), steps[1:], value)}


def _needed(auth: Auth | None) -> dict[str, str | Secret]:
    """Return the headers that every request carries by *auth*."""
    if auth is None:
        return {}
    flow = auth.flow(Request("GET", "http://127.0.0.1/"))
    sent = next(flow)
    while isinstance(sent, Wanted):
        sent = flow.send(TOKEN)
    return dict(sent.headers)


class _Handler(BaseHTTPRequestHandler):
    """Answers from the routes."""

    served: tuple[_Route, ...]
    headers_needed: Mapping[str, str | Secret]
    written: Written
    others: tuple[tuple[Operation, re.Pattern[str]], ...]
    protocol_version = "HTTP/1.1"
    # Nagle's algorithm and delayed acknowledgement would add 40 ms to each answer that is written in two pieces.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answered(None, b"")

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            asked = canonical.decode(sent)
        except ValueError:
            asked = None
        self._answered(asked if isinstance(asked, dict) else {}, sent)

    def _answered(self, sent: Mapping[str, Any] | None, body: bytes) -> None:
        """Answer a GET, or a POST whose *body* is a document, or the GraphQL request *sent*."""
        address = urlsplit(self.path)
        if not all(
            _matches(value, self.headers.get(name, "")) for name, value in self.headers_needed.items()
        ):
            self._answer(401, {"errors": "the key is not known"})
            return
        for route in self.served:
            query = route.operation.graphql
            asks_for = query.text if query else None
            if route.operation.method != self.command or asks_for != (sent or {}).get("query"):
                continue
            if match := route.pattern.fullmatch(address.path):
                variables = (sent or {}).get("variables", {})
                in_path = {name: unquote(value) for name, value in match.groupdict().items()}
                asked = variables if query else dict(parse_qsl(address.query))
                statement = route.operation.statement
                if statement is not None:
                    if not asked.get(statement.to, "").startswith(f"{statement.select} "):
                        continue
                    in_path |= statement.asked(asked[statement.to])
                if any(asked.get(name) != value for name, value in route.asks.items()):
                    continue
                url = f"http://{self.headers['Host']}{address.path}"
                made = self.written.of(route.operation)
                self._answer(200, *route.page({**in_path, **variables}, asked, url, made))
                return
        for operation, pattern in self.others:
            if operation.method == self.command and (match := pattern.fullmatch(address.path)):
                self._made(operation, match, body)
                return
        self._answer(404, {"errors": "Not Found"})

    def _made(self, operation: Operation, match: re.Match[str], body: bytes) -> None:
        """Answer with the document that *operation* makes, or reads by its id."""
        made: Any
        if operation.writes:
            made = self.written.make(operation, self.path, dict(self.headers), body)
        else:
            made = self.written.one(operation, unquote(next(iter(match.groups()))))
        if made is None:
            self._answer(404, {"errors": "Not Found"})
            return
        steps = operation.record.steps if operation.record is not None else ()
        self._answer(200, _put({}, steps, made))

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
