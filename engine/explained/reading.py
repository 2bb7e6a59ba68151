"""What a compiled value reads: each path with its origin, its type and how the schema describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine import canonical
from engine.explained import expressions
from engine.explained.origins import EACH, Chain, Loop, Loops, Origins, Seen, input_of, stands_in, words
from engine.explained.rows import Input
from engine.inference import Known, paths
from engine.operators import as_text
from engine.paths import HEAD, RECORD, Path
from engine.paths import syntax as path_syntax
from engine.pipes import Call, Pipe
from engine.templates import Template
from engine.types import Text, Type, described, of_values
from engine.values import Leaf

KEEP: Final = frozenset({"sort", "unique"})
"""Filters whose list has the elements of the one that they are given."""


def seen(leaf: Leaf, loops: Loops, origins: Origins) -> Iterator[Seen]:
    """Yield what *leaf* reads, its lookups included."""
    of = leaf.of
    if isinstance(of, Pipe):
        for path in of.paths:
            yield _path(path, leaf.known, loops, origins)
        tables = [_given(call).get("table") for call in of.calls if call.filter.declared.name == "lookup"]
    else:
        yield from expressions.reads(of.tree, of.text, leaf.known, loops, origins)
        tables = [table for table, _ in of.lookups]
    for table in dict.fromkeys(tables):
        if isinstance(table, str) and table in origins.lookups:
            yield Seen(_lookup(table, origins.lookups[table]), None)


def constant(value: Any) -> Input:
    """Return *value*, which is written in the recipe, as an input."""
    type = of_values([value])
    words = described(Type(text=Text())) if isinstance(value, str) else described(type)
    return Input("constant", canonical.encode(value).decode(), "", "the recipe", words, value is None)


def loop_of(over: Any, name: str, loops: Loops, origins: Origins) -> Loop:
    """Return what a ``for_each`` goes through, over the value *over* with each element as *name*."""
    found = next(seen(over, loops, origins), None) if isinstance(over, Leaf) else None
    if found is None:
        return Loop("", None, "constant", "the recipe")
    of, input = over.of, found.input
    if isinstance(of, Pipe):
        is_followed = all(call.filter.declared.name in KEEP for call in of.calls)
        is_list = of.path.is_single
    else:
        is_followed, is_list = of.is_value and expressions.is_chain(of.tree), True
    if not is_followed or found.chain is None:
        return Loop("", None, input.kind, input.origin)
    if not name.isidentifier():  # the list of a table, which is called by its path
        return Loop(f"${name}", found.chain, input.kind, input.origin)
    if is_list:
        return Loop(f"{input.path}[*]", (*found.chain, EACH), input.kind, input.origin)
    return Loop(input.path, found.chain, input.kind, input.origin)


def transformation(leaf: Leaf) -> str:
    """Return the filters of a pipe or the expression of a template as written."""
    of = leaf.of
    if isinstance(of, Template):
        return of.text.strip()
    return leaf.text[of.calls[0].offset :].strip() if of.calls else ""


def notes(leaf: Leaf) -> Iterator[str]:
    """Yield what stands in where *leaf* finds nothing, and what happens without that."""
    of = leaf.of
    if isinstance(of, Pipe):
        if of.path.optional:
            yield "left out where absent or null"
        for call in of.calls:
            given = {name: _shown(arg) for name, arg in _given(call).items()}
            yield from stands_in(call.filter.declared.name, given)
        return
    yield from expressions.notes(of)


def _given(call: Call) -> dict[str, Any]:
    return dict([*zip(call.filter.signature.parameters, call.args, strict=False), *call.named])


def _shown(arg: Any) -> str:
    if isinstance(arg, Path):
        return arg.text
    if isinstance(arg, str):
        return f"'{arg}'"
    return "null" if arg is None else as_text(arg)


def _lookup(name: str, table: Mapping[str, Any]) -> Input:
    count = f"{len(table)} {'entry' if len(table) == 1 else 'entries'}"
    return Input("lookup", name, "", f"lookups.{name}", words(of_values(table.values())), about=count)


def _path(path: Path, known: Known, loops: Loops, origins: Origins) -> Seen:
    type = paths.read(path, known, [])
    kind, origin = origins.of(path.root, path.names[0] if path.names else "", loops)
    text = path.text[:-1] if path.optional else path.text
    head = HEAD.match(text)
    loop = loops.get(path.root)
    if loop is not None and path.root.isidentifier():  # a table's paths are whole
        text = loop.path + text[head.end() if head else 1 :] if loop.path else ""
    chain: Chain | None = loop.chain if loop is not None else (path.root,)
    if chain is not None:
        chain = (*chain, *steps_of(path))
    return Seen(input_of(kind, path.text, text, origin, type), chain)


def steps_of(path: Path) -> Iterator[str]:
    """Yield the way that *path* goes from its root on, up to a ``..``."""
    yield from (step if isinstance(step, str) else EACH for step in path.steps)
    for segment in path.rest:
        if segment.descends:
            return
        yield segment.single if isinstance(segment.single, str) else EACH


def filtered(path: Path, root: Chain) -> Iterator[Chain]:
    """Yield the ways to what the filters of *path*, which begins at *root*, compare."""
    before: Chain = (*root, *(step if isinstance(step, str) else EACH for step in path.steps))
    for segment in path.rest:
        before = (*before, segment.single if isinstance(segment.single, str) else EACH)
        for selector in segment.selectors:
            if isinstance(selector, path_syntax.Filter):
                yield from _tested(selector.test, before)


def _tested(test: Any, at: Chain) -> Iterator[Chain]:
    match test:
        case path_syntax.Query():
            singles = [segment.single for segment in test.segments]
            names = (single if isinstance(single, str) else EACH for single in singles)
            yield (*((RECORD,) if test.from_root else at), *names)
        case path_syntax.Comparison():
            yield from _tested(test.left, at)
            yield from _tested(test.right, at)
        case path_syntax.Call():
            for arg in test.args:
                yield from _tested(arg, at)
        case path_syntax.Not():
            yield from _tested(test.test, at)
        case path_syntax.Both() | path_syntax.Either():
            for each in test.tests:
                yield from _tested(each, at)
