"""``recipe check``: the verdicts on many recipes in their order, from the cache or else from several processes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from engine.commands.check_cache import Checked, Kept, Surroundings, cache_file, checked_of, engine_digest
from engine.commands.check_verdict import Judge, Verdict, verdict_of
from engine.commands.console import error_text
from engine.errors import UsageError
from engine.garbage import unhurried
from engine.project import Place, find_recipe

FEW: Final = 8
"""Recipes for which another process is not worth its start."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Going:
    """Shows on a terminal how far a check of many recipes is, where nothing else shows it.

    Args:
        count: How many recipes there are.
    """

    def __init__(self, count: int, *, is_shown: bool) -> None:
        self._count, self._done = count, 0
        self._is_shown = is_shown and count > FEW and sys.stderr.isatty()

    def on(self) -> None:
        """Count one more."""
        self._done += 1
        if self._is_shown:
            self._write(f"\r\x1b[2Kchecked {self._done:,} of {self._count:,}")

    def end(self) -> None:
        """Wipe the line."""
        if self._is_shown:
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody may be reading any more
            click.echo(text, err=True, nl=False)


class Checker:
    """Checks recipes in one process, and where it *keeps* them tells what each verdict hangs on."""

    def __init__(self, here: str, connections: str | None, keeps: bool) -> None:
        self._keeps = keeps
        self._around = Surroundings(Path(here), connections)
        self._judge = Judge(Path(here), connections)

    def __call__(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the verdict on the recipe at a place, and what to keep of it; all plain JSON data."""
        from engine.inputs import Inputs

        place = place_of(item)
        key, inputs = self._around.key(place) if self._keeps else None, Inputs()
        verdict, _ = self._judge.recipe(place, inputs)
        made = {"verdict": verdict.as_data(), "kept": None}
        if key is None or verdict.state == "unread":
            return made
        checked = Checked(self._around.at(place), key, inputs, verdict)
        # What changed while it was read belongs to no one state of the files.
        return made if self._around.is_stale(checked, place) else {**made, "kept": checked.as_data()}


class Verdicts:
    """The verdicts on recipes.

    Args:
        here: The working directory.
        connections: The file of ``--connections``, or None.
        environ: The process's environment: where the cache folder lies; None keeps and takes nothing.
        cores: How many processes may work.
    """

    def __init__(
        self, here: Path, connections: str | None, environ: Mapping[str, str] | None, cores: Callable[[], int]
    ) -> None:
        self._here, self._connections, self._environ, self._cores = here, connections, environ, cores
        self._around = Surroundings(here, connections)
        self._kept: dict[Path, Kept] = {}
        # First of all, before anything of the check is loaded.
        self._engine, self._is_at_rest = engine_digest() if environ is not None else ("", False)

    def of(self, names: Sequence[str]) -> Iterator[Verdict]:
        """Yield the verdict on each of *names*, files or names of recipes, in their order."""
        found = [self._early(name) for name in names]
        open = [each for each in found if isinstance(each, Place)]
        made = self._made(open)
        for each in found:
            yield next(made) if isinstance(each, Place) else each
        if self._is_at_rest and engine_digest() == (self._engine, True):
            for kept in self._kept.values():
                kept.save()

    def _early(self, name: str) -> Verdict | Place:
        """Return the verdict on the recipe *name* that is there without a check, else its place."""
        try:
            place = find_recipe(name, self._here)
        except UsageError as error:
            return Verdict("unread", error_text(error))
        if self._environ is None:
            return place
        if place.root not in self._kept:
            self._kept[place.root] = Kept(cache_file(place.root, self._environ), self._engine)
        key = self._around.key(place)
        found = None
        if key is not None:
            found = self._kept[place.root].verdict(self._around.at(place), key, self._around.digest)
        return found or place

    def _made(self, places: Sequence[Place]) -> Iterator[Verdict]:
        if not places:
            return
        count = min(self._cores(), len(places) // FEW) if len(places) > FEW else 1
        if count > 1:
            import engine.files  # noqa: F401  # once, before the processes part
        with unhurried(100_000):
            yield from self._spread(places, count)

    def _spread(self, places: Sequence[Place], count: int) -> Iterator[Verdict]:
        make = partial(Checker, str(self._here), self._connections, self._environ is not None)
        items = [data_of(each) for each in places]
        if count > 1:
            from engine.commands.check_cores import spread  # 10 ms, for those who need it

            every = spread(make, items, count)
        else:
            every = map(make(), items)
        for place, made in zip(places, every, strict=True):
            verdict = verdict_of(made["verdict"])
            if verdict is None:
                raise ValueError("a process gave no verdict")
            if made["kept"] is not None and self._environ is not None:
                checked = checked_of(self._around.at(place), made["kept"])
                if checked is not None:
                    self._kept[place.root].add(checked)
            yield verdict


def data_of(place: Place) -> dict[str, Any]:
    """Return *place* as plain JSON data."""
    return {
        "file": str(place.file), "shown": place.shown, "binding": place.binding, "root": str(place.root),
        "is_new": place.is_new, "note": place.note,
    }  # fmt: skip


def place_of(data: Mapping[str, Any]) -> Place:
    """Return the place that ``data_of`` gave *data*."""
    return Place(**{**data, "file": Path(data["file"]), "root": Path(data["root"])})
