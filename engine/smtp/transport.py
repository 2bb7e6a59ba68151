"""A transport to one mail server: a connection for each message, one message after another."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Final

from engine.clock import Clock
from engine.errors import Refused
from engine.http.addresses import connect, is_loopback_name
from engine.http.lines import BROKEN, trusting
from engine.policy import Bounds
from engine.secret import Masker, Secret
from engine.smtp.answers import RefusedRecipient, answer, received, sent
from engine.smtp.dialogue import Broken, Dialogue, Reply
from engine.smtp.message import Mail, Unfit, compose
from engine.wire import Answer, NoAnswer, Request

LEAVE: Final = 2.0
"""Seconds that the leave-taking may take."""
NO_ACCESS: Final = frozenset({530, 534, 535, 538})
"""Replies that ask for a log-in, or do not take the one that was given (RFC 4954, section 6)."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where messages are handed over.

    Attributes:
        security: ``starttls`` encrypts after the greeting, ``tls`` before it; ``none`` is for this machine itself.
        user, password: The log-in; without a user none is tried.
    """

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: Secret | str = ""


class Turned(Exception):
    """The server did not take a message; nothing of it is on its way.

    Attributes:
        status: What the transport answers.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Smtp:
    """A transport for one connection.

    Args:
        sender: Whom messages are from.
        mask: Knows the secrets that no answer may bring back.
        tls: Whom to trust, where not the authorities that everybody does.

    Raises:
        Refused: it would not be encrypted, and leads off this machine.
    """

    def __init__(
        self,
        server: Server,
        sender: Address,
        clock: Clock,
        bounds: Bounds | None = None,
        mask: Masker | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if server.security == "none" and not is_loopback_name(server.host):
            raise Refused(
                f"security: none would send mail and password to {server.host} for everybody to read",
                help="write starttls or tls; none is taken for this machine itself only, written as localhost",
            )
        self._server, self._sender, self._clock = server, sender, clock
        self._bounds = bounds or Bounds()
        self._mask = mask or Masker()
        self._trusted = tls
        self._one = asyncio.Lock()
        self.calls = 0

    async def send(self, request: Request) -> Answer:
        """Hand over the message that *request* holds.

        Returns:
            200 taken, with those among the recipients who were not; 401, 403 no access; 422 refused; 429 not now.

        Raises:
            NoAnswer: nothing usable came back; ``left`` says whether the server may have taken it.
            Refused: the address, or a server that would not encrypt or knows no log-in.
        """
        try:
            mail = compose(request, received(request), self._sender, self._clock.now())
            async with self._one:
                return self._masked(sent(request, mail, await self._delivered(mail)))
        except Unfit as error:
            return answer(request, 422, str(error), field=error.field)
        except Turned as error:
            return self._masked(answer(request, error.status, str(error)))
        except NoAnswer as error:
            raise NoAnswer(self._mask(str(error)), left=error.left) from error

    def _masked(self, given: Answer) -> Answer:
        return Answer(given.status, given.headers, self._mask.data(given.body), given.url)

    async def _delivered(self, mail: Mail) -> list[RefusedRecipient]:
        self.calls += 1
        dialogue: Dialogue | None = None
        try:
            # One bound of time for the whole exchange.
            async with asyncio.timeout(self._bounds.seconds):
                seconds = min(self._bounds.connect_seconds, self._bounds.seconds)
                line = await connect(self._server.host, self._server.port, seconds)
                dialogue = Dialogue(line)
                return await self._conversation(dialogue, mail)
        except TimeoutError as error:
            left = dialogue is not None and dialogue.left
            raise NoAnswer(f"no whole answer within {self._bounds.seconds:g} s", left=left) from error
        except (Broken, *BROKEN) as error:
            left = dialogue is not None and dialogue.left
            text = str(error) or type(error).__name__
            raise NoAnswer(f"no answer: {text[0].lower()}{text[1:]}", left=left) from error
        finally:
            if dialogue is not None:
                await dialogue.close()

    async def _conversation(self, dialogue: Dialogue, mail: Mail) -> list[RefusedRecipient]:
        offers = await self._opened(dialogue)
        if self._server.user:
            await self._logged_in(dialogue, offers.get("AUTH", ""))
        most = offers.get("SIZE", "")
        if most.isdecimal() and 0 < int(most) < len(mail.data):
            raise Turned(422, f"the message has {len(mail.data):,} bytes, and the server takes {int(most):,}")
        size = f" SIZE={len(mail.data)}" if "SIZE" in offers else ""
        _expect(await dialogue.ask(f"MAIL FROM:<{mail.sender}>{size}"), 403, f"the sender {mail.sender}")
        refused = await _recipients(dialogue, mail)
        ready = await dialogue.ask("DATA")
        if ready.code != 354:
            _expect(ready, 422, "the message")
            raise Broken(f"the server says {ready.text} where it should ask for the message")
        said = await dialogue.data(mail.data)
        _expect(said, 422, "the message")
        with contextlib.suppress(Broken, TimeoutError, *BROKEN):  # it has the message, whatever it says now
            async with asyncio.timeout(LEAVE):
                await dialogue.ask("QUIT")
        return refused

    async def _opened(self, dialogue: Dialogue) -> dict[str, str]:
        """Greet the server, over an encrypted connection, and return what it offers."""
        server, seconds = self._server, self._bounds.connect_seconds
        if server.security == "tls":
            await dialogue.encrypt(self._tls(), server.host, seconds)
        _expect(await dialogue.reply(), 403, "this connection")
        offers = await self._offers(dialogue)
        if server.security != "starttls":
            return offers
        if "STARTTLS" not in offers:
            raise Refused(
                f"{server.host}:{server.port} offers no STARTTLS, so nothing was sent",
                help="where its port is 465, write security: tls; else ask who runs it for an encrypted port",
            )
        _expect(await dialogue.ask("STARTTLS"), 403, "STARTTLS")
        await dialogue.encrypt(self._tls(), server.host, seconds)
        return await self._offers(dialogue)  # what was said before is forgotten: it may have been anybody's

    async def _offers(self, dialogue: Dialogue) -> dict[str, str]:
        reply = await dialogue.ask(f"EHLO {self._sender.domain}")
        _expect(reply, 403, "EHLO")
        pairs = (line.partition(" ") for line in reply.lines[1:])
        return {word.upper(): rest.strip() for word, _, rest in pairs}

    async def _logged_in(self, dialogue: Dialogue, offered: str) -> None:
        reply = await dialogue.log_in(self._server.user, self._server.password, offered)
        if reply is None:
            raise Refused(
                f"{self._server.host} takes no log-in by user and password (AUTH {offered or 'is not offered'})",
                help="PLAIN and LOGIN are known here; where none is needed, leave user out",
            )
        _expect(reply, 401, "the log-in")

    def _tls(self) -> ssl.SSLContext:
        if self._trusted is None:
            self._trusted = trusting()
        return self._trusted


async def _recipients(dialogue: Dialogue, mail: Mail) -> list[RefusedRecipient]:
    """Name everybody who gets *mail*, and return those whom the server does not take it for.

    Raises:
        Turned: it takes it for nobody, or one of them may be taken later: nothing is sent to the others before.
    """
    refused = []
    for each in mail.recipients:
        reply = await dialogue.ask(f"RCPT TO:<{each}>")
        if not reply.is_done:
            _expect(reply, 0, each)
            refused.append(RefusedRecipient(each, reply.code, reply.text))
    if len(refused) == len(mail.recipients):
        told = "; ".join(f"{each.address}: {each.message}" for each in refused)
        raise Turned(422, f"the server takes mail for none of them: {told}")
    return refused


def _expect(reply: Reply, otherwise: int, what: str) -> None:
    """Go on where *reply* says that it is done.

    Raises:
        Turned: it is not; with *otherwise* as its status where it never will be, 0 to let that pass.
        Broken: it is no answer to that.
    """
    if reply.is_done:
        return
    if reply.may_pass:
        raise Turned(429, f"the server does not take {what} now: {reply.text}")
    if reply.code < 500:
        raise Broken(f"the server says {reply.text} where it should take {what}")
    status = 401 if reply.code in NO_ACCESS else otherwise
    if status:
        raise Turned(status, f"the server refuses {what}: {reply.text}")
