"""What a recipe declares and nothing uses: most often the rest of an edit, or a name that was misspelt elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from engine import pointer
from engine.check.draft import Draft
from engine.diagnostics import Diagnostic


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
    for index, entry in enumerate(data.get("reads", [])):
        if entry["id"] not in steps and ("steps",) not in read:
            yield _warning(("reads", index, "id"), f"nothing reads $steps.{entry['id']}")
    if "mapping" in data and not any(chain[0] == "mapped" for chain in read):
        yield _warning(("mapping",), "nothing reads $mapped", at_key=True)


def _warning(keys: tuple[str | int, ...], message: str, *, at_key: bool = False) -> Diagnostic:
    at = "key" if at_key else "value"
    help = "remove it, or use it"
    return Diagnostic("R215", pointer.build(keys), message, help, at, severity="warning")  # type: ignore[arg-type]
