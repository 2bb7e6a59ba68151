"""Mail servers for tests, in a thread: a real one, and one that says what a test makes it say."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "desk", "Tr0ub4dor-of-the-desk"
PATIENCE = 20.0


@dataclass
class Postbox:
    """What a server was told and took.

    Attributes:
        taken: The envelopes of the messages that it took.
        says: What it says to a recipient, or to the end of a message, in place of 250.
    """

    taken: list[Envelope] = field(default_factory=list)
    says: Mapping[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "data" not in self.says:
            self.taken.append(envelope)
        return self.says.get("data", "250 taken")


def content(envelope: Envelope) -> bytes:
    """Return the message of *envelope*."""
    assert isinstance(envelope.content, bytes)
    return envelope.content


@contextlib.contextmanager
def listening(factory: Callable[[], Any], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve by *factory*'s protocols on a port of this machine, which is given, for as long as the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
    server = asyncio.run_coroutine_threadsafe(made, loop).result(PATIENCE)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def postbox(tls: ssl.SSLContext | None = None, *, at_once: bool = False, **options: Any) -> Iterator[Postbox]:
    """Run a real server.

    Args:
        tls: Its certificate: offered by STARTTLS, or with *at_once* spoken from the first byte.
        options: Of aiosmtpd's ``SMTP``, and ``says`` of the box.
    """
    box = Postbox(says=options.pop("says", {}))
    if tls is not None:
        # It counts as encrypted to aiosmtpd only where that began with STARTTLS.
        options |= {"auth_require_tls": False} if at_once else {"tls_context": tls, "require_starttls": True}

    def made() -> SMTP:
        with (
            warnings.catch_warnings()
        ):  # it warns of passwords that are not encrypted; these ones stay on the machine
            warnings.simplefilter("ignore")
            return SMTP(box, hostname="postbox.example.com", enable_SMTPUTF8=False, **options)

    with listening(made, tls if at_once else None) as port:
        box.port = port
        yield box


def only_the_desk(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
) -> AuthResult:
    """Let in who has the password of the desk."""
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


Says = Callable[[bytes], bytes | None]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def scripted(talk: Talk) -> Iterator[int]:
    """Run a server that talks to each connection as *talk* says, then closes it."""

    def made() -> asyncio.StreamReaderProtocol:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    await talk(reader, writer)
            finally:
                writer.transport.abort()

        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), connected)

    with listening(made) as port:
        yield port


def replies(*lines: bytes) -> Talk:
    """Talk by these lines, one to each command, the first of them the greeting; then close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for index, line in enumerate(lines):
            if index and lines[index - 1].startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
            elif index:
                await reader.readline()
            writer.write(line + b"\r\n")
            await writer.drain()
        if lines and lines[-1].startswith(b"354"):
            await reader.readuntil(b"\r\n.\r\n")
        elif lines:
            await reader.readline()

    return talk


@dataclass(frozen=True)
class Authority:
    """Who vouches for the server.

    Attributes:
        server: What the server shows.
        trusted: What a client knows that trusts this authority and no other.
    """

    server: ssl.SSLContext
    trusted: ssl.SSLContext


def authority(folder: Path, name: str = "127.0.0.1") -> Authority:
    """Make an authority, and a certificate by it for the host *name*."""
    own, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _called("Authority of the tests")
    root = _certificate(issuer, issuer, own, own, x509.BasicConstraints(ca=True, path_length=0))
    host: x509.GeneralName = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    leaf = _certificate(_called(name), issuer, key, own, x509.SubjectAlternativeName([host]))
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    held = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(held + leaf.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    return Authority(server, ssl.create_default_context(cafile=str(folder / "root.pem")))


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Any, signer: Any, extension: Any
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return made.sign(signer, hashes.SHA256())
