"""Names and indexes read one after the other: ``record.lines[0].price``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import nodes

from engine.expressions.syntax import literal
from engine.filters import Filter
from engine.inference import Chain, Known
from engine.inference.expressions.spans import part, written
from engine.inference.fields import Step, Tell, stepped
from engine.inference.pipes import arguments
from engine.paths import MISSING
from engine.types import ANY, Type, of_values


def key(node: nodes.Getattr | nodes.Getitem) -> str | int:
    """Return the name or index that *node* reads, which is a literal."""
    found = node.attr if isinstance(node, nodes.Getattr) else literal(node.arg)
    return found if isinstance(found, (str, int)) else ""


@lru_cache(maxsize=4096)  # a node is never changed
def exact(node: Any) -> Chain:
    """Return the root and the names behind it that *node* reads; nothing where it is no chain of names alone."""
    names: list[str] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        name = key(node)
        if not isinstance(name, str):
            return ()
        names.append(name)
        node = node.node
    return (node.name, *reversed(names)) if isinstance(node, nodes.Name) else ()


def called(used: Filter, node: nodes.Filter) -> list[tuple[str, Any]]:
    """Return the arguments of a call of the filter *used*, by the names of its parameters."""
    named: Any = node.kwargs
    return arguments(used, node.args, [(pair.key, pair.value) for pair in named])


def read_key(node: nodes.Getattr | nodes.Getitem, type: Type, known: Known, text: str, tell: Tell) -> Type:
    """Return the type of the name or index that *node* reads of *type*."""
    source = known.sources.get(node.node.name, "") if isinstance(node.node, nodes.Name) else ""
    step = Step(key(node), written(node.node, text), part(node, text), source)
    found = stepped(type, step, tell)
    chain = exact(node)
    return known.seen(chain, found) if chain else found


def plain(node: Any, known: Known, text: str) -> Type:
    """Return the type of a chain of names and indexes or of a literal, and ``ANY`` of anything else."""
    if (found := literal(node)) is not MISSING:
        return of_values([found])
    if isinstance(node, (nodes.List, nodes.Tuple)):
        held = [literal(each) for each in node.items]
        return ANY if any(each is MISSING for each in held) else of_values([held])
    if isinstance(node, nodes.Name):
        return known.root(node.name)
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        return read_key(node, plain(node.node, known, text), known, text, _unheard)
    return ANY


def _unheard(code: str, message: str, help: str = "", is_sure: bool = True) -> None:
    """Take what was or will be told where the chain is read by itself."""
