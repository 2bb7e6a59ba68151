"""Knows every kind, filter, connector and document schema. Built on the top floors and handed down as an argument.

Names are read from the folders without importing anything: a kind is imported when a recipe uses it, so a check loads
no more than it must.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

from engine.declare import Declaration
from engine.filters import Filter
from engine.sameness import Same
from engine.schema import Validator
from engine.shipped import shipped

PACKAGES: Final[Mapping[str, Sequence[str]]] = {
    "auth": ("engine.auth",),
    "paging": ("engine.paging",),
    "limits": ("engine.limits",),
    "verification": ("engine.verification",),
    "filters": ("engine.filters",),
    "triggers": ("engine.triggers",),
    "actions": ("engine.actions.builtin",),
}
"""Where the kinds lie: each module of a package declares one."""

DOCUMENT: Final = re.compile("[a-z0-9_-]{1,60}(?:/[a-z0-9_-]{1,60})*")
"""How the name of a document's schema is written."""


class _Filters(Mapping[str, Filter]):
    """Filters by name, each imported when it is asked for."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._known = modules
        self._loaded: dict[str, Filter] = {}

    def __getitem__(self, name: str) -> Filter:
        if name not in self._loaded:
            if name not in self._known:
                raise KeyError(name)
            self._loaded[name] = import_module(self._known[name]).FILTER
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _folders(package: str) -> Sequence[str]:
    """Return where the modules of *package* lie; neither it nor a package around it is imported."""
    folders: Sequence[str] | None = None
    name = ""
    for part in package.split("."):
        name = f"{name}.{part}" if name else part
        found = PathFinder.find_spec(name, folders)
        folders = (found.submodule_search_locations if found is not None else None) or ()
    return folders or ()


class Registry:
    """What there is.

    Args:
        packages: Packages by kind; each module in one declares one thing of that kind.
        connectors: Folders that are searched for connectors, in this order.
        schemas: The folder of JSON Schemas.
        look: Is told of each file of a connector before it is read.

    Attributes:
        loaded: The connectors that ``connector_file`` has read, by name.
    """

    def __init__(
        self,
        packages: Mapping[str, Sequence[str]] = PACKAGES,
        connectors: Sequence[Path] | None = None,
        schemas: Path | None = None,
        look: Callable[[Path], object] = lambda path: None,
    ) -> None:
        self._packages = packages
        self._modules: dict[str, Mapping[str, str]] = {}
        self._connectors = list(connectors) if connectors is not None else [shipped("connectors")]
        self._schemas = schemas or shipped("schemas")
        self._documents: dict[str, Any] = {}
        self._shapes: dict[str, Any] = {}
        self._judges: dict[Same, Validator] = {}
        self._made: dict[tuple[object, ...], Any] = {}
        self.look = look
        self.loaded: dict[str, Any] = {}

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, sorted, without importing them."""
        return list(self._named(kind))

    def _named(self, kind: str) -> Mapping[str, str]:
        """Return the modules that declare things of a kind by the names of those, sorted."""
        if kind not in self._modules:
            found = {
                module.name: f"{package}.{module.name}"
                for package in self._packages[kind]
                for module in pkgutil.iter_modules(_folders(package))
            }
            self._modules[kind] = dict(sorted(found.items()))
        return self._modules[kind]

    def declaration(self, kind: str, name: str) -> Declaration:
        """Return what *name* of *kind* declares.

        Raises:
            KeyError: there is no such name.
        """
        declared: Declaration = import_module(self._named(kind)[name]).DECLARATION
        return declared

    @cached_property
    def filters(self) -> Mapping[str, Filter]:
        """Every filter by name."""
        return _Filters(self._named("filters"))

    @cached_property
    def actions(self) -> Sequence[str]:
        """The names of the engine's own actions, such as ``file.write``."""
        return [name.replace("_", ".", 1) for name in self.names("actions")]

    def action(self, name: str) -> Declaration:
        """Return the declaration of one of the engine's own actions; raises ``KeyError``."""
        return self.declaration("actions", name.replace(".", "_", 1))

    def connector_file(self, name: str) -> Path | None:
        """Return the file of connector *name*, or None where there is none."""
        if (
            name not in self.connectors
        ):  # asked first: a recipe may write anything, also what names no file at all
            return None
        for folder in self._connectors:
            path = folder / name / "connector.yaml"
            if path.is_file():
                return path
        return None

    def ships(self, path: Path) -> bool:
        """Tell whether the connector's file at *path* ships with the engine, and so do the schemas it may name."""
        own = shipped("connectors")
        return own in path.parents and self._schemas == shipped("schemas")

    @cached_property
    def connectors(self) -> Sequence[str]:
        """The names of all connectors."""
        found = {path.parent.name for folder in self._connectors for path in folder.glob("*/connector.yaml")}
        return sorted(found)

    def document(self, name: str) -> Any:
        """Return the JSON Schema *name*, such as ``accounting/invoice``, or None where there is none."""
        if not DOCUMENT.fullmatch(name):
            return None
        if name not in self._documents:
            path = self._schemas / f"{name}.schema.json"
            inside = path.resolve().is_relative_to(self._schemas.resolve())
            self._documents[name] = json.loads(path.read_bytes()) if inside and path.is_file() else None
        return self._documents[name]

    def shape(self, name: str) -> Any:
        """Return the JSON Schema of a kind of file: ``recipe``, ``connections``, ``connector`` or ``test``."""
        if name not in self._shapes:
            shape = json.loads((self._schemas / f"{name}.schema.json").read_bytes())
            if name == "connections":
                entry = shape["properties"]["connections"]["additionalProperties"]
                entry["properties"]["connector"]["enum"] = list(self.connectors)  # a project has its own
            self._shapes[name] = shape
        return self._shapes[name]

    def judge(self, name: str) -> Validator:
        """Return what judges a kind of file by its ``shape``."""
        return self.validator(self.shape(name))

    def validator(self, schema: Mapping[str, Any]) -> Validator:
        """Return what judges by *schema*; made once for all recipes."""
        key = Same(schema)
        if key not in self._judges:
            self._judges[key] = Validator(schema)
        return self._judges[key]

    def once(self, make: Callable[[], Any], *key: object) -> Any:
        """Return what *make* gives for *key*; made once for all recipes."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def documents(self) -> Sequence[str]:
        """The names of all document schemas that a mapping can aim at."""
        paths = self._schemas.glob("*/*.schema.json")
        return sorted(f"{path.parent.name}/{path.name.removesuffix('.schema.json')}" for path in paths)
