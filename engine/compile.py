"""Compiles the values of a recipe and collects every finding about them: R2 references, R3 paths and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine import pointer
from engine.diagnostics import Diagnostic, suggest
from engine.expressions import BadExpression
from engine.filters import Filter
from engine.paths import compile_path, opens_path
from engine.pipes import BadPipe, Pipe, compile_pipe
from engine.source import Source
from engine.templates import Template, compile_template, is_template
from engine.values import Chain, Condition, Constant, Each, Entries, Fields, Leaf, Names, Value, When, uses_of

LOOP_WORDS: Final = frozenset({"for_each", "map", "when", "as"})
DEFAULT_LOOP: Final = "item"


class ValueCompiler:
    """Turns YAML data into values.

    Args:
        source: The recipe's text and places.
        filters: Every filter by name.
        lookups: The recipe's tables.
        found: Where findings are added.
    """

    def __init__(
        self,
        source: Source,
        filters: Mapping[str, Filter],
        lookups: Mapping[str, Any],
        found: list[Diagnostic],
    ) -> None:
        self.source, self.filters, self.lookups, self.found = source, filters, lookups, found

    def value(self, node: Any, at: str, names: Names) -> Value:
        """Return *node*, which stands at the pointer *at*, as a value."""
        if isinstance(node, str):
            return self.text(node, at, names)
        if isinstance(node, list):
            entries = tuple(
                self.value(entry, pointer.join(at, index), names) for index, entry in enumerate(node)
            )
            return Entries(at, entries, uses_of(entries))
        if not isinstance(node, dict):
            return Constant(at, node)
        if set(node) == {"literal"}:
            return Constant(at, node["literal"])
        if "map" in node and ("for_each" in node or "when" in node) and set(node) <= LOOP_WORDS:
            return self.each(node, at, names) if "for_each" in node else self.optional(node, at, names)
        if "for_each" in node:
            self.report("R104", at, "for_each needs map beside it, and takes only when and as besides")
        made = tuple((name, self.value(entry, pointer.join(at, name), names)) for name, entry in node.items())
        return Fields(at, made, uses_of(value for _, value in made))

    def text(self, text: str, at: str, names: Names) -> Value:
        """Return a scalar: a path or pipe, an expression or text with expressions, or itself."""
        if opens_path(text):
            return self.pipe(text, at, names)
        if is_template(text):
            return self.template(text, at, names)
        if "${" in text:
            self.report(
                "R405", at, "references to secrets stand in connections.yaml, not in a recipe", "remove it"
            )
        return Constant(at, text)

    def condition(self, node: Any, at: str, names: Names) -> Condition:
        """Return a ``when`` or ``that``: exactly one path or one ``{{ }}``."""
        value = self.value(node, at, names)
        single = isinstance(value, Leaf) and (not isinstance(value.of, Template) or value.of.is_value)
        if not single and not any(finding.pointer == at for finding in self.found):
            self.report("R305", at, "a condition is one path or one {{ … }} that gives true or false")
        return Condition(at, value, value.uses)

    def each(self, node: Mapping[str, Any], at: str, names: Names) -> Value:
        over = self.value(node["for_each"], pointer.join(at, "for_each"), names)
        name = self.loop_name(node, at, names)
        inner = names.bind(name)
        when = self.condition(node["when"], pointer.join(at, "when"), inner) if "when" in node else None
        then = self.value(node["map"], pointer.join(at, "map"), inner)
        return Each(at, over, name, then, uses_of((over, when, then)), when)

    def loop_name(self, node: Mapping[str, Any], at: str, names: Names) -> str:
        """Return the name of one element, and report a list that is no list and a name that hides another."""
        if not isinstance(node["for_each"], str) or not (
            opens_path(node["for_each"]) or is_template(node["for_each"])
        ):
            self.report("R305", pointer.join(at, "for_each"), "for_each takes a path that selects a list")
        name = node.get("as", DEFAULT_LOOP)
        place = pointer.join(at, "as") if "as" in node else at
        if not isinstance(name, str) or not name.isidentifier():
            self.report("R101", place, "as takes a name such as line")
            return DEFAULT_LOOP
        if name in names.roots:
            cure = "give this for_each a name of its own: as: …"
            self.report("R204", place, f"the name {name!r} is taken already where this stands", cure)
        return name

    def optional(self, node: Mapping[str, Any], at: str, names: Names) -> Value:
        if "as" in node:
            self.report("R103", pointer.join(at, "as"), "as goes with for_each", at_key=True)
        when = self.condition(node["when"], pointer.join(at, "when"), names)
        then = self.value(node["map"], pointer.join(at, "map"), names)
        return When(at, when, then, uses_of((when, then)))

    def pipe(self, text: str, at: str, names: Names) -> Value:
        try:
            pipe = compile_pipe(text, self.filters)
        except BadPipe as error:
            help = self.cut(at) or error.help
            self.report("R301", at, str(error), help, inner=(error.offset, error.length))
            return _unknown(at)
        uses = frozenset((path.root, *_names(path.steps)) for path in pipe.paths)
        for path in pipe.paths:
            self.known(path.root, at, names, inner=(text.find("$" + path.root), len(path.root) + 1))
        self.steps(uses, at, names)
        self.tables(pipe, at, text)
        return Leaf(at, pipe, uses)

    def template(self, text: str, at: str, names: Names) -> Value:
        try:
            template = compile_template(text, names.roots, self.filters)
        except BadExpression as error:
            self.report("R303", at, str(error), error.help, inner=(error.offset, 1))
            return _unknown(at)
        for table, offset in template.lookups:
            self.table(table, at, (offset, 1))
        self.steps(template.used, at, names)
        return Leaf(at, template, template.used)

    def known(self, root: str, at: str, names: Names, inner: tuple[int, int] | None = None) -> None:
        if root not in names.roots:
            known = sorted("$" if name == "record" else f"${name}" for name in names.roots)
            help = suggest(f"${root}", known) or f"roots here: {', '.join(known)}; text is {{literal: …}}"
            self.report("R202", at, f"there is no root ${root} here", help, inner)

    def steps(self, uses: frozenset[Chain], at: str, names: Names) -> None:
        read = {chain[1] for chain in uses if chain[0] == "steps" and len(chain) > 1}
        for step in sorted(read - names.steps):
            known = ", ".join(sorted(names.steps)) or "none"
            help = suggest(step, names.steps) or f"steps that have run by then: {known}"
            self.report("R203", at, f"there is no step {step!r} before this place", help)

    def tables(self, pipe: Pipe, at: str, text: str) -> None:
        for call in pipe.calls:
            if call.filter.declared.name == "lookup":
                table = call.args[0] if call.args else dict(call.named).get("table")
                self.table(table, at, (max(0, text.find(str(table))), len(str(table))))

    def table(self, table: Any, at: str, inner: tuple[int, int]) -> None:
        if not isinstance(table, str):
            self.report("R205", at, "lookup takes the table's name as text in quotes", inner=inner)
        elif table not in self.lookups:
            help = (
                suggest(table, self.lookups) or f"lookups of this recipe: {', '.join(self.lookups) or 'none'}"
            )
            self.report("R205", at, f"there is no lookup {table!r}", help, inner)

    def cut(self, at: str) -> str:
        """Return the cure for a value of which YAML took only a part."""
        behind = self.source.follows(at)
        if behind.startswith(" #"):
            return "YAML takes ' #' as the beginning of a comment: put the whole value in quotes"
        if behind.lstrip().startswith(",") and any(char in behind for char in "])}"):
            return "inside {…} and […] a comma ends the value: put the whole value in quotes"
        return ""

    def report(
        self,
        code: str,
        at: str,
        message: str,
        help: str = "",
        inner: tuple[int, int] | None = None,
        *,
        at_key: bool = False,
    ) -> None:
        self.found.append(Diagnostic(code, at, message, help, "key" if at_key else "value", inner))


def _unknown(at: str) -> Leaf:
    """Return a stand-in for a value with a finding: of a constant, its type would be found wrong as well."""
    return Leaf(at, Pipe(compile_path("$")), frozenset())


def _names(steps: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the leading names of *steps*, up to the first index."""
    names: list[str] = []
    for step in steps:
        if not isinstance(step, str):
            break
        names.append(step)
    return tuple(names)
