"""Compiles the values of a recipe and collects every finding about them: R2 references, R3 paths and expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal

from engine import exponents, pointer
from engine.diagnostics import Diagnostic, nearest, suggest
from engine.errors import RecordError
from engine.exponents import Chain
from engine.expressions import BadExpression
from engine.filters import Filter
from engine.inference import Known, Slip, assign, expressions, pipes
from engine.money import kind
from engine.naming import DEFAULT_LOOP, OWN_ROOTS, Naming, is_known, named
from engine.paths import opens_path
from engine.pipes import BadPipe, Pipe, compile_pipe
from engine.quoted import is_open
from engine.sameness import Same
from engine.scope import Constants, Scope
from engine.source import Source
from engine.templates import Template, compile_template, is_template
from engine.typed import type_of
from engine.types import ANY, Type, of_boolean, of_values
from engine.values import (
    Broken,
    Condition,
    Constant,
    Each,
    Entries,
    Fields,
    Leaf,
    Names,
    Value,
    When,
    uses_of,
)

LOOP_WORDS: Final = frozenset({"for_each", "map", "when", "as"})
VARIABLE: Final = re.compile(r"\bvars\.\w")
WORD: Final = re.compile(r"\w+|.", re.DOTALL)


# Recipes of one folder are much alike: what two of them write is compiled once. Neither form keeps any state.
@lru_cache(maxsize=4096)
def _pipe(text: str, filters: Same) -> Pipe:
    return compile_pipe(text, filters.it)


@lru_cache(maxsize=4096)
def _template(text: str, roots: frozenset[str], filters: Same) -> Template:
    return compile_template(text, roots, filters.it)


class ValueCompiler:
    """Turns YAML data into values.

    Args:
        source: The recipe's text and places.
        filters: Every filter by name.
        lookups: The recipe's tables.
        found: Where findings are added.

    Attributes:
        naming: Holds the names that values read against those that are there.
        read: Everything that the values compiled so far read.
        untaken: Findings that hold where a connector counts the currency otherwise than ISO 4217, each with that
            currency: ``to_minor`` where no operation takes the value.
        constants: What holds for the recipe; None where that is not known, and then nothing is evaluated.
    """

    def __init__(
        self,
        source: Source,
        filters: Mapping[str, Filter],
        lookups: Mapping[str, Any],
        found: list[Diagnostic],
    ) -> None:
        self.source, self.filters, self.found = source, filters, found
        self.naming = Naming(source, lookups, found)
        self.read: set[Chain] = set()
        self.untaken: list[tuple[Diagnostic, str]] = []
        self.constants: Constants | None = None

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
            return self.no_loop(node, at)
        made = tuple((name, self.value(entry, pointer.join(at, name), names)) for name, entry in node.items())
        return Fields(at, made, uses_of(value for _, value in made))

    def no_loop(self, node: Mapping[str, Any], at: str) -> Value:
        """Report what keeps a ``for_each`` from being one."""
        strange = [name for name in node if name not in LOOP_WORDS]
        if strange:
            help = suggest(strange[0], LOOP_WORDS - set(node)) or "beside for_each stand map, when and as"
            place = pointer.join(at, strange[0])
            self.report("R103", place, f"unknown key {strange[0]!r} in a for_each", help, at_key=True)
        else:
            help = "add map: with the value of each entry"
            self.report("R104", at, "the key 'map' is missing beside for_each", help)
        return Broken(at)

    def text(self, text: str, at: str, names: Names) -> Value:
        """Return a scalar: a path or pipe, an expression or text with expressions, or itself."""
        if opens_path(text):
            return self.pipe(text, at, names)
        if is_template(text):
            return self.template(text, at, names)
        if opens_path(text.lstrip()):
            cure = f'write "{text.strip()}"; for the text itself write {{literal: …}}'
            self.report("R301", at, "a space stands before the path", cure, (0, 1))
            return Broken(at)
        if "${" in text:
            self.report(
                "R405",
                at,
                "references to secrets stand in connections.yaml, not in a recipe",
                "remove it; a connection's settings take it",
            )
            return Broken(at)
        return Constant(at, text)

    def condition(self, node: Any, at: str, names: Names, whole: Names | None = None) -> Condition:
        """Return a ``when`` or ``that``: exactly one path or one ``{{ }}``.

        Args:
            whole: What can be read where the cases before this one may hold too, in a ``switch``: that it is true
                where they are not is no finding.
        """
        value = self.value(node, at, names)
        single = isinstance(value, Leaf) and _is_one(value.of)
        if not single and not isinstance(value, Broken):
            help = "such as \"{{ record.status == 'paid' }}\""
            if isinstance(value, Leaf) and isinstance(value.of, Pipe):
                help = 'compute it in one expression: "{{ record.status | … }}"'
            self.report("R305", at, "a condition is one path or one {{ … }} that gives true or false", help)
        elif isinstance(value, Leaf) and self.is_fixed(value):
            self.hold_true_or_false(value, at)
        elif isinstance(value, Leaf):
            self.decide(value, at, names.known, (whole or names).known)
        return Condition(at, value, value.uses)

    def decide(self, value: Leaf, at: str, known: Known, whole: Known) -> None:
        """Report a condition that by its type is neither true nor false, or the same for every record.

        Args:
            known: What is known where it stands.
            whole: What is known where no case before it is ruled out; by this it is told that it is always true.
        """
        type = value.type
        if type.is_any:
            return
        if type.kinds and not type.boolean:
            help = "compare it with what it is to be, such as \"{{ record.status == 'paid' }}\""
            self.report("R311", at, f"a condition must be true or false, and this is {type}", help)
            return
        outcome = outcome_of(value, known)
        if outcome is False:
            self.tell_outcome(False, at, "error", "remove it, or correct what it compares")
        elif outcome_of(value, whole) if whole is not known else outcome:
            self.tell_outcome(True, at, "warning", "remove it, or correct what it compares")

    def tell_outcome(self, outcome: bool, at: str, severity: Literal["error", "warning"], help: str) -> None:
        """Report a condition that is *outcome* for every record."""
        message = f"this condition is {'always' if outcome else 'never'} true"
        self.found.append(Diagnostic("R313", at, message, help, severity=severity))

    def is_fixed(self, value: Leaf) -> bool:
        """Tell whether *value* reads nothing, so that it is the same for every record and can be evaluated here."""
        fixed = isinstance(value.of, Template) and not value.uses and not value.of.lookups
        return fixed and self.constants is not None

    def evaluated(self, value: Leaf) -> Any:
        """Return what *value*, which is fixed, gives; raises ``RecordError``."""
        return value.evaluate(Scope({}, self.constants or Constants()))

    def hold_true_or_false(self, value: Leaf, at: str) -> None:
        """Report a fixed condition: one that gives something else, and one of which nothing ever depends."""
        found = self.evaluated(value)
        if not isinstance(found, bool):
            help = "compare it with what it is to be, such as \"{{ record.status == 'paid' }}\""
            self.report("R305", at, f"a condition must be true or false, found {kind(found)}", help)
        else:  # it may be so on purpose, to leave something out for a while
            cure = "remove it" if found else "remove what stands under it, or compare something of the record"
            self.tell_outcome(found, at, "warning", cure)

    def each(self, node: Mapping[str, Any], at: str, names: Names) -> Value:
        over = self.value(node["for_each"], pointer.join(at, "for_each"), names)
        name, inner = self.bound(node, at, names, over)
        when = self.condition(node["when"], pointer.join(at, "when"), inner) if "when" in node else None
        then = self.value(node["map"], pointer.join(at, "map"), inner.where(when))
        return Each(at, over, name, then, uses_of((over, when, then)), when)

    def bound(self, node: Mapping[str, Any], at: str, names: Names, over: Value) -> tuple[str, Names]:
        """Return the name of one element of *over*, and the names that its ``for_each`` sees.

        A list that is no list, and a name that cannot be one or hides another, is reported.
        """
        if not isinstance(node["for_each"], str) or not (
            opens_path(node["for_each"]) or is_template(node["for_each"])
        ):
            help = "write a path such as $.line_items[*]"
            self.report(
                "R305", pointer.join(at, "for_each"), "for_each takes a path that selects a list", help
            )
        elif wrong := assign.no_list(type_of(over)):
            self.report(wrong.code, pointer.join(at, "for_each"), wrong.message, wrong.help)
        found = len(self.found)
        name = self.loop_name(node, at, names)
        if len(self.found) > found:
            return name, replace(names.bind(name, over.uses, at), is_unnamed=True)
        return name, names.bind(name, over.uses, at, type_of(over).element)

    def loop_name(self, node: Mapping[str, Any], at: str, names: Names) -> str:
        """Return the name of one element, and report one that cannot be or hides another."""
        name = node.get("as", DEFAULT_LOOP)
        place = pointer.join(at, "as") if "as" in node else at
        if not isinstance(name, str) or not name.isidentifier():
            self.report(
                "R101", place, "as takes a name such as line", "write one word: letters, digits and _"
            )
            return DEFAULT_LOOP
        if name in names.roots or name in OWN_ROOTS:
            cure = "give this for_each a name of its own: as: …"
            self.report("R204", place, f"the name {name!r} is taken already where this stands", cure)
        return name

    def optional(self, node: Mapping[str, Any], at: str, names: Names) -> Value:
        if "as" in node:
            self.report("R103", pointer.join(at, "as"), "as goes with for_each", "remove it", at_key=True)
        when = self.condition(node["when"], pointer.join(at, "when"), names)
        then = self.value(node["map"], pointer.join(at, "map"), names.where(when))
        return When(at, when, then, uses_of((when, then)))

    def pipe(self, text: str, at: str, names: Names) -> Value:
        try:
            pipe = _pipe(text, Same(self.filters))
        except BadPipe as error:
            help = (is_open(text) and self.cut(at)) or error.help
            self.report("R301", at, str(error), help, inner=(error.offset, error.length))
            return Broken(at)
        found = len(self.found)
        uses = frozenset((path.root, *path.names) for path in pipe.paths)
        unknown = [path for path in pipe.paths if path.root not in names.roots and not is_known(path)]
        for path in unknown:
            self.naming.root(path, at, names, text)
        if not unknown:
            self.naming.steps(uses, at, names, text)
        self.naming.tables(pipe, at, text)
        if unknown or len(self.found) > found:
            return Broken(at)
        return self.leaf(at, pipe, uses, names, text)

    def leaf(
        self, at: str, of: Pipe | Template, uses: frozenset[Chain], names: Names, text: str, path_at: str = ""
    ) -> Leaf:
        """Return the leaf of *text*: what is known of it, and how the connectors that give and take it count.

        Args:
            path_at: The pointer of a pipe's path, where that stands apart from its filters.
        """
        self.read |= uses
        ways = names.counted(uses)
        is_pipe = isinstance(of, Pipe)
        called = exponents.calls(text, "minor", is_pipe)
        if inner := next((inner for currency, inner in called if exponents.differ(ways, currency)), None):
            self.report("R308", at, exponents.MIXED, exponents.APART, inner)
        if names.taken is None:
            self.untaken += [
                (Diagnostic("R308", at, exponents.UNTAKEN, exponents.UNDER_WITH, "value", inner), currency)
                for currency, inner in exponents.calls(text, "to_minor", is_pipe)
            ]
        type = self.typed(of, at, path_at or at, names.known)
        return Leaf(at, of, uses, exponents.agreed(ways), names.taken or {}, type, names.known, text)

    def typed(self, of: Pipe | Template, at: str, path_at: str, known: Known) -> Type:
        """Return what is known of what *of* gives, and report what cannot be right."""
        in_path: list[Slip] = []
        in_calls: list[Slip] = []
        type = ANY
        if isinstance(of, Pipe):
            type = pipes.read(of, known, in_path, in_calls)
        elif of.used:  # else it is evaluated here, which says more
            type = expressions.read(of, known, in_calls)
        for place, slips in ((path_at, in_path), (at, in_calls)):
            for slip in slips:
                found = Diagnostic(slip.code, place, slip.message, slip.help, "value", slip.inner)
                self.found.append(replace(found, severity=slip.severity))
        # What follows from a finding is none of its own.
        return ANY if any(slip.severity == "error" for slip in (*in_path, *in_calls)) else type

    def template(self, text: str, at: str, names: Names) -> Value:
        try:
            roots = names.roots | ({"vars"} if VARIABLE.search(text) else set())
            template = _template(text, frozenset(roots), Same(self.filters))
        except BadExpression as error:
            help = error.help
            if error.name and error.name not in OWN_ROOTS:
                near = nearest(error.name, roots)
                if self.naming.is_told(error.name, near, names):
                    return Broken(at)
                help = self.naming.misnamed(error.name, near, names) or help
            word = WORD.match(text, error.offset)
            self.report("R303", at, str(error), help, (error.offset, len(word.group()) if word else 1))
            return Broken(at)
        for table, offset in template.lookups:
            self.naming.table(table, at, named(table, text, offset))
        self.naming.steps(template.used, at, names, text)
        leaf = self.leaf(at, template, template.used, names, text)
        if not self.succeeds(leaf):
            return Broken(at)
        return replace(leaf, type=of_values([self.evaluated(leaf)])) if self.is_fixed(leaf) else leaf

    def succeeds(self, leaf: Leaf) -> bool:
        """Report a fixed expression that fails, as it would for every record."""
        if not self.is_fixed(leaf):
            return True
        try:
            self.evaluated(leaf)
        except RecordError as error:
            message, _, cure = error.message.partition("; ")
            help = error.help or cure or "it reads nothing of the record: correct what is written here"
            self.report("R303", leaf.pointer, message, help)
            return False
        return True

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


def outcome_of(value: Value, known: Known) -> bool | None:
    """Return what the condition *value* is for every record where *known* holds, or None where it is not the same."""
    if not isinstance(value, Leaf) or value.type.is_any:  # its comparison may have a finding already
        return None
    if value.known is known and len(value.type.boolean) > 1:
        return None  # as it was read where it stands: to ask once more takes as long
    if isinstance(value.of, Template):
        return expressions.outcome(value.of, known)
    return of_boolean(pipes.read(value.of, known, [], []))


def _is_one(of: Pipe | Template) -> bool:
    """Tell whether a condition may be *of*: one ``{{ }}``, or a path of one value without filters."""
    return of.is_value if isinstance(of, Template) else of.path.is_single and not of.calls
