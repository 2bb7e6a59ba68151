"""The target as tests use it: a process of its own that is started, armed, asked and stopped."""

from __future__ import annotations

import http.client
import json
import select
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parents[3]
PATIENCE: Final = 10.0
"""Seconds that the target may take to start, to answer its control and to stop."""


class Target:
    """A target that is up while its block runs, whatever becomes of its clients; several tests may share one.

    Attributes:
        address: Such as ``http://127.0.0.1:40001``.
        port: The number in it.
    """

    address: str = ""
    port: int = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.target"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self._stop()
            raise AssertionError("the target did not start; its own words stand above")
        self.port = json.loads(line)["port"]
        self.address = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The process it runs as."""
        return self._process.pid

    def _stop(self) -> None:
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)

    def control(self, name: str, data: Any = None) -> Any:
        """Ask ``/control/NAME``, with *data* by POST, and return what it says.

        Raises:
            ValueError: it refuses; carries why.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            if data is None:
                connection.request("GET", f"/control/{name}")
            else:
                connection.request("POST", f"/control/{name}", json.dumps(data).encode())
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(told["error"]["message"])
        return told

    def arm(self, *rules: dict[str, Any]) -> None:
        """Put *rules* in place of those that are armed, see ``faults``; without any it serves faithfully."""
        self.control("faults", list(rules))

    def records(self, records: Sequence[Any]) -> None:
        """Let ``GET /STRATEGY/records`` serve *records*."""
        self.control("records", list(records))

    def limit(self, **limits: float) -> None:
        """Refuse what is more than *limits*, see ``limits``; without any none is refused."""
        self.control("limits", limits)

    def limits(self) -> dict[str, int]:
        """Return the ``most`` requests that were there at once, and how many were ``refused`` by its limits."""
        limits: dict[str, int] = self.control("limits")
        return limits

    def effects(self) -> dict[str, list[dict[str, str]]]:
        """Return what was committed by key, each with its id, amount and strategy."""
        effects: dict[str, list[dict[str, str]]] = self.control("effects")
        return effects

    def sums(self) -> dict[str, Decimal]:
        """Return the sum of the committed amounts by strategy."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for effects in self.effects().values():
            for effect in effects:
                sums[effect["strategy"]] += Decimal(effect["amount"])
        return dict(sums)

    def log(self) -> list[dict[str, Any]]:
        """Return the requests in their order: method, path, key, did, status, made (an id) and seconds."""
        log: list[dict[str, Any]] = self.control("log")
        return log

    def settle(self) -> None:
        """Wait until nothing is late: no commit, no note that ``find`` cannot see yet, no answer."""
        self.control("settled")

    def reset(self) -> None:
        """Empty it and disarm it; what is late belongs to what was before."""
        self.control("reset", {})
