"""The log: events as JSON lines, with known secrets masked. No payload, no secret."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from engine.clock import Clock
from engine.errors import LedgerError


class Log(Protocol):
    """Takes events."""

    def event(self, name: str, **fields: Any) -> None:
        """Write one event: *name* is ``noun.verb``, *fields* are plain values."""
        ...


class FileLog:
    """Appends events to a file, 0600.

    Args:
        mask: Replaces known secrets in a line.
    """

    def __init__(self, path: Path, clock: Clock, mask: Callable[[str], str]) -> None:
        self._path, self._clock, self._mask = path, clock, mask

    def event(self, name: str, **fields: Any) -> None:
        line = {"at": self._clock.now().isoformat(timespec="milliseconds"), "event": name, **fields}
        text = self._mask(json.dumps(line, ensure_ascii=False, default=str))
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, text.encode() + b"\n")
            finally:
                os.close(handle)
        except OSError as error:
            what = f"the log {self._path} cannot be written: {error.strerror}"
            raise LedgerError(what, help="check the state folder's room and permissions") from error
