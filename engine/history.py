"""What the ledger knows of a recipe that its text no longer says."""

from __future__ import annotations

from engine.diagnostics import Diagnostic, nearest
from engine.ledger.store import InFolder, Store
from engine.recipe import Call, Recipe


def vanished(recipe: Recipe, where: Store) -> list[Diagnostic]:
    """Return a warning for each action that has effects in the ledger kept at *where*, and is no longer there.

    Its effects have the old ids in their keys: under new ones the same records would be written again. A server is not
    asked: a check needs neither network nor secrets.

    Raises:
        LedgerError: there is a ledger that cannot be read.
    """
    if not (isinstance(where, InFolder) and where.exists()):
        return []
    ledger = where.open()
    try:
        known = ledger.paths(recipe.name)
    finally:
        ledger.close()
    present = {".".join(step.path) for step in recipe.steps if isinstance(step, Call)}
    return [_warning(path, present - known) for path in sorted(known - present)]


def _warning(path: str, new: set[str]) -> Diagnostic:
    meant = nearest(path, new)
    became = f"if it became {meant!r}, " if meant else "if it has another id now, "
    help = f"{became}give it its old ids back: under new ones the same records are written again"
    message = f"the action {path!r} has made effects, and is not in this recipe any more"
    return Diagnostic("R216", "/actions", message, help, "key", severity="warning")
