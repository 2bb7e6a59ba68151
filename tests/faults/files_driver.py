"""Kills runs that write files at chosen points, runs again and says what came of it; as ``driver``, for ``file.write``.

``"concurrency"`` says how many records are taken at once, ``"files"`` which files each has a row in. A point is
``["commit", "before" or "after", number]``, or ``["append", number, bytes]``: within an append, so many bytes of it
written.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.actions import appended
from engine.actions.entry import commit, ended
from engine.tables import form_of, rows
from engine.tables.writing import append
from tests.faults.driver import MEMORY, in_a_child, points, watch
from tests.project import Project

RECORDS = [{"id": key, "amount": "1.50"} for key in ("a", "b", "c")]
ROW = "row: {id: $.id, amount: $.amount | money}"
FILES = ("out/rows.csv", "out/rows.jsonl", "out/rows.xlsx")
_append = appended._append


async def _appends_first(effects: Any, file: Any, path: Path, world: Any) -> Any:
    """A mistake that must be seen: the lines are in the file before their intents are durable."""
    written = replace(file, size=append(path, _bytes(effects), file.size))
    await commit(world, *effects.values(), replace(file, pending="\n".join(effects)))
    await commit(world, *ended(effects, world), written)
    return written


async def _forgets_the_length(effects: Any, file: Any, path: Path, world: Any) -> Any:
    """Another one: the rows are done in one transaction and the file longer in the next."""
    await commit(world, *effects.values(), replace(file, pending="\n".join(effects)))
    written = replace(file, size=append(path, _bytes(effects), file.size))
    await commit(world, *ended(effects, world), file)
    await commit(world, written)
    return written


def _bytes(effects: Any) -> bytes:
    return b"".join(each.body for each in effects.values())


MISTAKES: dict[str, Any] = {"appends first": _appends_first, "forgets the length": _forgets_the_length}


def project(folder: Path, wish: Any) -> Project:
    made = Project(folder, wish["concurrency"])
    made.recipe(
        "".join(
            f"  - {{id: to_{file[9:]}, uses: file.write, with: {{file: {file}, {ROW}}}}}\n"
            for file in wish["files"]
        )
    )
    return made


def kill_at(point: list[Any], made: Project) -> int:
    number = 0

    def seen(*here: Any) -> None:
        if list(here) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def partly(path: Path, data: bytes, at: int, pending: bytes = b"") -> int:
        nonlocal number
        number += 1
        if point[:2] == ["append", number]:
            with path.open("r+b") as file:
                file.seek(at)
                file.write(data[: point[2]])
            os.kill(os.getpid(), signal.SIGKILL)
        return append(path, data, at, pending)

    def work() -> None:
        watch(seen)
        setattr(appended, "append", partly)  # noqa: B010  # what a module imports is not its to give
        made.run(*RECORDS)

    return in_a_child(work)


def findings(point: list[Any], wish: Any) -> list[str]:
    files = wish["files"]
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        made = project(Path(name), wish)
        ended = kill_at(point, made)
        second = made.run(*RECORDS)
        third = made.run(*RECORDS)
        keys = {file: stand(made.folder / file) for file in files}
        effects = {
            file: [json.loads(each.record)[0] for each in made.effects() if each.url == file]
            for file in files
        }
        left = [each.name for each in (made.folder / "out").iterdir() if each.name.startswith(".")]
    must = {
        "how the killed run ended": (ended, -signal.SIGKILL),
        "the second run's outcome": (second.outcome, "done"),
        "the third run's": ((third.outcome, third.skipped, sum(third.created.values())), ("done", 3, 0)),
        "rows": (keys, effects),
        "rows of each record": (
            {file: sorted(found) for file, found in keys.items()},
            {file: [*"abc"] for file in files},
        ),
        "what lies beside": (left, []),
    }
    return [
        f"{point}: {what}: {found} in place of {right}"
        for what, (found, right) in must.items()
        if found != right
    ]


def stand(path: Path) -> list[str]:
    """Return the keys that stand in a file."""
    return [row.record["id"] for row in rows(path, form_of(path))] if path.exists() else []


def main() -> None:
    wish = json.loads(sys.stdin.read())
    wish["files"] = wish.get("files") or FILES
    appended._append = MISTAKES.get(wish["engine"], _append)
    if wish["points"] == "which":
        print(json.dumps(points(watch, lambda folder: project(folder, wish).run(*RECORDS))))
        return
    for point in wish["points"]:
        for found in findings(point, wish):
            print(found, flush=True)


if __name__ == "__main__":
    main()
