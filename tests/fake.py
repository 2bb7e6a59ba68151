"""A shop on loopback that answers as a test says: the vendor's paths, any status, any words."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from tests.running import sample


class Reply(NamedTuple):
    """What the shop answers; *raw* in place of all else goes over the wire as it is."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = {}
    raw: bytes = b""


class Sent(NamedTuple):
    """A request as it came: the path with its query, names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[str, str], Reply]
"""Takes the path and the token that the request carried."""


@contextlib.contextmanager
def shop(answering: Answering) -> Iterator[str]:
    """Serve *answering* for as long as the block runs, and give its address."""
    with site(lambda sent: answering(sent.path, sent.headers.get("x-shopify-access-token", ""))) as address:
        yield address


@contextlib.contextmanager
def site(answering: Callable[[Sent], Reply]) -> Iterator[str]:
    """Serve *answering*, whatever the method, for as long as the block runs, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            reply = answering(
                Sent(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
            )
            if reply.raw:
                self.wfile.write(reply.raw)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815  # the server looks for these names

        def log_message(self, format: str, *args: Any) -> None:
            """Keep standard error for the tests."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def good(path: str, token: str) -> Reply:
    """Answer with the twelve made-up orders and their payments."""
    records = {"orders": sample("default", "orders.list")}
    if "/transactions.json" in path:
        order = path.split("/")[-2]
        every = sample("default", "transactions.list")
        records = {"transactions": [each for each in every if str(each["order_id"]) == order]}
    return Reply(body=json.dumps(records).encode())


def project(folder: Path, address: str, token: str = "${env:SHOP_TOKEN}") -> Path:
    """Make a project whose shop lies at *address*; returns its folder."""
    folder.mkdir(exist_ok=True)
    entry = {"connector": "shopify", "store": "acme", "token": token, "base_url": address}
    (folder / "connections.yaml").write_text(json.dumps({"connections": {"shop": entry}}), "utf-8")
    return folder
