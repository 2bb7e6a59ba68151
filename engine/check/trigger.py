"""The trigger: where records come from, and what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.check import sources, values
from engine.check.draft import Draft
from engine.paths import RECORD, BadPath, compile_path
from engine.recipe import Trigger, Use
from engine.tables import TAKES, BadTable, form_of
from engine.values import Constant, Names, Value

WITH_SERVE: Final = ("webhook", "schedule")
COMPUTED: Final = frozenset({"with", "when", "key", "revision", "repeats", "every", "on_revision", "schema"})
"""What stands at a trigger beside its kind's own settings."""


def trigger(draft: Draft) -> tuple[Trigger | None, Names]:
    """Return the trigger, None where it has a finding, and what can be read of each record."""
    data = draft.get("trigger", None)
    before = draft.names()
    if data is None:
        return None, before.root(RECORD)
    kind = next(name for name in (*draft.registry.names("triggers"), *WITH_SERVE) if name in data)
    if kind in WITH_SERVE:
        cure = "until then poll, or run the recipe from cron with the trigger manual"
        draft.report(
            "R212", f"/trigger/{kind}", f"{kind} needs a process that stays: it comes with serve", cure
        )
        return None, before.root(RECORD)
    found = draft.errors
    use, given = (_poll if kind == "poll" else _other)(draft, data, kind, before)
    names = before.root(RECORD, *sources.record(draft, data, kind, use))
    names = names.counting({(): (use.connector.exponents,)} if use is not None else draft.given, RECORD)
    when = draft.compiler.condition(data["when"], "/trigger/when", names) if "when" in data else None
    names = names.where(when)
    # A recipe that is called goes by the key of the one that calls it, and its record need not have this.
    keyed = names.root(RECORD) if draft.calling else names
    key = values.key(draft, data["key"], "/trigger/key", keyed) if "key" in data else None
    revision = (
        draft.compiler.value(data["revision"], "/trigger/revision", names) if "revision" in data else None
    )
    if revision is not None:
        values.reads(draft, revision, "/trigger/revision", names, "revision")
    settings = {name: value for name, value in data.items() if name not in COMPUTED and name != kind}
    if kind == "file" and "records" in settings:
        settings["records"] = _path(draft, settings["records"])
    if kind == "file" and draft.errors == found:
        _form(draft, given, settings)
    if draft.errors > found:
        return None, names
    counts = data.get("repeats") == "count"
    made = Trigger(kind, settings, given, use, key, when, revision, counts)
    return (_incremental(made, use, data.get("with", {})) if use is not None else made), names


def _incremental(trigger: Trigger, use: Use, given: Mapping[str, Any]) -> Trigger:
    """Return *trigger*, which goes on from where the last run ended unless *given* bounds what is read by itself."""
    how = use.operation.incremental
    if how is None or how.start in given or how.end in given:
        return trigger
    asked = {"operation": use.operation.name, "field": how.field.text, "with": given}
    return replace(trigger, incremental=how, asked=asked)


def _poll(draft: Draft, data: Any, kind: str, names: Names) -> tuple[Any, Value]:
    use = draft.use(data["poll"], "/trigger/poll")
    if use is not None and (use.writes or use.operation.records is None):
        lists = [name for name, each in use.connector.operations.items() if each.records and not each.writes]
        help = f"lists of {use.connector.name}: {', '.join(lists) or 'none'}"
        draft.report("R208", "/trigger/poll", f"{use.text} is no operation that lists records", help)
        use = None
    given = values.given(draft, data.get("with", {}), "/trigger/with", names, use)
    return use, given


def _other(draft: Draft, data: Any, kind: str, names: Names) -> tuple[None, Value]:
    at = f"/trigger/{kind}"
    return None, draft.compiler.value(data[kind], at, names) if kind == "file" else Constant(at, data[kind])


def _form(draft: Draft, given: Value, settings: Mapping[str, Any]) -> None:
    """Report what the file's format does not take, where recipe or name tell the format."""
    name = given.value if isinstance(given, Constant) else ""
    path, format = Path(name), settings.get("format")
    if any("**" in part and part != "**" for part in path.parts):
        what, cure = "** stands for folders, and is a whole part of a path", "write bank/**/*.csv, or one *"
        draft.report("R218", "/trigger/file", what, cure)
        return
    known = frozenset().union(*TAKES.values())  # an unknown option has a finding of its own
    options = {option: value for option, value in settings.items() if option in known}
    if format is None and (not name or _is_open(path)):
        return
    try:
        form = form_of(path, format=format)
    except BadTable as error:
        more = "" if path.suffix else f"; for the files of a folder write {name.rstrip('/')}/*.csv"
        draft.report("R218", "/trigger/file", error.message, error.help + more)
        return
    for option, value in options.items():
        try:
            form_of(path, format=format, **{option: value})
        except BadTable as error:
            at_key = option not in TAKES[form.format]
            draft.report("R218", f"/trigger/{option}", error.message, error.help, at_key=at_key)
            return
    try:
        form_of(path, format=format, **options)
    except BadTable as error:  # each is right alone: quote and delimiter are one character
        draft.report("R218", "/trigger/quote", error.message, error.help)


def _is_open(path: Path) -> bool:
    """Tell whether a pattern leaves open which format its files have."""
    end = path.suffix or path.name
    return any(sign in end for sign in "*?[")


def _path(draft: Draft, text: str) -> Any:
    try:
        return compile_path(text)
    except BadPath as error:
        draft.report("R301", "/trigger/records", str(error), error.help, (error.offset, 1))
        return None
