"""How a request that failed for a passing reason is repeated, where a repeat is safe."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import ConnectionFailed
from engine.policy import Retry

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats what failed: exponential backoff with full jitter, within a number of attempts and a time in all.

    Attributes:
        retry: How often and after which pauses; None for never.
        sleep: Waits for so many seconds.
        chance: Gives a number from 0 up to 1: the part of each pause that is waited.
    """

    retry: Retry | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    @property
    def longest(self) -> float:
        """Seconds that all pauses of one request may take, also where nothing is repeated."""
        return (self.retry or Retry(1)).longest

    async def with_retries(self, once: Callable[[], Awaitable[Made]]) -> Made:
        """Return what *once* gives, which is called again after a failure that may pass.

        Raises:
            ConnectionFailed: it failed for another reason or too often, or its target asks for a longer pause than the
                recipe has left.
        """
        attempt, rested = 1, 0.0
        while True:
            try:
                return await once()
            except ConnectionFailed as error:
                retry = self.retry
                if retry is None or not error.may_pass or attempt >= retry.attempts:
                    raise
                # What the target asks for is waited whole: before it is over the request would be refused again.
                pause = error.after
                if pause is None:
                    pause = self.chance() * min(retry.backoff * 2 ** (attempt - 1), retry.longest)
                rested += pause
                if rested > retry.longest:
                    raise
                await self.sleep(pause)
            attempt += 1


NEVER = Patience()
"""Repeats nothing."""
