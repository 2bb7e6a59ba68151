"""Whether a request left: false only where nothing of it can have reached the other side."""

from __future__ import annotations

import asyncio
import socket

import pytest

from engine.errors import Refused
from engine.http import Http
from engine.policy import Bounds
from engine.wire import NoAnswer, Request
from tests.http.scripted import Script, reset, serving, trickle


def post(url: str, bounds: Bounds | None = None) -> NoAnswer:
    """Post to *url* and return how it failed."""

    async def run() -> None:
        http = Http(url, bounds=bounds or Bounds(seconds=30))
        try:
            await http.send(Request("POST", url, (), b'{"a":1}'))
        finally:
            await http.close()

    with pytest.raises(NoAnswer) as lost:
        asyncio.run(run())
    return lost.value


def test_a_request_to_a_port_where_nobody_listens_did_not_leave() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}").left is False


def test_a_request_whose_encrypted_connection_fails_did_not_leave() -> None:
    with serving(b"this is no TLS") as server:
        assert post(server.url.replace("http:", "https:")).left is False
        assert server.received == []


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(b"", id="closed"),
        pytest.param(reset, id="reset"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", id="half a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", id="half a chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{", id="a broken chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-", id="half the headers"),
        pytest.param(b"HTTP/1.1 20", id="half a status line"),
        pytest.param(b"NOT HTTP AT ALL\r\n\r\n", id="a broken status line"),
        pytest.param(b"HTTP/1.1 2000 Far\r\n\r\n", id="a status that is none"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="a broken length"),
        pytest.param(trickle(b"", b""), id="silence"),
    ],
)
def test_a_request_that_the_server_took_may_have_arrived(script: Script) -> None:
    with serving(script) as server:
        assert post(server.url, Bounds(seconds=0.5)).left is True
        assert [each.body for each in server.received] == [b'{"a":1}']


def test_words_of_a_library_or_server_do_not_stand_in_the_message() -> None:
    with serving(b"HELLO I AM THE SERVER\r\n\r\n") as server:
        message = str(post(server.url))
    assert "SERVER" not in message
    assert "bytearray" not in message


def test_a_request_to_another_place_is_refused_before_it_leaves() -> None:
    async def run() -> None:
        await Http("http://127.0.0.1:1").send(Request("POST", "http://127.0.0.1:2/x", (), b"{}"))

    with pytest.raises(Refused) as refused:
        asyncio.run(run())
    assert refused.value.left is False
