"""What a connector says of how access tokens are got, the requests for them, and what the answers mean. Without I/O.

Source: RFC 6749 (the framework), RFC 7636 (the proof of a code), RFC 7009 (taking back).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

from engine.money import shorten
from engine.secret import Secret, encoded
from engine.wire import Answer, Request

FINAL: Final = ("invalid_grant", "access_denied")
"""What says that a token or a code is of no use any more (RFC 6749, 4.1.2.1 and 5.2); other refusals can be cured."""
FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
SECONDS: Final = (int, float)


class Denied(Exception):
    """The vendor gives no token.

    Attributes:
        is_final: Whether asking again with the same token or code is of no use, for ever.
    """

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class Unanswered(Exception):
    """Nobody knows whether the vendor gave a token: what came is no answer to that."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How access tokens are got.

    Attributes:
        kind: The grant's name in RFC 6749.
        token: Address that gives tokens.
        client: The id under which the vendor knows the application.
        secret: What proves that.
        sends: Where the two stand: as user and password in a header, or in the body.
        scopes: What is asked for.
        early: Seconds before its end in which a token is used no more.
        lasts: Field of an answer with the seconds until the refresh token ends, or empty.
        authorize: Address at which a person agrees.
        revoke: Address that takes a refresh token back, or empty.
        returns: Settings that the vendor's redirect must repeat, by the parameter in which it does.
        has_proof: Whether the vendor takes the proof of RFC 7636.
    """

    kind: Literal["client_credentials", "authorization_code"]
    token: str
    client: str
    secret: str | Secret
    sends: Literal["header", "body"] = "header"
    scopes: tuple[str, ...] = ()
    early: float = 120.0
    lasts: str = ""
    authorize: str = ""
    revoke: str = ""
    returns: Mapping[str, str] = field(default_factory=dict)
    has_proof: bool = True

    def at(self, base_url: str) -> Grant:
        """Return the same at the host of *base_url*, as a connection with another address has it."""
        host = "/".join(base_url.split("/")[:3])
        moved = {
            name: host + urlsplit(address)._replace(scheme="", netloc="").geturl()
            for name in ("token", "authorize", "revoke")
            if (address := getattr(self, name))
        }
        return replace(self, **moved)

    def by_client(self) -> Request:
        """Return the request for a token of the application itself (RFC 6749, 4.4.2)."""
        return self._request(self.token, ("grant_type", "client_credentials"), *self._scope())

    def by_code(self, code: Secret, redirect: str, verifier: Secret) -> Request:
        """Return the request for the tokens behind *code*, which a person's consent gave (RFC 6749, 4.1.3)."""
        proof = [("code_verifier", verifier)] if self.has_proof else []
        asked = (("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect))
        return self._request(self.token, *asked, *proof)

    def by_refresh(self, token: Secret) -> Request:
        """Return the request for new tokens behind the refresh token *token* (RFC 6749, 6)."""
        return self._request(self.token, ("grant_type", "refresh_token"), ("refresh_token", token))

    def back(self, token: Secret) -> Request:
        """Return the request that takes *token* back (RFC 7009, 2.1)."""
        return self._request(self.revoke, ("token", token), ("token_type_hint", "refresh_token"))

    def consent(self, redirect: str, state: str, verifier: str) -> str:
        """Return the address at which a person agrees, and is sent on to *redirect* with a code (RFC 6749, 4.1.1)."""
        asked = {"response_type": "code", "client_id": self.client, "redirect_uri": redirect, "state": state}
        asked |= dict(self._scope())
        if self.has_proof:
            # RFC 7636, 4.2
            told = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
            asked |= {"code_challenge": told, "code_challenge_method": "S256"}
        return self.authorize + ("&" if "?" in self.authorize else "?") + urlencode(asked)

    def _scope(self) -> list[tuple[str, str]]:
        return [("scope", " ".join(self.scopes))] if self.scopes else []

    def _request(self, url: str, *fields: tuple[str, str | Secret]) -> Request:
        if self.sends == "header":
            proof = ("Authorization", encoded("Basic ", [self.client, ":", self.secret]))
            return Request("POST", url, (FORM, proof), form=fields)
        return Request(
            "POST", url, (FORM,), form=(*fields, ("client_id", self.client), ("client_secret", self.secret))
        )


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a vendor gave.

    Attributes:
        access: Goes with each request.
        refresh: Gets the next one; None for an application's own tokens.
        since: When the vendor gave them, in seconds since 1970.
        expires: When *access* ends, or None where the vendor does not say.
        ends: When *refresh* ends, likewise.
    """

    access: Secret
    refresh: Secret | None
    since: float
    expires: float | None = None
    ends: float | None = None

    def is_good(self, early: float, now: float) -> bool:
        """Tell whether *access* holds for *early* seconds more; of a short life, for half of it."""
        if self.expires is None:
            return True
        return now < self.expires - min(early, (self.expires - self.since) / 2)


def given(grant: Grant, answer: Answer, now: float, before: TokenSet | None = None) -> TokenSet:
    """Return what *answer*, unmasked, gives.

    Args:
        now: In seconds since 1970.
        before: Whose refresh token goes on to hold where the vendor gives no other.

    Raises:
        Denied: the vendor gives no token.
        Unanswered: it says nothing of the kind.
    """
    said = _decoded(answer)
    if not 200 <= answer.status < 300 or "error" in said:
        raise _denial(answer.status, said)
    access, kind = said.get("access_token"), said.get("token_type", "bearer")
    if not isinstance(access, str) or not access:
        raise Unanswered(f"answered {answer.status} without an access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Denied("the vendor gives tokens of another kind than bearer", is_final=False)
    refresh = said.get("refresh_token")
    ends = _until(said.get(grant.lasts), now)
    if not isinstance(refresh, str) or not refresh:
        kept, ends = (before.refresh, ends or before.ends) if before else (None, ends)
    else:
        kept = Secret(refresh, "refresh token")
    return TokenSet(Secret(access, "access token"), kept, now, _until(said.get("expires_in"), now), ends)


def _decoded(answer: Answer) -> Mapping[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def _denial(status: int, said: Mapping[str, Any]) -> Denied | Unanswered:
    code, told = said.get("error"), said.get("error_description")
    if status >= 500 or status == 429 or not isinstance(code, str):
        return Unanswered(f"answered {status}")
    what = f"{code}: {told}" if isinstance(told, str) and told else code
    return Denied(shorten(what, 300), is_final=code in FINAL)


def _until(seconds: Any, now: float) -> float | None:
    """Return when *seconds* from now are over; some vendors write them as text."""
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    return now + seconds if isinstance(seconds, SECONDS) and not isinstance(seconds, bool) else None
