"""Who gives access tokens to the door: from the vault, renewed by one process at a time, or in memory.

A vendor that rotates refresh tokens takes each of them once: eight processes that renew at the same moment would leave
seven with a token that is none. So whoever renews holds a lock over the machine, looks again what the vault holds, and
stores what comes before anybody uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from engine.errors import Refused, UsageError
from engine.secret import Masker, Secret
from engine.tokens.grant import Denied, Grant, TokenSet, Unanswered, given
from engine.tokens.vault import Held, Vault
from engine.wire import Answer, NoAnswer, Request, Transport

NEW: Final = 30.0
"""Seconds within which a token that the vendor does not take is not renewed again: its age is not what is wrong."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose tokens.

    Attributes:
        name: What the connection is called, for messages.
        identity: Text of the account's identity.
        grant: How they are got.
        door: Reaches the vendor's address for tokens, whose answers nothing masks.
        now: Gives the present instant in seconds since 1970.
        mask: Learns each token.
        back: Reaches the address that takes tokens back, where there is one.
    """

    name: str
    identity: str
    grant: Grant
    door: Transport
    now: Callable[[], float]
    mask: Masker
    back: Transport | None = None

    async def asked(self, request: Request, before: TokenSet | None = None) -> TokenSet:
        """Return what the vendor gives for *request*.

        Raises:
            Denied: it gives no token.
            NoAnswer: nobody knows whether it does.
            Refused: the address is none that may be asked.
        """
        if before is not None and before.refresh is not None:
            self.mask.add([before.refresh])
        try:
            answer: Answer = await self.door.send(request)
            tokens = given(self.grant, answer, self.now(), before)
        except Denied as error:
            raise Denied(self.mask(str(error)), is_final=error.is_final) from error
        except NoAnswer as error:
            raise NoAnswer(f"no access token for {self.name}: {error}", left=False) from error
        except Unanswered as error:
            raise NoAnswer(f"no access token for {self.name}: {self._host} {error}", left=False) from error
        self.mask.add(each for each in (tokens.access, tokens.refresh) if each is not None)
        return tokens

    async def returned(self, refresh: Secret) -> bool:
        """Take *refresh* back at the vendor, and tell whether it was done."""
        if self.back is None:
            return False
        self.mask.add([refresh])
        try:
            answer = await self.back.send(self.grant.back(refresh))
        except (NoAnswer, Refused):
            return False
        return 200 <= answer.status < 300

    def denied(self, error: Denied) -> Refused:
        """Return that the vendor gives no token for a reason that may be cured."""
        return Refused(
            f"{self._host} gives no access token for {self.name}: {error}",
            help="check the client's id and secret in connections.yaml, and what the vendor allows it",
        )

    @property
    def _host(self) -> str:
        return self.grant.token.split("/")[2]


class Application:
    """An application's own tokens, in memory: a new one costs nothing."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._held: TokenSet | None = None
        self._alone = asyncio.Lock()

    async def access(self, refused: Secret | None) -> Secret:
        """Return a token to send; see :class:`engine.auth.Tokens`."""
        account = self._account
        async with self._alone:
            if self._held is None or not _serves(self._held, refused, account.grant.early, account.now()):
                try:
                    self._held = await account.asked(account.grant.by_client())
                except Denied as error:
                    raise account.denied(error) from error
            return self._held.access

    async def close(self) -> None:
        """End; nothing is left to be done."""


class Keeper:
    """The tokens of one account, to which a person agreed."""

    def __init__(self, account: Account, vault: Vault) -> None:
        self._account, self._vault = account, vault
        self._held: Held | None = None
        self._alone = asyncio.Lock()
        self._renewing: asyncio.Task[Held] | None = None

    def require(self) -> None:
        """See that there are tokens, before anything is asked of the account.

        Raises:
            UsageError: there are none, or they are of no use any more; says how to connect.
        """
        try:
            self._held = self._usable(self._vault.load(self._account.identity))
        except Refused as error:
            raise UsageError(error.message, help=error.help) from error

    async def access(self, refused: Secret | None) -> Secret:
        """Return a token to send; see :class:`engine.auth.Tokens`."""
        async with self._alone:
            if self._held is None or not self._serves(self._held, refused):
                # A caller that goes away must not take with it what the vendor gives only once.
                self._renewing = asyncio.create_task(self._renewed())
                try:
                    self._held = await asyncio.shield(self._renewing)
                except UsageError as error:  # of the file; what wants the token has not left
                    raise Refused(error.message, help=error.help) from error
            return self._held.tokens.access

    async def close(self) -> None:
        """Wait for tokens that are on their way, so that they are stored."""
        if self._renewing is not None:
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _serves(self, held: Held, refused: Secret | None) -> bool:
        return _serves(held.tokens, refused, self._account.grant.early, self._account.now())

    async def _renewed(self) -> Held:
        """Return the tokens of the vault, where another process has renewed them, or new ones."""
        account = self._account
        async with self._vault.alone(account.identity):
            stored = self._usable(self._vault.load(account.identity))
            known = self._held.generation if self._held is not None else 0
            if stored.generation > known and self._serves(stored, None):
                return stored
            return await self._renew(stored)

    async def _renew(self, stored: Held) -> Held:
        account, refresh = self._account, stored.tokens.refresh
        if refresh is None:
            raise self._reconnect(
                stored, "the vendor gave nothing to get a new access token with, and the last one has ended"
            )
        # Said before the vendor is asked: a disk that takes nothing is found while the old tokens still hold.
        tried = stored.trying
        self._vault.save(account.identity, replace(stored, trying=account.now()))
        try:
            tokens = await account.asked(account.grant.by_refresh(refresh), stored.tokens)
        except Denied as error:
            if not error.is_final:
                self._vault.save(account.identity, stored)
                raise account.denied(error) from error
            why = str(error)
            if tried is not None:
                since = datetime.fromtimestamp(tried, UTC).isoformat(timespec="seconds")
                why += f"; a process that asked for new tokens at {since} never stored them"
            refused = replace(stored, trying=None, refused=why)
            self._vault.save(account.identity, refused)
            raise self._reconnect(refused, why) from error
        held = Held(tokens, stored.client, stored.generation + 1)
        self._vault.save(account.identity, held)
        return held

    def _usable(self, held: Held | None) -> Held:
        account = self._account
        if held is None:
            raise Refused(
                f"the connection {account.name} is not connected yet",
                help=f"run: recipe connect {account.name}",
            )
        account.mask.add(each for each in (held.tokens.access, held.tokens.refresh) if each is not None)
        if held.client != account.grant.client:
            raise self._reconnect(held, f"it was connected as the client {held.client}")
        if held.refused:
            raise self._reconnect(held, held.refused)
        return held

    def _reconnect(self, held: Held, why: str) -> Refused:
        return Refused(
            f"the connection {self._account.name} must be connected again: {why}",
            help=f"run: recipe connect {self._account.name}",
        )


class Fixed:
    """One token that holds for ever, for a server of samples."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    async def access(self, refused: Secret | None) -> Secret:
        """Return the token; see :class:`engine.auth.Tokens`."""
        return self._token


def _serves(tokens: TokenSet, refused: Secret | None, early: float, now: float) -> bool:
    """Tell whether *tokens* may be sent by who was refused with *refused*."""
    if refused is not None and refused is tokens.access and now - tokens.since > NEW:
        return False
    return tokens.is_good(early, now)
