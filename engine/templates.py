"""Templates: ``{{ expr }}`` alone is a value with its type, anything else with ``{{ }}`` or ``{% %}`` is text.

The door to Jinja: its lexer and parser are used, its compiler and its run time are not. Tokens carry their offset
where Jinja keeps the line, so that every node knows its character, and a number keeps the digits it was written with.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Token, TokenStream

from engine.expressions import LOOP, BadExpression, Comparison, Compiler, Evaluate
from engine.expressions.syntax import TAGS, said
from engine.filters import BadValue, Filter
from engine.money import MAX_EXPONENT
from engine.operators import as_text, calculate, join_text, kind, settled, shown, spend, there, truth
from engine.quoted import QUOTED, BadQuoted, pattern_in, text_in
from engine.scope import Budget, Scope

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
TAG: Final = re.compile(r"[A-Za-z_]+")
KNOWN_TAGS: Final = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
TAKEN: Final = "only {{ … }}, {% if %} and {% for %} are taken in text"


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
        offset, tag_next = 0, False
        try:
            for _, sort, text in self.lexer.tokeniter(source, name):
                if sort == "float":
                    written.append(text)
                offset = max(offset, source.find(text, offset))  # "{{-" drops the white space before it
                if sort == "raw_begin" or (tag_next and sort == "name" and text not in KNOWN_TAGS):
                    offset += text.find("raw") if sort == "raw_begin" else 0
                    raise TemplateSyntaxError("unknown tag", offset, name)
                tag_next = sort == "block_begin" or (tag_next and sort == "whitespace")
                yield offset, sort, _kept(text) if sort == "string" else text
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


def _kept(quoted: str) -> str:
    """Return a text in quotes so that Jinja's lexer, which reads it as Python would, gives it as it is written."""
    return f"'{quoted}'".replace("\\", "\\\\")


_ENVIRONMENT: Final = _Environment()


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template.

    Attributes:
        text: As written.
        is_value: Whether it is one ``{{ expr }}``: it gives the expression's value, else text.
        used: The chains of names it reads.
        lookups: The lookup tables it names, with their offsets.
        stands_in: Whether a default stands in for what is missing somewhere.
        run: Its closure; a ``Comparison`` where it is one.
        tree: The syntax that it was compiled from: of the expression alone where it is a value. A node's ``lineno`` is
            its character in ``text``.
        filters: The filters by name, as they were when it was compiled.
    """

    text: str
    is_value: bool
    used: frozenset[tuple[str, ...]]
    lookups: tuple[tuple[str, int], ...]
    stands_in: bool
    run: Evaluate
    tree: nodes.Node = field(compare=False, repr=False)
    filters: Mapping[str, Filter] = field(compare=False, repr=False)

    def explain(self, scope: Scope) -> str:
        """Return the two sides of a comparison that does not hold, with their difference, or an empty text.

        A default that stands in meanwhile is not counted: it was when the template was evaluated.
        """
        if not isinstance(self.run, Comparison):
            return ""
        apart = replace(scope, defaults=Counter(), budget=Budget())
        failing = self.run.failing(apart)
        if failing is None:
            return ""
        operator, left, right = failing
        told = f"{_shown(left)} {OPERATORS[operator]} {_shown(right)} does not hold"
        if not _is_number(left) or not _is_number(right):
            return told
        try:
            return f"{told}, the difference is {shown(calculate('-', left, right))}"
        except BadValue:
            return told

    def evaluate(self, scope: Scope) -> Any:
        """Return the value, which may be ``MISSING``; raises ``BadValue``."""
        scope.budget = Budget()
        return settled(self.run(scope))


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
    _read_texts(tree, filters)
    compiler = Compiler(names, filters)
    single = _single(tree)
    run = compiler.compile(single) if single is not None else _text(compiler, tree.body)
    used, lookups = frozenset(compiler.used), tuple(compiler.lookups)
    shown = tree if single is None else single
    return Template(text, single is not None, used, lookups, compiler.stands_in, run, shown, filters)


def _read_texts(tree: nodes.Template, filters: Mapping[str, Filter]) -> None:
    """Replace the texts in quotes, which ``_kept`` as they are written, by what they mean; raises ``BadExpression``."""
    every: list[nodes.Node] = [tree]
    for node in every:  # grows meanwhile: a long chain is too deep for Jinja's own walk, which recurses
        every += node.iter_child_nodes()
    patterns: set[int] = set()
    for call in every:
        if isinstance(call, nodes.Filter) and (used := filters.get(call.name)):
            patterns |= {id(arg) for at, arg in enumerate(call.args) if used.is_pattern(at)}
            patterns |= {id(pair.value) for pair in call.kwargs if used.is_pattern(str(pair.key))}
    for node in every:
        if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
            continue
        if not QUOTED.fullmatch(node.value):  # Python makes one text of two that stand side by side
            raise BadExpression("two texts stand side by side", node.lineno, "join text with ~")
        try:
            node.value = pattern_in(node.value) if id(node) in patterns else text_in(node.value)
        except BadQuoted as error:
            raise BadExpression(str(error), node.lineno + error.offset, error.help) from error


def _misread(text: str, said: str, offset: int) -> BadExpression:
    """Return Jinja's words about bad syntax, which name its tokens, as ours with a cure."""
    found = text[offset : offset + 1]
    if "end of template" in said:
        cure = "close {{ with }}, {% if %} with {% endif %}, {% for %} with {% endfor %}"
        return BadExpression("the expression is not closed", len(text), cure)
    if text.startswith(("}}", "%}"), offset):
        cure = "add the value, bracket or quote that is missing"
        return BadExpression("the expression ends too early", offset, cure)
    for sign, cure in SIGNS.items():
        if text.startswith(sign, offset):
            return BadExpression(f"{sign} is not expected here", offset, cure)
    if "unknown tag" in said or "tag name expected" in said:
        tag = TAG.search(text, offset)
        cure = TAGS.get(tag.group() if tag else "", "write {% if … %}…{% endif %}")
        return BadExpression(TAKEN, offset, cure)
    if "out of range" in said:
        return BadExpression(said, offset, "write at most 28 digits")
    cure = "close brackets; between two values stands an operator or a bar"
    return BadExpression(f"{found or 'the end'} is not expected here", offset, cure)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal, Fraction)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return shown(value) if isinstance(value, (str, bool)) or _is_number(value) else kind(value)


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
            with compiler.deeper(node):
                parts.append(_choice(compiler, node))
        elif isinstance(node, nodes.For):
            with compiler.deeper(node):
                parts.append(_loop(compiler, node))
        else:
            raise BadExpression(TAKEN, node.lineno)
    return lambda scope: join_text(part(scope) for part in parts)


def _piece(compiler: Compiler, node: nodes.Node) -> Evaluate:
    if isinstance(node, nodes.TemplateData):
        data = node.data
        return lambda scope: data
    run, what = compiler.compile(node), said(node, "a value")
    return lambda scope: as_text(run(scope), what)


def _choice(compiler: Compiler, node: nodes.If) -> Evaluate:
    branches = [(compiler.compile(each.test), _text(compiler, each.body)) for each in (node, *node.elif_)]
    other = _text(compiler, node.else_)

    def run(scope: Scope) -> str:
        for test, then in branches:
            if truth(test(scope)):
                return str(then(scope))
        return str(other(scope))

    return run


def _loop(compiler: Compiler, node: nodes.For) -> Evaluate:
    """``{% for x in list if test %}…{% else %}…{% endfor %}``; in it ``loop`` has index (from 1), first and last."""
    if not isinstance(node.target, nodes.Name):
        cure = "write {% for line in record.lines %}, and line.name for its fields"
        raise BadExpression("a loop has one name", node.target.lineno, cure)
    if node.recursive:
        raise BadExpression(
            "recursive loops are not part of the language", node.lineno, "write a loop in the loop"
        )
    name = node.target.name
    over, what = compiler.compile(node.iter), said(node.iter, "the list of the loop")
    other = _text(compiler, node.else_)
    chosen = None
    if node.test is not None:
        with compiler.binding(name, node.target.lineno, counts=False):
            chosen = compiler.compile(node.test)
    with compiler.binding(name, node.target.lineno):
        body = _text(compiler, node.body)

    def rounds(scope: Scope, entries: list[Any]) -> Iterator[str]:
        for index, entry in enumerate(entries, 1):
            spend(scope.budget, 1)
            counts = {"index": index, "first": index == 1, "last": index == len(entries)}
            yield body(scope.bind(name, entry).bind(LOOP, counts))

    def run(scope: Scope) -> str:
        entries = there(over(scope), what)
        if not isinstance(entries, list):
            raise BadValue(
                f"{{% for %}} takes a list, found {kind(entries)}; give it a list such as record.lines"
            )
        if chosen is not None:
            entries = [entry for entry in entries if truth(chosen(scope.bind(name, entry)))]
        return join_text(rounds(scope, entries)) if entries else str(other(scope))

    return run
