"""Advisory locks of a PostgreSQL server, which are numbers, and who holds them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from engine import canonical
from engine.lock import Held, taken

RUNNING: Final = (
    "SELECT DISTINCT recipe, host, process, since FROM run_lock JOIN pg_locks ON locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = number ORDER BY since"
)
"""What reads which runs hold their locks."""
HOLDING: Final = (
    "INSERT INTO run_lock (number, recipe, identity, host, process, since) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (number) DO UPDATE SET (recipe, identity, host, process, since)"
    " = (excluded.recipe, excluded.identity, excluded.host, excluded.process, excluded.since)"
)
"""What notes who holds a lock."""


def number_of(*parts: str) -> int:
    """Return the number of an advisory lock, which knows 64 bits."""
    return int.from_bytes(sha256(canonical.encode(list(parts))).digest()[:8], "big", signed=True)


def held(recipe: str, identity: str, holder: Mapping[str, Any]) -> Held:
    """Return that the lock is held, and by whom."""
    who = "{host}, process {process} since {since}".format_map(holder) if holder else "another process"
    if holder and (holder["recipe"], holder["identity"]) != (recipe, identity):
        what = (
            f"{recipe} cannot run beside {holder['recipe']}, whose lock has the same number by chance: {who}"
        )
        return Held(what, help="wait until it has finished")
    return taken(recipe, identity, f"on {who}")


def told(running: Iterable[Sequence[Any]]) -> str:
    """Return which runs are going on, as ``RUNNING`` reads them."""
    return ", ".join(
        f"{recipe} (on {host}, process {process} since {since})" for recipe, host, process, since in running
    )


def is_dead(holder: Mapping[str, Any]) -> bool:
    """Tell whether the process that took a lock is surely gone; of another machine's nobody here can say."""
    if not holder or holder["host"] != socket.gethostname():
        return False
    try:
        os.kill(int(holder["process"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, and is another user's
        return False
    return False
