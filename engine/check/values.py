"""Values that a recipe gives to operations, and keys."""

from __future__ import annotations

from typing import Any

from engine.check.draft import Draft
from engine.fit import unfit
from engine.pipes import Pipe
from engine.recipe import BuiltIn, Use
from engine.values import Broken, Entries, Fields, Leaf, Names, Value


def given(draft: Draft, node: Any, at: str, names: Names, use: Use | BuiltIn | None) -> Value:
    """Compile a ``with`` and hold it against what the operation takes."""
    value = draft.compiler.value(node, at, names)
    if use is None:
        return value
    if isinstance(value, Leaf) and isinstance(value.of, Pipe) and value.of.path.text == "$mapped":
        body = use.operation.body if isinstance(use, Use) else ""
        if draft.target is not None and body != draft.target.target:
            takes = body or "parameters"
            message = f"{use.text} takes {takes}, but the mapping makes {draft.target.target}"
            cure = "use the operation for it, change mapping.target, or write the fields under with"
            draft.report("R306", at, message, cure)
    elif isinstance(value, Fields):
        draft.found += unfit(value, use.validator.schema, use.text)
    elif not isinstance(value, Broken):
        draft.report(
            "R306", at, "with takes a mapping, or $mapped", "write the fields under with, each with its value"
        )
    return value


def key(draft: Draft, node: Any, at: str, names: Names) -> Value:
    """Compile a business key."""
    value = draft.compiler.value(node, at, names)
    for part in value.entries if isinstance(value, Entries) else (value,):
        if isinstance(part, Leaf) and isinstance(part.of, Pipe) and part.of.path.optional:
            help = "remove the ?: without a key a record cannot be told apart"
            draft.report("R307", part.pointer, "a key is never optional", help)
    return value
