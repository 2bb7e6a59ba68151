"""What a recipe declares and nothing uses: most often the rest of an edit, or a name that was misspelt elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from engine import pointer
from engine.check.draft import Draft
from engine.check.header import FILE_KEYS
from engine.diagnostics import Diagnostic, suggest
from engine.types import quoted


def unused(draft: Draft) -> Iterator[Diagnostic]:
    """Yield a warning for each connection, variable, lookup, read and mapping that nothing uses."""
    read = draft.compiler.read
    data = draft.source.data
    steps = {chain[1] for chain in read if chain[0] == "steps" and len(chain) > 1}
    variables = {chain[1] for chain in read if chain[0] == "vars" and len(chain) > 1}
    for name in data.get("connections", {}):
        if name not in draft.used:
            yield _warning(("connections", name), f"the connection {name!r} is not used", at_key=True)
    for name in data.get("vars", {}):
        if name not in variables and ("vars",) not in read:
            yield _warning(("vars", name), f"the variable {name!r} is not used", at_key=True)
    for name in data.get("lookups", {}):
        if name not in draft.compiler.naming.looked_up:
            yield _warning(("lookups", name), f"the lookup {name!r} is not used", at_key=True)
    yield from _dead(draft)
    for index, entry in enumerate(data.get("reads", [])):
        if entry["id"] not in steps and ("steps",) not in read:
            yield _warning(("reads", index, "id"), f"nothing reads $steps.{entry['id']}")
    if "mapping" in data and not any(chain[0] == "mapped" for chain in read):
        yield _warning(("mapping",), "nothing reads $mapped", at_key=True)


def _dead(draft: Draft) -> Iterator[Diagnostic]:
    """Yield a warning for each row of a lookup whose key no value that is looked up can be."""
    for at, name, entry in draft.entries("lookups"):
        asked = draft.asked.get(name, [])
        known = [keys for keys in asked if keys is not None]
        if not asked or len(known) < len(asked) or entry.keys() >= FILE_KEYS:
            continue
        possible = frozenset().union(*known)
        for key in entry:
            if key not in possible:
                help = suggest(key, possible) or f"what is looked up is {quoted(possible)}"
                message = f"the row {key!r} is never used: no value that is looked up is that"
                yield Diagnostic("R314", pointer.join(at, key), message, help, "key", severity="warning")


def _warning(keys: tuple[str | int, ...], message: str, *, at_key: bool = False) -> Diagnostic:
    at = "key" if at_key else "value"
    help = "remove it, or use it"
    return Diagnostic("R215", pointer.build(keys), message, help, at, severity="warning")  # type: ignore[arg-type]
