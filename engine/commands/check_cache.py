"""``recipe check``: what earlier checks said, kept in the user's cache folder.

A verdict is taken from there only where a check would read the same again: the recipe, those that it calls, the file of
connections, the project's connectors, every schema and table, each by the digest of its content; what was looked for
and not found counts too. So does the engine itself. A check reads no environment variable and no secret.

The file is a convenience: one that is missing, damaged or another user's is as none, and none is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import engine
from engine.clock import SystemClock
from engine.commands.check_verdict import Verdict, verdict_of
from engine.inputs import Inputs, digest
from engine.kept import FILE
from engine.project import OWN_CONNECTORS, Place, connections_upwards, state_folder
from engine.shipped import shipped

FORM: Final = 1
"""Version of the form of the file."""
MOST: Final = 20_000
"""Recipes of a project whose verdicts are kept."""
LARGEST: Final = 64 * 2**20
"""Bytes of a file that is still read."""
DAYS: Final = 30
"""How long the file of a project that nobody checks is kept."""
RACY: Final = 2.0
"""Seconds: a file of the engine that changed so short ago may change again without its times showing it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict with all that it hangs on.

    Attributes:
        at: Which recipe it is about, and from where it was checked.
        key: Digest of what can be said before the check.
        inputs: What the check read.
    """

    at: str
    key: str
    inputs: Inputs
    verdict: Verdict

    def as_data(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        calls = [
            [name, str(folder), str(file) if file else None, shown]
            for (name, folder), (file, shown) in self.inputs.calls.items()
        ]
        files = {str(path): found for path, found in self.inputs.files.items()}
        return {"key": self.key, "files": files, "calls": calls, "verdict": self.verdict.as_data()}


def checked_of(at: str, data: Any) -> Checked | None:
    """Return what ``as_data`` gave *data*, or None where it is nothing of the kind."""
    try:
        files = {Path(path): str(found) for path, found in data["files"].items()}
        calls = {
            (str(name), Path(folder)): (Path(file) if file is not None else None, str(shown))
            for name, folder, file, shown in data["calls"]
        }
        verdict = verdict_of(data["verdict"])
        return Checked(at, str(data["key"]), Inputs(files, calls), verdict) if verdict else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


class Surroundings:
    """What can be said of a recipe before it is checked; each file is read once.

    Args:
        here: The working directory.
        connections: The file of ``--connections``, or None.
    """

    def __init__(self, here: Path, connections: str | None) -> None:
        self.here, self.connections = here, connections
        self.digest = cache(digest)
        self._has_ledger = cache(lambda root: _ledger(root, here).exists())
        self._connectors = cache(
            lambda root: sorted(map(str, root.glob(f"{OWN_CONNECTORS}/*/connector.yaml")))
        )
        self._above = cache(connections_upwards)

    def at(self, place: Place) -> str:
        """Return which recipe it is about, and from where it is checked."""
        parts = (place.file, place.shown, place.note, place.binding, place.root, self.here)
        return _sum([*map(str, parts), self.connections])

    def key(self, place: Place) -> str | None:
        """Return the digest of the recipe and what is around it; None where no verdict is kept.

        With a ledger a check asks what that knows, which changes with each run.
        """
        if self._has_ledger(place.root):
            return None
        is_shipped = place.binding.startswith("shipped:")
        path = (
            self._above(place.root if is_shipped else place.file.parent)
            if self.connections is None
            else self.here / self.connections
        )
        around = [str(path), self.digest(path)] if path is not None else []
        return _sum([self.digest(place.file), around, self._connectors(place.root)])

    def is_stale(self, checked: Checked, place: Place) -> bool:
        """Tell whether what *checked* hangs on has changed since, read anew."""
        return Surroundings(self.here, self.connections).key(place) != checked.key or not checked.inputs.same(
            digest
        )


class Kept:
    """The verdicts of a project's recipes in its file of the cache folder.

    Args:
        file: Where they are kept, or None where they are not.
        engine: What tells this engine from any other, as ``engine_digest`` gives it.
    """

    def __init__(self, file: Path | None, engine: str) -> None:
        self._file, self._engine = file, engine
        self._known: Mapping[str, Any] = _read(file, engine) if file is not None else {}
        self._new: dict[str, Any] = {}

    def verdict(self, at: str, key: str, now: Callable[[Path], str]) -> Verdict | None:
        """Return the verdict on the recipe *at* with the digest *key*, where the files that it hangs on are the same.

        Args:
            now: Gives the present digest of a file.
        """
        found = checked_of(at, self._known.get(at))
        return found.verdict if found is not None and found.key == key and found.inputs.same(now) else None

    def add(self, checked: Checked) -> None:
        """Take a verdict, to be written by ``save``."""
        self._new[checked.at] = checked.as_data()

    def save(self) -> None:
        """Write what was added beside what others wrote meanwhile; where that cannot be done, nothing is said of it."""
        if self._file is None or not self._new:
            return
        known = {**_read(self._file, self._engine), **self._new}
        kept = dict(list(known.items())[-MOST:])
        text = json.dumps({"form": FORM, "engine": self._engine, "recipes": kept})
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._file, text)
            _prune(self._file.parent)


def cache_file(root: Path, environ: Mapping[str, str]) -> Path | None:
    """Return where the verdicts of the project at *root* are kept, or None where there is no such place.

    Source: XDG Base Directory Specification 0.8: ``$XDG_CACHE_HOME``, which is absolute, else ``~/.cache``.
    """
    given = Path(environ.get("XDG_CACHE_HOME", ""))
    try:
        home = given if given.is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        return None
    return home / "recipe-engine" / "check" / f"{_sum([str(root)])}.json"


def engine_digest() -> tuple[str, bool]:
    """Return what tells this engine, its Python, packages and time zones from any other.

    Returns:
        The digest of the places, sizes, times and numbers of the engine's files; and whether they are at rest, so that
        none can change any more without showing it.
    """
    folders = {Path(engine.__file__).parent, shipped("recipes"), shipped("schemas")}
    files = [each for folder in sorted(folders) for each in _stats(str(folder))]
    # An installed package changes the folder that it lies in; so does a new set of time zones.
    around = [Path(path) for path in (*sys.path, *zoneinfo.TZPATH) if path.endswith(("packages", "zoneinfo"))]
    files += [_stat(str(path), path.stat()) for path in around if path.is_dir()]
    newest = max(max(each[2:4]) for each in files) / 1e9
    told = [sys.version, sys.platform, sys.path[1:], engine.__version__, files]
    return _sum(told), newest < _now() - RACY


def _now() -> float:
    """Return the present instant in seconds since 1970."""
    return SystemClock().now().timestamp()


def _stats(folder: str) -> Iterator[tuple[str, int, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if not entry.is_dir():
                yield _stat(entry.path, entry.stat())
            elif entry.name != "__pycache__":
                yield from _stats(entry.path)


def _stat(path: str, found: os.stat_result) -> tuple[str, int, int, int, int]:
    return path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _ledger(root: Path, here: Path) -> Path:
    return state_folder(root, None, here, sample=False) / FILE


def _sum(parts: Any) -> str:
    return sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _read(file: Path, engine: str) -> Mapping[str, Any]:
    """Return the recipes in *file*; none where it is damaged, another engine's, or not this user's alone to write."""
    try:
        with os.fdopen(
            os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
        ) as opened:
            found = os.fstat(opened.fileno())
            is_own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
            if not is_own or found.st_mode & 0o022 or found.st_size > LARGEST:
                return {}
            data = json.loads(opened.read())
    except (OSError, ValueError, RecursionError):
        return {}
    is_right = isinstance(data, dict) and data.get("form") == FORM and data.get("engine") == engine
    recipes = data.get("recipes") if is_right else None
    return recipes if isinstance(recipes, dict) else {}


def _write(file: Path, text: str) -> None:
    """Write *file* as a whole: who reads it meanwhile finds the old one."""
    handle, made = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
        Path(made).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise


def _prune(folder: Path) -> None:
    """Remove the files of projects that nobody checked for long."""
    oldest = _now() - DAYS * 86400
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.suffix in (".json", ".tmp") and path.stat().st_mtime < oldest:
                path.unlink()
