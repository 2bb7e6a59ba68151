"""Where things lie: the recipe's file, its project, ``connections.yaml`` and the state folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.diagnostics import suggest
from engine.errors import UsageError
from engine.money import shorten
from engine.shipped import shipped

MARKS: Final = ("connections.yaml", ".recipe", ".git")
STATE: Final = ".recipe"
TESTS: Final = (".test.yaml", ".test.yml")
"""How the names of files end that hold tests of a recipe."""
OWN: Final = ("ledger.db", "books.db", "tokens.db", "locks", "sample", ".gitignore")
"""What shows that a folder is a state folder."""
CONNECTIONS: Final = "connections.yaml"
OWN_CONNECTORS: Final = "connectors"
"""The folder of a project with connectors of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recipe was found and where its state lies.

    Attributes:
        file: The recipe's file.
        shown: How messages name it.
        note: What else is to be said about where it is from, or empty.
        binding: How the ledger names it: relative to the project, or ``shipped:NAME``.
        root: The project's folder.
        is_new: Whether the state folder is about to be made where no project was found.
    """

    file: Path
    shown: str
    binding: str
    root: Path
    is_new: bool = False
    note: str = ""


def find_recipe(name: str, here: Path) -> Place:
    """Return where the recipe *name* lies: as given, in ``recipes/`` here and upwards, or among the shipped ones.

    Raises:
        UsageError: there is none; names the nearest of those that were found.
    """
    given = here / name
    try:
        is_file, is_folder = given.is_file(), given.is_dir()
    except OSError as error:  # a name longer than the file system takes, a folder that may not be entered
        raise UsageError(f"there is no recipe {shorten(name)!r}: {error.strerror}") from error
    if is_file and name.endswith(TESTS):
        raise UsageError(f"{name} holds tests of a recipe", help=f"run them: recipe test {name}")
    if is_file:
        return _own(given, here)
    file = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
    if Path(file).name == file:
        for folder in (here, *here.parents):
            if (folder / "recipes" / file).is_file():
                return _own(folder / "recipes" / file, here)
        if (shipped("recipes") / file).is_file():
            root = find_root(here)
            path = shipped("recipes") / file
            return Place(
                path, file, f"shipped:{file}", root or here, root is None, " (shipped with the engine)"
            )
    if is_folder:
        what = f"{name} is a folder" if name else "the recipe's name is empty"
        raise UsageError(
            f"{what}, and one recipe is wanted",
            help="name a file in it, such as recipes/NAME.yaml; recipe check takes a folder",
        )
    known = {path.name for path in shipped("recipes").glob("*.yaml") if not path.name.endswith(TESTS)}
    help = (
        suggest(file, known)
        or f"recipes are looked for here, in recipes/ upwards, and among {', '.join(sorted(known))}"
    )
    raise UsageError(f"there is no recipe {shorten(name)!r}", help=help)


def find_root(start: Path) -> Path | None:
    """Return the nearest folder from *start* upwards that is a project, or None."""
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return folder
    return None


def find_connections(place: Place, given: str | None, here: Path) -> Path | None:
    """Return the file of connections: *given*, or the nearest upwards from the recipe, or None.

    Raises:
        UsageError: the given file does not exist.
    """
    if given is not None:
        path = here / given
        if not path.is_file():
            raise UsageError(
                f"there is no file {given}", help="--connections takes the path of a connections.yaml"
            )
        return path
    start = place.root if place.binding.startswith("shipped:") else place.file.parent
    return connections_upwards(start)


def connections_upwards(start: Path) -> Path | None:
    """Return the nearest file of connections from *start* upwards, or None."""
    return next((f / CONNECTIONS for f in (start, *start.parents) if (f / CONNECTIONS).is_file()), None)


def state_folder(root: Path, given: str | None, here: Path, *, sample: bool) -> Path:
    """Return the state folder: ``--state`` or the project's ``.recipe``, with its ``sample`` for samples."""
    folder = here / given if given is not None else root / STATE
    return folder / "sample" if sample else folder


def make_state(folder: Path, *, sample: bool) -> None:
    """Make the state folder, 0700, with a ``.gitignore`` that keeps it out of every commit.

    A folder that is there already keeps its mode and what lies in it.

    Raises:
        UsageError: it cannot be made or written, or is a folder that holds other things.
    """
    top = folder.parent if sample else folder
    try:
        _make_private(top)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the state folder {folder} cannot be made: {error.strerror}",
            help="--state DIR puts it elsewhere",
        ) from error
    if not os.access(folder, os.W_OK):
        raise UsageError(
            f"the state folder {folder} is not writable",
            help="let this user write it; another one, by --state DIR, knows nothing of what was done",
        )


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(
            mode=0o700, parents=True, exist_ok=True
        )  # another process may begin here at the same time
    elif any(folder.iterdir()) and not any((folder / name).exists() for name in OWN):
        raise UsageError(
            f"{folder} holds other things and no state",
            help="--state takes a folder of its own, new or empty",
        )
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def show(path: Path, here: Path) -> str:
    """Return *path* as the user knows it: relative to *here* where that is shorter."""
    relative = os.path.relpath(path, here)
    return relative if len(relative) < len(str(path)) and relative.count("..") < 3 else str(path)


def _own(file: Path, here: Path) -> Place:
    # Not resolved: a link keeps the project it stands in.
    file = Path(os.path.normpath(file.absolute()))
    root = find_root(file.parent)
    home = root or file.parent
    return Place(file, show(file, here), file.relative_to(home).as_posix(), home, root is None)
