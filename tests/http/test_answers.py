"""The HTTP door: what comes back is bounded in size and time, and nothing else is believed."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib

import pytest

from engine.errors import Refused
from engine.http import Http
from engine.policy import Bounds
from engine.wire import Answer, NoAnswer, Request
from tests.http.scripted import Scripted, answer, packed, serving, trickle

SMALL = Bounds(seconds=30, answer_bytes=10_000)


def fetch(server: Scripted, bounds: Bounds = SMALL, path: str = "/", method: str = "GET") -> Answer:
    async def run() -> Answer:
        http = Http(server.url, bounds=bounds)
        try:
            return await http.send(Request(method, server.url + path))
        finally:
            await http.close()

    return asyncio.run(run())


def test_an_answer_comes_back_with_status_headers_in_lower_case_and_body() -> None:
    with serving(answer(b'{"a":1}', "418 Teapot", X_Pot="1")) as server:
        found = fetch(server)
    assert (found.status, found.headers["x-pot"], found.body) == (418, "1", b'{"a":1}')


def test_gzip_is_unpacked() -> None:
    with serving(packed(b'{"a":1}')) as server:
        assert fetch(server).body == b'{"a":1}'


def test_gzip_in_several_members_is_unpacked_to_its_end() -> None:
    body = gzip.compress(b'{"a":') + gzip.compress(b"1}")
    with serving(answer(body, content_encoding="gzip")) as server:
        assert fetch(server).body == b'{"a":1}'


def test_an_answer_of_exactly_the_bound_is_taken() -> None:
    with serving(answer(b"x" * 10_000)) as server:
        assert len(fetch(server).body) == 10_000


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(answer(b"x" * 10_001), id="one byte more"),
        pytest.param(
            trickle(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"
            ),
            id="chunks without end",
        ),
        pytest.param(trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1024), id="no length and no end"),
    ],
)
def test_an_answer_beyond_the_bound_is_refused(script) -> None:
    with serving(script) as server, pytest.raises(Refused, match="larger than 10,000 bytes") as refused:
        fetch(server)
    assert refused.value.left


@pytest.mark.parametrize("more", [1, 9_000_000])
def test_a_small_gzip_that_unpacks_beyond_the_bound_is_refused(more: int) -> None:
    bomb = packed(b"\0" * (10_000 + more))
    with serving(bomb) as server, pytest.raises(Refused, match="larger than 10,000 bytes"):
        fetch(server)


def test_no_more_of_a_small_gzip_is_unpacked_than_the_bound() -> None:
    bomb = packed(b"\0" * 9_000_000)
    with serving(bomb) as server:
        tracemalloc.start()
        try:
            with pytest.raises(Refused):
                fetch(server)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 3_000_000


def test_gzip_that_is_long_as_sent_and_unpacks_to_nothing_is_refused() -> None:
    head = zlib.compressobj(wbits=31)
    start = head.compress(b"") + head.flush(zlib.Z_SYNC_FLUSH)
    nothing = b"\x00\x00\x00\xff\xff" * 200  # stored blocks of no bytes
    script = trickle(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + start, nothing)
    with serving(script) as server, pytest.raises(Refused, match="larger than 10,000 bytes"):
        fetch(server)


PLAIN = gzip.compress(b'{"a":1}' * 50)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"this is no gzip", id="no gzip"),
        pytest.param(PLAIN[:-9] + b"\xff" * 9, id="wrong check sum"),
        pytest.param(PLAIN[:-1], id="one byte short"),
        pytest.param(PLAIN[:12], id="cut in its first block"),
        pytest.param(b"", id="nothing"),
        pytest.param(PLAIN + b"trailing", id="something behind it"),
    ],
)
def test_damaged_or_short_gzip_is_no_answer(body: bytes) -> None:
    with (
        serving(answer(body, content_encoding="gzip")) as server,
        pytest.raises(NoAnswer, match="gzip") as lost,
    ):
        fetch(server)
    assert lost.value.left


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "compress"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with serving(answer(b"{}", content_encoding=coding)) as server, pytest.raises(Refused, match="packed as"):
        fetch(server)


@pytest.mark.parametrize(
    ("first", "more"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b"x", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", id="headers"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", id="interim answers"),
    ],
)
def test_a_server_that_trickles_meets_the_bound_of_total_time(first: bytes, more: bytes) -> None:
    with (
        serving(trickle(first, more)) as server,
        pytest.raises(NoAnswer, match=r"within 0\.2 s|no HTTP") as lost,
    ):
        fetch(server, Bounds(seconds=0.2))
    assert lost.value.left


def test_redirects_share_one_total_time() -> None:
    with serving(answer(b"", "302 Found", location="/again")) as server:
        endless = Bounds(seconds=0.2, redirects=10**9)
        with pytest.raises(NoAnswer, match=r"within 0\.2 s"):
            fetch(server, endless)


def test_headers_without_end_are_no_answer() -> None:
    script = trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"y" * 8000 + b"\r\n")
    with serving(script) as server, pytest.raises(NoAnswer) as lost:
        fetch(server)
    assert lost.value.left


def test_a_read_that_is_redirected_within_its_origin_arrives() -> None:
    with serving(answer(b"", "302 Found", location="/there?x=1"), answer(b'"here"')) as server:
        found = fetch(server, path="/a/b")
        assert [each.target for each in server.received] == ["/a/b", "/there?x=1"]
    assert (found.body, found.url) == (b'"here"', f"{server.url}/there?x=1")


def test_each_request_of_a_redirected_read_is_counted_as_a_call() -> None:
    async def run(server: Scripted) -> int:
        http = Http(server.url, bounds=SMALL)
        await http.send(Request("GET", server.url))
        await http.close()
        return http.calls

    with serving(answer(b"", "307 Moved", location="/b"), answer(b"{}")) as server:
        assert asyncio.run(run(server)) == 2


def test_redirects_are_counted() -> None:
    with serving(answer(b"", "302 Found", location="/again")) as server:
        with pytest.raises(Refused, match="more than 2 redirects"):
            fetch(server, Bounds(redirects=2))
        assert len(server.received) == 3


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/x", "https://127.0.0.1/x", "//example.test/x", "http://localhost/x", "file:///etc/passwd",
        "http://[::1]/x", "http://user:pass@127.0.0.1/x", "http://[", "http://127.0.0.1:0/",
        "javascript:1", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_a_redirect_to_another_origin_is_refused_and_never_called(location: str) -> None:
    with serving(answer(b"", "302 Found", location=location)) as server:
        with pytest.raises(Refused):
            fetch(server)
        assert len(server.received) == 1


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_follows_no_redirect_and_may_have_arrived(method: str, status: str) -> None:
    with serving(answer(b"", status, location="/there")) as server:
        with pytest.raises(Refused, match="only a GET follows") as refused:
            fetch(server, method=method)
        assert len(server.received) == 1
    assert refused.value.left


def test_no_cookie_of_an_answer_is_sent_back() -> None:
    async def run(server: Scripted) -> None:
        http = Http(server.url, bounds=SMALL)
        for _ in range(2):
            await http.send(Request("GET", server.url))
        await http.close()

    with serving(answer(b"{}", set_cookie="a=b; Path=/")) as server:
        asyncio.run(run(server))
        assert ["cookie" in each.headers for each in server.received] == [False, False]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
def test_a_proxy_of_the_environment_is_ignored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(json.dumps("direct").encode())) as server, serving(answer(b'"proxy"')) as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert fetch(server).body == b'"direct"'
        assert proxy.received == []


def test_a_password_file_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(answer(b"{}")) as server:
        fetch(server)
        assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize("path", ["/\x01", "/" + "x" * 70_000, "/ä\ud800"])
def test_an_address_that_cannot_be_sent_is_refused(path: str) -> None:
    with serving(answer(b"{}")) as server:
        with pytest.raises(Refused):
            fetch(server, path=path)
        assert server.received == []
