"""The commands of SMTP and their replies, over one connection.

Sources: RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 4616 (PLAIN), 1870 (SIZE).
"""

from __future__ import annotations

import re
import ssl
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from engine.http.lines import Line
from engine.secret import Secret, reveal

LONGEST: Final = 64 * 1024
"""Bytes of one reply."""
LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n]*))?\r?\n")
LEADING: Final = re.compile(rb"(?m)^\.")


class Broken(Exception):
    """What came back is no SMTP, or the connection is over."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server says to one command.

    Attributes:
        lines: Its text, line by line.
    """

    code: int
    lines: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return 200 <= self.code < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same may be taken a little later."""
        return 400 <= self.code < 500

    @property
    def text(self) -> str:
        """What it says, in one line."""
        return " ".join([str(self.code), *(line.strip() for line in self.lines if line.strip())])


class Dialogue:
    """The two sides of one connection."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._came = b""
        self._ends = False

    @property
    def left(self) -> bool:
        """Whether the server may have taken a message: its last bytes went out, which it cannot miss before."""
        return self._ends and self._line.has_sent

    async def reply(self) -> Reply:
        """Return the next reply.

        Raises:
            Broken: none comes.
        """
        lines: list[str] = []
        while True:
            found = LINE.match(self._came)
            if found is None:
                await self._more()
                continue
            self._came = self._came[found.end() :]
            lines.append((found[3] or b"").decode(errors="replace"))
            if found[2] != b"-":
                return Reply(int(found[1]), tuple(lines))
            if len(lines) > LONGEST // 64:
                raise Broken("the server's reply has no end")

    async def ask(self, command: str) -> Reply:
        """Return the reply to *command*, which is one line of ASCII."""
        if not (command.isascii() and command.isprintable()):
            raise AssertionError("a command is one line of ASCII")
        await self._line.write(command.encode("ascii") + b"\r\n")
        return await self.reply()

    async def encrypt(self, tls: ssl.SSLContext, host: str, seconds: float) -> None:
        """Encrypt the connection from now on, where the other side proves to be *host*."""
        if self._came:  # whoever sent it before the handshake is not whom it proves
            raise Broken("something came before the encrypted connection was made")
        await self._line.start_tls(tls, host, seconds)

    async def log_in(self, user: str, password: Secret | str, offered: str) -> Reply | None:
        """Return the reply to the last step of a log-in; None where the server offers no way that is known here."""
        text = reveal(password) if isinstance(password, Secret) else password
        ways = offered.upper().split()
        if "PLAIN" in ways:
            return await self.ask("AUTH PLAIN " + _packed(f"\0{user}\0{text}"))
        if "LOGIN" not in ways:
            return None
        reply = await self.ask("AUTH LOGIN")
        for each in (user, text):
            if reply.code != 334:
                return reply
            reply = await self.ask(_packed(each))
        return reply

    async def data(self, data: bytes) -> Reply:
        """Return the reply to a message, whose lines end in CR LF, after the server said that it may come."""
        await self._line.write(LEADING.sub(b"..", data))
        # Only the last line makes it a message; from the moment at which that goes out nobody knows.
        self._line.has_sent, self._ends = False, True
        await self._line.write(b".\r\n")
        return await self.reply()

    async def close(self) -> None:
        """Take leave without waiting for an answer, and close it."""
        await self._line.aclose()

    async def _more(self) -> None:
        if len(self._came) > LONGEST or b"\n" in self._came:
            raise Broken("what came back is no SMTP")
        chunk = await self._line.read(LONGEST)
        if not chunk:
            raise Broken("the server has closed the connection")
        self._came += chunk


def _packed(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
