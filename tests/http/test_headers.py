"""What a header may hold, and what it never shows."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import pytest

from engine.auth.basic import BasicAuth
from engine.auth.basic import Params as BasicParams
from engine.auth.header import HeaderAuth, Params
from engine.errors import Refused
from engine.http import Http
from engine.policy import Bounds
from engine.secret import Masker, Secret
from engine.wire import Answer, NoAnswer, Request
from tests.http.scripted import Scripted, answer, serving

TOKEN = "tok/en+with '\"\\ everything"


def fetch(server: Scripted, token: str, template: str = "{token}") -> Answer:
    secret = Secret(token, "token")

    async def run() -> Answer:
        auth = HeaderAuth(Params(header="X-Access-Token", value=template), {"token": secret})
        http = Http(server.url, auth, Bounds(seconds=30), Masker([secret]))
        try:
            return await http.send(Request("GET", server.url))
        finally:
            await http.close()

    return asyncio.run(run())


def test_the_auth_header_carries_the_key_as_it_is() -> None:
    with serving(answer()) as server:
        fetch(server, TOKEN, "Bearer {token}")
        assert server.received[0].headers["x-access-token"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("user", "password", "sent"),
    [
        # Source: RFC 7617, sections 2 and 2.1.
        ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123\u00a3", "dGVzdDoxMjPCow=="),
        ("sk_made_up", "", "c2tfbWFkZV91cDo="),
    ],
)
def test_user_and_password_travel_as_basic_credentials(user: str, password: str, sent: str) -> None:
    given: dict[str, str | Secret] = {"user": user, "password": Secret(password, "password")}
    auth = BasicAuth(BasicParams(user="{user}", password="{password}"), given)
    [request] = auth.flow(Request("GET", "https://a.example/"))
    assert isinstance(request, Request)
    [(name, value)] = request.headers
    assert isinstance(value, Secret)
    assert (name, value.matches(f"Basic {sent}"), str(value)) == ("Authorization", True, "<secret>")


def test_what_a_target_shows_of_basic_credentials_is_masked() -> None:
    secrets = [Secret("key-4711-x", "key"), Secret("pass-0815-yz", "password")]
    auth = BasicAuth(BasicParams(user="{key}", password="{password}"), {each.name: each for each in secrets})

    async def run(url: str) -> Answer:
        http = Http(url, auth, Bounds(seconds=30), Masker(secrets))
        try:
            return await http.send(Request("GET", url))
        finally:
            await http.close()

    shown = base64.b64encode(b"key-4711-x:pass-0815-yz")
    with serving(answer(b'{"seen": "%s"}' % shown)) as server:
        told = asyncio.run(run(server.url)).body
        assert server.received[0].headers["authorization"] == f"Basic {shown.decode()}"
    assert b"<secret>" in told
    assert b"cGFzcy0wODE1" not in told


@pytest.mark.parametrize(
    "token",
    [
        "secretpart\r\nX-Evil: 1", "secretpart\n", "\rsecretpart", "secretpart\0", "secretpart\x0bx", "secretpart\x7f",
        "secretpärt", "secretpart ", " secretpart", "secretpart\t", "secretpart\x1b[0m", "\ufeffsecretpart",
    ],
)  # fmt: skip
def test_a_secret_that_no_header_can_hold_is_refused_unsent_and_not_shown(token: str) -> None:
    with serving(answer()) as server:
        with pytest.raises(Refused, match="a header's value holds") as refused:
            fetch(server, token)
        assert server.received == []
    assert "secretp" not in refused.value.message + refused.value.help
    assert refused.value.left is False
    chain: BaseException | None = refused.value
    while chain is not None:
        assert "secretp" not in str(chain)
        chain = chain.__cause__ or chain.__context__


def test_what_an_answer_brings_back_of_a_secret_is_masked() -> None:
    body = f'{{"you sent": "{TOKEN.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"}}'.encode()
    with serving(
        answer(body, "403 Forbidden", x_echo=TOKEN, link=f"</?t={TOKEN.replace(' ', '%20')}>")
    ) as server:
        found = fetch(server, TOKEN)
    assert found.body == b'{"you sent": "<secret>"}'
    assert (found.headers["x-echo"], found.headers["link"]) == ("<secret>", "</?t=<secret>>")


def test_a_redirect_to_an_address_with_a_secret_does_not_show_it() -> None:
    away = answer(b"", "302 Found", location="http://secretsecret.example/")
    with serving(away) as server, pytest.raises(Refused) as refused:
        fetch(server, "secretsecret")
    assert "secretsecret" not in refused.value.message


def test_a_status_line_with_a_secret_does_not_show_it() -> None:
    with serving(b"HTTP/9 secretsecret\r\n\r\n") as server, pytest.raises(NoAnswer) as lost:
        fetch(server, "secretsecret")
    assert "secretsecret" not in str(lost.value)


def sent(request: Request, script: bytes = answer()) -> tuple[dict[str, str], Answer]:
    """Send *request*, whose address is a path, and return the headers that arrived and the answer."""

    async def run(url: str) -> Answer:
        http = Http(url, bounds=Bounds(seconds=30))
        try:
            return await http.send(replace(request, url=url + request.url))
        finally:
            await http.close()

    with serving(script) as server:
        found = asyncio.run(run(server.url))
        return server.received[0].headers, found


def test_a_request_has_its_own_headers_in_place_of_ours_however_they_are_written() -> None:
    headers, _ = sent(Request("GET", "/", (("accept", "text/csv"), ("HOST", "shop.example"))))
    assert headers == {
        "host": "shop.example",
        "accept": "text/csv",
        "user-agent": "recipe-engine",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("POST", b"{}", "2"),
        ("POST", None, "0"),
        ("PUT", b"", "0"),
        ("DELETE", b"{}", "2"),
        ("DELETE", None, None),
    ],
)
def test_a_request_tells_the_length_of_its_body(method: str, body: bytes | None, length: str | None) -> None:
    headers, _ = sent(Request(method, "/", (), body))
    assert headers.get("content-length") == length


def test_headers_of_one_name_are_one_list_and_need_not_be_ascii() -> None:
    script = b"HTTP/1.1 200 OK\r\nLink: <a>\r\nX-A: \xc3\xa4\r\nlink: <b>\r\nX-B: \xe4\r\nContent-Length: 0\r\n\r\n"
    _, found = sent(Request("GET", "/"), script)
    assert found.headers == {"link": "<a>, <b>", "x-a": "ä", "x-b": "ä", "content-length": "0"}


def test_what_every_request_carries_goes_in_place_of_its_own_and_before_the_auth() -> None:
    fixed = {"Tiny-Version": "3", "accept": "application/tiny+json", "X-Access-Token": "none"}
    secret = Secret(TOKEN, "token")

    async def run(url: str) -> Answer:
        auth = HeaderAuth(Params(header="X-Access-Token", value="{token}"), {"token": secret})
        http = Http(url, auth, Bounds(seconds=30), Masker([secret]), fixed)
        try:
            return await http.send(Request("GET", url, (("Accept", "text/plain"), ("X-Own", "1"))))
        finally:
            await http.close()

    with serving(answer()) as server:
        asyncio.run(run(server.url))
        sent = server.received[0].headers
    assert (sent["tiny-version"], sent["x-own"]) == ("3", "1")
    assert (sent["accept"], sent["x-access-token"]) == ("application/tiny+json", TOKEN)
