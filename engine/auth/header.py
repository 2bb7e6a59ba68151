"""``header``: a fixed header carries the key."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from pydantic import BaseModel, ConfigDict, Field

from engine.auth import Auth, Wanted
from engine.declare import Declaration
from engine.fill import fill
from engine.secret import Secret
from engine.wire import Answer, Request


class Params(BaseModel):
    """Settings of ``auth: {kind: header}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = Field(
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        description="Name of the header.",
        examples=["X-Access-Token"],
    )
    value: str = Field(
        description="Its value; {name} stands for a setting.", examples=["{token}", "Bearer {token}"]
    )


class HeaderAuth(Auth):
    """Sets one header on every request."""

    def __init__(self, params: Params, settings: Mapping[str, str | Secret]) -> None:
        self._header = params.header
        self._value = fill(params.value, settings)

    def flow(self, request: Request) -> Generator[Request | Wanted, Answer | Secret, None]:
        # A key that a connection does not need is no empty header.
        is_empty = self._value.matches("") if isinstance(self._value, Secret) else not self._value
        yield request if is_empty else request.with_header(self._header, self._value)


DECLARATION = Declaration(
    "header", "A fixed header carries the key, such as X-Shopify-Access-Token.", HeaderAuth, Params
)
