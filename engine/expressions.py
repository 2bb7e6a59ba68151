"""Expressions: Jinja's syntax, our meaning.

Jinja parses; this module gives each node of an allow-list its meaning as a closure. Nothing of Python's objects is in
reach: a name is a root of the record, a dot is a key of a mapping, a filter is one of ours. Numbers are int and
Decimal, operators take what the language says and nothing else, so ``"10" + "20"`` is an error and ``'abc' | int`` does
not exist. Every node counts against a budget when it is compiled, and every text against one when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DivisionByZero, Inexact, InvalidOperation
from typing import Any, Final

from jinja2 import nodes

from engine import money
from engine.diagnostics import suggest
from engine.filters import BadValue, Filter
from engine.money import EXACT, kind
from engine.operators import COMPARE, as_text, divide, join_text, number, there, truth
from engine.paths import MISSING
from engine.scope import Scope

Evaluate = Callable[[Scope], Any]
MAX_NODES: Final = 500
MAX_DEPTH: Final = 40


class BadExpression(ValueError):
    """An expression is not taken.

    Attributes:
        offset: Where in the template's text; 0 for the few nodes to which Jinja gives no place.
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, offset: int | None, help: str = "") -> None:
        super().__init__(message)
        self.offset, self.help = offset or 0, help


class Compiler:
    """Compiles the nodes of one template.

    Args:
        names: The roots that exist here.
        filters: The filters by name.

    Attributes:
        used: Chains of names that the expression reads: ``("steps", "invoice")``.
    """

    def __init__(self, names: Iterable[str], filters: Mapping[str, Filter]) -> None:
        self.names = frozenset(names)
        self.filters = filters
        self.used: set[tuple[str, ...]] = set()
        self.lookups: list[tuple[str, int]] = []
        self.left = MAX_NODES
        self.depth = 0

    def compile(self, node: nodes.Node) -> Evaluate:
        """Return *node* as a closure; raises ``BadExpression``."""
        self.left -= 1
        self.depth += 1
        if self.left < 0 or self.depth > MAX_DEPTH:
            raise BadExpression(
                "the expression is too large", node.lineno, "split it over vars or several fields"
            )
        build = _BUILDERS.get(type(node))
        if build is None:
            what = type(node).__name__.lower()
            words, cure = _WORDS.get(what, (what, ""))
            raise BadExpression(f"{words} is not part of the language", node.lineno, cure)
        result = build(self, node)
        self.depth -= 1
        return result


def _const(c: Compiler, node: Any) -> Evaluate:
    value = node.value
    if isinstance(value, float):
        raise BadExpression("numbers are written as 12 or 12.50", node.lineno)
    return lambda scope: value


def _name(c: Compiler, node: Any) -> Evaluate:
    name = node.name
    if name not in c.names:
        known = "known names: " + ", ".join(sorted(c.names))
        raise BadExpression(f"there is no name {name!r} here", node.lineno, suggest(name, c.names) or known)
    c.used.add((name,))
    return lambda scope: scope.roots.get(name, MISSING)


def _key(c: Compiler, node: Any) -> Evaluate:
    """``a.b`` and ``a['b']`` and ``a[0]``: a key or an index, never an attribute."""
    key = node.attr if isinstance(node, nodes.Getattr) else _index(node.arg)
    chain = _chain(node)
    if chain:
        c.used.add(chain)
    inner = c.compile(node.node)

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
    cure = "write a fixed one, such as record.lines[0]"
    raise BadExpression("an index must be a whole number or a text in quotes", arg.lineno, cure)


def _chain(node: Any) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr):
            names.append(node.attr)
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            names.append(node.arg.value)
        else:
            names.clear()
        node = node.node
    return (node.name, *reversed(names)) if isinstance(node, nodes.Name) else ()


def _filter(c: Compiler, node: Any) -> Evaluate:
    name = node.name
    if name not in c.filters:
        cure = suggest(name, c.filters) or "known filters: " + ", ".join(sorted(c.filters))
        raise BadExpression(f"there is no filter {name!r}", node.lineno, cure)
    if node.dyn_args is not None or node.dyn_kwargs is not None or node.node is None:
        raise BadExpression("* and ** are not part of the language", node.lineno)
    used = c.filters[name]
    if wrong := used.misuse(len(node.args), [pair.key for pair in node.kwargs]):
        raise BadExpression(wrong, node.lineno, f"write {used.form}")
    if name == "lookup":
        table = node.args[0] if node.args else next(pair.value for pair in node.kwargs if pair.key == "table")
        if not isinstance(table, nodes.Const) or not isinstance(table.value, str):
            raise BadExpression("lookup takes the table's name as text in quotes", table.lineno)
        c.lookups.append((table.value, table.lineno))
    inner = c.compile(node.node)
    args = [c.compile(arg) for arg in node.args]
    named = [(pair.key, c.compile(pair.value)) for pair in node.kwargs]

    def run(scope: Scope) -> Any:
        given = [there(arg(scope), "an argument") for arg in args]
        return used.apply(inner(scope), scope, given, {key: there(arg(scope), key) for key, arg in named})

    return run


def _arithmetic(
    symbol: str, operate: Callable[[Decimal, Decimal], Decimal]
) -> Callable[[Compiler, Any], Evaluate]:
    def build(c: Compiler, node: Any) -> Evaluate:
        left, right = c.compile(node.left), c.compile(node.right)

        def run(scope: Scope) -> Any:
            a, b = number(left(scope), symbol), number(right(scope), symbol)
            try:
                result = operate(Decimal(a), Decimal(b))
            except DivisionByZero as error:
                raise BadValue("this divides by zero") from error
            except (Inexact, InvalidOperation, ArithmeticError) as error:
                raise BadValue(
                    f"{a} {symbol} {b} has no exact decimal of {money.MAX_DIGITS} digits"
                ) from error
            whole = isinstance(a, int) and isinstance(b, int) and symbol != "/"
            return int(result) if whole else result

        return run

    return build


def _sign(negate: bool) -> Callable[[Compiler, Any], Evaluate]:
    def build(c: Compiler, node: Any) -> Evaluate:
        inner = c.compile(node.node)

        def run(scope: Scope) -> int | Decimal:
            value = number(inner(scope), "-" if negate else "+")
            if not negate:
                return value
            return (
                -value if isinstance(value, int) else EXACT.minus(value)
            )  # a bare minus rounds to 28 digits

        return run

    return build


def _concat(c: Compiler, node: Any) -> Evaluate:
    parts = [c.compile(part) for part in node.nodes]
    return lambda scope: join_text(as_text(part(scope)) for part in parts)


def _compare(c: Compiler, node: Any) -> Evaluate:
    first = c.compile(node.expr)
    rest = [(operand.op, c.compile(operand.expr)) for operand in node.ops]

    def run(scope: Scope) -> bool:
        left = there(first(scope), "the left side")
        for op, other in rest:
            right = there(other(scope), "the right side")
            if not COMPARE[op](left, right):
                return False
            left = right
        return True

    return run


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
    parts = [c.compile(part) for part in node.items]
    return lambda scope: [there(part(scope), "an entry of the list") for part in parts]


_BUILDERS: Final[Mapping[type, Callable[[Compiler, Any], Evaluate]]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.Getattr: _key,
    nodes.Getitem: _key,
    nodes.Filter: _filter,
    nodes.Add: _arithmetic("+", EXACT.add),
    nodes.Sub: _arithmetic("-", EXACT.subtract),
    nodes.Mul: _arithmetic("*", EXACT.multiply),
    nodes.Div: _arithmetic("/", divide),
    nodes.Neg: _sign(negate=True),
    nodes.Pos: _sign(negate=False),
    nodes.Concat: _concat,
    nodes.Compare: _compare,
    nodes.And: _logic(stop_at=False),
    nodes.Or: _logic(stop_at=True),
    nodes.Not: _not,
    nodes.CondExpr: _condition,
    nodes.List: _items,
    nodes.Tuple: _items,
}

_OPERATORS: Final = "the operators are + - * / and ~"
_WORDS: Final = {
    "call": ("a call with ( )", "a filter stands behind a bar: value | name(…)"),
    "pow": ("**", _OPERATORS), "mod": ("%", _OPERATORS), "floordiv": ("//", _OPERATORS),
    "dict": ("a mapping in braces", "write it as YAML, one field a line"),
    "test": ("a test with 'is'", "compare with ==, or give what may be absent | default(…)"),
    "slice": ("a slice", "positions are single numbers, such as record.lines[0]"),
}  # fmt: skip
"""What is refused, by its syntax: how it is called, and what to write instead."""
