"""Kills runs at chosen points, runs again and says what came of it. A program of its own: it forks, many times.

Reads ``{"points": […], "engine": "as it is", "concurrency": 1}``, or an engine of ``MISTAKES``, and prints one finding
a line; for ``"which"`` in place of the points it prints all there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.actions import effect
from engine.actions.operation import judge
from engine.books import Books
from engine.books.audit import check as audit
from engine.clock import SystemClock
from engine.launch import Wish, launch, prepare
from engine.ledger.sqlite import SqliteLedger
from engine.registry import Registry
from engine.report import Report

# A killed process loses nothing that it wrote: no disk is needed, and memory is faster.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
RECIPE = "shopify-to-invoice.yaml"
SEAMS: dict[str, tuple[type, str]] = {"commit": (SqliteLedger, "commit"), "send": (Books, "send")}
BOUND = 60.0
"""Seconds within which a child ends: far more than any takes."""
Observed = Callable[[str, str, int], None]


class Silent:
    """An observer that says nothing."""

    def progress(self, report: Report) -> None: ...

    def failure(self, failure: Any) -> None: ...

    def waits(self, text: str) -> None: ...


def watch(seen: Observed) -> None:
    """Call *seen* with the seam, ``before`` or ``after``, and the number of the call, around each commit and send."""
    for name, (owner, method) in SEAMS.items():
        setattr(owner, method, _around(getattr(owner, method), name, seen))


def _around(plain: Any, name: str, seen: Observed) -> Any:
    calls = 0

    async def around(self: Any, given: Any) -> Any:
        nonlocal calls
        calls += 1
        number = calls
        seen(name, "before", number)
        result = await plain(self, given)
        seen(name, "after", number)
        return result

    return around


async def _sends_first(write: Any, row: Any, request: Any, world: Any) -> Any:
    """A mistake that must be seen: the request leaves before its intent is durable."""
    answer = await world.targets[write.call.use.connection].transport.send(request)
    await world.ledger.commit([row])
    return await effect._settle(write, row, answer, judge(write.use.connector, answer), world)


async def _sends_anew(write: Any, row: Any, request: Any, world: Any) -> Any:
    """Another one: a resend is a request of its own, under a key of its own."""
    body = json.loads(request.body)
    body["external_id"] += f"/{world.clock.now().timestamp()}"
    return await _send(write, row, replace(request, body=json.dumps(body).encode()), world)


_send = effect._send
MISTAKES: dict[str, Any] = {"sends first": _sends_first, "sends anew": _sends_anew}


def run(folder: Path, registry: Registry, concurrency: int) -> Report:
    plan = prepare(Wish(RECIPE, sample="default", state=str(folder)), folder, registry)
    plan = replace(plan, recipe=replace(plan.recipe, concurrency=concurrency))
    return asyncio.run(launch(plan, Silent(), {}))


class Hung(Exception):
    """A child did not end within its bound, and was killed."""


def in_a_child(
    work: Callable[[], int | None], bound: float = BOUND, kill: tuple[int, float] | None = None
) -> int:
    """Do *work* in a forked process and return how it ended: its exit code, or the signal's number below zero.

    Args:
        work: What it returns is the exit code, None is 0; 1 is left to what it raises.
        bound: Seconds within which it ends.
        kill: The end of a pipe over which it says a word, and so many seconds after which it is killed then; or None.

    Raises:
        Hung: the bound is over.
    """
    end, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end)
        try:
            code = work() or 0
        except BaseException:  # noqa: BLE001  # a child never returns into its parent's code
            traceback.print_exc()
            code = 1
        os._exit(code)
    os.close(held)  # the child's own end closes with the child, however it ends
    heard, _, _ = select.select([end] if kill is None else [end, kill[0]], [], [], bound)
    is_hung = not heard
    if kill is not None and heard and end not in heard:
        heard, _, _ = select.select([end], [], [], kill[1])
    os.close(end)
    if not heard:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if is_hung:
        raise Hung(f"a child that was not done after {bound:g} s was killed")
    return code


def kill_at(point: list[Any], folder: Path, registry: Registry, concurrency: int) -> int:
    def seen(*here: Any) -> None:
        if list(here) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        watch(seen)
        run(folder, registry, concurrency)

    return in_a_child(work)


def findings(point: list[Any], registry: Registry, concurrency: int) -> list[str]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        ended = kill_at(point, folder, registry, concurrency)
        caught = states(folder).get("sending", 0)
        second = run(folder, registry, concurrency)
        third = run(folder, registry, concurrency)
        with Books.open(folder / "sample" / "books.db", SystemClock()) as books:
            flaws = audit(books)
        with contextlib.closing(sqlite3.connect(folder / "sample" / "books.db")) as file:
            kinds = dict(file.execute("SELECT kind, count(*) FROM document GROUP BY kind"))
        after = states(folder)
    # Whoever sends has committed the intent, and no more than are taken at once send.
    sent = 1 if point[0] == "send" else 0
    must = {
        "how the killed run ended": (ended, -signal.SIGKILL),
        "intents of what was being sent": (caught, min(max(caught, sent), concurrency)),
        "documents": (kinds, {"invoice": 12, "payment": 13}),
        "what the audit says": (list(flaws), []),
        "effects": (after, {"done": 25}),
        "the second run's records": ((second.read, second.done + second.skipped, second.failed), (12, 12, 0)),
        "the second run's outcome": (second.outcome, "done"),
        "the third run's": (
            (third.read, third.skipped, sum(third.created.values()), third.outcome),
            (12, 12, 0, "done"),
        ),
    }
    return [
        f"{point}: {what}: {found} in place of {right}"
        for what, (found, right) in must.items()
        if found != right
    ]


def states(folder: Path) -> dict[str, int]:
    """Return how many effects stand in which state."""
    with contextlib.closing(sqlite3.connect(folder / "sample" / "ledger.db")) as file:
        if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'effect'").fetchone():
            return {}
        return dict(file.execute("SELECT state, count(*) FROM effect GROUP BY state"))


def points(watch: Callable[..., None], run: Callable[[Path], Any]) -> list[list[Any]]:
    """Return every point of a whole run, which *run* makes in a folder and *watch* lets a function see."""
    met: list[list[Any]] = []
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        out = Path(name) / "met"

        def work() -> None:
            watch(lambda *here: met.append(list(here)))
            run(Path(name))
            out.write_text(json.dumps(met), "utf-8")

        if in_a_child(work):
            raise SystemExit("the run itself failed")
        found: list[list[Any]] = json.loads(out.read_text("utf-8"))
    return found


def main() -> None:
    wish = json.loads(sys.stdin.read())
    concurrency = wish["concurrency"]
    effect._send = MISTAKES.get(wish["engine"], _send)
    if wish["points"] == "which":
        print(json.dumps(points(watch, lambda folder: run(folder, Registry(), concurrency))))
        return
    registry = Registry()
    for point in wish["points"]:
        for found in findings(point, registry, concurrency):
            print(found, flush=True)


if __name__ == "__main__":
    main()
