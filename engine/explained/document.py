"""The rows of one value, a mapping or a ``with`` field by field beside the schema of its target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.diagnostics import Diagnostic
from engine.explained.origins import EACH, Chain, Loop, Loops, Origins, words
from engine.explained.reading import constant, filtered, loop_of, notes, seen, steps_of, transformation
from engine.explained.rows import Input, Row, Section
from engine.inference.schemas import type_of as type_of_schema
from engine.naming import DEFAULT_LOOP
from engine.paths import PLAIN_NAME
from engine.pipes import Pipe
from engine.references import resolve
from engine.source import Source
from engine.typed import type_of
from engine.types import described
from engine.values import Condition, Constant, Each, Entries, Fields, Leaf, Value, When


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a target.

    Attributes:
        path: That of the field.
        schema: What the target says of it, or None where it says nothing.
        is_required: Whether it has to be there; None where nothing states it.
        loops: The ``for_each`` around it by the names of their elements.
        under: Those and the ``when`` around it, in words.
    """

    path: str = ""
    schema: Any = None
    is_required: bool | None = None
    loops: Loops = field(default_factory=dict)
    under: tuple[str, ...] = ()


@dataclass(slots=True)
class Writer:
    """Makes the rows of one recipe.

    Attributes:
        source: The recipe's text and places.
        origins: Where what it reads comes from.
        rules: The rows of keys, conditions, lists and texts so far.
        touched: The ways to everything that was read so far.
        leaves: Every value that reads something.
    """

    source: Source
    origins: Origins
    rules: list[Row] = field(default_factory=list)
    touched: set[Chain] = field(default_factory=set)
    leaves: list[Leaf] = field(default_factory=list)

    def section(self, place: str, target: str, value: Value, schema: Any, around: Spot) -> Section:
        """Return what *value* gives *target*.

        Args:
            schema: The target's JSON Schema, or None where there is none.
            around: What stands around the action.
        """
        walk = _Walk(self, schema, place)
        rows = tuple(walk.rows(value, replace(around, schema=schema)))
        return Section(place, target, rows, tuple(walk.unwritten()))

    def rule(self, name: str, value: Value | Condition | None, around: Spot) -> None:
        """Add a row for the key, condition or text *value*; for none where there is None."""
        if value is not None:
            spot = Spot(name, loops=around.loops, under=around.under)
            self.rules.append(self.row(value, spot, None))

    def loop(self, rule: str, over: Value, name: str, around: Spot) -> Loop:
        """Add a row for the list *over* of a ``for_each`` with each element as *name*; return what it goes through."""
        made = loop_of(over, name, around.loops, self.origins)
        spot = Spot(rule, loops=around.loops, under=around.under)
        # Of a list whose elements can be followed no more is read than of them.
        row = self.row(over, spot, None, is_read=made.chain is None)
        if not name.isidentifier():  # the list of a table is a part of the path that is written
            inputs = tuple(replace(each, path=made.path) for each in row.inputs)
            row = replace(row, inputs=inputs)
        self.rules.append(row)
        return made

    def row(self, value: Value | Condition, spot: Spot, root: Any, *, is_read: bool = True) -> Row:
        """Return the one row of *value*, with everything that it is made of.

        Args:
            root: The whole schema of which the place's is a part.
            is_read: Whether the first that it is made of counts as read.
        """
        inputs: list[Input] = []
        texts: list[str] = []
        told: list[str] = []
        for part in _parts(value):
            if isinstance(part, Leaf):
                inputs += self.read(part, spot.loops, is_read=is_read)
                texts += [text] if (text := transformation(part)) else []
                told += notes(part)
            elif isinstance(part, Constant):
                inputs.append(constant(part.value))
            else:
                inputs.append(constant({} if isinstance(part, Fields) else []))
        type = None if spot.schema is None else type_of_schema(spot.schema, root)
        file, line = self.place(value.pointer)
        gives = type_of(value)
        return Row(
            spot.path,
            "" if type is None or type.is_any else described(type),
            spot.is_required,
            "" if type is None else type.note,
            tuple(dict.fromkeys(inputs)),
            ", ".join(texts),
            tuple(dict.fromkeys(told)),
            spot.under,
            words(gives)
            + (" or null" if gives.null and not gives.is_any and gives.kinds != {"null"} else ""),
            file,
            line,
        )

    def read(self, leaf: Leaf, loops: Loops, *, is_read: bool) -> list[Input]:
        """Return what *leaf* reads, and note it."""
        self.leaves.append(leaf)
        found = list(seen(leaf, loops, self.origins))
        self.touched |= {each.chain for each in found[0 if is_read else 1 :] if each.chain is not None}
        if isinstance(leaf.of, Pipe):
            for path, each in zip(leaf.of.paths, found, strict=False):
                if each.chain is not None and path.rest:
                    root = each.chain[: len(each.chain) - sum(1 for _ in steps_of(path))]
                    self.touched |= set(filtered(path, root))
        return [each.input for each in found]

    def place(self, pointer: str) -> tuple[str, int]:
        """Return file and line of what stands at *pointer*: in the recipe, or in a table that it names."""
        file, own = self.source.home(Diagnostic("", pointer, ""))
        return file.path, file.locate(own).line


class _Walk:
    """Goes through a value beside its schema."""

    def __init__(self, writer: Writer, root: Any, place: str) -> None:
        self.writer, self.root, self.place = writer, root, place
        self.known: dict[str, bool] = {}
        self.written: set[str] = set()

    def rows(self, value: Value, spot: Spot) -> Iterator[Row]:
        self.written.add(spot.path)
        schema = resolve(spot.schema, self.root) if spot.schema is not None else None
        match value:
            case Fields() if value.entries:
                yield from self.fields(value, replace(spot, schema=schema))
            case Entries() if value.entries:
                below = self.item(spot, schema)
                for entry in value.entries:
                    yield from self.each(entry, below) if isinstance(entry, Each) else self.rows(entry, below)
            case Each():
                yield from self.each(value, self.item(spot, schema))
            case When():
                self.writer.rule(self.named(spot.path, "when"), value.when, spot)
                yield from self.rows(value.then, under(spot, value.when))
            case _:
                yield self.writer.row(value, spot, self.root)

    def named(self, path: str, word: str) -> str:
        return ".".join(each for each in (self.place, path, word) if each)

    def item(self, spot: Spot, schema: Any) -> Spot:
        """Return the place of an entry of the list at *spot*."""
        of = schema.get("items") if isinstance(schema, Mapping) else None
        return replace(spot, path=spot.path + EACH, schema=of, is_required=None)

    def each(self, value: Each, spot: Spot) -> Iterator[Row]:
        self.written.add(spot.path)
        loop = self.writer.loop(self.named(spot.path, "for_each"), value.over, value.name, spot)
        inner = inside(spot, value.name, value.over, loop)
        if value.when is not None:
            self.writer.rule(self.named(spot.path, "when"), value.when, inner)
            inner = under(inner, value.when)
        yield from self.rows(value.then, inner)

    def fields(self, value: Fields, spot: Spot) -> Iterator[Row]:
        schema = spot.schema if isinstance(spot.schema, Mapping) else {}
        known = schema.get("properties", {})
        required = schema.get("required", ())
        for name, each in known.items():
            is_set = isinstance(found := resolve(each, self.root), Mapping) and bool(found.get("readOnly"))
            self.known.setdefault(join(spot.path, name), is_set)
        others = schema.get("additionalProperties")
        for name, entry in value.entries:
            of = known.get(name, others if isinstance(others, Mapping) else None)
            is_required = name in required if name in known else None
            yield from self.rows(
                entry, replace(spot, path=join(spot.path, name), schema=of, is_required=is_required)
            )

    def unwritten(self) -> Iterator[str]:
        """Yield the fields that a recipe may write and this value does not, next to those that it writes."""
        yield from (path for path, is_set in self.known.items() if path not in self.written and not is_set)


def inside(around: Spot, name: str, over: Value, loop: Loop) -> Spot:
    """Return the place *around* as it is for each element, called *name*, of the list *over*."""
    is_told = name.isidentifier() and name != DEFAULT_LOOP  # the loop of a table has no name
    text = f"for each {loop.path or _text(over)}" + (f" as {name}" if is_told else "")
    return replace(around, loops={**around.loops, name: loop}, under=(*around.under, text))


def under(around: Spot, when: Condition | None) -> Spot:
    """Return the place *around* as it is where *when* holds."""
    return around if when is None else replace(around, under=(*around.under, f"when {_text(when)}"))


def join(path: str, name: str) -> str:
    """Return the path of the field *name* at *path*."""
    if not PLAIN_NAME.fullmatch(name):
        return f"{path}['{name}']"
    return f"{path}.{name}" if path else name


def _text(value: Value | Condition) -> str:
    """Return a path or an expression as written, on one line."""
    of = value.of if isinstance(value, Condition) else value
    if not isinstance(of, Leaf):
        return "…"
    if isinstance(of.of, Pipe):
        calls = transformation(of)
        return of.of.path.text + (f" | {calls}" if calls else "")
    return " ".join(of.of.text.split())


def _parts(value: Value | Condition) -> Iterator[Any]:
    """Yield the leaves and constants in *value*; an empty mapping or list as itself."""
    match value:
        case Condition():
            yield from _parts(value.of)
        case Fields() if value.entries:
            for _, entry in value.entries:
                yield from _parts(entry)
        case Entries() if value.entries:
            for entry in value.entries:
                yield from _parts(entry)
        case _:
            yield value
