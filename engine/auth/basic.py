"""``basic``: user name and password in every request (RFC 7617)."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from pydantic import BaseModel, ConfigDict, Field

from engine.auth import Auth, Wanted
from engine.declare import Declaration
from engine.fill import fill
from engine.secret import Secret, encoded
from engine.wire import Answer, Request


class Params(BaseModel):
    """Settings of ``auth: {kind: basic}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(description="The user name; {name} stands for a setting.", examples=["{key}"])
    password: str = Field(
        default="",
        description="The password; {name} stands for a setting. Some vendors want none.",
        examples=["{secret}"],
    )


class BasicAuth(Auth):
    """Sets ``Authorization`` on every request."""

    def __init__(self, params: Params, settings: Mapping[str, str | Secret]) -> None:
        self._value = encoded("Basic ", [fill(params.user, settings), ":", fill(params.password, settings)])

    def flow(self, request: Request) -> Generator[Request | Wanted, Answer | Secret, None]:
        yield request.with_header("Authorization", self._value)


DECLARATION = Declaration(
    "basic", "User name and password, as RFC 7617 has them in the header Authorization.", BasicAuth, Params
)
