"""Everything outside the process, in one object that is handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.clock import Clock
from engine.keys import Identity
from engine.ledger import Ledger
from engine.log import Log
from engine.paging import Paging
from engine.wire import Transport


@dataclass(frozen=True, slots=True)
class Target:
    """The account behind a connection.

    Attributes:
        base_url: What operations' paths are appended to.
        pagings: How lists go on, by operation.
        calls: Gives how many calls went over the network so far.
        mark: Gives what a target that is a file is known by, and how much it holds; None for others.
    """

    transport: Transport
    identity: Identity
    base_url: str
    pagings: Mapping[str, Paging]
    calls: Callable[[], int] = int
    mark: Callable[[], tuple[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class World:
    """The outside.

    Attributes:
        targets: By the name of the recipe's connection.
    """

    clock: Clock
    ledger: Ledger
    log: Log
    targets: Mapping[str, Target]
