"""Which addresses the HTTP door reaches: decided on the address that is really connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import anyio
import httpx2
import pytest

from engine.errors import Refused
from engine.http import Http, addresses, lines
from engine.http.addresses import may_connect, origin
from engine.policy import Bounds
from engine.wire import NoAnswer, Request

PUBLIC = "93.184.215.14"

FORBIDDEN = """
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 127.0.0.1 127.1.2.3 169.254.169.254 169.254.0.1
    100.64.0.1 100.100.100.200 100.127.255.255 0.0.0.0 0.1.2.3 255.255.255.255 240.0.0.1 224.0.0.1 239.255.255.255
    192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 168.63.129.16
    :: ::1 ::10.0.0.1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:10.0.0.1 fe80::1 fe80::1%eth0
    fec0::1 fc00::1 fd00:ec2::254 ff02::1 ff0e::1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::a00:1 100::1
    2001:db8::1 2001:0:7f00:1:: 2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1
""".split()


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_that_leads_to_a_private_local_or_reserved_address_is_not_connected(address: str) -> None:
    assert not may_connect("shop.example.com", address)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC, "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.167.255.255",
        "169.253.255.255", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101",
    ],
)  # fmt: skip
def test_a_public_address_is_connected(address: str) -> None:
    assert may_connect("shop.example.com", address)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"])
def test_a_host_written_as_loopback_reaches_loopback_alone(host: str) -> None:
    assert may_connect(host, "127.0.0.1")
    assert may_connect(host, "::1")
    assert not any(may_connect(host, other) for other in ("10.0.0.1", PUBLIC, "169.254.169.254", "0.0.0.0"))


@pytest.mark.parametrize(
    "host", ["localhost.", "localhost.example.com", "127.0.0.1.example.com", "127.1", "0"]
)
def test_a_host_that_only_resembles_loopback_does_not_reach_it(host: str) -> None:
    assert not may_connect(host, "127.0.0.1")
    with pytest.raises(Refused):
        origin(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/", "http://10.0.0.1/", "ftp://shop.example.com/", "file:///etc/passwd", "//a.example/",
        "shop.example.com", "https://", "https:///x", "", "https://user:pass@a.example/", "https://user@a.example/",
        "https://:pass@a.example/", "https://[::1", "https://a.example:99999/", "https://a.example:x/",
        "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::ffff:7f00:1]:80@a.example/",
        "https://a.example\\@b.example/",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused_as_it_is_configured(url: str) -> None:
    with pytest.raises(Refused):
        Http(url)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(Refused) as refused:
        origin("https://user:hunter2hunter2@a.example:99999x/")
    assert "hunter2" not in refused.value.message + refused.value.help


def test_an_origin_is_scheme_host_and_port_whatever_their_spelling() -> None:
    assert origin("https://A.example/x") == origin("https://a.EXAMPLE:443/y") == ("https", "a.example", 443)
    assert origin("https://a.example:0/") != origin("https://a.example/")


class Net:
    """Stands in for look-ups and for the network: what was asked, what was connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Iterable[str]) -> None:
        self.answers = [list(each) for each in answers]
        self.connected: list[tuple[str, int]] = []
        self.names: list[str | None] = []
        monkeypatch.setattr(anyio, "getaddrinfo", self.look_up)
        monkeypatch.setattr(lines, "connect", self.connect)

    async def look_up(self, host: str, port: int, **_: Any) -> list[Any]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    async def connect(self, address: str, port: int, seconds: float) -> Any:
        self.connected.append((address, port))
        return Stream(self)


class Stream:
    """A connection that notes the name TLS is asked to prove, and then fails."""

    has_sent = False

    def __init__(self, net: Net) -> None:
        self.net = net

    async def start_tls(self, tls: Any, host: str, seconds: float) -> None:
        assert tls.check_hostname
        self.net.names.append(host)
        raise httpx2.ConnectError("far enough")

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *answers: Net(monkeypatch, *answers)


def connect(host: str, port: int = 443) -> None:
    asyncio.run(addresses.connect(host, port, 30))


def fetch(url: str) -> None:
    async def run() -> None:
        http = Http(url, bounds=Bounds(seconds=30))
        try:
            await http.send(Request("GET", url))
        finally:
            await http.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%2", "64:ff9b::a00:1"]
)
def test_a_forbidden_address_is_named_and_never_connected(address: str, net) -> None:
    made = net([address])
    with pytest.raises(Refused, match="private, local or reserved") as refused:
        connect("shop.example.com")
    assert address in refused.value.message
    assert made.connected == []


def test_of_several_addresses_only_the_public_ones_are_connected(net) -> None:
    made = net(["10.0.0.1", PUBLIC, "::1"])
    connect("shop.example.com")
    assert made.connected == [(PUBLIC, 443)]


def test_a_name_that_changes_between_look_ups_is_connected_where_it_was_checked(net) -> None:
    made = net([PUBLIC], ["127.0.0.1"])
    with pytest.raises(NoAnswer):
        fetch("https://shop.example.com/")
    assert made.connected == [(PUBLIC, 443)]
    with pytest.raises(Refused):
        fetch("https://shop.example.com/")
    assert made.connected == [(PUBLIC, 443)]


def test_tls_asks_for_the_name_not_for_the_address(net) -> None:
    made = net([PUBLIC])
    with pytest.raises(NoAnswer) as lost:
        fetch("https://shop.example.com/")
    assert made.names == ["shop.example.com"]
    assert lost.value.left is False


def test_a_refused_look_up_did_not_leave(net) -> None:
    net(["10.0.0.1"])
    with pytest.raises(Refused) as refused:
        fetch("https://shop.example.com/")
    assert refused.value.left is False


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0"])
def test_other_spellings_of_loopback_lead_there_and_are_refused(host: str) -> None:
    with pytest.raises(Refused, match="private, local or reserved"):
        connect(host)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_is_none_gives_no_answer(host: str) -> None:
    with pytest.raises(httpx2.ConnectError, match="is not known"):
        connect(host)
