"""Places of nodes in a template's text, and how what is written there is called.

A node's ``lineno`` is the character at which its own token begins: the dot of ``a.b``, the name of a filter. What
lies around it is read from the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from jinja2 import nodes

from engine.quoted import QUOTED

Span = tuple[int, int]
"""Offset and length."""
KEY: Final = re.compile(r"\.\s*(\w+)")
BEHIND: Final = re.compile(r"\s*,?\s*[\])]")
WORD: Final = re.compile(r"[\w.]+|.", re.DOTALL)
CHAINED: Final = (nodes.Name, nodes.Getattr, nodes.Getitem)


def word(node: Any, text: str) -> Span:
    """Return the place of the word that *node* ends in: the name behind the last dot, a filter's name, a literal.

    Args:
        text: The template's.
    """
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        return segment(node, text)
    if isinstance(node, nodes.Filter):
        return node.lineno, len(node.name)
    first = begin(node)
    return first, max(1, end(node, text) - first)


def segment(node: nodes.Getattr | nodes.Getitem, text: str) -> Span:
    """Return the place of the name or index behind the last dot or in the last bracket."""
    key = KEY.match(text, node.lineno)
    if key is not None:
        return key.start(1), len(key.group(1))
    if isinstance(node, nodes.Getitem):
        return begin(node.arg), max(1, end(node.arg, text) - begin(node.arg))
    return node.lineno, 1


# Recipes share their compiled templates, so that a node is looked at again and again; it is never changed.
@lru_cache(maxsize=4096)
def written(node: Any, text: str, otherwise: str = "this") -> str:
    """Return names and indexes as they are written in *text*, or *otherwise* for what is no chain of them."""
    inner = node
    while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
        inner = inner.node
    if not isinstance(inner, nodes.Name):
        return otherwise
    return " ".join(text[begin(node) : end(node, text)].split())


@lru_cache(maxsize=4096)
def part(node: nodes.Getattr | nodes.Getitem, text: str) -> str:
    """Return the name or index of *node* as it is written, with its dot or brackets."""
    return text[node.lineno : end(node, text)]


@lru_cache(maxsize=4096)
def begin(node: Any) -> int:
    """Return where *node* begins, brackets around it not counted."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Filter)) and node.node is not None:
        node = node.node
    if isinstance(node, (nodes.List, nodes.Tuple, nodes.Neg, nodes.Pos, nodes.Not)):
        return node.lineno or 0
    # Jinja gives an operator the place of its left side, and some the place of a token behind it.
    inside = [begin(each) for each in node.iter_child_nodes() if not isinstance(node, nodes.Const)]
    return min(inside, default=node.lineno or 0)


@lru_cache(maxsize=4096)
def end(node: Any, text: str) -> int:
    """Return where *node* ends in *text*; what is not found out is one character long."""
    if isinstance(node, nodes.Name):
        return int(node.lineno) + len(node.name)
    if isinstance(node, nodes.Const):
        found = QUOTED.match(text, node.lineno) or WORD.match(text, node.lineno)
        return found.end() if found else int(node.lineno) + 1
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        key = KEY.match(text, node.lineno)
        return key.end() if key else _closed(node, text)
    if isinstance(node, (nodes.Filter, nodes.List, nodes.Tuple)):
        return _closed(node, text)
    inside = [end(each, text) for each in node.iter_child_nodes()]
    return max(inside, default=(node.lineno or 0) + 1)


def _closed(node: Any, text: str) -> int:
    """Return where *node* ends, which may have a bracket behind what it holds."""
    if isinstance(node, nodes.Filter):
        name = int(node.lineno) + len(node.name)
        held = [*node.args, *(pair.value for pair in node.kwargs)]
        if not held:
            return name
    elif isinstance(node, nodes.Getitem):
        name, held = int(node.lineno) + 1, [node.arg]
    else:
        name, held = int(node.lineno) + 1, list(getattr(node, "items", []))
    behind = BEHIND.match(text, max([name, *(end(each, text) for each in held)]))
    return behind.end() if behind else name
