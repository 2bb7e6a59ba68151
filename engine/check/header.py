"""The head of a recipe: connections, settings, variables, lookups."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine import dates, pointer, variables
from engine.check.beside import FORM_KEYS, cell_text, sheet
from engine.check.draft import DEFAULTS, OWN, Draft
from engine.connector_file import load
from engine.diagnostics import nearest, suggest
from engine.scope import Constants
from engine.types import ANY, mapping_of
from engine.variables import Variable

FILE_KEYS: Final = frozenset({"file", "key", "value"})


def constants(draft: Draft) -> Constants:
    """Return what holds for every record."""
    made = Constants(_zone(draft), _lookups(draft))
    if not any(each.pointer.startswith("/settings") for each in draft.found):
        draft.compiler.constants = made  # with a zone that has a finding, what needs one would have one more
    return made


def resolve_connections(draft: Draft) -> None:
    """Find the connector of each connection."""
    for at, name, word in draft.entries("connections"):
        if name in OWN:
            cure = f"rename it: {', '.join(OWN)} are the engine's own actions"
            draft.report("R204", at, f"no connection can be called {name!r}", cure, at_key=True)
            continue
        connector = draft.configured.get(draft.renamed.get(name, name)) or DEFAULTS.get(word, word)
        try:
            loaded = load(connector, draft.registry)
        except KeyError:
            known = [*draft.registry.connectors, *DEFAULTS]
            help = suggest(word, known) or f"there are {', '.join(sorted(known))}"
            draft.report("R201", at, f"there is no connector or interface {word!r}", help)
            continue
        if word not in (loaded.name, loaded.implements):
            message = (
                f"connections.yaml gives {name!r} the connector {loaded.name!r}, which serves no {word!r}"
            )
            draft.report("R201", at, message, "change the connector there, or the word here")
            continue
        draft.connectors[name] = loaded


def declared_variables(draft: Draft) -> dict[str, Variable]:
    """Return the recipe's parameters."""
    made = {}
    for at, name, entry in draft.entries("vars"):
        if "default" in entry and (wrong := variables.misfit(entry["type"], entry["default"])):
            cure = "write a value of the type, or change the type"
            draft.report("R304", pointer.join(at, "default"), wrong, cure)
        made[name] = Variable(name, entry["type"], "default" not in entry, entry.get("default"))
    draft.declared = mapping_of({name: variables.KNOWN[each.type] for name, each in made.items()}, others=ANY)
    return made


def _zone(draft: Draft) -> ZoneInfo | None:
    name = draft.get("settings", {}).get("timezone")
    if name is None:
        return None
    try:
        return dates.zone(name)
    except dates.NotDate as error:
        near = nearest(name, zoneinfo.available_timezones()) if "/" in name else ""
        help = f"did you mean {near!r}?" if near else "zones are named by a city: Europe/Berlin, UTC"
        draft.report("R206", "/settings/timezone", str(error).partition(";")[0], help)
        return None


def _lookups(draft: Draft) -> dict[str, Mapping[str, Any]]:
    tables = {}
    for at, name, entry in draft.entries("lookups"):
        tables[name] = _from_file(draft, entry, at) if entry.keys() >= FILE_KEYS else entry
    for name in draft.get("lookups", {}):
        tables.setdefault(name, {})  # a table with a finding of its own is there all the same
    draft.compiler.naming.lookups = tables
    draft.tables = {name: table for name, table in tables.items() if table}
    return tables


def _from_file(draft: Draft, entry: Mapping[str, Any], at: str) -> dict[str, Any]:
    options = {key: entry[key] for key in FORM_KEYS if key in entry}
    table = sheet(draft, entry["file"], pointer.join(at, "file"), options)
    if table is None:
        return {}
    made: dict[str, Any] = {}
    first: dict[str, str] = {}
    for word in ("key", "value"):
        if entry[word] not in table.columns:
            cure = suggest(entry[word], table.columns) or f"its columns are {', '.join(table.columns)}"
            message = f"{entry['file']} has no column {entry[word]!r}"
            draft.report("R218", pointer.join(at, word), message, cure)
            return {}
    for row, (place, line) in zip(table.rows, table.places, strict=True):
        key, value = cell_text(row[entry["key"]]), row[entry["value"]]
        cell = pointer.join(place, entry["key"])
        if not key:
            draft.report("R218", cell, "a key is missing here", "write it, or remove the line")
        elif key in made:
            message = f"the key {key!r} stands twice (first in {first[key]})"
            draft.report("R218", cell, message, "keep one")
        elif value in (None, ""):
            where = pointer.join(place, entry["value"])
            draft.report("R218", where, f"the key {key!r} has no value", "write it, or remove the line")
        made.setdefault(key, value)
        first.setdefault(key, line)
    return made
