"""Mapping rows: a table of from, to and transform as the same values that ``fields:`` gives.

The rows are put into a tree by their ``to``. A list in it (``[*]``) is one ``for_each`` over what the ``from`` of its
rows have in common up to their ``[*]``; what lies behind is read for each element. Lists are never put side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.compile import ValueCompiler
from engine.paths import BadPath, Path, compile_path, cut, opens_path
from engine.pipes import BadPipe, Call, Pipe, compile_calls
from engine.rows.target import EACH, BadTarget, Step, steps_of
from engine.templates import is_template
from engine.values import Broken, Each, Fields, Named, Names, Value, uses_of

LIST_FILTERS: Final = frozenset({"group", "sort", "unique"})
"""Filters of a list that give a list again."""
KINDS: Final = {"value": "one value", "mapping": "a mapping with fields", "list": "a list"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        pointer: Its place; ``from``, ``to`` and ``transform`` lie below it.
        source: What is read: a path, or a constant.
        to: The path of the field.
        transform: Filters as in a pipe, or empty.
        place: How messages name it: ``line 7``, ``row 7``.
    """

    pointer: str
    source: Any
    to: Any
    transform: Any
    place: str = ""


@dataclass(slots=True)
class _Node:
    """A place of the document.

    Attributes:
        shown: Its path.
        first: The first row that leads here.
        named: Where that row says its name.
        kind: ``value``, ``mapping`` or ``list``; empty until it is known.
        below: What it holds, by name or ``EACH``.
    """

    shown: str
    first: Row
    named: Named
    kind: str = ""
    below: dict[Step, _Node] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that write here and below."""
        if self.kind == "value":
            yield self.first
        for node in self.below.values():
            yield from node.rows()


@dataclass(slots=True)
class _Reading:
    """What a row reads.

    Attributes:
        path: Its path as seen from inside the lists entered so far; None for a constant.
        constant: The constant, or ``Broken`` where the row has a finding.
    """

    path: Path | None = None
    calls: tuple[Call, ...] = ()
    constant: Value | None = None


def compile_rows(rows: Sequence[Row], at: str, compiler: ValueCompiler, names: Names) -> Value:
    """Return *rows* as one value; ``Broken`` where a ``to`` cannot be read, so that nothing is missed in vain.

    Args:
        at: The pointer of the table.
        compiler: Gets the findings: R104, R301 and what values have, R309 where rows do not fit together.
        names: What can be read where the mapping stands.
    """
    return _Table(at, compiler, names).value(rows)


class _Table:
    """One table on its way to a value."""

    def __init__(self, at: str, compiler: ValueCompiler, names: Names) -> None:
        self.at, self.compiler, self.names = at, compiler, names
        self.report = compiler.report
        self.readings: dict[str, _Reading] = {}

    def value(self, rows: Sequence[Row]) -> Value:
        if not rows:
            self.report("R104", self.at, "the table has no rows", "add one with from and to", at_key=True)
            return Broken(self.at)
        top = _Node("$", rows[0], Named(self.at), "mapping")
        is_whole = True
        for row in rows:
            steps = self.target(row)
            is_whole = is_whole and steps is not None
            self.readings[row.pointer] = self.reading(row)
            if steps is not None:
                self.put(row, steps, top)
        made = self.of(top, self.names)
        return made if is_whole else Broken(self.at)

    # Where rows write

    def target(self, row: Row) -> list[Step] | None:
        """Return the steps of ``to``, each with whether it is ``[*]``; None after reporting why it is no field."""
        at = f"{row.pointer}/to"
        if row.to in (None, ""):
            self.report("R104", at, "to is empty", "write the path of the field, such as $.total")
            return None
        if not isinstance(row.to, str) or not row.to.startswith("$"):
            cure = "write $. and its name, such as $.total"
            self.report("R301", at, "to takes the path of a field", cure)
            return None
        try:
            return steps_of(row.to)
        except BadTarget as error:
            help = self.compiler.cut(at) or error.help
            self.report("R301", at, str(error), help, error.inner)
            return None

    def put(self, row: Row, steps: list[Step], top: _Node) -> None:
        """Put *row* into the tree, or report the row that stands in its way."""
        node, start = top, 0
        for name, is_each in steps:
            if not self.agree(node, "list" if is_each else "mapping", row):
                return
            found = row.to.find("[" if is_each else name, start)
            inner = (found, len(name)) if found >= 0 else None
            start = max(start, found + 1)
            shown = node.shown + (EACH if is_each else f".{name}" if name.isidentifier() else f"[{name!r}]")
            node = node.below.setdefault(
                (name, is_each), _Node(shown, row, Named(f"{row.pointer}/to", inner))
            )
        if node.kind == "value":
            message = f"{node.shown} is written twice (first in {node.first.place})"
            self.report("R309", f"{row.pointer}/to", message, "keep one")
        else:
            self.agree(node, "value", row)

    def agree(self, node: _Node, kind: str, row: Row) -> bool:
        if node.kind in ("", kind):
            node.kind = kind
            return True
        message = f"{node.shown} is {KINDS[node.kind]} in {node.first.place}, here it is {KINDS[kind]}"
        self.report("R309", f"{row.pointer}/to", message, "a field is one of the two: keep one")
        return False

    # What rows read

    def reading(self, row: Row) -> _Reading:
        at = f"{row.pointer}/from"
        broken = _Reading(constant=Broken(at))
        calls = self.calls(row)
        source = row.source
        if source in (None, ""):
            cure = "write a path such as $.total_price, or a constant"
            self.report("R104", at, "from is empty", cure)
            return broken
        if isinstance(source, list) or (isinstance(source, dict) and set(source) != {"literal"}):
            cure = "what needs for_each, when or a mapping is written by fields:"
            self.report("R301", at, "from takes one path or one constant", cure)
            return broken
        if isinstance(source, str) and source != source.strip() and _is_read(source.strip()):
            self.report("R301", at, "a space stands around the path", "remove it")
            return broken
        if calls is None:
            return broken
        if isinstance(source, str) and opens_path(source):
            path = self.path(source, at, has_calls=bool(calls))
            return broken if path is None else _Reading(path, calls)
        if calls:
            cure = "write the result itself, or a path into from"
            self.report("R301", f"{row.pointer}/transform", "a constant takes no filters", cure)
            return broken
        return _Reading(constant=self.compiler.value(source, at, self.names))

    def calls(self, row: Row) -> tuple[Call, ...] | None:
        """Return the filters of ``transform``; None after reporting why there are none."""
        at, text = f"{row.pointer}/transform", row.transform
        if text in (None, ""):
            return ()
        if not isinstance(text, str) or opens_path(text.strip()):
            cure = "write such as money | sum; the path stands in from"
            self.report("R301", at, "transform takes filters only", cure)
            return None
        try:
            calls = compile_calls(text, self.compiler.filters)
        except BadPipe as error:
            help = self.compiler.cut(at) or error.help
            self.report("R301", at, str(error), help, (error.offset, error.length))
            return None
        pipe = Pipe(compile_path("$"), calls)
        given = [path for path in list(pipe.paths)[1:] if not self.known(path, at, text)]
        self.compiler.naming.tables(pipe, at, text)
        return None if given else calls

    def path(self, text: str, at: str, *, has_calls: bool) -> Path | None:
        """Return ``from`` as a path; None after reporting why it is none."""
        try:
            path = compile_path(text)
        except BadPath as error:
            bar = error.offset + len(text[error.offset :]) - len(text[error.offset :].lstrip())
            if text[bar : bar + 1] == "|":
                cure = f"move it there: {text[bar + 1 :].strip()}"
                inner = (bar, len(text) - bar)
                self.report("R301", at, "filters stand in transform, not behind the path", cure, inner)
            else:
                help = self.compiler.cut(at) or error.help
                self.report("R301", at, str(error), help, (error.offset, 1))
            return None
        if path.optional and has_calls:
            cure = "remove the ?, or begin transform with default(…)"
            self.report("R301", at, "a path that ends with ? takes no filter", cure, (len(text) - 1, 1))
            return None
        return path if self.known(path, at, text) else None

    def known(self, path: Path, at: str, text: str) -> bool:
        """Tell whether what *path* reads can be there, or report why not."""
        before = len(self.compiler.found)
        if path.root not in self.names.roots and not (path.root == "steps" and path.steps):
            self.compiler.naming.root(path, at, self.names, text)
            if len(self.compiler.found) > before:  # a cell of a table holds no {literal: …}
                told = self.compiler.found[-1]
                cure = told.help.replace(f"{{literal: {path.text}}}", f"{{{{ '{path.text}' }}}}")
                self.compiler.found[-1] = replace(told, help=cure)
        else:
            self.compiler.naming.steps(_uses(path), at, self.names, text)
        return len(self.compiler.found) == before

    # From the tree to values

    def of(self, node: _Node, names: Names) -> Value:
        if node.kind == "value":
            return self.leaf(node.first, names)
        if node.kind == "list":
            return self.each(node, names)
        made = tuple((name, self.of(below, names)) for (name, _), below in node.below.items())
        named = {name: below.named for (name, _), below in node.below.items()}
        return Fields(node.named.pointer, made, uses_of(value for _, value in made), named)

    def leaf(self, row: Row, names: Names) -> Value:
        reading, at = self.readings[row.pointer], f"{row.pointer}/from"
        path = reading.path
        if path is None:
            constant = reading.constant or Broken(at)
            if constant.uses and names is not self.names:
                cure = "read one path behind the [*] of the list, or map the list by fields:"
                self.report("R309", at, "an expression does not see the entries of a list", cure)
            return constant
        if not path.is_single and not _is_one(reading.calls):
            message = f"{row.to} is one value, but this path gives a list"
            cure = "end transform in a filter that makes it one, such as sum"
            self.report("R309", at, message, f"{cure}, or write {row.to}[*]")
            return Broken(at)
        text = row.transform or ""
        pipe = Pipe(path, reading.calls)
        uses = frozenset(chain for each in pipe.paths for chain in _uses(each))
        where = f"{row.pointer}/transform" if text else at
        return replace(self.compiler.leaf(where, pipe, uses, names, text, at), pointer=at)

    def each(self, node: _Node, names: Names) -> Value:
        """Return the list at *node* as one for_each over the list that its rows read."""
        inner = next(iter(node.below.values()))
        readings = [(row, self.readings[row.pointer]) for row in inner.rows()]
        lists = self.lists(node, readings)
        if not lists:
            # A row with a finding of its own may be the one that says it.
            if not any(isinstance(self.readings[row.pointer].constant, Broken) for row, _ in readings):
                message = f"no row reads a list for {inner.shown}, so nothing says how many entries it has"
                cure = "add a row whose from is a path behind [*]"
                self.report("R309", f"{inner.first.pointer}/from", message, cure)
            return Broken(node.named.pointer)
        optional = all(behind.optional for _, _, behind in lists)
        told = next((part for part in lists if not part[2].optional), lists[0])
        row, before, _ = told
        over = replace(before, text=told[2].text, optional=optional)
        name = before.text[1:]
        uses = _uses(over)
        loop = self.compiler.leaf(f"{row.pointer}/from", Pipe(over), uses, names, "")
        for row, _, behind in lists:
            self.readings[row.pointer].path = replace(behind, root=name)
        then = self.of(inner, names.bind(name, uses, "", loop.type.element))
        return Each(node.named.pointer, loop, name, then, uses_of((loop, then)))

    def lists(self, node: _Node, readings: list[tuple[Row, _Reading]]) -> list[tuple[Row, Path, Path]]:
        """Return the rows of the list at *node* that read one, with path up to and behind it; report all others."""
        found = []
        for row, reading in readings:
            if reading.path is None:
                continue
            if (parts := cut(reading.path)) is None:
                self.no_list(node, row, reading)
            else:
                found.append((row, *parts))
        if not found:
            return []
        # What most rows read is what is meant; the first of them where there is no most.
        ((most, _),) = Counter((before.root, before.steps) for _, before, _ in found).most_common(1)
        first = next(part for part in found if (part[1].root, part[1].steps) == most)
        for row, before, _ in found:
            if (before.root, before.steps) != most:
                message = (
                    f"{node.shown}[*] goes through {first[1].text} ({first[0].place}), this is another list"
                )
                cure = "lists are never put side by side: give it a list of its own in to"
                self.broken(row, message, cure)
        return [part for part in found if (part[1].root, part[1].steps) == most]

    def no_list(self, node: _Node, row: Row, reading: _Reading) -> None:
        cure = "read it behind the [*] of that list, or map the list by fields:"
        if reading.path is not None and reading.path.is_single:
            message = f"{node.shown}[*] goes through a list, and this path is not behind its [*]"
        else:
            message = "a table goes through a list by [*] alone, not by a slice, a filter or .."
            cure = "write [*], or map the list by fields:"
        self.broken(row, message, cure)

    def broken(self, row: Row, message: str, cure: str) -> None:
        at = f"{row.pointer}/from"
        self.report("R309", at, message, cure)
        self.readings[row.pointer] = _Reading(constant=Broken(at))


def _is_read(text: str) -> bool:
    return opens_path(text) or is_template(text)


def _uses(path: Path) -> frozenset[tuple[str, ...]]:
    return frozenset({(path.root, *path.names)})


def _is_one(calls: tuple[Call, ...]) -> bool:
    """Tell whether *calls* make one value of a list."""
    whole = [call.filter.declared.name for call in calls if call.filter.takes == "list"]
    return bool(whole) and whole[-1] not in LIST_FILTERS
