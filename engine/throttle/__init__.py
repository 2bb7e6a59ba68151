"""Throttle kinds: how long a target's answers say to wait before the next request."""

from __future__ import annotations

from typing import Any, Protocol


class Throttle(Protocol):
    """One way of saying how much a caller may still ask for."""

    def wait(self, data: Any) -> float | None:
        """Return the seconds after which a request like the one that was answered would be let through.

        Args:
            data: The answer's JSON, or ``MISSING``.

        Returns:
            0 where it would be at once, None where the answer does not say.
        """
        ...
