"""A run that stands still while a request of it is out, so that its ledger can be broken just there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from engine.ledger import EffectRow, EffectState
from tests.faults.kinds import Kind
from tests.faults.strategies import STRATEGIES
from tests.faults.target import Target, connectors
from tests.running import PROGRAM, here

RECORDS: Final = [{"id": f"r{number}", "amount": f"{number}.50"} for number in range(1, 7)]
OUT: Final = 3
"""Which send is out when the run stands still."""
LATE: Final = 1.0
"""Seconds after which it is answered: time enough to stop the run."""
PATIENCE: Final = 60.0


class Project:
    """Six records, each of which becomes a note under a key that the target knows; its ledger is empty.

    Attributes:
        program: What stands still.
        before: What goes before a program, such as one that enters a namespace.
    """

    def __init__(
        self,
        folder: Path,
        target: Target,
        kind: Kind,
        program: Sequence[str] = PROGRAM,
        before: Sequence[str] = (),
    ) -> None:
        self.folder, self.target, self.kind, self.program, self.before = folder, target, kind, program, before
        target.reset()
        STRATEGIES["header"].write(folder, target, kind)
        connectors.write(folder, target.address, "20s")

    def begin(self) -> None:
        """Make the ledger, and let the target have records."""
        done = self.run("--new-ledger")
        assert done.returncode == 0, done.stderr
        self.target.records(RECORDS)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run it, in this process where it can be."""
        if not self.before:
            return here("run", "matrix", *options, cwd=self.folder)
        command = [*self.before, *PROGRAM, "run", "matrix", *options]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    @contextmanager
    def stopped(self) -> Iterator[subprocess.Popen[str]]:
        """Give a run that was stopped while its third send is out; ``ended`` lets it go on."""
        self.target.arm({"match": {"method": "POST", "nth": OUT}, "do": {"delay": LATE}})
        process = subprocess.Popen(
            [*self.before, *self.program, "run", "matrix"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                until = time.monotonic() + PATIENCE
                while len(self.posts()) < OUT:
                    assert process.poll() is None, process.communicate()
                    assert time.monotonic() < until, "the send did not come"
                os.killpg(process.pid, signal.SIGSTOP)
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def posts(self) -> list[dict[str, Any]]:
        """Return what was sent."""
        return [entry for entry in self.target.log() if entry["method"] == "POST"]

    def effects(self) -> list[EffectRow]:
        """Return what the ledger knows."""
        ledger = self.kind.opened(self.folder)
        try:
            return list(ledger.effects())
        finally:
            ledger.close()

    def holds(self, told: str, cure: str, code: int, error: str, right: int = 4) -> None:
        """Assert that a run said *told* with its *cure*, and sent nothing behind what was out."""
        assert code == right, error
        assert told in error
        assert cure in error
        assert "Traceback" not in error
        assert "psycopg" not in error
        assert len(self.posts()) == OUT

    def ends_right(self) -> None:
        """Assert that the ledger knew of each send, and that the next run makes each note once."""
        known = {dict(json.loads(row.headers))["Idempotency-Key"] for row in self.effects()}
        assert {entry["key"] for entry in self.posts()} <= known
        self.target.settle()
        self.target.arm()
        done = self.run()
        assert done.returncode == 0, done.stderr
        made = self.target.effects()
        assert sorted(effect["amount"] for effects in made.values() for effect in effects) == [
            each["amount"] for each in RECORDS
        ]
        assert {row.state for row in self.effects()} == {EffectState.DONE}
        assert len(self.effects()) == len(RECORDS)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Let a stopped run go on; returns its exit code and its standard error."""
    os.killpg(process.pid, signal.SIGCONT)
    _, error = process.communicate(timeout=PATIENCE)
    return process.returncode, error
