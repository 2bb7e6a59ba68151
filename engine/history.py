"""What the ledger knows of a recipe that its text no longer says."""

from __future__ import annotations

from engine.diagnostics import Diagnostic, nearest
from engine.ledger.store import InFolder, Store
from engine.recipe import Call, Recipe
from engine.renamed import former


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
        names = former(recipe)
        known = {names.path(path) for name in (recipe.name, *recipe.was) for path in ledger.paths(name)}
    finally:
        ledger.close()
    present = {".".join(step.path) for step in recipe.steps if isinstance(step, Call)}
    return [_warning(path, present - known) for path in sorted(known - present)]


def _warning(path: str, new: set[str]) -> Diagnostic:
    meant = nearest(path, new)
    ids = zip(path.split("."), meant.split("."), strict=False) if meant else ()
    other = [(old, now) for old, now in ids if old != now]
    help = "where an id changed, write was: with the old one beneath it"
    if meant and len(other) == 1 and path.count(".") == meant.count("."):
        [(old, now)] = other
        help = f"if {old!r} became {now!r}, write was: {old} beneath its id"
    help += ": under new ids the same records are written again"
    message = f"the action {path!r} has made effects, and is not in this recipe any more"
    return Diagnostic("R216", "/actions", message, help, "key", severity="warning")
