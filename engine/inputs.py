"""What a check read, so that it can be told whether it would read the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from engine.errors import UsageError
from engine.project import find_recipe

Called = tuple[Path | None, str]
"""The file of a called recipe, or None, and how messages name it where it ships."""


def digest(path: Path) -> str:
    """Return the digest of the content of the file at *path*, or how it cannot be read, such as ``!2``."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"!{error.errno}"
    except ValueError:  # a name that no file system takes
        return "!"


def called(name: str, folder: Path) -> Called:
    """Return where the recipe *name*, called from one in *folder*, lies: beside it, else where any is looked for."""
    beside = folder / f"{name}.yaml"
    if beside.is_file():
        return beside, ""
    try:
        found = find_recipe(beside.name, folder)
    except UsageError:
        return None, ""
    return found.file, found.shown if found.binding.startswith("shipped:") else ""


@dataclass(slots=True)
class Inputs:
    """What was read, or looked for and not found.

    Attributes:
        files: Digests by path, each from before the file was read.
        calls: Each called recipe, by its name and the folder that it was called from.
        digest: Gives the digest of a file.
    """

    files: dict[Path, str] = field(default_factory=dict)
    calls: dict[tuple[str, Path], Called] = field(default_factory=dict)
    digest: Callable[[Path], str] = digest

    def look(self, path: Path) -> None:
        """Note that the file at *path* is about to be read."""
        if path not in self.files:
            self.files[path] = self.digest(path)

    def call(self, name: str, folder: Path) -> Called:
        """Return where a called recipe lies, and note it."""
        found = self.calls[name, folder] = called(name, folder)
        return found

    def same(self, digest: Callable[[Path], str]) -> bool:
        """Tell whether all of it is still as it was."""
        return all(digest(path) == was for path, was in self.files.items()) and all(
            called(name, folder) == was for (name, folder), was in self.calls.items()
        )
