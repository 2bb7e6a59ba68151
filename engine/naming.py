"""Names that values read, held against those that are there: R202 roots, R203 steps, R205 lookups, R210 variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.diagnostics import Diagnostic, nearest, suggest
from engine.exponents import Chain
from engine.paths import RECORD, Path
from engine.pipes import Pipe
from engine.source import Source
from engine.values import Names

DEFAULT_LOOP: Final = "item"
OWN_ROOTS: Final = frozenset({RECORD, "run", "vars", "steps", "mapped", "error"})
"""Roots of the engine's own: no element has their names, not even where they are not there yet."""
KNOWN: Final = {"run": ("id", "started_at"), "error": ("code", "message", "help", "pointer")}
"""What roots of the engine's own hold."""


class Naming:
    """Reports names that are not there.

    Args:
        source: The recipe's text and places.
        lookups: The recipe's tables.
        found: Where findings are added.

    Attributes:
        looked_up: The tables that values look into.
        misnamings: Names that are not known, each with the ``for_each`` whose element is most likely meant.
    """

    def __init__(self, source: Source, lookups: Mapping[str, Any], found: list[Diagnostic]) -> None:
        self.source, self.lookups, self.found = source, lookups, found
        self.looked_up: set[str] = set()
        self.misnamings: set[tuple[str, str]] = set()

    def root(self, path: Path, at: str, names: Names, text: str) -> None:
        """Report a path whose root does not exist here; one that may be meant for a loop's element once for that."""
        near = nearest(path.root, names.roots)
        if path.root not in OWN_ROOTS and self.is_told(path.root, near, names):
            return
        roots = ", ".join(sorted(_shown_root(name) for name in names.roots))
        help = f"roots here: {roots}; for the text itself write {{literal: {path.text}}}"
        if near:
            help = f"did you mean {_shown_root(near)}? Roots here: {roots}"
        if path.root not in OWN_ROOTS:
            help = self.misnamed(path.root, near, names) or help
        shown = _shown_root(path.root)
        what = f"there is no root {shown} here" if path.root != RECORD else "there is no record yet here"
        self.report("R202", at, what, help, (max(0, text.find(shown)), len(shown)))

    def is_told(self, name: str, near: str, names: Names) -> bool:
        """Tell whether the unknown *name*, nearest to *near*, follows from a finding; else note the loop it is for."""
        if names.is_unnamed:
            return True
        slip = (name, names.places.get(_element(name, near, names), ""))
        known = slip in self.misnamings
        self.misnamings |= {slip} if slip[1] else set()
        return known

    def misnamed(self, name: str, near: str, names: Names) -> str:
        """Return the cure for *name* where the element of a loop is meant, or an empty text."""
        element = _element(name, near, names)
        place = names.places.get(element)
        if not place:
            return ""
        line = self.source.values[place].line
        return f"the for_each in line {line} calls its element {element!r}: write that name, or change its as"

    def steps(self, uses: frozenset[Chain], at: str, names: Names, text: str) -> None:
        """Report steps and variables that do not exist here."""
        if names.is_open:
            return
        uses = frozenset(chain for chain in uses if chain[0] not in names.loops)
        for root, name in sorted({chain[:2] for chain in uses if chain[0] in KNOWN and len(chain) > 1}):
            if name not in KNOWN[root]:
                help = suggest(name, KNOWN[root]) or f"${root} has {', '.join(KNOWN[root])}"
                inner = named(name, text, max(0, text.find(root)) + len(root))
                self.report("R202", at, f"${root} has no {name!r}", help, inner)
        for name in sorted({chain[1] for chain in uses if chain[0] == "vars" and len(chain) > 1}):
            if name not in names.variables:
                cure = suggest(name, names.variables) or f"declare it: vars: {{{name}: {{type: text}}}}"
                inner = named(name, text, max(0, text.find("vars")))
                self.report("R210", at, f"there is no variable {name!r}", cure, inner)
        read = {chain[1] for chain in uses if chain[0] == "steps" and len(chain) > 1}
        for step in sorted(read - names.steps):
            known = ", ".join(sorted(names.steps)) or "none"
            help = suggest(step, names.steps) or f"steps that have run by then: {known}"
            inner = named(step, text, max(0, text.find("steps")))
            self.report("R203", at, f"there is no step {step!r} before this place", help, inner)

    def tables(self, pipe: Pipe, at: str, text: str) -> None:
        for call in pipe.calls:
            if call.filter.declared.name == "lookup":
                table = call.args[0] if call.args else dict(call.named).get("table")
                self.table(table, at, named(table, text, text.find("lookup") + len("lookup")))

    def table(self, table: Any, at: str, inner: tuple[int, int]) -> None:
        if not isinstance(table, str):
            help = "write the name of one of the recipe's lookups in quotes: lookup('status')"
            self.report("R205", at, "lookup takes the table's name as text in quotes", help, inner)
            return
        self.looked_up.add(table)
        if table not in self.lookups:
            help = (
                suggest(table, self.lookups) or f"lookups of this recipe: {', '.join(self.lookups) or 'none'}"
            )
            self.report("R205", at, f"there is no lookup {table!r}", help, inner)

    def report(self, code: str, at: str, message: str, help: str, inner: tuple[int, int]) -> None:
        self.found.append(Diagnostic(code, at, message, help, "value", inner))


def is_known(path: Path) -> bool:
    """Tell whether *path* names a step or a variable: where there are none, that is what is wrong with it."""
    return path.root in ("steps", "vars") and bool(path.steps)


def _element(name: str, near: str, names: Names) -> str:
    """Return the loop's element for which *name* stands most likely, or an empty text."""
    if name == DEFAULT_LOOP and names.loops:
        return names.loops[-1]
    return near if near in names.loops else ""


def _shown_root(name: str) -> str:
    return "$" if name == RECORD else f"${name}"


def named(name: Any, text: str, start: int) -> tuple[int, int]:
    """Return where *name*, a word or a path, stands in *text* from *start* on, as offset and length."""
    shown = name.text if isinstance(name, Path) else str(name)
    return max(0, text.find(shown, max(0, start))), len(shown)
