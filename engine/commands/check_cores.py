"""``recipe check`` of many recipes: over the machine's cores, with the verdicts in the order of the recipes."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Work = Callable[[Any], Any]
"""Does one thing; takes and gives plain JSON data."""


def spread(make: Callable[[], Work], items: Sequence[Any], count: int) -> Iterator[Any]:
    """Yield what is made of each of *items*, in their order, by *count* processes.

    What a process could not do, as when it was killed, is done here. A process that nobody reads any more ends by
    itself, so none outlives this one for long, whatever ends it.

    Args:
        make: Gives a process what does the work; can be pickled.
        items: Plain JSON data.
    """
    forks = _is_alone()
    context = get_context("fork") if forks else get_context("spawn")
    processes: list[Any] = []
    ends: list[Connection] = []
    own: Work | None = None
    try:
        for number in range(count):
            mine, other = context.Pipe(duplex=False)
            # A process that is forked has every end that was open, and would keep itself and the others waiting.
            given = (make, items[number::count], other, (*ends, mine) if forks else ())
            process = context.Process(target=_work, args=given, daemon=True)
            process.start()
            other.close()
            processes.append(process)
            ends.append(mine)
        for index, item in enumerate(items):
            try:
                made = json.loads(ends[index % count].recv_bytes())
            except (EOFError, OSError):
                own = own or make()
                made = own(item)
            yield made
    finally:
        for process, end in zip(processes, ends, strict=True):
            end.close()
            process.terminate()
            process.join()


def _is_alone() -> bool:
    """Tell whether this process may be forked: not beside threads, whose locks nobody would free, nor on macOS."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _work(
    make: Callable[[], Work], items: Sequence[Any], end: Connection, others: Sequence[Connection]
) -> None:
    for other in others:
        other.close()
    with contextlib.suppress(Exception):  # whoever waits does the rest itself, and says what is wrong
        work = make()
        for item in items:
            end.send_bytes(json.dumps(work(item)).encode())
    end.close()
