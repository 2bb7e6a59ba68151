"""Auth kinds: generators of requests without I/O. The door sends what they yield and hands back the answer.

A kind never opens a secret: it puts ``Secret`` values into headers, and the HTTP door opens them as they leave.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from engine.secret import Secret
from engine.tokens.grant import Grant
from engine.wire import Answer, Request


@dataclass(frozen=True, slots=True)
class Wanted:
    """Asks the door for an access token; what comes back is a Secret.

    Attributes:
        refused: The one that the vendor would not take, or None. It comes back where there is no other.
    """

    refused: Secret | None = None


class Auth(ABC):
    """Adds what a vendor wants to see to a request.

    Attributes:
        grant: How access tokens are got, or None for an auth that needs none.
    """

    grant: Grant | None = None

    @abstractmethod
    def flow(self, request: Request) -> Generator[Request | Wanted, Answer | Secret, None]:
        """Yield what is to be sent, or a token that is wanted; the last answer is the caller's."""


class Tokens(Protocol):
    """Gives access tokens to the door."""

    async def access(self, refused: Secret | None) -> Secret:
        """Return a token to send; *refused* itself where there is no other than this one, which was not taken.

        Raises:
            NoAnswer: the vendor cannot be asked now; the request that wants the token has not left.
            Refused: the vendor gives no token any more; the message says how to connect again.
        """
        ...
