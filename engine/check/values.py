"""Values that a recipe gives to operations, and keys."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from engine import pointer
from engine.check.draft import Draft
from engine.declare import Unknown
from engine.diagnostics import nearest
from engine.fit import unfit
from engine.inference.assign import no_key
from engine.paths import Path
from engine.pipes import Pipe
from engine.recipe import BuiltIn, Use
from engine.templates import Template
from engine.typed import type_of
from engine.values import Broken, Constant, Each, Entries, Fields, Leaf, Names, Value, When

MAPPED: Final = "$mapped"
NO_WORD: Final = re.compile(r"\W")


def given(draft: Draft, node: Any, at: str, names: Names, use: Use | BuiltIn | None) -> Value:
    """Compile a ``with`` and hold it against what the operation takes."""
    if not isinstance(use, BuiltIn):  # what a use with a finding takes is not known, and not asked
        names = replace(names, taken=use.connector.exponents if use is not None else {})
    value = draft.compiler.value(node, at, names)
    if use is None:
        return value
    if isinstance(value, Leaf) and isinstance(value.of, Pipe) and value.of.path.text == MAPPED:
        body = use.operation.body if isinstance(use, Use) else ""
        if draft.target is not None and use.validator.schema != draft.target.validator.schema:
            # A connector's own schemas are files: the same name in two connectors is not the same document.
            owner = f"{use.connector.name}'s " if isinstance(use, Use) and body.startswith("./") else ""
            takes = f"{owner}{body}" if body else "parameters"
            message = f"{use.text} takes {takes}, but the mapping makes {draft.target.target}"
            cure = "use the operation for it, change mapping.target, or write the fields under with"
            draft.report("R306", at, message, cure)
    elif isinstance(value, Fields) and (name := _holds_mapped(value, use)):
        message = f"{use.text} takes the document itself, and has no field {name!r} for it"
        draft.report("R306", at, message, "write with: $mapped")
    elif isinstance(value, Fields):
        misfits = unfit(value, use.validator.schema, use.text)
        draft.found += misfits
        if not misfits and isinstance(use, BuiltIn):
            _slips(draft, value, use)
    elif not isinstance(value, Broken):
        cure = "write the fields under with, each with its value"
        cure = "write with: $mapped" if is_near_mapped(node) else cure
        draft.report("R306", at, "with takes a mapping, or $mapped", cure)
    return value


def is_near_mapped(given: Any) -> bool:
    """Tell whether *given* is text that is not ``$mapped`` and was most likely meant to be: it has a finding."""
    return isinstance(given, str) and given != MAPPED and bool(nearest(NO_WORD.sub("", given), ["mapped"]))


def _holds_mapped(value: Fields, use: Use | BuiltIn) -> str:
    """Return the field of *value* that holds nothing but the whole document where *use* takes that, or nothing."""
    if not isinstance(use, Use) or not use.operation.body or len(value.entries) != 1:
        return ""
    name, field = value.entries[0]
    is_whole = isinstance(field, Leaf) and isinstance(field.of, Pipe) and field.of.path.text == MAPPED
    return name if is_whole and name not in use.validator.schema.get("properties", {}) else ""


def _slips(draft: Draft, value: Fields, use: BuiltIn) -> None:
    """Report what an action of the engine's own says of what it is given, where no schema can say it."""
    if use.declared.static is None:
        return
    for field, message, help in use.declared.static(_known(value)):
        place = pointer.join(value.pointer, field) if field else value.pointer
        draft.report("R304", place, message, help)


def _known(value: Value) -> Any:
    """Return *value* as far as it is the same for every record, with ``Unknown`` for the rest."""
    match value:
        case Constant():
            return value.value
        case Fields():
            return {name: _known(entry) for name, entry in value.entries}
        case Entries():
            return [_known(entry) for entry in value.entries]
        case When() | Leaf(of=Pipe(path=Path(optional=True))):
            return Unknown.OPTIONAL
    return Unknown.GIVEN


def key(draft: Draft, node: Any, at: str, names: Names) -> Value:
    """Compile a business key; one that is the same for all records is none, unless it is a literal."""
    value = draft.compiler.value(node, at, names)
    if isinstance(value, (Fields, Each, When)) or (isinstance(value, Entries) and not value.entries):
        cure = "write a path such as $.id, or a list of paths"
        draft.report("R307", at, "a key is one value, or a list of them", cure)
        return value
    before = len(draft.found)
    for part in value.entries if isinstance(value, Entries) else (value,):
        if isinstance(part, Leaf) and isinstance(part.of, Pipe) and part.of.path.optional:
            help = "remove the ?: without a key a record cannot be told apart"
            draft.report("R307", part.pointer, "a key is never optional", help)
        elif isinstance(part, Leaf) and _stands_in(part.of):
            help = "remove default: two records without a key of their own would be one"
            draft.report("R307", part.pointer, "nothing stands in for a key", help)
        elif isinstance(part, Leaf) and "run" in {chain[0] for chain in part.uses}:
            help = (
                "read the record or a variable: $run is another one each time, so all would be written again"
            )
            draft.report("R307", part.pointer, "a key is the same in every run", help)
        elif wrong := no_key(type_of(part)):
            draft.report(wrong.code, part.pointer, wrong.message, wrong.help)
    if len(draft.found) == before and not isinstance(node, dict):
        reads(draft, value, at, names, "key")
    return value


def _stands_in(of: Pipe | Template) -> bool:
    if isinstance(of, Template):
        return of.stands_in
    return any(call.filter.stands_in(len(call.args), [name for name, _ in call.named]) for call in of.calls)


def reads(draft: Draft, value: Value, at: str, names: Names, what: str) -> None:
    """Report a key or revision that reads nothing: it would be the same for every record."""
    parts = value.entries if isinstance(value, Entries) else (value,)
    if value.uses or any(isinstance(part, Broken) for part in parts):
        return
    text = value.value if isinstance(value, Constant) else None
    near = f"write $.{text}" if isinstance(text, str) and text.isidentifier() else "write a path such as $.id"
    near = f"write ${text}.id" if text in names.loops else near
    draft.report("R307", at, f"this {what} is the same for every record", near)
