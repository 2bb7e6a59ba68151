"""Code of templates and of the expressions in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from jinja2 import nodes

from engine.expressions.syntax import literal
from engine.generated import pipes
from engine.generated.made import Absence, Kind, Made, Unfit
from engine.generated.reading import Reading, Spot
from engine.generated.writer import Line
from engine.paths import MISSING
from engine.quick import LOOKS, MOST
from engine.templates import Template

ARITHMETIC: Final[Mapping[type, tuple[str, str]]] = {
    nodes.Add: ("+", "add"), nodes.Sub: ("-", "subtract"), nodes.Mul: ("*", "multiply"), nodes.Div: ("/", ""),
}  # fmt: skip
"""An operator's sign, and what does the same for two amounts."""
COMPARED: Final = {
    "eq": "equal({}, {})", "ne": "not equal({}, {})", "in": "within({}, {})", "notin": "not within({}, {})",
    "lt": "less({}, {})", "lteq": "at_most({}, {})", "gt": "more({}, {})", "gteq": "at_least({}, {})",
}  # fmt: skip

NUMERIC: Final = frozenset({"amount", "number"})
PYTHONS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
"""What compares two numbers as the language does."""
PYTHONS_OF_TEXT: Final = {"eq": "==", "ne": "!=", "in": "in", "notin": "not in"}
"""What compares a text with one that is written, and with ``MEMBERSHIP`` a list of them, as the language does."""
MEMBERSHIP: Final = frozenset({"in", "notin"})


class Expressions:
    """Writes the code of one template.

    Args:
        of: The template.
        reading: What its function reads.
    """

    def __init__(self, of: Template, reading: Reading) -> None:
        self.of, self.reading, self.writer = of, reading, reading.writer

    def made(self) -> Made:
        """Return the code of the template's value; raises ``Unfit``."""
        if any(chain[0] == "null" for chain in self.of.used):
            raise Unfit  # a root of that name, which here would be taken for what is written
        if self.of.is_value:
            made = self.node(self.of.tree)
            if made.kind == "fraction":  # perhaps: the other branch of an if may be anything
                return Made(f"settled({made.there})")
            return Made(made.there, kind=made.kind)
        return self.text(getattr(self.of.tree, "body", []))

    def text(self, body: list[nodes.Node]) -> Made:
        """Return the code of text with expressions in it."""
        parts: list[str] = []
        for node in body:
            if isinstance(node, nodes.Output):
                parts += [self.piece(piece) for piece in node.nodes]
            elif isinstance(node, nodes.If):
                parts.append(self.choice(node))
            else:
                raise Unfit
        return Made(f"joined({', '.join(parts)})", kind="text")

    def piece(self, node: nodes.Node) -> str:
        """Return the code of a part of text."""
        if isinstance(node, nodes.TemplateData):
            return self.writer.literal(node.data)
        return self.piece_of(node)

    def choice(self, node: nodes.If) -> str:
        """Return the code of ``{% if %}``."""
        if node.elif_:
            raise Unfit
        name = self.writer.name()
        test = self.truth(node.test)
        for head, body in ((f"if {test}:", node.body), ("else:", node.else_)):
            with self.writer.block(head), self.reading.perhaps():
                self.writer.line(f"{name} = {self.text(body).text}")
        return name

    def node(self, node: nodes.Node) -> Made:
        """Return the code of an expression, whose value may be missing."""
        build = _BUILDERS.get(type(node))
        if build is None:
            raise Unfit
        return build(self, node)

    def sure(self, node: nodes.Node) -> Made:
        """Return the code of an expression that fails where its value is missing."""
        chain = _chain(node)
        if chain is not None:
            return Made(self.reading.used(self.reading.sure(*chain)))
        made = self.node(node)
        return Made(made.there, kind=made.kind)

    def truth(self, node: nodes.Node) -> str:
        """Return the code of a condition."""
        made = self.sure(node)
        return made.text if made.kind == "truth" else f"truth({made.text})"

    def apart(self, node: nodes.Node, of: Callable[[nodes.Node], Any]) -> tuple[Any, list[Line]]:
        """Return what *of* makes of *node*, and the lines that must stand before it."""
        with self.writer.inside() as lines, self.reading.perhaps():
            made = of(node)
        return made, lines

    def constant(self, node: Any) -> Made:
        value = literal(node)
        if value is MISSING:
            raise Unfit
        return Made(self.writer.literal(value), kind=_kind(value))

    def name(self, node: Any) -> Made:
        if node.name == "null":
            return Made("None")
        return Made(self.reading.used(self.reading.root(node.name)), "MISSING")

    def key(self, node: Any) -> Made:
        found = _chain(node)
        if found is not None:
            root, steps = found
            spot = self.reading.root(root)
        else:
            begin, steps = _steps(node)
            spot = Spot(self.node(begin).text)
        for step in steps:
            spot = self.reading.inner(spot, step)
        return Made(self.reading.used(spot), "MISSING")

    def filter(self, node: Any) -> Made:
        used = self.of.filters[node.name]
        names = list(used.signature.parameters)
        args = dict(zip(names, node.args, strict=False)) | {pair.key: pair.value for pair in node.kwargs}
        written = {name: literal(arg) for name, arg in args.items()}
        given: dict[str, Made] = {}
        value = self.node(node.node) if used.takes_missing else self.sure(node.node)
        for name, arg in args.items():
            if written[name] is not MISSING:
                continue
            if name != used.stand_in:
                given[name] = self.sure(arg)
            elif _chain(arg) is None:
                raise Unfit  # what fails in it would fail where it does not stand in, too
            else:
                # Looked at whether it stands in or not: it may ask a text for a field.
                given[name] = Made(self.writer.let(self.key(arg).text), "MISSING")
        known = {name: value for name, value in written.items() if value is not MISSING}
        return pipes.called(used, value, known, given, self.reading)

    def arithmetic(self, node: Any) -> Made:
        sign, exact = ARITHMETIC[type(node)]
        left, right = self.sure(node.left), self.sure(node.right)
        if exact and left.kind == right.kind == "amount":
            return Made(f"{exact}({left.text}, {right.text})", kind="number")
        is_fraction = sign == "/" or "fraction" in (left.kind, right.kind)
        text = f"calculate({self.writer.literal(sign)}, {left.text}, {right.text})"
        return Made(text, kind="fraction" if is_fraction else "number")

    def sign(self, node: Any) -> Made:
        if literal(node) is not MISSING:
            return self.constant(node)
        inner = self.sure(node.node)
        name = "negative" if isinstance(node, nodes.Neg) else "positive"
        return Made(f"{name}({inner.text})", kind="fraction" if inner.kind == "fraction" else "number")

    def concat(self, node: Any) -> Made:
        parts = [self.piece_of(part) for part in node.nodes]
        return Made(f"joined({', '.join(parts)})", kind="text")

    def piece_of(self, node: nodes.Node) -> str:
        """Return the code of one side of ``~``."""
        made = self.sure(node)
        return made.text if made.kind == "text" else f"as_text({made.text})"

    def compare(self, node: Any) -> Made:
        if len(node.ops) != 1:
            raise Unfit
        op = node.ops[0].op
        left, right = self.sure(node.expr), self.sure(node.ops[0].expr)
        self.reading.cost += LOOKS + 2 * MOST
        if {left.kind, right.kind} <= NUMERIC and op in PYTHONS:
            return Made(f"({left.text} {PYTHONS[op]} {right.text})", kind="truth")
        texts = _texts(node.ops[0].expr)
        if texts is not None and op in (PYTHONS_OF_TEXT if isinstance(texts, str) else MEMBERSHIP):
            name = self.writer.let(left.text)
            quick = f"{name} {PYTHONS_OF_TEXT[op]} {self.writer.literal(texts)}"
            return Made(
                f"({quick} if type({name}) is str else {COMPARED[op].format(name, right.text)})", kind="truth"
            )
        return Made(f"({COMPARED[op].format(left.text, right.text)})", kind="truth")

    def logic(self, node: Any) -> Made:
        left = self.truth(node.left)
        right, lines = self.apart(node.right, self.truth)
        is_and = isinstance(node, nodes.And)
        if not lines:
            return Made(f"({left} {'and' if is_and else 'or'} {right})", kind="truth")
        name = self.writer.name()
        self.writer.line(f"{name} = {left}")
        with self.writer.block(f"if {name}:" if is_and else f"if not {name}:"):
            self.writer.add(lines)
            self.writer.line(f"{name} = {right}")
        return Made(name, kind="truth")

    def negation(self, node: Any) -> Made:
        return Made(f"(not {self.truth(node.node)})", kind="truth")

    def condition(self, node: Any) -> Made:
        if node.expr2 is None:
            raise Unfit
        test = self.truth(node.test)
        one, lines = self.apart(node.expr1, self.node)
        two, others = self.apart(node.expr2, self.node)
        absent: Absence = "MISSING" if one.absent or two.absent else ""
        kind: Kind = one.kind if one.kind == two.kind else ""
        kind = "fraction" if "fraction" in (one.kind, two.kind) else kind
        if not lines and not others:
            return Made(f"({one.text} if {test} else {two.text})", absent, kind)
        name = self.writer.name()
        for head, body, made in ((f"if {test}:", lines, one), ("else:", others, two)):
            with self.writer.block(head):
                self.writer.add(body)
                self.writer.line(f"{name} = {made.text}")
        return Made(name, absent, kind)

    def items(self, node: Any) -> Made:
        parts = [self.sure(part) for part in node.items]
        texts = [f"settled({part.text})" if part.kind == "fraction" else part.text for part in parts]
        return Made(f"[{', '.join(texts)}]")


def _texts(node: Any) -> str | frozenset[str] | None:
    """Return the text that is written in *node*, or those in a list of texts alone; else None."""
    if isinstance(node, (nodes.List, nodes.Tuple)):
        values = [literal(each) for each in node.items]
        return frozenset(values) if values and all(isinstance(each, str) for each in values) else None
    value = literal(node)
    return value if isinstance(value, str) else None


def _kind(value: Any) -> Kind:
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else ""


def _steps(node: Any) -> tuple[Any, list[str | int]]:
    """Return what *node* begins with, and the names and positions behind it, which are written."""
    steps: list[str | int] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        steps.append(node.attr if isinstance(node, nodes.Getattr) else literal(node.arg))
        node = node.node
    return node, steps[::-1]


def _chain(node: Any) -> tuple[str, list[str | int]] | None:
    """Return the root and the steps behind it that *node* reads, or None where it is something else."""
    begin, steps = _steps(node)
    return (begin.name, steps) if isinstance(begin, nodes.Name) and steps else None


_BUILDERS: Final[Mapping[type, Callable[[Expressions, Any], Made]]] = {
    nodes.Const: Expressions.constant,
    nodes.Name: Expressions.name,
    nodes.Getattr: Expressions.key,
    nodes.Getitem: Expressions.key,
    nodes.Filter: Expressions.filter,
    **dict.fromkeys(ARITHMETIC, Expressions.arithmetic),
    nodes.Neg: Expressions.sign,
    nodes.Pos: Expressions.sign,
    nodes.Concat: Expressions.concat,
    nodes.Compare: Expressions.compare,
    nodes.And: Expressions.logic,
    nodes.Or: Expressions.logic,
    nodes.Not: Expressions.negation,
    nodes.CondExpr: Expressions.condition,
    nodes.List: Expressions.items,
    nodes.Tuple: Expressions.items,
}
