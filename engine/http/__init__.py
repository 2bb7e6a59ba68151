"""The one door to HTTP: address policy, auth, bounds, redirects, and whether a request left.

Reads follow redirects within the connection's scheme, host and port; writes never do. An answer is read within the
bounds of size (as sent and decompressed) and of total time. Secrets are opened here, as the headers are written, and
masked here in what comes back: behind the door nobody holds the text of a secret, so nobody can write it anywhere.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import lru_cache
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, Final
from urllib.parse import urljoin

import httpcore2
import httpx2

from engine.auth import Auth
from engine.errors import Refused
from engine.http.addresses import origin
from engine.http.pool import Pool, Sent
from engine.policy import Bounds
from engine.secret import Masker, Secret, reveal
from engine.wire import Answer, NoAnswer, Request

READS: Final = frozenset({"GET", "HEAD"})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
AGENT: Final = "recipe-engine"


class Http:
    """A transport for one connection: its own small pool, one origin, one auth.

    Args:
        base_url: Every request must stay within its scheme, host and port.
        auth: What the vendor wants to see, or None.
        bounds: Time and size.
        mask: Knows the secrets that no answer may bring back.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth | None = None,
        bounds: Bounds | None = None,
        mask: Masker | None = None,
    ) -> None:
        self._origin = origin(base_url)
        self._prefix = "/".join([*base_url.split("/")[:3], ""])
        self._auth = auth
        self._bounds = bounds or Bounds()
        self._mask = mask or Masker()
        self._kept: httpx2.AsyncHTTPTransport | None = None
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
        headers = {name: self._mask(value) for name, value in answer.headers.items()}
        return replace(answer, headers=headers, body=self._mask.data(answer.body), url=self._mask(answer.url))

    async def close(self) -> None:
        """Close the pool."""
        if self._kept is not None:
            await self._kept.aclose()
            self._kept = None

    async def _authorised(self, request: Request) -> Answer:
        # The auth sees answers as they came: one may hold the very key that goes into the next request.
        if self._auth is None:
            return await self._follow(request)
        flow = self._auth.flow(request)
        try:
            outgoing = next(flow)
            while True:
                answer = await self._follow(outgoing)
                try:
                    outgoing = flow.send(answer)
                except StopIteration:
                    return answer
        finally:
            flow.close()

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
        # In doubt it left: with its first bytes the other side may have the whole request.
        sent = Sent()
        self.calls += 1
        try:
            async with asyncio.timeout_at(until):
                return await self._exchange(request, {"sent": sent})
        except TimeoutError as error:
            raise NoAnswer(
                f"no whole answer within {self._bounds.seconds:g} s", left=sent.may_have_arrived
            ) from error
        except (httpx2.TransportError, httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise NoAnswer(_reason(error), left=sent.may_have_arrived) from error

    async def _exchange(self, request: Request, extensions: dict[str, Any]) -> Answer:
        headers = {"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
        headers |= {name: _opened(value) for name, value in request.headers}
        try:
            url = _url(request.url)
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise Refused("the address holds what no address may hold, or is too long") from error
        # The whole exchange has one bound of time, above; what is within it is waited for as long as it takes.
        outgoing = httpx2.Request(
            request.method, url, headers=headers, content=request.body, extensions=extensions
        )
        outgoing.extensions["timeout"] = {"connect": self._bounds.connect_seconds}
        # Not a client: it would follow redirects, keep cookies and ask the environment.
        answer = await self._transport().handle_async_request(outgoing)
        try:
            body = await self._read(answer)
        finally:
            await answer.aclose()
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, named, body, request.url)

    async def _read(self, answer: httpx2.Response) -> bytes:
        coding = answer.headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip"):
            raise Refused(f"the answer is packed as {coding!r}, which was not asked for", left=True)
        chunks = self._sent(answer)
        body = bytearray()
        async for chunk in self._unpacked(chunks) if coding == "gzip" else chunks:
            body += chunk
            self._within(len(body))
        return bytes(body)

    async def _sent(self, answer: httpx2.Response) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in answer.stream:  # type: ignore[union-attr]  # an asynchronous transport's
            size += len(chunk)
            self._within(size)
            yield chunk

    async def _unpacked(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Unpack gzip piece by piece, never more than one byte beyond the bound at a time.

        Source: RFC 1952, section 2.2: a file is one member after another.
        """
        inflate = zlib.decompressobj(wbits=31)
        most = self._bounds.answer_bytes + 1
        try:
            async for chunk in chunks:
                while chunk:
                    if inflate.eof:
                        inflate = zlib.decompressobj(wbits=31)
                    yield inflate.decompress(chunk, most)
                    chunk = inflate.unused_data
        except zlib.error as error:
            raise NoAnswer("the answer's gzip is damaged", left=True) from error
        if not inflate.eof:
            raise NoAnswer("the answer's gzip ends too early", left=True)

    def _within(self, size: int) -> None:
        if size > self._bounds.answer_bytes:
            raise Refused(f"the answer is larger than {self._bounds.answer_bytes:,} bytes", left=True)

    def _transport(self) -> httpx2.AsyncHTTPTransport:
        if self._kept is None:
            # Reading the authorities takes 35 ms; without TLS none are read, and a handshake would trust nobody.
            encrypted = self._origin[0] == "https"
            tls = httpx2.create_ssl_context(trust_env=False) if encrypted else SSLContext(PROTOCOL_TLS_CLIENT)
            self._kept = httpx2.AsyncHTTPTransport(verify=tls, trust_env=False)
            # httpx2 hands no network backend on to its pool; the pool itself takes one.
            self._kept._pool = Pool(tls)  # type: ignore[assignment]  # as far as the transport uses it
        return self._kept


@lru_cache(maxsize=64)
def _url(text: str) -> httpx2.URL:
    return httpx2.URL(text)


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
    if isinstance(error, httpx2.ProtocolError):
        # The library quotes what it was sent, which may be anything.
        return "no answer: what came back is no HTTP, or ended too early"
    text = str(error) or type(error).__name__
    return f"no answer: {text[0].lower()}{text[1:]}"
