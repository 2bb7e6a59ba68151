"""``client_credentials``: the application asks for a token of its own (RFC 6749, section 4.4)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.auth import Auth, Wanted
from engine.declare import Declaration
from engine.fill import fill, fill_url
from engine.policy import DURATION, seconds
from engine.secret import Secret, compose
from engine.tokens.grant import Grant
from engine.wire import Answer, Request

ADDRESS: Final = r"^https://[^/?#@\s]+(/[^\s]*)?$"


class Params(BaseModel):
    """Settings of ``auth: {kind: client_credentials}``, which other kinds with tokens have too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str = Field(
        pattern=ADDRESS,
        description="Address that gives tokens; {name} stands for a setting that is no secret.",
        examples=["https://vendor.example.com/oauth/token"],
    )
    client: str = Field(
        description="The id under which the vendor knows the application; {name} stands for a setting.",
        examples=["{client_id}"],
    )
    secret: str = Field(
        description="What proves it; {name} stands for a secret setting.", examples=["{client_secret}"]
    )
    sends: Literal["header", "body"] = Field(
        default="header",
        description="Where the two stand in a request for tokens: as user and password, or in the form.",
    )
    scopes: list[str] = Field(default=[], description="What is asked for.", examples=[["accounting.read"]])
    early: str = Field(
        default="2m",
        pattern=DURATION,
        description="How long before its end a token is used no more; of a short life at most half.",
        examples=["2m"],
    )


class TokenAuth(Auth):
    """Sends an access token, and once more with a new one where the vendor does not take it (RFC 6750)."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant

    def flow(self, request: Request) -> Generator[Request | Wanted, Answer | Secret, None]:
        token = yield Wanted()
        answer = yield _with(request, token)
        if isinstance(answer, Answer) and answer.status == 401 and isinstance(token, Secret):
            other = yield Wanted(token)
            if other is not token:
                yield _with(request, other)


def _with(request: Request, token: Answer | Secret) -> Request:
    if not isinstance(token, Secret):
        raise AssertionError("the door gives a token to who wants one")
    return request.with_header("Authorization", compose(["Bearer ", token]))


def grant_of(
    params: Params,
    settings: Mapping[str, str | Secret],
    kind: Literal["client_credentials", "authorization_code"],
) -> Grant:
    """Return what *params* say of the application."""
    return Grant(
        kind,
        fill_url(params.token, plain(settings)),
        str(fill(params.client, plain(settings))),
        fill(params.secret, settings),
        params.sends,
        tuple(params.scopes),
        seconds(params.early),
    )


def plain(settings: Mapping[str, str | Secret]) -> dict[str, str]:
    """Return those of *settings* that are no secrets."""
    return {name: value for name, value in settings.items() if isinstance(value, str)}


class ClientCredentialsAuth(TokenAuth):
    """The application's own tokens."""

    def __init__(self, params: Params, settings: Mapping[str, str | Secret]) -> None:
        super().__init__(grant_of(params, settings, "client_credentials"))


DECLARATION = Declaration(
    "client_credentials",
    "OAuth 2.0: the application's own tokens, got by its id and secret.",
    ClientCredentialsAuth,
    Params,
)
