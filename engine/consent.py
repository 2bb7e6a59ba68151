"""A person agrees at the vendor that the engine may use an account: what they are shown, what comes back, what is kept.

Source: RFC 6749, section 4.1, with the proof of RFC 7636; a redirect to this machine as RFC 8252, section 7.3, has it.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from engine.errors import EngineError, UsageError
from engine.money import shorten
from engine.secret import Secret
from engine.tokens.grant import Denied, TokenSet
from engine.tokens.keeper import Account
from engine.tokens.vault import Held, Sealed, Vault

LOOPBACK: Final = ("localhost", "127.0.0.1")
PAGE: Final = (
    b"<!doctype html><meta charset=utf-8><title>recipe</title>"
    b"<p>The answer is here. Look at the terminal: it says whether the connection stands.</p>"
)
OTHER: Final = (
    b"<!doctype html><meta charset=utf-8><title>recipe</title><p>This is not what is waited for here.</p>"
)


class NotAgreed(EngineError):
    """The account is not connected; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What is asked of a person.

    Attributes:
        account: Whose tokens.
        redirect: Where the vendor sends the browser with its answer.
        state: Tells this answer from one that others bring about.
        verifier: Proves that who asked is who gets the tokens.
    """

    account: Account
    redirect: str
    state: str
    verifier: str

    @property
    def page(self) -> str:
        """The address at which the person agrees."""
        return self.account.grant.consent(self.redirect, self.state, self.verifier)

    def told(self, address: str) -> Mapping[str, str] | None:
        """Return what the vendor says by *address*, to which it sent the browser; None where it is another one."""
        wanted, found = urlsplit(self.redirect), urlsplit(address)
        said = dict(parse_qsl(found.query))
        ours = found.path.rstrip("/") == wanted.path.rstrip("/")
        return said if ours and compare_digest(said.get("state", "").encode(), self.state.encode()) else None

    async def kept(self, said: Mapping[str, str], vault: Vault) -> TokenSet:
        """Get the tokens for what the vendor *said*, store them, and return them.

        Raises:
            NotAgreed: the person or the vendor said no, or the account is another one than the connection's.
            NoAnswer, Refused: the vendor cannot be asked.
            UsageError: they cannot be stored.
        """
        account = self.account
        code = Secret(_code(account, said), "code")
        account.mask.add([code])
        async with vault.alone(account.identity):
            try:
                tokens = await account.asked(
                    account.grant.by_code(code, self.redirect, Secret(self.verifier, "verifier"))
                )
            except Denied as error:
                refused = account.denied(error)
                raise NotAgreed(refused.message, help=refused.help) from error
            if tokens.refresh is None and tokens.expires is not None:
                raise NotAgreed(
                    f"the vendor gave {account.name} a token that ends, and nothing to renew it with",
                    help="look whether the application may have access while nobody is signed in (offline access)",
                )
            try:
                before = vault.load(account.identity)
            except Sealed:  # by a key that is lost: what it holds is of no use any more
                before = None
            generation = before.generation + 1 if before else 1
            vault.save(account.identity, Held(tokens, account.grant.client, generation))
        return tokens


def consent(account: Account, redirect: str) -> Consent:
    """Return what is asked of a person for *account*, with a state and a proof of its own.

    Raises:
        UsageError: *redirect* is no address that a vendor could send a browser to.
    """
    parts = urlsplit(redirect)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{shorten(redirect)!r} is no address",
            help="write it whole, such as http://localhost:8725/callback",
        )
    return Consent(account, redirect, secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def is_here(redirect: str) -> bool:
    """Tell whether this machine can be waiting at *redirect*."""
    parts = urlsplit(redirect)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


@contextlib.contextmanager
def listening(asked: Consent) -> Iterator[Listener]:
    """Wait at the redirect's port for as long as the block runs.

    Raises:
        UsageError: another program has the port.
    """
    port = urlsplit(asked.redirect).port or 80
    found: SimpleQueue[Mapping[str, str]] = SimpleQueue()

    class Handler(_Handler):
        consent = asked
        answers = found

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise UsageError(
            f"nothing can be waited for at {asked.redirect}: {error.strerror}",
            help="name another address that the vendor knows, such as --redirect http://localhost:8726/callback, "
            "or paste its answer by hand: --paste",
        ) from error
    # A browser opens connections on which it says nothing; nobody waits for those.
    server.daemon_threads, server.timeout = True, 0.2
    try:
        yield Listener(server, found)
    finally:
        server.server_close()


@dataclass(frozen=True, slots=True)
class Listener:
    """Waits for a browser."""

    server: ThreadingHTTPServer
    answers: SimpleQueue[Mapping[str, str]]

    def heard(self) -> Mapping[str, str] | None:
        """Return the vendor's answer if it came within the last fifth of a second, else None."""
        self.server.handle_request()
        with contextlib.suppress(Empty):
            return self.answers.get_nowait()
        return None


class _Handler(BaseHTTPRequestHandler):
    """Takes the one request that carries the vendor's answer."""

    consent: Consent
    answers: SimpleQueue[Mapping[str, str]]
    timeout = 10.0

    def do_GET(self) -> None:
        said = self.consent.told(self.path)
        body = OTHER if said is None else PAGE
        self.send_response(404 if said is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        # The address holds a code, which no other page needs to hear of.
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)
        if said is not None:
            self.answers.put(said)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds a code."""


def _code(account: Account, said: Mapping[str, str]) -> str:
    if error := said.get("error"):
        told = ": ".join(part for part in (error, said.get("error_description", "")) if part)
        raise NotAgreed(
            f"the vendor gave no consent for {account.name}: {shorten(told, 300)}",
            help=f"try again, and agree: recipe connect {account.name}",
        )
    for name, wanted in account.grant.returns.items():
        if (found := said.get(name)) != wanted:
            raise NotAgreed(
                f"at the vendor {found or 'nothing'!r} was chosen ({name}), and connections.yaml says {wanted!r}",
                help="choose the same there; or correct connections.yaml, which makes another account of it",
            )
    code = said.get("code", "")
    if not code:
        raise NotAgreed(
            f"the vendor's answer for {account.name} has no code",
            help=f"try again: recipe connect {account.name}",
        )
    return code
