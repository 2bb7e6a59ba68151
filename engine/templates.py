"""Templates: ``{{ expr }}`` alone is a value with its type, anything else with ``{{ }}`` or ``{% if %}`` is text.

The door to Jinja: its lexer and parser are used, its compiler and its run time are not. Tokens carry their offset
where Jinja keeps the line, so that every node knows its character, and a number keeps the digits it was written with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, Inexact
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Token, TokenStream

from engine.expressions import BadExpression, Compiler, Evaluate
from engine.filters import Filter
from engine.money import EXACT, MAX_EXPONENT, kind
from engine.operators import as_text, join_text, truth
from engine.scope import Scope

MAX_TEMPLATE: Final = 20_000
OPENERS: Final = ("{{", "{%", "{#")
SIGNS: Final = {
    "&&": "write and", "||": "write or", "!": "write not", "$": "in {{ }} the record is called record: record.name",
    "?": "give what may be absent | default(…)", "=": "write == for equal",
    "'": "close the quote", '"': "close the quote", "}": "close {{ with }}",
}  # fmt: skip
"""Signs of other languages, and what to write in their place."""
OPERATORS: Final = {
    "eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in",
}  # fmt: skip


class _Environment(Environment):
    """Jinja's syntax and nothing of its library: no filter, test, global or extension."""

    def __init__(self) -> None:
        super().__init__(keep_trailing_newline=True)
        for registry in (self.filters, self.tests, self.globals):
            registry.clear()

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        written: deque[str] = deque()
        raw = self._raw(source, name, written)
        return TokenStream(self._exact(self.lexer.wrap(raw, name, filename), written), name, filename)

    def _raw(self, source: str, name: str | None, written: deque[str]) -> Iterator[tuple[int, str, str]]:
        offset = 0
        try:
            for _, sort, text in self.lexer.tokeniter(source, name):
                if sort == "float":
                    written.append(text)
                offset = max(offset, source.find(text, offset))  # "{{-" drops the white space before it
                yield offset, sort, text
                offset += len(text)
        except TemplateSyntaxError as error:
            error.lineno = offset  # the lexer's own counts lines
            raise

    @staticmethod
    def _exact(tokens: Iterable[Token], written: deque[str]) -> Iterator[Token]:
        for token in tokens:
            if token.type != "float":
                yield token
                continue
            number = Decimal(written.popleft().replace("_", ""))
            if abs(number.adjusted()) > MAX_EXPONENT:
                raise TemplateSyntaxError("the number is out of range", token.lineno)
            yield Token(token.lineno, "float", number)  # type: ignore[arg-type]  # Jinja's stub says str


_ENVIRONMENT: Final = _Environment()


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template.

    Attributes:
        text: As written.
        is_value: Whether it is one ``{{ expr }}``: it gives the expression's value, else text.
        used: The chains of names it reads.
        lookups: The lookup tables it names, with their offsets.
        run: Its closure.
        sides: Operator and both sides where it is one comparison, to explain one that does not hold.
    """

    text: str
    is_value: bool
    used: frozenset[tuple[str, ...]]
    lookups: tuple[tuple[str, int], ...]
    run: Evaluate
    sides: tuple[str, Evaluate, Evaluate] | None = None

    def explain(self, scope: Scope) -> str:
        """Return the two sides of a comparison that did not hold, with their difference, or an empty text."""
        if self.sides is None:
            return ""
        operator, left, right = self.sides
        a, b = left(scope), right(scope)
        told = f"{_shown(a)} {operator} {_shown(b)} does not hold"
        if not all(isinstance(side, (int, Decimal)) and not isinstance(side, bool) for side in (a, b)):
            return told
        try:
            return f"{told}, the difference is {as_text(EXACT.subtract(a, b))}"
        except Inexact:
            return told

    def evaluate(self, scope: Scope) -> Any:
        """Return the value, which may be ``MISSING``; raises ``BadValue``."""
        return self.run(scope)


def is_template(text: str) -> bool:
    """Tell whether *text* holds an expression or a statement."""
    return any(opener in text for opener in OPENERS)


def compile_template(text: str, names: Iterable[str], filters: Mapping[str, Filter]) -> Template:
    """Return *text* as a compiled template.

    Args:
        names: The roots that exist where it stands.
        filters: The filters by name.

    Raises:
        BadExpression: bad syntax, an unknown name or filter, or something outside the language; with its offset.
    """
    if len(text) > MAX_TEMPLATE:
        raise BadExpression(f"a template has at most {MAX_TEMPLATE:,} characters", 0)
    if "{#" in text:
        raise BadExpression(
            "comments ({#) are not taken in templates", text.index("{#"), "use a YAML comment"
        )
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise _misread(text, str(error.message), min(error.lineno, len(text))) from error
    except RecursionError as error:
        raise BadExpression("the expression is nested too deeply", 0) from error
    except ValueError as error:  # int() refuses thousands of digits
        raise BadExpression("the expression cannot be read: a number is out of range", 0) from error
    compiler = Compiler(names, filters)
    single = _single(tree)
    run = compiler.compile(single) if single is not None else _text(compiler, tree.body)
    sides = None
    if isinstance(single, nodes.Compare) and len(single.ops) == 1:
        operand = single.ops[0]
        sides = (OPERATORS[operand.op], compiler.compile(single.expr), compiler.compile(operand.expr))
    return Template(text, single is not None, frozenset(compiler.used), tuple(compiler.lookups), run, sides)


def _misread(text: str, said: str, offset: int) -> BadExpression:
    """Return Jinja's words about bad syntax, which name its tokens, as ours with a cure."""
    found = text[offset : offset + 1]
    if "end of template" in said:
        cure = "close {{ with }}, and {% if %} with {% endif %}"
        return BadExpression("the expression is not closed", len(text), cure)
    if text.startswith(("}}", "%}"), offset):
        cure = "add the value, bracket or quote that is missing"
        return BadExpression("the expression ends too early", offset, cure)
    for sign, cure in SIGNS.items():
        if text.startswith(sign, offset):
            return BadExpression(f"{sign} is not expected here", offset, cure)
    if "unknown tag" in said or "tag name expected" in said:
        return BadExpression(
            "only {{ … }} and {% if %} are taken in text", offset, "write {% if … %}…{% endif %}"
        )
    if "out of range" in said:
        return BadExpression(said, offset, "write at most 28 digits")
    cure = "close brackets; between two values stands an operator or a bar"
    return BadExpression(f"{found or 'the end'} is not expected here", offset, cure)


def _shown(value: Any) -> str:
    return as_text(value) if isinstance(value, (str, bool, int, Decimal)) else kind(value)


def _single(tree: nodes.Template) -> nodes.Node | None:
    """Return the one expression of a template that is nothing else but white space, by Jinja's own syntax tree."""
    parts = [part for output in tree.body if isinstance(output, nodes.Output) for part in output.nodes]
    if len(tree.body) != sum(isinstance(output, nodes.Output) for output in tree.body):
        return None
    found = [part for part in parts if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    return found[0] if len(found) == 1 and not isinstance(found[0], nodes.TemplateData) else None


def _text(compiler: Compiler, body: list[nodes.Node]) -> Evaluate:
    parts: list[Evaluate] = []
    for node in body:
        if isinstance(node, nodes.Output):
            parts += [_piece(compiler, piece) for piece in node.nodes]
        elif isinstance(node, nodes.If):
            parts.append(_choice(compiler, node))
        else:
            cure = "compute in {{ … }}, and build lists with for_each and map"
            raise BadExpression("only {{ … }} and {% if %} are taken in text", node.lineno, cure)
    return lambda scope: join_text(part(scope) for part in parts)


def _piece(compiler: Compiler, node: nodes.Node) -> Evaluate:
    if isinstance(node, nodes.TemplateData):
        data = node.data
        return lambda scope: data
    run = compiler.compile(node)
    return lambda scope: as_text(run(scope))


def _choice(compiler: Compiler, node: nodes.If) -> Evaluate:
    branches = [(compiler.compile(each.test), _text(compiler, each.body)) for each in (node, *node.elif_)]
    other = _text(compiler, node.else_)

    def run(scope: Scope) -> str:
        for test, then in branches:
            if truth(test(scope)):
                return str(then(scope))
        return str(other(scope))

    return run
