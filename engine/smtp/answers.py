"""Requests as documents, and answers as the connector's rules read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine import canonical
from engine.smtp.message import Mail, Unfit
from engine.wire import Answer, Request

HEADERS: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """Somebody whom the server does not take messages for.

    Attributes:
        code: What it said, from 500 to 599.
    """

    address: str
    code: int
    message: str


def received(request: Request) -> Mapping[str, Any]:
    """Return the document that *request* holds.

    Raises:
        Unfit: it is no request for a message.
    """
    if request.method != "POST" or not request.url.endswith("/messages"):
        raise Unfit(f"mail does not know {request.method} {request.url}", "")
    try:
        document = canonical.decode(request.body or b"")
    except ValueError as error:
        raise Unfit(f"the body is not JSON: {error}", "") from error
    if not isinstance(document, dict):
        raise Unfit("the body is no mapping", "")
    return document


def sent(request: Request, mail: Mail, refused: Sequence[RefusedRecipient]) -> Answer:
    """Return the answer to a message that was taken for those who were not *refused*."""
    turned = {each.address for each in refused}
    body = {
        "id": mail.id,
        "accepted": [each for each in mail.recipients if each not in turned],
        "refused": [
            {"address": each.address, "code": each.code, "message": each.message} for each in refused
        ],
    }
    return Answer(200, HEADERS, canonical.encode(body), request.url)


def answer(request: Request, status: int, message: str, **more: Any) -> Answer:
    """Return the answer to a message that was not taken."""
    return Answer(status, HEADERS, canonical.encode({"error": {"message": message, **more}}), request.url)
