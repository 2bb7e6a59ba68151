"""``authorization_code``: a person agrees once, by ``recipe connect``; from then on tokens are renewed (RFC 6749)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from engine.auth import client_credentials
from engine.auth.client_credentials import ADDRESS, TokenAuth, grant_of, plain
from engine.declare import Declaration
from engine.fill import fill, fill_url
from engine.secret import Secret


class Params(client_credentials.Params):
    """Settings of ``auth: {kind: authorization_code}``."""

    authorize: str = Field(
        pattern=ADDRESS,
        description="Address at which a person agrees.",
        examples=["https://vendor.example.com/oauth/authorize"],
    )
    revoke: str = Field(
        default="",
        pattern=ADDRESS,
        description="Address that takes tokens back, where there is one.",
        examples=["https://vendor.example.com/oauth/revoke"],
    )
    returns: dict[str, str] = Field(
        default={},
        description="Settings that the vendor tells beside its code, by the parameter in which it does: what a person "
        "chose there must be what the connection says.",
        examples=[{"realmId": "{realm}"}],
    )
    lasts: str = Field(
        default="",
        description="Field of an answer with the seconds until the connection must be renewed by a person.",
        examples=["refresh_token_expires_in"],
    )
    proof: bool = Field(default=True, description="Whether the vendor takes the proof of a code (RFC 7636).")


class AuthorizationCodeAuth(TokenAuth):
    """The tokens to which a person agreed."""

    def __init__(self, params: Params, settings: Mapping[str, str | Secret]) -> None:
        known = plain(settings)
        grant = replace(
            grant_of(params, settings, "authorization_code"),
            lasts=params.lasts,
            authorize=fill_url(params.authorize, known),
            revoke=fill_url(params.revoke, known),
            returns={name: str(fill(value, known)) for name, value in params.returns.items()},
            has_proof=params.proof,
        )
        super().__init__(grant)


DECLARATION = Declaration(
    "authorization_code",
    "OAuth 2.0: tokens to which a person agreed once, by recipe connect.",
    AuthorizationCodeAuth,
    Params,
)
