"""Reads what users wrote: recipes and ``connections.yaml``, from disk to checked values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine import connections, source
from engine.check import Beside, check
from engine.connections import Connection
from engine.errors import UsageError
from engine.inputs import Inputs
from engine.kept import Kept
from engine.project import OWN_CONNECTORS, Place, connections_upwards, find_connections, show
from engine.recipe import Recipe
from engine.registry import Registry
from engine.shipped import shipped
from engine.source import Source


def registry_of(root: Path, inputs: Inputs | None = None) -> Registry:
    """Return what there is in the project at *root*: its own connectors are found first, then those that ship.

    Args:
        inputs: Notes each file of a connector that is read; those that ship are part of the engine.
    """
    ships = shipped("connectors")

    def look(path: Path) -> None:
        if inputs is not None and ships not in path.parents:
            inputs.look(path)

    return Registry(connectors=[root / OWN_CONNECTORS, ships], look=look)


def read_recipe(
    place: Place,
    registry: Registry,
    given: Mapping[str, Connection],
    here: Path,
    inputs: Inputs | None = None,
) -> Recipe:
    """Return the checked recipe at *place*.

    Args:
        given: The configured connections: they may put another connector behind an interface.
        here: The working directory, from which messages name files.
        inputs: Notes what is read beside the recipe itself.

    Raises:
        RecipeInvalid: it has findings.
        UsageError: it cannot be read.
    """
    connectors = {name: connection.connector.name for name, connection in given.items()}
    beside = _beside(place.file.parent, here, inputs or Inputs())
    return check(source.read(read_text(place.file, place.shown), place.shown), registry, connectors, beside)


def _beside(folder: Path, here: Path, inputs: Inputs) -> Beside:
    """Return what lies beside a recipe in *folder*."""
    return Beside(
        folder, lambda name: _called(name, folder, here, inputs), lambda path: show(path, here), inputs.look
    )


def _called(name: str, folder: Path, here: Path, inputs: Inputs) -> tuple[Source, Beside] | None:
    """Return the recipe *name*, and what lies beside it: in *folder*, else where any recipe is looked for."""
    file, shown = inputs.call(name, folder)
    if file is None:
        return None
    shown = shown or show(file, here)
    inputs.look(file)
    return source.read(read_text(file, shown), shown), _beside(file.parent, here, inputs)


def read_connections(
    place: Place, named: str | None, registry: Registry, here: Path
) -> dict[str, Connection]:
    """Return the connections for the recipe at *place*: of the file *named*, or of the nearest one; none is no error.

    Raises:
        RecipeInvalid: the file has findings.
        UsageError: it cannot be read.
    """
    path = find_connections(place, named, here)
    if path is None:
        return {}
    shown = show(path, here)
    return connections.read(read_text(path, shown), path, registry, shown)


def read_kept(place: Place, named: str | None, here: Path) -> Kept | None:
    """Return where the connections for the recipe at *place* keep the ledger, or None for the state folder.

    Raises:
        RecipeInvalid: what the file says of it has findings.
        UsageError: it cannot be read.
    """
    path = find_connections(place, named, here)
    return _kept(path, here) if path is not None else None


def kept_upwards(folder: Path, here: Path) -> Kept | None:
    """Return where the nearest connections from *folder* upwards keep the ledger, as ``read_kept`` does."""
    path = connections_upwards(folder)
    return _kept(path, here) if path is not None else None


def _kept(path: Path, here: Path) -> Kept | None:
    shown = show(path, here)
    return connections.read_kept(read_text(path, shown), path, shown)


def read_text(file: Path, shown: str) -> str:
    """Return the text of a file that a user wrote; a byte order mark and the kind of line ends do not count.

    Raises:
        UsageError: it cannot be read, or is no UTF-8 text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{shown} is not UTF-8 text (byte {error.start})", help="save it as UTF-8"
        ) from error
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from error
