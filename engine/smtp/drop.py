"""Where the mails of a sample go: each into a file, and none of them leaves the machine."""

from __future__ import annotations

import asyncio
from email.headerregistry import Address
from pathlib import Path

from engine.clock import Clock
from engine.smtp.answers import answer, received, sent
from engine.smtp.message import Mail, Unfit, compose
from engine.wire import Answer, Request


class Drop:
    """A transport that writes each message as a file ``.eml``, as a server would have had it.

    Args:
        folder: Made with the first message.
        sender: Whom they are from.
    """

    calls = 0
    """How many went over the network: none."""

    def __init__(self, folder: Path, sender: Address, clock: Clock) -> None:
        self._folder, self._sender, self._clock = folder, sender, clock

    async def send(self, request: Request) -> Answer:
        """Write the message that *request* holds."""
        try:
            mail = compose(request, received(request), self._sender, self._clock.now())
        except Unfit as error:
            return answer(request, 422, str(error), field=error.field)
        await asyncio.to_thread(self._keep, mail)
        return sent(request, mail, ())

    def _keep(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Whom it goes to stands beside the message, not in it: RFC 5321, section 3.6.2, of those of bcc.
        envelope = f"X-Envelope-To: {', '.join(mail.recipients)}\r\n".encode("ascii")
        (self._folder / f"{mail.id.partition('@')[0]}.eml").write_bytes(envelope + mail.data)
