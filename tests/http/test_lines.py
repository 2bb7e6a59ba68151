"""The connections of the door: what they send in one piece, which of them is used, and when one is left alone."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from engine.http import Http, lines, pool
from engine.http.lines import HELD, Line
from engine.policy import Bounds
from engine.wire import Answer, NoAnswer, Request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE = 20.0

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def taken(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next request's body; None where the client has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    _, _, length = head.lower().partition(b"content-length: ")
    return await reader.readexactly(int(length.partition(b"\r\n")[0] or b"0"))


class Server:
    """Talks to each connection as *talk* says; notes how many came, and which are open."""

    def __init__(self, talk: Talk) -> None:
        self.talk, self.came, self.open, self.most = talk, 0, 0, 0
        self.closed = asyncio.Event()
        self.url = ""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came, self.open = self.came + 1, self.open + 1
        self.most = max(self.most, self.open)
        try:
            await self.talk(reader, writer)
        finally:
            self.open -= 1
            writer.transport.abort()
            self.closed.set()


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request."""
    while await taken(reader) is not None:
        writer.write(ANSWER)


@asynccontextmanager
async def serving(talk: Talk = answers, tls: ssl.SSLContext | None = None) -> Any:
    server = Server(talk)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=tls)
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    http = Http(server.url, bounds=Bounds(seconds=PATIENCE))
    try:
        yield server, http
    finally:
        await http.close()
        listening.close()


def get(http: Http, url: str) -> Awaitable[Answer]:
    return http.send(Request("GET", url))


class Wire(asyncio.Transport):
    """Notes what is written."""

    def __init__(self, *, closing: bool = False) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = closing

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.closing = True


def line(wire: Wire, came: bytes = b"") -> Line:
    """Return a line on *wire* on which *came* has come."""
    ends = lines._Ends()
    ends.connection_made(wire)
    if came:
        ends.data_received(came)
    return Line(wire, ends)


def test_head_and_body_go_out_in_one_piece_as_the_answer_is_waited_for() -> None:
    async def run() -> None:
        wire = Wire()
        made = line(wire)
        await made.write(b"head")
        await made.write(b"body")
        assert (wire.written, made.has_sent) == ([], False)
        asyncio.get_running_loop().call_soon(made._ends.data_received, b"answer")
        assert await made.read(3) + await made.read(9) == b"answer"
        assert (wire.written, made.has_sent) == ([b"headbody"], True)

    asyncio.run(run())


def test_a_request_that_finds_its_connection_closed_did_not_leave() -> None:
    async def run() -> None:
        wire = Wire(closing=True)
        made = line(wire, b"")
        await made.write(b"head")
        with pytest.raises(httpx2.WriteError):
            await made.read(3)
        assert (wire.written, made.has_sent) == ([], False)

    asyncio.run(run())


def test_a_body_of_any_size_arrives_whole_and_so_does_its_answer() -> None:
    body = bytes(range(256)) * (4 * HELD // 256)
    got: list[bytes | None] = []

    async def echoes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await taken(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()

    async def run() -> None:
        async with serving(echoes) as (server, http):
            answer = await http.send(Request("POST", server.url, (), body))
            assert answer.body == body

    asyncio.run(run())
    assert got == [body]


def test_one_connection_is_used_again_and_again() -> None:
    async def run() -> None:
        async with serving() as (server, http):
            for _ in range(5):
                await get(http, server.url)
            assert server.came == 1

    asyncio.run(run())


def test_no_more_than_sixteen_connections_are_open_and_the_next_request_waits_for_one() -> None:
    async def run() -> None:
        all_here = asyncio.Event()

        async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await taken(reader) is not None:
                if server.open == pool.MOST:
                    all_here.set()
                await all_here.wait()
                writer.write(ANSWER)

        async with serving(waits) as (server, http):
            await asyncio.gather(*(get(http, server.url) for _ in range(3 * pool.MOST)))
            assert (server.came, server.most) == (pool.MOST, pool.MOST)

    asyncio.run(run())


def test_a_connection_that_the_server_closed_while_it_rested_is_not_used() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await taken(reader)
        writer.write(ANSWER)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def run() -> None:
        async with serving(once) as (server, http):
            for number in range(1, 4):
                server.closed.clear()
                await http.send(Request("POST", server.url, (), b"{}"))
                await server.closed.wait()
                assert server.came == number

    asyncio.run(run())


def test_a_connection_that_rested_too_long_is_closed_and_a_new_one_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(pool, "_now", lambda: now)

    async def run() -> None:
        nonlocal now
        async with serving() as (server, http):
            await asyncio.gather(*(get(http, server.url) for _ in range(2)))
            now = pool.REST - 1
            await get(http, server.url)
            assert server.came == 2
            now = pool.REST + 0.5  # the one rested for 1.5 s, the other for all the time
            server.closed.clear()
            await get(http, server.url)
            await server.closed.wait()
            assert (server.came, server.open) == (2, 1)
            now = 3 * pool.REST
            await get(http, server.url)
            assert server.came == 3

    asyncio.run(run())


def test_after_requests_that_failed_as_many_can_be_sent_as_before() -> None:
    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await taken(reader)
        writer.write(ANSWER if body == b"well" else b"no HTTP\r\n\r\n")
        await writer.drain()

    async def run() -> None:
        async with serving(breaks) as (server, http):
            for _ in range(2 * pool.MOST):
                with pytest.raises(NoAnswer):
                    await get(http, server.url)
            assert (await http.send(Request("POST", server.url, (), b"well"))).status == 200

    asyncio.run(run())


def test_one_who_gives_up_leaves_its_place_to_the_next() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (body := await taken(reader)) is not None:
            if body == b"well":
                writer.write(ANSWER)

    async def run() -> None:
        async with serving(silent) as (server, http):
            for _ in range(2 * pool.MOST):
                given_up = asyncio.ensure_future(get(http, server.url))
                await asyncio.sleep(0)
                given_up.cancel()
                await asyncio.wait({given_up})
            assert (await http.send(Request("POST", server.url, (), b"well"))).status == 200

    asyncio.run(run())


def test_an_encrypted_connection_carries_requests_and_is_used_again(
    judge: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(
        [judge("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out",
         "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    body = b"x" * (2 * HELD)

    async def run() -> None:
        async with serving(answers, tls) as (server, http):
            with pytest.raises(NoAnswer, match="certificate") as refused:
                await get(http, server.url)
            assert refused.value.left is False
        monkeypatch.setattr(httpx2, "create_ssl_context", lambda **_: trusting)
        async with serving(answers, tls) as (server, http):
            for _ in range(3):
                assert (await http.send(Request("POST", server.url, (), body))).body == b"{}"
            assert server.came == 1

    asyncio.run(run())


def test_a_connection_that_takes_too_long_to_be_made_is_an_error_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()

        async def never(*_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

        monkeypatch.setattr(loop, "create_connection", never)
        with pytest.raises(httpx2.ConnectTimeout):
            await lines.connect("127.0.0.1", 1, 0.01)

    asyncio.run(run())


@pytest.mark.parametrize("head", [ANSWER, b"HTTP/1.1 204 No Content\r\n\r\n"], ids=["200", "204"])
def test_what_comes_behind_an_answer_is_never_the_answer_to_the_next_request(head: bytes) -> None:
    stray = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"id":9}'

    answered = iter((head + stray, ANSWER))

    async def too_much_at_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await taken(reader) is not None:
            writer.write(next(answered))

    async def run() -> tuple[int, bytes]:
        async with serving(too_much_at_first) as (server, http):
            await http.send(Request("POST", server.url, (), b"{}"))
            second = await http.send(Request("POST", server.url, (), b"{}"))
            return server.came, second.body

    assert asyncio.run(run()) == (2, b"{}")


def test_a_request_leaves_no_connection_on_which_something_came_unasked() -> None:
    async def run() -> None:
        wire = Wire()
        asked = line(wire, b"HTTP/1.1 200 OK\r\n\r\n")
        await asked.write(b"POST / HTTP/1.1\r\n\r\n")
        with pytest.raises(httpx2.WriteError, match="nobody had asked for"):
            await asked.read(100)
        assert (wire.written, asked.has_sent) == ([], False)

    asyncio.run(run())


def test_nothing_that_came_in_clear_is_taken_for_what_comes_encrypted() -> None:
    async def run() -> None:
        clear = line(Wire(), b"HTTP/1.1 200 OK\r\n\r\n")
        with pytest.raises(httpx2.ConnectError, match="before the encrypted connection"):
            await clear.start_tls(ssl.create_default_context(), "127.0.0.1", PATIENCE)

    asyncio.run(run())


def test_a_request_that_is_out_when_the_door_is_closed_closes_its_connection_when_it_is_answered() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def when_told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await taken(reader)
        asked.set()
        await go_on.wait()
        writer.write(ANSWER)
        await reader.read()

    async def run() -> None:
        async with serving(when_told) as (server, http):
            out = asyncio.create_task(http.send(Request("GET", server.url)))
            await asked.wait()
            await http.close()
            go_on.set()
            assert (await out).body == b"{}"
            await asyncio.wait_for(server.closed.wait(), PATIENCE)

    asyncio.run(run())
