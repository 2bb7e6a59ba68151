"""What an expression reads, and what stands in where that is missing: from the nodes of its template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import nodes

from engine.explained.origins import EACH, Chain, Loop, Loops, Origins, Seen, input_of, stands_in
from engine.expressions import LOOP
from engine.inference import Known
from engine.inference.expressions.chains import key, plain
from engine.inference.expressions.spans import begin, end, written
from engine.paths import PLAIN_NAME, RECORD
from engine.templates import Template


def reads(node: Any, text: str, known: Known, loops: Loops, origins: Origins) -> Iterator[Seen]:
    """Yield what *node*, of the template *text*, and those inside it read."""
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        yield from reads(node.iter, text, known, loops, origins)
        name = node.target.name
        known = known.bind(name, plain(node.iter, known, text).element)
        loops = {**loops, name: loop_over(node.iter, text, known, loops, origins)}
        for part in (*([node.test] if node.test is not None else []), *node.body, *node.else_):
            yield from reads(part, text, known, loops, origins)
        return
    inner = node
    while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
        inner = inner.node
    if not isinstance(inner, nodes.Name):
        if inner is not node:
            yield from reads(inner, text, known, loops, origins)
            return
        for part in node.iter_child_nodes():
            yield from reads(part, text, known, loops, origins)
    elif inner.name not in (LOOP, "null"):
        yield _name(node, text, known, loops, origins)


def _name(node: Any, text: str, known: Known, loops: Loops, origins: Origins) -> Seen:
    steps: list[str | int] = []
    inner = node
    while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
        steps.insert(0, key(inner))
        inner = inner.node
    root = inner.name
    kind, origin = origins.of(root, next((step for step in steps if isinstance(step, str)), ""), loops)
    loop = loops.get(root)
    tail = "".join(map(_step, steps))
    path = f"${'' if root == RECORD else root}{tail}"
    chain: Chain | None = (root,)
    if loop is not None:
        path, chain = loop.path + tail if loop.path else "", loop.chain
    if chain is not None:
        chain = (*chain, *(step if isinstance(step, str) else EACH for step in steps))
    return Seen(input_of(kind, written(node, text), path, origin, plain(node, known, text)), chain)


def loop_over(node: Any, text: str, known: Known, loops: Loops, origins: Origins) -> Loop:
    """Return what a loop over *node*, of the template *text*, goes through."""
    found = next(reads(node, text, known, loops, origins), None)
    if found is None or not is_chain(node):
        return Loop(
            "", None, found.input.kind if found else "constant", found.input.origin if found else "the recipe"
        )
    chain = None if found.chain is None else (*found.chain, EACH)
    path = found.input.path + "[*]" if found.input.path else ""
    return Loop(path, chain, found.input.kind, found.input.origin)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if PLAIN_NAME.fullmatch(step) else f"['{step}']"


def is_chain(node: Any) -> bool:
    """Tell whether *node* is a name with the names and indexes behind it."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        node = node.node
    return isinstance(node, nodes.Name)


def notes(template: Template) -> Iterator[str]:
    """Yield what *template* puts in the place of what is missing."""
    text = template.text
    waiting: list[Any] = [template.tree]
    for node in waiting:  # grows meanwhile
        waiting += node.iter_child_nodes()
    for node in waiting:
        used = template.filters.get(node.name) if isinstance(node, nodes.Filter) else None
        if used is None:
            continue
        args = [text[begin(arg) : end(arg, text)] for arg in node.args]
        named = [(pair.key, text[begin(pair.value) : end(pair.value, text)]) for pair in node.kwargs]
        given = [*zip(used.signature.parameters, args, strict=False), *named]
        yield from stands_in(used.declared.name, dict(given))
