"""Expressions: Jinja's syntax, our meaning.

Jinja parses; this module gives each node of an allow-list its meaning as a closure. Nothing of Python's objects is in
reach: a name is a root of the record, a dot is a key of a mapping, a filter is one of ours. Numbers are int and
Decimal, operators take what the language says and nothing else, so ``"10" + "20"`` is an error and ``'abc' | int`` does
not exist. Every node counts against a budget when it is compiled, and those in a loop when they are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from jinja2 import nodes

from engine.diagnostics import suggest
from engine.expressions import syntax
from engine.expressions.syntax import chain, is_text, literal, said
from engine.filters import MAX_TEXT, BadValue, Filter, pay
from engine.operators import (
    COMPARE,
    as_text,
    calculate,
    join_text,
    kind,
    negative,
    positive,
    settled,
    spend,
    there,
    truth,
    weigh,
)
from engine.paths import MISSING, PathFailed
from engine.scope import MAX_STEPS, Budget, Scope

Evaluate = Callable[[Scope], Any]
SURROGATE: Final = re.compile("[\ud800-\udfff]")
MAX_NODES: Final = 500
MAX_DEPTH: Final = 40
MAX_COMPARED: Final = 5 * MAX_STEPS
"""Values that a comparison outside loops may go through."""
LOOP: Final = "loop"
LOOP_KEYS: Final = frozenset({"index", "first", "last"})


class BadExpression(ValueError):
    """An expression is not taken.

    Attributes:
        offset: Where in the template's text; 0 for the few nodes to which Jinja gives no place.
        help: The cure, or an empty text.
        name: The name that is not known, where that is what is wrong.
    """

    def __init__(self, message: str, offset: int | None, help: str = "", name: str = "") -> None:
        super().__init__(message)
        self.offset, self.help, self.name = offset or 0, help, name


class Compiler:
    """Compiles the nodes of one template.

    Args:
        names: The roots that exist here.
        filters: The filters by name.

    Attributes:
        used: Chains of names that the expression reads: ``("steps", "invoice")``.
        stands_in: Whether a default stands in for what is missing somewhere.
        bound: Names that the loops around the present node give.
    """

    def __init__(self, names: Iterable[str], filters: Mapping[str, Filter]) -> None:
        self.names = frozenset(names)
        self.filters = filters
        self.used: set[tuple[str, ...]] = set()
        self.lookups: list[tuple[str, int]] = []
        self.stands_in = False
        self.bound: tuple[str, ...] = ()
        self.left = MAX_NODES
        self.depth = 0

    @property
    def in_loop(self) -> bool:
        """Whether what is compiled now may be evaluated many times."""
        return bool(self.bound)

    def compile(self, node: nodes.Node) -> Evaluate:
        """Return *node* as a closure; raises ``BadExpression``."""
        with self.deeper(node):
            build = _BUILDERS.get(type(node))
            if build is None:
                what, cure = syntax.refusal(node, self.filters)
                raise BadExpression(what, node.lineno, cure)
            run = build(self, node)
        if not self.in_loop:
            return run

        def counted(scope: Scope) -> Any:
            spend(scope.budget, 1)
            return run(scope)

        return counted

    @contextmanager
    def deeper(self, node: nodes.Node) -> Iterator[None]:
        """Count *node* and what is compiled inside; raises ``BadExpression`` where that is too much."""
        self.left -= 1
        self.depth += 1
        if self.left < 0 or self.depth > MAX_DEPTH:
            cure = "split it over vars or several fields"
            raise BadExpression("the expression is too large", node.lineno, cure)
        yield
        self.depth -= 1

    @contextmanager
    def binding(self, name: str, offset: int, *, counts: bool = True) -> Iterator[None]:
        """Know *name* meanwhile, and with *counts* ``loop``; raises ``BadExpression`` where one would hide another."""
        before = tuple(each for each in self.bound if each != LOOP)
        for each in (name, LOOP):
            if each in self.names or each in before or name == LOOP:
                cure = "give the loop a name of its own, or the root another as:"
                raise BadExpression(f"the name {each!r} is taken already where this stands", offset, cure)
        outer, self.bound = self.bound, (*before, name, LOOP) if counts else (*before, name)
        yield
        self.bound = outer


def _const(c: Compiler, node: Any) -> Evaluate:
    value = node.value
    if isinstance(value, str) and SURROGATE.search(value):
        cure = "write the character itself"
        raise BadExpression("half of a character (a lone surrogate) is no text", node.lineno, cure)
    if isinstance(value, float):
        raise BadExpression("numbers are written as 12 or 12.50", node.lineno, "write the digits out")
    return lambda scope: value


def _name(c: Compiler, node: Any) -> Evaluate:
    name = node.name
    if name in c.bound:
        return lambda scope: scope.roots[name]
    if name == "null" and name not in c.names:
        return lambda scope: None
    if name not in c.names:
        known = {*c.names, *c.bound}
        cure = syntax.NAMES.get(name) or suggest(name, known)
        if not cure and name in c.filters:
            cure = f"{name} is a filter: write value | {c.filters[name].form}"
        cure = cure or "known names: " + ", ".join(sorted(known))
        raise BadExpression(f"there is no name {name!r} here", node.lineno, cure, name)
    c.used.add((name,))
    return lambda scope: scope.roots.get(name, MISSING)


def _key(c: Compiler, node: Any) -> Evaluate:
    """``a.b`` and ``a['b']`` and ``a[0]``: a key or an index, never an attribute."""
    key = node.attr if isinstance(node, nodes.Getattr) else _index(node.arg)
    if isinstance(key, str) and key.startswith("__") and key.endswith("__"):
        cure = f"a field with this name is read by a path: $['{key}']"
        raise BadExpression(f"{key} is no name of the language", node.lineno, cure)
    if isinstance(node.node, (nodes.Const, nodes.List, nodes.Tuple)):
        raise BadExpression(
            "a value that is written here has no fields", node.lineno, "write the value itself"
        )
    names = chain(node)
    if names and names[0] == LOOP and LOOP in c.bound and (len(names) != 2 or key not in LOOP_KEYS):
        raise BadExpression(
            "a loop has no such field", node.lineno, "known: loop.index, loop.first, loop.last"
        )
    before = set(c.used)
    inner = c.compile(node.node)
    if names and names[0] not in c.bound:
        c.used = before | {names}  # what leads to it is not read as a whole

    def get(scope: Scope) -> Any:
        value = inner(scope)
        if value is MISSING or value is None:
            return MISSING
        if isinstance(key, str):
            if not isinstance(value, dict):
                raise BadValue(f".{key} is asked of {kind(value)}; only a mapping has keys")
            return value.get(key, MISSING)
        if not isinstance(value, list):
            raise BadValue(f"[{key}] is asked of {kind(value)}; only a list has positions")
        return value[key] if -len(value) <= key < len(value) else MISSING

    return get


def _index(arg: Any) -> str | int:
    """Return the literal in brackets; ``[-1]`` is the last position."""
    sign, inner = (-1, arg.node) if isinstance(arg, nodes.Neg) else (1, arg)
    value = inner.value if isinstance(inner, nodes.Const) else None
    if isinstance(value, str) and sign == 1:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return sign * value
    if isinstance(arg, nodes.Slice):
        cure = "a slice is a path's: $.lines[0:2]; here write one position, such as record.lines[0]"
        raise BadExpression("a slice is not part of the language", arg.lineno, cure)
    cure = "write a fixed one, such as record.lines[0]"
    raise BadExpression("an index must be a whole number or a text in quotes", arg.lineno, cure)


def _filter(c: Compiler, node: Any) -> Evaluate:
    name = node.name
    if name not in c.filters:
        cure = suggest(name, c.filters) or "known filters: " + ", ".join(sorted(c.filters))
        raise BadExpression(f"there is no filter {name!r}", node.lineno, syntax.FILTERS.get(name, cure))
    if node.dyn_args is not None or node.dyn_kwargs is not None or node.node is None:
        cure = "write each argument by itself"
        raise BadExpression("* and ** are not part of the language", node.lineno, cure)
    used = c.filters[name]
    given = [literal(arg) for arg in node.args], {pair.key: literal(pair.value) for pair in node.kwargs}
    if wrong := used.misuse(len(node.args), [pair.key for pair in node.kwargs]) or used.refuse(*given):
        raise BadExpression(wrong, node.lineno, f"write {used.form}")
    if name == "lookup":
        table: Any = node.args[0] if node.args else next(p.value for p in node.kwargs if p.key == "table")
        if not is_text(table):
            cure = "write its name: lookup('status')"
            raise BadExpression("lookup takes the table's name as text in quotes", table.lineno, cure)
        c.lookups.append((table.value, table.lineno))
    c.stands_in |= used.stands_in(len(node.args), [pair.key for pair in node.kwargs])
    inner = c.compile(node.node)
    args = [_argument(c, arg, "an argument", used.may_miss(at)) for at, arg in enumerate(node.args)]
    named = [(pair.key, _argument(c, pair.value, pair.key, used.may_miss(pair.key))) for pair in node.kwargs]
    in_loop = c.in_loop

    def run(scope: Scope) -> Any:
        value, given = inner(scope), [arg(scope) for arg in args]
        if in_loop:
            spend(scope.budget, weigh(value))
        try:
            made = used.apply(value, scope, given, {key: arg(scope) for key, arg in named})
        except PathFailed as error:
            raise BadValue(str(error)) from error
        if isinstance(made, str) and len(made) > MAX_TEXT and all(made is not old for old in (value, *given)):
            raise BadValue(f"{name} makes a text of more than {MAX_TEXT:,} characters")
        return made

    return run


def _argument(c: Compiler, node: Any, what: str, may_miss: bool) -> Evaluate:
    """Return an argument as a closure; one that may be missing matters only when the filter gives it back."""
    run, words = c.compile(node), said(node, what)
    if not may_miss:
        return lambda scope: settled(there(run(scope), words))

    def if_there(scope: Scope) -> Any:
        try:
            return settled(run(scope))
        except BadValue as error:
            if error.code != "X101":
                raise
            return MISSING

    return if_there


def _arithmetic(symbol: str) -> Callable[[Compiler, Any], Evaluate]:
    def build(c: Compiler, node: Any) -> Evaluate:
        left, right = c.compile(node.left), c.compile(node.right)
        a, b = said(node.left, f"a side of {symbol}"), said(node.right, f"a side of {symbol}")
        return lambda scope: calculate(symbol, there(left(scope), a), there(right(scope), b))

    return build


def _sign(apply: Callable[[Any], Any]) -> Callable[[Compiler, Any], Evaluate]:
    def build(c: Compiler, node: Any) -> Evaluate:
        inner, words = c.compile(node.node), said(node.node, "a number")
        return lambda scope: apply(there(inner(scope), words))

    return build


def _concat(c: Compiler, node: Any) -> Evaluate:
    parts = [(c.compile(part), said(part, "a side of ~")) for part in node.nodes]
    in_loop = c.in_loop

    def run(scope: Scope) -> str:
        made = join_text(as_text(part(scope), words) for part, words in parts)
        if in_loop:
            spend(scope.budget, weigh(made))
        return made

    return run


class Comparison:
    """A comparison, or a chain of them, that can tell the two sides which do not hold.

    Args:
        first: The first side.
        rest: Jinja's name of each operator, and the side behind it.
        said: How messages call the sides.
        in_loop: Whether it is paid for from the evaluation's budget.
    """

    def __init__(
        self, first: Evaluate, rest: list[tuple[str, Evaluate]], said: list[str], in_loop: bool
    ) -> None:
        self.first, self.rest, self.said, self.in_loop = first, rest, said, in_loop
        self.nulls = "default(…)"

    def __call__(self, scope: Scope) -> bool:
        return self.failing(scope) is None

    def failing(self, scope: Scope) -> tuple[str, Any, Any] | None:
        """Return operator and sides of the first comparison that does not hold, or None where all do."""
        budget = scope.budget if self.in_loop else Budget(MAX_COMPARED)
        left = there(self.first(scope), self.said[0], self.nulls)
        for (op, other), words in zip(self.rest, self.said[1:], strict=True):
            right = there(other(scope), words, self.nulls)
            before = budget.steps
            holds = COMPARE[op](left, right, budget)
            if not self.in_loop:
                pay(scope, before - budget.steps)
            if not holds:
                return op, left, right
            left = right
        return None


def _compare(c: Compiler, node: Any) -> Evaluate:
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    first, *others = [c.compile(side) for side in sides]
    words = [said(sides[0], "the left side"), *(said(side, "the right side") for side in sides[1:])]
    made = Comparison(
        first, [(each.op, side) for each, side in zip(node.ops, others, strict=True)], words, c.in_loop
    )
    if any(literal(side) is None for side in sides):
        made.nulls = "default(null)"
    return made


def _logic(stop_at: bool) -> Callable[[Compiler, Any], Evaluate]:
    def build(c: Compiler, node: Any) -> Evaluate:
        left, right = c.compile(node.left), c.compile(node.right)
        return lambda scope: stop_at if truth(left(scope)) is stop_at else truth(right(scope))

    return build


def _not(c: Compiler, node: Any) -> Evaluate:
    inner = c.compile(node.node)
    return lambda scope: not truth(inner(scope))


def _condition(c: Compiler, node: Any) -> Evaluate:
    if node.expr2 is None:
        cure = "add else and the other value: 'a' if … else 'b'"
        raise BadExpression("an if inside an expression needs its else", node.lineno, cure)
    test, then, other = c.compile(node.test), c.compile(node.expr1), c.compile(node.expr2)
    return lambda scope: then(scope) if truth(test(scope)) else other(scope)


def _items(c: Compiler, node: Any) -> Evaluate:
    parts = [(c.compile(part), said(part, "an entry of the list")) for part in node.items]
    return lambda scope: [settled(there(part(scope), words)) for part, words in parts]


_BUILDERS: Final[Mapping[type, Callable[[Compiler, Any], Evaluate]]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.Getattr: _key,
    nodes.Getitem: _key,
    nodes.Filter: _filter,
    nodes.Add: _arithmetic("+"),
    nodes.Sub: _arithmetic("-"),
    nodes.Mul: _arithmetic("*"),
    nodes.Div: _arithmetic("/"),
    nodes.Neg: _sign(negative),
    nodes.Pos: _sign(positive),
    nodes.Concat: _concat,
    nodes.Compare: _compare,
    nodes.And: _logic(stop_at=False),
    nodes.Or: _logic(stop_at=True),
    nodes.Not: _not,
    nodes.CondExpr: _condition,
    nodes.List: _items,
    nodes.Tuple: _items,
}
