"""Everything outside the process, in one object that is handed to whoever needs it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from engine.budgets import FREE, Admission, Budgets
from engine.clock import Clock
from engine.group import Group
from engine.keys import Identity
from engine.ledger import Ledger
from engine.log import Log
from engine.paging import Paging
from engine.wire import Transport

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Target:
    """The account behind a connection.

    Attributes:
        base_url: What operations' paths are appended to.
        pagings: How lists go on, by operation.
        calls: Gives how many calls went over the network so far.
        mark: Gives what a target that is a file is known by, and how much it holds; None for others.
        budgets: What it may be asked for, or None where that is not limited.
        settings: What the connection says, as text and without its secrets.
    """

    transport: Transport
    identity: Identity
    base_url: str
    pagings: Mapping[str, Paging]
    calls: Callable[[], int] = int
    mark: Callable[[], tuple[str, int]] | None = None
    budgets: Budgets | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def admitted(self, operation: str, longest: float) -> Admission:
        """Return what is entered before a request by *operation* is sent, and left behind its answer.

        Args:
            longest: Seconds that may be waited.
        """
        return FREE if self.budgets is None else self.budgets.admitted(operation, longest)


@dataclass(frozen=True, slots=True)
class World:
    """The outside.

    Attributes:
        targets: By the name of the recipe's connection.
        folder: The project's folder; files that recipes read are named from there.
        sleep: Waits for so many seconds.
        adopted: Accounts that were written to before this ledger was begun: what it does not know may stand there.
        chance: Gives a number from 0 up to 1, so that those who were refused together do not come back together.
        places: The one name, the place and the suffix of files that are written, by what recipes name them.
        output: Files that recipes write are named from there: the project's folder, for samples one of their own.
        handed: Records that a person handed over for this run, as the trigger ``manual`` gives them on; None without.
    """

    clock: Clock
    ledger: Ledger
    log: Log
    targets: Mapping[str, Target]
    folder: Path = field(default_factory=Path)
    handed: Iterable[Any] | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    output: Path = field(default_factory=Path)
    adopted: frozenset[str] = frozenset()
    chance: Callable[[], float] = random.random
    places: MutableMapping[str, tuple[str, Path, str]] = field(default_factory=dict, repr=False)
    _groups: MutableMapping[str, Group[Any, Any]] = field(default_factory=WeakValueDictionary, repr=False)
    _locks: MutableMapping[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    def stamp(self) -> str:
        """Return the present instant as the ledger has it: ISO 8601 in UTC with milliseconds."""
        return self.clock.now().isoformat(timespec="milliseconds")

    def alone(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold *key* for as long as the block runs; others of this process who want it wait."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    def group(
        self, name: str, carry: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]
    ) -> Group[T, R]:
        """Return the group of that *name*, which *carry* carries out: what this process asks for it goes together."""
        found = self._groups.get(name)
        if found is None:
            found = self._groups[name] = Group(carry)
        return found

    def files(self, pattern: str) -> list[Path]:
        """Return the files that *pattern* names, a name or one with ``*``; by name."""
        whole = self.folder / pattern
        if whole.is_file():
            return [whole]
        relative = whole.relative_to(whole.anchor) if whole.is_absolute() else whole
        found = Path(whole.anchor).glob(str(relative)) if "*" in pattern or "?" in pattern else ()
        return sorted(path for path in found if path.is_file())
