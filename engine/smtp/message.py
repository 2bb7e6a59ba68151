"""From the document that a recipe writes to the bytes of a message.

The same document gives the same bytes but for its date: the Message-ID is made of the effect's key, the borders between
parts of what stands in them. What a header cannot hold is refused by the document's schema, and here once more.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any, Final

from engine.errors import UsageError
from engine.smtp.markdown import as_html
from engine.wire import Request

MOST: Final = 20 * 1024 * 1024
"""Bytes of a whole message; servers take 20 to 35 MB."""
KEY: Final = "external_id"
"""The field in which the engine sends the effect's key."""
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
NAMED: Final = re.compile(r"(?P<name>[^<>]*[^<> ]) *<(?P<address>[^<>]*)>")
# Seven bits: no server need know 8BITMIME. What is beyond ASCII is encoded, in headers too.
POLICY: Final = SMTP.clone(cte_type="7bit")


class Unfit(Exception):
    """The document is no message.

    Args:
        field: The place in it (RFC 6901).
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that is ready to be sent.

    Attributes:
        id: Its Message-ID, without the brackets.
        sender: The address that answers of servers go to.
        recipients: Whom it goes to, each once; those of ``bcc`` stand nowhere else.
        data: The message itself, with lines that end in CR LF.
    """

    id: str
    sender: str
    recipients: tuple[str, ...]
    data: bytes


def compose(request: Request, document: Mapping[str, Any], sender: Address, now: datetime) -> Mail:
    """Return *document*, which *request* holds, as a message from *sender*.

    Raises:
        Unfit: it cannot be one.
    """
    key = document.get(KEY)
    if not isinstance(key, str) or not key:
        raise Unfit("the effect's key is missing", f"/{KEY}")
    digest = sha256(request.body or b"").hexdigest()
    id = f"{sha256(key.encode()).hexdigest()[:32]}@{sender.domain}"
    message = EmailMessage(POLICY)
    groups = {field: list(_addresses(document, field)) for field in ("to", "cc", "bcc", "reply_to")}
    recipients = [each.addr_spec for field in ("to", "cc", "bcc") for each in groups[field]]
    if not recipients:
        raise Unfit("nobody is written to", "/to")
    message["Date"] = now
    message["Message-ID"] = f"<{id}>"
    message["From"] = sender
    for header, field in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
        if groups[field]:
            message[header] = groups[field]
    _put(message, "Subject", document.get("subject", ""), "/subject")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered to a machine
    _write(message, document)
    for index, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=-{digest[:32]}-{index}")
    data = message.as_bytes(policy=POLICY)
    if len(data) > MOST:
        raise Unfit(f"the message has {len(data):,} bytes, and {MOST:,} are the most", "/attachments")
    return Mail(id, sender.addr_spec, tuple(dict.fromkeys(recipients)), data)


def address(text: str, name: str = "") -> Address | None:
    """Return *text*, ``ann@example.com`` or ``Ann <ann@example.com>``, as an address; None where it is none."""
    named = NAMED.fullmatch(text)
    if named is not None:
        name, text = named["name"].strip(), named["address"]
    local = text.partition("@")[0]
    if not ADDRESS.fullmatch(text) or len(text) > 254 or len(local) > 64 or not name.isprintable():
        return None
    return Address(name, addr_spec=text)


def sender(text: str, name: str = "") -> Address:
    """Return whom messages are from.

    Raises:
        UsageError: *text* is no address.
    """
    found = address(text, name)
    if found is None:
        raise UsageError(
            f"from: {text!r} is no mail address", help="write an address such as books@example.com"
        )
    return found


def _addresses(document: Mapping[str, Any], field: str) -> Iterator[Address]:
    given = document.get(field, ())
    for text in [given] if isinstance(given, str) else given:
        found = address(text)
        if found is None:
            raise Unfit(f"{text!r} is no mail address", f"/{field}")
        yield found


def _write(message: EmailMessage, document: Mapping[str, Any]) -> None:
    """Put the text and the attachments into *message*."""
    text, markdown = document.get("text"), document.get("markdown")
    if text is None and markdown is None:
        raise Unfit("the message has no text", "/text")
    message.set_content(markdown if text is None else text)
    if markdown is not None:
        message.add_alternative(as_html(markdown), subtype="html")
    for index, each in enumerate(document.get("attachments", ())):
        place = f"/attachments/{index}"
        kind, _, detail = _content_type(each).partition("/")
        content = _content(each, place)
        params = {"charset": "utf-8"} if kind == "text" and "text" in each else {}
        if not each["name"].isprintable():
            raise Unfit("a name of a file holds a control character", f"{place}/name")
        message.add_attachment(content, kind, detail, filename=each["name"], params=params)


def _content_type(attachment: Mapping[str, Any]) -> str:
    fallback = "text/plain" if "text" in attachment else "application/octet-stream"
    return str(attachment.get("content_type", fallback))


def _content(attachment: Mapping[str, Any], place: str) -> bytes:
    if ("text" in attachment) == ("base64" in attachment):
        raise Unfit("an attachment has either text or base64", place)
    if "text" in attachment:
        return str(attachment["text"]).encode()
    try:
        return b64decode(attachment["base64"], validate=True)
    except binascii.Error as error:
        raise Unfit(f"this is no base64: {error}", f"{place}/base64") from error


def _put(message: EmailMessage, header: str, value: str, field: str) -> None:
    """Set a header to any text that has no control character: a line end would begin another header."""
    if not value.isprintable():
        raise Unfit(f"{field[1:]} holds a line end or another control character", field)
    message[header] = value
