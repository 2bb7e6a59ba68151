"""The one door to HTTP: address policy, auth, bounds, redirects, and whether a request left.

Reads follow redirects within the connection's scheme, host and port; writes never do. An answer is read within the
bounds of size (as sent and decompressed) and of total time. Secrets are opened here, as the headers are written, and
masked here in what comes back: behind the door nobody holds the text of a secret, so nobody can write it anywhere.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode, urljoin

import h11
import httpx2

from engine.auth import Auth, Tokens, Wanted
from engine.errors import Refused
from engine.http.addresses import origin
from engine.http.connection import Connection, Place
from engine.http.lines import trusting
from engine.http.pool import Pool
from engine.policy import Bounds
from engine.secret import Masker, Secret, reveal
from engine.wire import Answer, NoAnswer, Request

READS: Final = frozenset({"GET", "HEAD"})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests tell their length also where that is 0 (RFC 9110, section 8.6)."""
ALWAYS: Final = {
    "user-agent": (b"User-Agent", b"recipe-engine"),
    "accept": (b"Accept", b"application/json"),
    "accept-encoding": (b"Accept-Encoding", b"gzip"),
}
"""Headers of each request that has none of the same name, by their names in lower case."""


class Http:
    """A transport for one connection: its own small pool, one origin, one auth.

    Args:
        base_url: Every request must stay within its scheme, host and port.
        auth: What the vendor wants to see, or None.
        bounds: Time and size.
        mask: Knows the secrets that no answer may bring back.
        headers: What every request carries, in place of one of its own of the same name.
        tokens: Gives the access tokens that *auth* wants, where it wants any.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth | None = None,
        bounds: Bounds | None = None,
        mask: Masker | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        tokens: Tokens | None = None,
    ) -> None:
        self._origin = origin(base_url)
        self._prefix = "/".join([*base_url.split("/")[:3], ""])
        self._auth = auth
        self._bounds = bounds or Bounds()
        self._mask = mask or Masker()
        self._headers = headers
        self._tokens = tokens
        self._kept: Pool | None = None
        self.calls = 0

    async def send(self, request: Request) -> Answer:
        """Send *request* and return its answer, whatever its status.

        Raises:
            NoAnswer: nothing usable came back; ``left`` says whether the request may have arrived.
            Refused: the address, a redirect or the size of the answer is not allowed.
        """
        try:
            answer = await self._authorised(request)
        except NoAnswer as error:
            raise NoAnswer(self._mask(str(error)), left=error.left) from error
        except Refused as error:
            raise Refused(self._mask(error.message), help=error.help, left=error.left) from error
        return self._masked(answer)

    async def close(self) -> None:
        """Close the pool."""
        if self._kept is not None:
            await self._kept.aclose()
            self._kept = None

    def _masked(self, answer: Answer) -> Answer:
        body = self._mask.data(answer.body)
        told = "\n".join((*answer.headers.values(), answer.url))
        if body is answer.body and self._mask(told) is told:  # as almost always: one search in place of many
            return answer
        headers = {name: self._mask(value) for name, value in answer.headers.items()}
        return Answer(answer.status, headers, body, self._mask(answer.url))

    async def _authorised(self, request: Request) -> Answer:
        # Before the auth, which may have to sign what is sent.
        for name, value in self._headers.items():
            request = request.with_header(name, value)
        # The auth sees answers as they came: one may hold the very key that goes into the next request.
        if self._auth is None:
            return await self._follow(request)
        flow = self._auth.flow(request)
        answer: Answer | None = None
        try:
            outgoing = next(flow)
            while True:
                if isinstance(outgoing, Wanted):
                    back: Answer | Secret = await self._token(outgoing)
                else:
                    back = answer = await self._follow(outgoing)
                try:
                    outgoing = flow.send(back)
                except StopIteration:
                    if answer is None:
                        raise AssertionError("an auth sends the request") from None
                    return answer
        finally:
            flow.close()

    async def _token(self, wanted: Wanted) -> Secret:
        if self._tokens is None:
            raise AssertionError("an auth with a grant is opened with tokens")
        return await self._tokens.access(wanted.refused)

    async def _follow(self, request: Request) -> Answer:
        until = asyncio.get_running_loop().time() + self._bounds.seconds
        for _ in range(self._bounds.redirects + 1):
            answer = await self._once(request, until)
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or not target:
                return answer
            if request.method not in READS:
                raise Refused(
                    f"the target answered a {request.method} with a redirect ({answer.status}); only a GET follows one",
                    help="correct the connection's address",
                    left=True,
                )
            try:
                request = replace(request, url=urljoin(request.url, target))
            except ValueError as error:
                raise Refused("the target's redirect leads to no address", left=True) from error
        raise Refused(f"more than {self._bounds.redirects} redirects in a row", left=True)

    async def _once(self, request: Request, until: float) -> Answer:
        # Behind the slash no address names another place.
        found = self._origin if request.url.startswith(self._prefix) else origin(request.url)
        if found != self._origin:
            raise Refused(
                f"{_place(found)} is outside this connection, which is {_place(self._origin)}",
                help="links and redirects are followed within the connection's scheme, host and port only",
            )
        self.calls += 1
        address = _address(request.url)
        body = _body(request)
        headers = _headers(request, address, body)
        pool = self._pool()
        # In doubt it left: with its first bytes the other side may have the whole request.
        left = False
        try:
            # One bound of time for the whole exchange: what is within it is waited for as long as it takes.
            async with asyncio.timeout_at(until):
                connection = await pool.take(address.place)
                try:
                    head = await connection.ask(request.method, address.target, headers, body)
                    named = _named(head.headers)
                    return Answer(head.status_code, named, await self._read(connection, named), request.url)
                finally:
                    left = connection.has_sent
                    await pool.give_back(connection)
        except TimeoutError as error:
            raise NoAnswer(f"no whole answer within {self._bounds.seconds:g} s", left=left) from error
        except (httpx2.TransportError, h11.ProtocolError) as error:
            raise NoAnswer(_reason(error), left=left) from error

    async def _read(self, connection: Connection, headers: Mapping[str, str]) -> bytes:
        coding = headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip"):
            raise Refused(f"the answer is packed as {coding!r}, which was not asked for", left=True)
        gzip = _Gzip(self._bounds.answer_bytes + 1) if coding == "gzip" else None
        body, size = bytearray(), 0
        while (chunk := await connection.more()) is not None:
            size += len(chunk)
            self._within(size)
            for piece in (chunk,) if gzip is None else gzip.unpacked(chunk):
                body += piece
                self._within(len(body))
        if gzip is not None:
            gzip.end()
        return bytes(body)

    def _within(self, size: int) -> None:
        if size > self._bounds.answer_bytes:
            raise Refused(f"the answer is larger than {self._bounds.answer_bytes:,} bytes", left=True)

    def _pool(self) -> Pool:
        if self._kept is None:
            # Without TLS no authorities are read, and a handshake would trust nobody.
            encrypted = self._origin[0] == "https"
            tls = trusting() if encrypted else SSLContext(PROTOCOL_TLS_CLIENT)
            tls.set_alpn_protocols(["http/1.1"])
            self._kept = Pool(tls, self._bounds.connect_seconds)
        return self._kept


class _Gzip:
    """Unpacks gzip piece by piece, never more than *most* bytes at a time.

    Source: RFC 1952, section 2.2: a file is one member after another.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inflate = zlib.decompressobj(wbits=31)

    def unpacked(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                if self._inflate.eof:
                    self._inflate = zlib.decompressobj(wbits=31)
                yield self._inflate.decompress(chunk, self._most)
                chunk = self._inflate.unused_data
        except zlib.error as error:
            raise NoAnswer("the answer's gzip is damaged", left=True) from error

    def end(self) -> None:
        if not self._inflate.eof:
            raise NoAnswer("the answer's gzip ends too early", left=True)


@dataclass(frozen=True, slots=True)
class _Address:
    """An address, taken apart for the wire."""

    place: Place
    host: bytes
    target: bytes


@lru_cache(maxsize=64)
def _address(text: str) -> _Address:
    try:
        url = httpx2.URL(text)
        encrypted = url.scheme == "https"
        place = Place(encrypted, url.raw_host.decode("ascii"), url.port or (443 if encrypted else 80))
        return _Address(place, url.netloc, url.raw_path)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise Refused("the address holds what no address may hold, or is too long") from error


def _body(request: Request) -> bytes:
    """Return what *request* carries; fields of a form as the URL standard writes them."""
    if not request.form:
        return request.body or b""
    fields = [(name, reveal(value) if isinstance(value, Secret) else value) for name, value in request.form]
    return urlencode(fields).encode("ascii")


def _headers(request: Request, address: _Address, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = {"host": (b"Host", address.host), **ALWAYS}
    for name, value in request.headers:
        headers[name.lower()] = name.encode("ascii"), _opened(value).encode("ascii")
    if body or request.method in WITH_BODY:
        headers["content-length"] = b"Content-Length", b"%d" % len(body)
    return list(headers.values())


def _named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return *headers*, whose names are in lower case; what stands under one name several times is one list."""
    named: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("ascii"), _text(value)
        named[name] = f"{named[name]}, {text}" if name in named else text
    return named


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _opened(value: str | Secret) -> str:
    text = reveal(value) if isinstance(value, Secret) else value
    # What a header cannot hold would be refused further down too, by a message that shows it.
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        raise Refused(
            "a header's value holds a line end, another control character, a character beyond ASCII,"
            " or begins or ends with a space",
            help="check the secret's text" if isinstance(value, Secret) else "",
        )
    return text


def _place(found: tuple[str, str, int]) -> str:
    return f"{found[0]}://{found[1]}:{found[2]}"


def _reason(error: Exception) -> str:
    if isinstance(error, h11.ProtocolError):
        # The library quotes what it was sent, which may be anything.
        return "no answer: what came back is no HTTP, or ended too early"
    text = str(error) or type(error).__name__
    return f"no answer: {text[0].lower()}{text[1:]}"
