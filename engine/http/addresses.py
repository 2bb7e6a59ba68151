"""Which addresses may be reached: the rule is checked on the address that is really connected to.

https everywhere; plain http and loopback addresses only where the host itself is written as loopback; private,
link-local, metadata and other special addresses never, whatever name leads there.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

import anyio
import httpx2

from engine.errors import Refused
from engine.http import lines
from engine.http.lines import Line

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's virtual machines reach their host here, and nobody else does
        "192.0.0.0/24",  # special purposes (RFC 6890); Oracle's metadata among them
        "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
        # Of IPv6 only 2000::/3 is given out (RFC 4291, 2.4): the rest wraps IPv4, is local or means nothing yet.
        "::/3",
        "4000::/2",
        "8000::/1",
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""What ``ipaddress`` takes for public, in this or an older Python, and we do not."""


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of *url*.

    Raises:
        Refused: no absolute http(s) address, one with a user or password in it, or plain http beyond loopback.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("this is no address that can be called: https://… is expected") from error
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise Refused(f"{_shown(parts)} is no address that can be called: https://… is expected")
    if parts.username is not None or parts.password is not None:
        raise Refused(
            f"the address of {host} holds a user or password", help="put keys into the connection's settings"
        )
    if parts.scheme == "http" and not is_loopback_name(host):
        raise Refused(
            f"http://{host} is not encrypted", help="use https; plain http is taken for loopback only"
        )
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    return parts.scheme, host.lower(), port


def is_loopback_name(host: str) -> bool:
    """Tell whether *host* is written as this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_connect(host: str, address: str) -> bool:
    """Tell whether *address* (numeric), to which *host* led, may be connected to."""
    ip = _plain(ipaddress.ip_address(address.partition("%")[0]))
    if is_loopback_name(host):
        return ip.is_loopback
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in CLOSED)


def _plain(ip: IP) -> IP:
    """Return the IPv4 address that an IPv6 one wraps, else *ip*."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _shown(parts: SplitResult) -> str:
    return f"{parts.scheme or '(no scheme)'}://{parts.hostname or '(no host)'}"


async def connect(host: str, port: int, seconds: float) -> Line:
    """Return a connection to *host*, which is resolved here, at the very address that was judged.

    Checking a name and letting a library resolve it again would leave room for a name that changes in between.

    Args:
        seconds: What connecting to one address may take.

    Raises:
        httpx2.TransportError: there is no such name, or nobody listens.
        Refused: *host* leads to forbidden addresses only.
    """
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a label that is too long is no OSError
        raise httpx2.ConnectError(
            f"the name {host} is not known: {getattr(error, 'strerror', '') or 'no name has this form'}"
        ) from error
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    allowed = [address for address in addresses if may_connect(host, address)]
    if not allowed:
        raise Refused(
            f"{host} leads to {', '.join(addresses)}, which is private, local or reserved",
            help="a connection reaches public addresses only; this machine itself must be written as localhost",
        )
    failure: Exception | None = None
    for address in allowed:
        try:
            return await lines.connect(address, port, seconds)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            failure = error
    raise failure or httpx2.ConnectError(f"{host} cannot be reached")
