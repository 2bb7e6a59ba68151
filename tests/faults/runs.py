"""Runs in processes of their own that are killed where a test says; each ends within a bound."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

from engine.launch import Prepared, launch
from tests.faults.driver import Silent, in_a_child
from tests.faults.kinds import Kind
from tests.faults.seams import Kill, Marks, Seams

OUTCOMES: Final = ("", "crashed", "done", "failed", "stopped", "interrupted")
"""Of a run, by the exit code of its child; the first two are no outcomes."""
ENDS: Final = ("done", "failed")
"""Outcomes of a run that came to its end."""
TIMED: Final = 0.01
"""Seconds over which kills from outside are spread."""
BOUND: Final = 600.0
"""Seconds within which a run ends, also on a machine that does much else."""


class Runs:
    """Runs recipes with one kind of ledger.

    Attributes:
        marks: What the last run was at when it ended.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind, self.marks = kind, Marks()

    def run(
        self, plan: Prepared, kill: Kill | None = None, told: Callable[[str, int, str], None] | None = None
    ) -> str:
        """Run *plan*, in a process that dies where *kill* says.

        Returns:
            The outcome, ``crashed``, or nothing where it was killed.

        Raises:
            Hung: it did not end.
        """
        began, word = os.pipe()

        def work() -> int:
            Seams(self.marks, kill, told, word).install(self.kind)
            return OUTCOMES.index(asyncio.run(launch(plan, Silent(), {})).outcome)

        self.marks.clear()
        try:
            timed = (began, kill.share * TIMED) if kill is not None and kill.seam == "time" else None
            code = in_a_child(work, BOUND, timed)
        finally:
            os.close(began)
            os.close(word)
        return "" if code == -signal.SIGKILL else OUTCOMES[code]

    def why(self, plan: Prepared) -> str:
        """Return what the ledger says about the last run of *plan*."""
        ledger = self.kind.opened(plan.place.root)
        try:
            return "; ".join(run.counts for run in ledger.runs(1))
        finally:
            ledger.close()
