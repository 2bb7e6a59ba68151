"""A test file: read, checked against its recipe, and frozen. Every finding at once, each at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engine import pointer, source
from engine.diagnostics import Diagnostic, nearest
from engine.errors import RecipeInvalid, UsageError
from engine.files import read_connections, read_recipe, read_text, registry_of
from engine.generated import compiled
from engine.keys import BadKey, BusinessKey, business_key
from engine.paths import MISSING
from engine.project import Place, find_recipe, show
from engine.recipe import BuiltIn, Call, Recipe, SubRecipe, Use
from engine.registry import Registry
from engine.schema import misshapen
from engine.source import Source
from engine.tables import BadTable, form_of, rows
from engine.testing.whole import whole
from engine.variables import misfit

NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When a case runs that does not say: the same every time, so that a test gives the same tomorrow."""
INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
HOW: Final = "write the way to it from the record's top, such as /line_items/0/price"
ENDS: Final = ("fails", "skips", "stops", "ignored")


@dataclass(frozen=True, slots=True)
class Send:
    """One write that is expected.

    Attributes:
        given: Fields of what is sent, as they are sent; ``MISSING`` where none is named.
        key: The business key of its effect, or None where it is not looked at.
    """

    use: Use | BuiltIn
    given: Any
    key: BusinessKey | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a record.

    Attributes:
        end: ``done``, ``fails``, ``skips``, ``stops`` or ``ignored``.
        code: The error's code, or empty where it is not looked at.
        text: A part of the error's message, or of why it is skipped.
        mapped: Fields of the document; ``MISSING`` where it is not looked at.
        sends: Every write; None where they are not looked at.
    """

    end: str
    code: str
    text: str
    mapped: Any
    sends: tuple[Send, ...] | None


@dataclass(frozen=True, slots=True)
class Case:
    """One record, what is answered on its way, and what is expected of it.

    Attributes:
        pointer: Its place in the test file.
        variables: The values of ``$vars``.
        steps: Results by the id of the read or action.
        refuses: What targets say who refuse, by the id of the action.
    """

    name: str
    pointer: str
    record: Any
    variables: Mapping[str, Any]
    now: datetime
    steps: Mapping[str, Any]
    refuses: Mapping[str, str]
    expected: Expected


@dataclass(frozen=True, slots=True)
class TestFile:
    """A test file without findings.

    Attributes:
        place: Where its recipe lies.
    """

    __test__ = False  # no class of tests for pytest, whatever its name

    source: Source
    recipe: Recipe
    place: Place
    cases: tuple[Case, ...]


def read(file: Path, here: Path, connections: str | None = None) -> TestFile:
    """Return the tests in *file*.

    Args:
        here: The working directory, from which messages name files.
        connections: The file of connections to use; None for the nearest from the recipe upwards.

    Raises:
        RecipeInvalid: the file, its recipe or the connections have findings.
        UsageError: one of them cannot be read.
    """
    shown = show(file, here)
    read = source.read(read_text(file, shown), shown)
    if read.found:
        raise RecipeInvalid(read.found, read)
    found = misshapen(read, Registry().judge("test"))
    recipe: Recipe | None = None
    cases: tuple[Case, ...] = ()
    name = read.data.get("recipe_test") if isinstance(read.data, dict) else None
    if isinstance(name, str) and name:
        try:
            place = _place(name, file.parent, here)
        except UsageError as error:
            found.append(Diagnostic("R219", "/recipe_test", error.message, error.help))
        else:
            registry = registry_of(place.root)
            given = read_connections(place, connections, registry, here)
            recipe = whole(read_recipe(place, registry, given, here))
            cases = _Reading(read, recipe, file.parent, found).cases()
    if found or recipe is None:
        raise RecipeInvalid(sorted(found, key=read.locate), read)
    return TestFile(read, compiled(recipe), place, cases)


def _place(name: str, folder: Path, here: Path) -> Place:
    """Return where the recipe *name* lies: in *folder*, else where any recipe is looked for from there."""
    beside = f"{name}.yaml" if (folder / f"{name}.yaml").is_file() else name
    place = find_recipe(beside, folder)
    return place if place.binding.startswith("shipped:") else replace(place, shown=show(place.file, here))


@dataclass(slots=True)
class _Reading:
    """A test file while it is checked; what has a flaw of shape is left out.

    Attributes:
        found: Findings so far.
        answering: What may be answered, by id.
    """

    file: Source
    recipe: Recipe
    folder: Path
    found: list[Diagnostic]
    answering: dict[str, Any] = field(default_factory=dict)
    writing: dict[str, Use | BuiltIn] = field(default_factory=dict)

    def cases(self) -> tuple[Case, ...]:
        uses = list(_uses(self.recipe))
        self.answering = dict(uses)
        self.writing = {use.text: use for _, use in uses if use.writes}
        flawed = [each.pointer for each in self.found if each.code != "R103"]
        listed = self.file.data.get("cases")
        return tuple(
            self.case(entry, at)
            for at, entry in _entries(listed if isinstance(listed, list) else [], "/cases")
            if not any(f"{place}/".startswith(f"{at}/") for place in flawed)
        )

    def case(self, entry: Mapping[str, Any], at: str) -> Case:
        steps, refuses = entry.get("steps", {}), entry.get("refuses", {})
        for name in steps:
            self.expect_step(name, f"{at}/steps/{name}")
        for name in refuses:
            self.expect_step(name, f"{at}/refuses/{name}", writes=True)
            if name in steps:
                told = f"{name!r} has an answer above, and is refused here"
                self.report(f"{at}/refuses/{name}", told, "keep one of the two", is_key=True)
        return Case(
            name=entry["name"],
            pointer=at,
            record=self.changed(entry, at),
            variables=self.variables(entry.get("vars", {}), at),
            now=self.instant(entry["now"], f"{at}/now") if "now" in entry else NOW,
            steps=steps,
            refuses=refuses,
            expected=self.expected(entry["expect"], f"{at}/expect"),
        )

    def expect_step(self, name: str, at: str, *, writes: bool = False) -> None:
        known = [each for each, use in self.answering.items() if use.writes or not writes]
        if name in known:
            return
        what = "action that writes" if writes else "read or action"
        meant = nearest(name, known)
        cure = f"did you mean {meant!r}?" if meant else f"it has {', '.join(known) or 'none'}"
        self.report(at, f"{self.recipe.name} has no {what} {name!r}", cure, is_key=True)

    def changed(self, entry: Mapping[str, Any], at: str) -> Any:
        """Return the record of the case *entry*, with its ``changes``; what is shared with other cases stays."""
        record = entry["record"] if "record" in entry else self.record(entry["file"], f"{at}/file")
        record = _own(record) if "changes" in entry else record
        for path, value in entry.get("changes", {}).items():
            if not path.startswith("/"):
                told = f"expected a JSON pointer, which begins with /, found {path!r}"
                self.report(pointer.join(f"{at}/changes", path), told, HOW, is_key=True)
                continue
            *above, last = pointer.split(path)
            holder = record
            for key in above:
                holder = _below(holder, key)
            if isinstance(holder, dict):
                holder[last] = value
            elif isinstance(holder, list) and _below(holder, last) is not MISSING:
                holder[int(last)] = value
            elif record is not None:  # else its file has a finding already
                told = (
                    f"the record has nothing at {pointer.build(above) or 'its top'} that could have {last!r}"
                )
                self.report(pointer.join(f"{at}/changes", path), told, HOW, is_key=True)
        return record

    def record(self, name: str, at: str) -> Any:
        """Return the one record of the file *name*."""
        path = self.folder / name
        try:
            form = form_of(path)
        except BadTable as error:
            self.report(at, error.message, "a record's file is .json, .jsonl, .csv or .xlsx")
            return None
        try:
            found = list(rows(path, replace(form, takes_one=True)))
        except BadTable as error:
            self.report(at, error.message.replace(str(path), name), error.help)
            return None
        if len(found) != 1 or found[0].flaw:
            told = found[0].flaw if len(found) == 1 else f"{name} has {len(found)} records"
            self.report(at, told, "a case has one record: keep it in a file of its own")
            return None
        return found[0].record

    def variables(self, given: Mapping[str, Any], at: str) -> dict[str, Any]:
        declared = self.recipe.variables
        for name, value in given.items():
            if name not in declared:
                meant = nearest(name, declared)
                cure = f"did you mean {meant!r}?" if meant else f"it has {', '.join(declared) or 'none'}"
                told = f"{self.recipe.name} has no variable {name!r}"
                self.report(pointer.join(f"{at}/vars", name), told, cure, is_key=True)
            elif wrong := misfit(declared[name].type, value):
                self.report(pointer.join(f"{at}/vars", name), wrong, "give it as the recipe declares it")
        for name, each in declared.items():
            if each.required and name not in given:
                told = f"the variable {name!r} has no value"
                self.report(f"{at}/name", told, f"add to this case vars: {{{name}: …}}")
        return {name: each.default for name, each in declared.items() if not each.required} | dict(given)

    def instant(self, text: str, at: str) -> datetime:
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            self.report(at, f"{text} is no instant that there is", "such as 2026-11-01T09:00:00Z")
            return NOW

    def expected(self, entry: Mapping[str, Any], at: str) -> Expected:
        end = next((word for word in ENDS if word in entry), "done")
        fails = entry.get("fails", {})
        mapped = entry.get("mapped", MISSING)
        if mapped is not MISSING and self.recipe.mapping is None:
            self.report(f"{at}/mapped", f"{self.recipe.name} has no mapping", "leave it out", is_key=True)
        elif mapped is not MISSING and self.recipe.mapping is not None:
            mapped = self.recipe.mapping.validator.written(mapped)
        sends = entry.get("sends")
        return Expected(
            end=end,
            code=fails.get("code", ""),
            text=fails.get("message", "") if end == "fails" else str(entry.get(end, "")),
            mapped=mapped,
            sends=None if sends is None else tuple(self.sends(sends, f"{at}/sends")),
        )

    def sends(self, listed: list[Mapping[str, Any]], above: str) -> Iterator[Send]:
        for at, entry in _entries(listed, above):
            use = self.writing.get(entry["uses"])
            key: BusinessKey | None = None
            try:
                key = business_key(entry["key"]) if "key" in entry else None
            except BadKey as error:
                self.report(f"{at}/key", str(error), 'such as ["1001"]')
            if use is None:
                meant = nearest(entry["uses"], self.writing)
                known = f"it has {', '.join(self.writing) or 'none'}"
                told = f"{self.recipe.name} has no action that writes by {entry['uses']}"
                self.report(f"{at}/uses", told, f"did you mean {meant!r}?" if meant else known)
                continue
            given = entry.get("with", MISSING)
            yield Send(use, given if given is MISSING else use.validator.written(given), key, at)

    def report(self, at: str, message: str, help: str, *, is_key: bool = False) -> None:
        self.found.append(Diagnostic("R219", at, message, help, "key" if is_key else "value"))


def _entries(listed: list[Any], above: str) -> Iterator[tuple[str, Any]]:
    return ((pointer.join(above, index), entry) for index, entry in enumerate(listed))


def _own(value: Any) -> Any:
    """Return a copy of *value* in which nothing is shared, as an alias of YAML shares it."""
    if isinstance(value, dict):
        return {name: _own(each) for name, each in value.items()}
    return [_own(each) for each in value] if isinstance(value, list) else value


def _below(value: Any, key: str) -> Any:
    """Return what *value* has under *key* of a pointer, or ``MISSING``."""
    if isinstance(value, list):
        return value[int(key)] if INDEX.fullmatch(key) and int(key) < len(value) else MISSING
    return value.get(key, MISSING) if isinstance(value, dict) else MISSING


def _uses(recipe: Recipe) -> Iterator[tuple[str, Use | BuiltIn]]:
    """Yield what reads and actions use, by id, with those of called recipes."""
    yield from ((step.id, step.use) for step in recipe.reads)
    for step in recipe.steps:
        if isinstance(step, Call) and step.id:
            yield step.id, step.use
        elif isinstance(step, SubRecipe):
            yield from ((read.id, read.use) for read in step.recipe.reads)
