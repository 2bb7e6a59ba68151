"""The types of Jinja's nodes, as ``engine.expressions`` gives them their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from engine.expressions import LOOP
from engine.expressions.syntax import literal
from engine.inference import Known, Slip
from engine.inference.expressions.chains import called, read_key
from engine.inference.expressions.comparisons import Side, compare, contain
from engine.inference.expressions.narrowing import Narrowing
from engine.inference.expressions.spans import Span, segment, word, written
from engine.inference.pipes import applied
from engine.inference.pipes import lacking as lacks
from engine.paths import MISSING
from engine.signatures import Given
from engine.templates import OPERATORS, Template
from engine.types import (
    ANY,
    BOOLEAN,
    NULL,
    NUMBER,
    TEXT,
    WHOLE,
    Lack,
    Number,
    Type,
    described,
    join,
    list_of,
    mapping_of,
    of_values,
)

SYMBOLS: Final[Mapping[type, str]] = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}
COUNTS: Final = mapping_of({"index": WHOLE, "first": BOOLEAN, "last": BOOLEAN})
"""What ``loop`` is inside a loop."""
CONDITION: Final = "compare it, as in record.status == 'paid', or make it true or false with | boolean"


class Reader:
    """Reads the types of one template's nodes.

    Args:
        told: Takes what cannot be right.
    """

    def __init__(self, template: Template, told: list[Slip]) -> None:
        self.text, self.filters, self.told = template.text, template.filters, told
        self.narrowing = Narrowing(template.text, template.filters)
        self.lacked: dict[str, Span] = {}
        self.forgiven: list[Lack] | None = None

    def type(self, node: Any, known: Known) -> Type:
        """Return the type of what *node* gives, which may lack; of what is no part of the language ``ANY``."""
        read = _READERS.get(type(node))
        return ANY if read is None else read(self, node, known)

    # What is wanted of a value

    def there(self, node: Any, known: Known, cure: str = "default(…)") -> Type:
        """Return the type of *node*, where an error is made of a value that is absent."""
        return self.settled(node, self.type(node, known), cure)

    def settled(self, node: Any, type: Type, cure: str = "default(…)") -> Type:
        """Return *type*, of *node*, as that of a value that is there; says where it may be absent."""
        if type.lack is None:
            return type
        if self.forgiven is not None:
            self.forgiven.append(type.lack)
        else:
            at = self.lacked.get(type.lack.why) or word(node, self.text)
            self.told += lacks(type.lack, f"put | {cure} behind what may be absent", at)
        return type.may_lack(None)

    def wanted(self, node: Any, type: Type, kinds: tuple[str, ...], says: str, help: str, null: str) -> Type:
        """Return *type* of *node* as far as it is of *kinds*, which alone are taken; says where it is not.

        Args:
            says: What takes it, as a sentence that a comma follows.
            help: The cure for what is of another kind.
            null: The cure for null.
        """
        if type.is_any:
            return type.only(*kinds)
        what, at = written(node, self.text), word(node, self.text)
        strange = type.without(*kinds)
        if strange.kinds - {"null"}:
            may = "may be" if type.kinds - strange.kinds else "is"
            self.told.append(Slip("R311", f"{says}, and {what} {may} {described(strange)}", help, at))
        elif type.null and "null" not in kinds:
            may = "may be" if type.kinds - {"null"} else "is"
            self.told.append(Slip("R312", f"{says}, and {what} {may} null", null, at))
        return type.only(*kinds)

    def truth(self, node: Any, known: Known) -> Type:
        """Return the type of a condition, which has to be true or false."""
        type = self.there(node, known, "default(false)")
        says = "a condition must be true or false"
        found = self.wanted(node, type, ("boolean",), says, CONDITION, "give it | default(false)")
        return found if found.boolean else BOOLEAN

    def number(self, node: Any, known: Known, symbol: str) -> Type:
        """Return the type of a side of arithmetic."""
        type = self.there(node, known)
        help = ""
        if type.text is not None:
            help = "make the text an amount: | money" + (", or join text with ~" if symbol == "+" else "")
        return self.wanted(node, type, ("number",), f"{symbol} takes numbers", help, "give it | default(0)")

    def shown(self, node: Any, known: Known, says: str) -> None:
        """Read what has to stand in text."""
        kinds, type = ("text", "number", "boolean"), self.there(node, known)
        help = "name the part of it that is meant" if type.list is None else "make it one text: | join(', ')"
        self.wanted(node, type, kinds, says, help, "give it | default('')")

    # Values

    def const(self, node: nodes.Const, known: Known) -> Type:
        return of_values([node.value])

    def name(self, node: nodes.Name, known: Known) -> Type:
        return NULL if node.name == "null" and "null" not in known.roots else known.root(node.name)

    def key(self, node: nodes.Getattr | nodes.Getitem, known: Known) -> Type:
        inner, at = self.type(node.node, known), segment(node, self.text)

        def tell(code: str, message: str, help: str = "", is_sure: bool = True) -> None:
            self.told.append(Slip(code, message, help, at, "error" if is_sure else "warning"))

        found = read_key(node, inner, known, self.text, tell)
        if found.lack is not None and found.lack is not inner.lack:
            self.lacked[found.lack.why] = at
        return found

    def items(self, node: nodes.List | nodes.Tuple, known: Known) -> Type:
        return list_of(join([self.there(each, known) for each in node.items]))

    def filter(self, node: nodes.Filter, known: Known) -> Type:
        used = self.filters.get(node.name)
        if used is None or node.node is None:
            return ANY
        value = self.type(node.node, known)
        if not used.takes_missing:
            value = self.settled(node.node, value)
        types: dict[str, Type] = {}
        values: dict[str, Any] = {}
        for name, arg in called(used, node):
            types[name] = self.stand_in(arg, known) if used.may_miss(name) else self.there(arg, known)
            if (found := literal(arg)) is not MISSING:
                values[name] = found
        at = node.lineno, len(node.name)
        given = Given(values, types, known.tables, known.asked, is_zoned=known.is_zoned)
        return applied(used, value, given, self.told, at)

    def stand_in(self, node: Any, known: Known) -> Type:
        """Return the type of an argument that may be absent, also by an error of what it is made of."""
        outer, self.forgiven = self.forgiven, []
        type = self.type(node, known)
        lack = next(iter(self.forgiven), type.lack)
        self.forgiven = outer
        return type.may_lack(lack)

    # Operators

    def arithmetic(self, node: nodes.BinExpr, known: Known) -> Type:
        symbol = SYMBOLS[type(node)]
        left, right = self.number(node.left, known, symbol), self.number(node.right, known, symbol)
        one, two = left.currency, right.currency
        currency = one | two
        if symbol in "*/" and one and two:
            currency = frozenset()
        elif one and two:
            currency = one & two
        if symbol in "+-" and one and two and not currency:
            said = " and ".join(sorted(".".join(each) for each in (min(one), min(two))))
            does = "adds" if symbol == "+" else "subtracts"
            message = f"{symbol} {does} amounts of two currencies: these are named by {said}"
            help = "take both amounts in one currency, or convert one of them first"
            self.told.append(Slip("R311", message, help, word(node.right, self.text)))
        found = NUMBER if symbol == "/" else join([left.only("number"), right.only("number")])
        return Type(number=found.number or Number(), currency=currency)

    def sign(self, node: nodes.UnaryExpr, known: Known) -> Type:
        found = self.number(node.node, known, "-" if isinstance(node, nodes.Neg) else "+")
        return Type(number=found.number or Number(), currency=found.currency)

    def concat(self, node: nodes.Concat, known: Known) -> Type:
        for part in node.nodes:
            self.shown(part, known, "~ joins text, numbers, true and false")
        return TEXT

    def compare(self, node: nodes.Compare, known: Known) -> Type:
        sides = [node.expr, *(each.expr for each in node.ops)]
        cure = "default(null)" if any(literal(side) is None for side in sides) else "default(…)"
        found = [Side(side, self.type(side, known), self.text) for side in sides]
        for side in found:
            self.settled(side.node, side.type, cure)
        if not any(side.reads for side in found):
            return BOOLEAN  # it is so on purpose; what a chain leads to depends on what it begins with
        outcomes = []
        for index, each in enumerate(node.ops):
            left, right, symbol = found[index], found[index + 1], OPERATORS[each.op]
            if each.op in ("in", "notin"):
                outcomes.append(contain(left, symbol, right, self.told))
            else:
                outcomes.append(compare(left, symbol, right, self.told))
        if False in outcomes:
            return Type(boolean=frozenset({False}))
        return Type(boolean=frozenset({True})) if all(outcomes) else BOOLEAN

    def logic(self, node: nodes.And | nodes.Or, known: Known) -> Type:
        stops = isinstance(node, nodes.Or)
        left = self.truth(node.left, known)
        facts = self.narrowing.facts(node.left, known)
        right = self.truth(node.right, known.where(facts[1 if stops else 0]))
        if left.boolean == {stops}:
            return left
        return Type(boolean=right.boolean | left.boolean & {stops})

    def negated(self, node: nodes.Not, known: Known) -> Type:
        return Type(boolean=frozenset(not each for each in self.truth(node.node, known).boolean))

    def condition(self, node: nodes.CondExpr, known: Known) -> Type:
        self.truth(node.test, known)
        held, failed = self.narrowing.facts(node.test, known)
        branches = [(node.expr1, held), (node.expr2, failed)]
        return join([self.type(each, known.where(facts)) for each, facts in branches if each is not None])

    # Text

    def body(self, body: list[Any], known: Known) -> None:
        """Read the parts of a text."""
        for node in body:
            if isinstance(node, nodes.Output):
                for piece in node.nodes:
                    if not isinstance(piece, nodes.TemplateData):
                        self.shown(piece, known, "only text, numbers, true and false stand in text")
            elif isinstance(node, nodes.If):
                self.choice(node, known)
            elif isinstance(node, nodes.For):
                self.loop(node, known)

    def choice(self, node: nodes.If, known: Known) -> None:
        for each in (node, *node.elif_):
            self.truth(each.test, known)
            held, failed = self.narrowing.facts(each.test, known)
            self.body(each.body, known.where(held))
            known = known.where(failed)
        self.body(node.else_, known)

    def loop(self, node: nodes.For, known: Known) -> None:
        says, help = "{% for %} takes a list", "give it a list such as record.lines"
        over = self.wanted(
            node.iter, self.there(node.iter, known), ("list",), says, help, "give it | default([])"
        )
        self.body(node.else_, known)
        if not isinstance(node.target, nodes.Name):
            return
        inside = known.bind(node.target.name, over.element)
        if node.test is not None:
            self.truth(node.test, inside)
            inside = inside.where(self.narrowing.facts(node.test, inside)[0])
        self.body(node.body, inside.bind(LOOP, COUNTS))


_READERS: Final[Mapping[type, Callable[[Reader, Any, Known], Type]]] = {
    nodes.Const: Reader.const,
    nodes.Name: Reader.name,
    nodes.Getattr: Reader.key,
    nodes.Getitem: Reader.key,
    nodes.Filter: Reader.filter,
    **dict.fromkeys(SYMBOLS, Reader.arithmetic),
    nodes.Neg: Reader.sign,
    nodes.Pos: Reader.sign,
    nodes.Concat: Reader.concat,
    nodes.Compare: Reader.compare,
    nodes.And: Reader.logic,
    nodes.Or: Reader.logic,
    nodes.Not: Reader.negated,
    nodes.CondExpr: Reader.condition,
    nodes.List: Reader.items,
    nodes.Tuple: Reader.items,
}
