"""Identities and keys: what makes an effect the same effect.

An effect's key is (identity of the target account, recipe, path of action ids, business key). Neither the connection's
name, nor the recipe's version, nor the run is part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from engine import canonical
from engine.money import kind

BusinessKey = tuple[str, ...]


class BadKey(ValueError):
    """A value cannot be a key."""


@dataclass(frozen=True)  # without slots, which leave no room for what is computed once
class Identity:
    """The account behind a connection.

    Attributes:
        connector: Such as ``shopify``.
        account: The settings that make an account, as the connector declares, in its order.
        variant: Empty for the real account; ``sample``, ``shadow`` or an overridden address are accounts of their own.
    """

    connector: str
    account: tuple[tuple[str, str], ...] = ()
    variant: str = ""

    @cached_property
    def text(self) -> str:
        """The identity as it stands in keys and the ledger: ``shopify?store=acme``."""
        settings = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.account)
        return (
            self.connector
            + (f"?{settings}" if settings else "")
            + (f"#{self.variant}" if self.variant else "")
        )


@dataclass(frozen=True)
class EffectKey:
    """The key of one effect.

    Attributes:
        target: Text of the target account's identity.
        recipe: The recipe's name.
        path: Ids of the actions that lead to it, outermost first.
        business: The record's key and those of the enclosing ``for_each``.
        revision: Counts the changes of what was made; 0 for the making itself.
        before: Recipe and path by which the target knows it, where they were others when it was first sent.
    """

    target: str
    recipe: str
    path: tuple[str, ...]
    business: BusinessKey
    revision: int = 0
    before: tuple[str, tuple[str, ...]] | None = None

    def revised(self, revision: int) -> EffectKey:
        """Return the key of the change with this number."""
        return replace(self, revision=revision)

    def known_as(self, external_id: str) -> EffectKey:
        """Return the key as the target has it since *external_id* was sent there; a later name is not told to it."""
        if external_id == self.external_id or external_id.count("/") < 2:
            return self
        recipe, path, _ = external_id.split("/", 2)
        return replace(self, before=(unquote(recipe), tuple(unquote(path).split("."))))

    @cached_property
    def text(self) -> str:
        """The whole key as canonical JSON; the ledger's primary key."""
        parts: list[Any] = [self.target, self.recipe, list(self.path), list(self.business)]
        return canonical.encode(parts + [self.revision] * bool(self.revision)).decode()

    @cached_property
    def external_id(self) -> str:
        """The key as a target carries it, readable: ``shopify-to-invoice/received.pay/5001/9001``.

        Two keys of one target never share it: every part is escaped, and the first two are always recipe and path.
        """
        recipe, path = self.before or (self.recipe, self.path)
        text = "/".join(quote(part, safe="") for part in (recipe, ".".join(path), *self.business))
        return f"{text}@{self.revision}" if self.revision else text

    def native(self, generation: int = 1) -> str:
        """The key as a header or a query parameter carries it: 32 hexadecimal digits.

        Args:
            generation: Counts the requests under this key: what is sent anew after a refusal is another request.
        """
        told = self if self.before is None else replace(self, recipe=self.before[0], path=self.before[1])
        text = told.text if generation == 1 else f"{told.text}#{generation}"
        return sha256(text.encode()).hexdigest()[:32]


def business_key(value: Any) -> BusinessKey:
    """Return *value* as a business key: text, an integer, or a list of them; ``1`` and ``"1"`` are one.

    Raises:
        BadKey: null, empty text, an empty list, or any other type.
    """
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    if not values:
        raise BadKey("a key must not be an empty list")
    return tuple(_part(part) for part in values)


def _part(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    found = "empty text" if value == "" else kind(value)
    raise BadKey(f"a key must be text, an integer or a list of them, found {found}")
