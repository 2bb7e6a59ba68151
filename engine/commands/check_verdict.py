"""``recipe check``: one recipe checked, and what there is to say of it in each form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.commands.console import (
    counted,
    error_text,
    excerpts,
    findings_annotations,
    findings_data,
    findings_text,
)
from engine.diagnostics import Diagnostic, Located
from engine.errors import LedgerError, RecipeInvalid, UsageError
from engine.kept import in_folder
from engine.project import Place, find_connections, state_folder

if TYPE_CHECKING:
    from engine.connections import Connection
    from engine.inputs import Inputs
    from engine.recipe import Recipe
    from engine.registry import Registry

STATES: Final = ("ok", "warned", "invalid", "unread")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one recipe.

    Attributes:
        state: One of ``STATES``: it may run, it may and there are warnings, it has errors, it cannot be read.
        text: For people: its line, with warnings above it; or its findings; or why it cannot be read.
        data: Its findings for machines.
        notes: Its findings as annotations.
    """

    state: str
    text: str
    data: list[dict[str, Any]] = field(default_factory=list)
    notes: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return asdict(self)


def verdict_of(data: Any) -> Verdict | None:
    """Return the verdict that ``as_data`` gave *data*, or None where it is none."""
    if not isinstance(data, dict) or data.keys() != {"state", "text", "data", "notes"}:
        return None
    is_right = data["state"] in STATES and isinstance(data["text"], str) and isinstance(data["notes"], str)
    if not is_right or not isinstance(data["data"], list) or not _is_text(data):
        return None
    return Verdict(**data) if all(isinstance(each, dict) for each in data["data"]) else None


def _is_text(data: Any) -> bool:
    """Tell whether every text in *data* can be printed: JSON writes halves of characters, too."""
    try:
        return bool(json.dumps(data, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


class Judge:
    """Checks one recipe after the other; those of one project share its connectors.

    Args:
        here: The working directory.
        connections: The file of ``--connections``, or None.
    """

    def __init__(self, here: Path, connections: str | None) -> None:
        self.here, self.connections = here, connections
        self._registries: dict[Path, tuple[Registry, Inputs]] = {}
        self._given: dict[tuple[Path, Path | None], Mapping[str, Connection]] = {}

    def recipe(self, place: Place, inputs: Inputs | None = None) -> tuple[Verdict, Recipe | None]:
        """Return what there is to say of the recipe at *place*, and the recipe where it may run.

        Args:
            inputs: Notes what is read beside the recipe and the file of connections.
        """
        try:
            recipe = self._checked(place, inputs)
        except RecipeInvalid as error:
            return _of(
                "invalid", findings_text(error.source, error.diagnostics), error.source, error.diagnostics
            ), None
        except (UsageError, LedgerError) as error:
            return Verdict("unread", error_text(error)), None
        line = f"{place.shown}{place.note}: ok ({recipe.name})"
        if not recipe.warnings:
            return Verdict("ok", line), recipe
        told = f"{excerpts(recipe.source, recipe.warnings)}\n\n{line}, {counts(recipe.warnings)}"
        return _of("warned", told, recipe.source, recipe.warnings), recipe

    def _checked(self, place: Place, inputs: Inputs | None) -> Recipe:
        from engine.files import read_connections, read_recipe, registry_of
        from engine.inputs import Inputs

        if place.root not in self._registries:
            read = Inputs() if inputs is None else replace(inputs, files={}, calls={})
            self._registries[place.root] = registry_of(place.root, read), read
        registry, read = self._registries[place.root]
        try:
            file = find_connections(place, self.connections, self.here)
            if (place.root, file) not in self._given:
                read_now = read_connections(place, self.connections, registry, self.here)
                self._given[place.root, file] = read_now
            given = self._given[place.root, file]
            recipe = read_recipe(place, registry, given, self.here, inputs)
        finally:
            if inputs is not None:  # what was read for another recipe may matter to this one
                inputs.files |= read.files
        return replace(recipe, warnings=(*recipe.warnings, *self._history(recipe, place)))

    def _history(self, recipe: Recipe, place: Place) -> Sequence[Diagnostic]:
        """Return what the project's ledger knows of *recipe* that it no longer says; no secret is read."""
        from engine.files import read_kept

        folder = state_folder(place.root, None, self.here, sample=False)
        # What the file says of the ledger is of no account where there is none: its findings are told above.
        if not in_folder(folder, None) or read_kept(place, self.connections, self.here) is not None:
            return ()
        from engine.history import vanished  # 60 ms, for those who have a ledger
        from engine.ledger.store import InFolder

        return vanished(recipe, InFolder(folder))


def counts(found: Sequence[Diagnostic]) -> str:
    """Return how many warnings and notes there are."""
    told = []
    for severity in ("warning", "note"):
        of = [each for each in found if each.severity == severity]
        told += [counted(of, severity)] if of else []
    return ", ".join(told)


def _of(state: str, text: str, source: Located, found: Sequence[Diagnostic]) -> Verdict:
    return Verdict(state, text, findings_data(source, found), findings_annotations(source, found))
