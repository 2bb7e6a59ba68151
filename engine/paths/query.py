"""Queries of RFC 9535: the library parses them, this module evaluates what it parsed.

Evaluated here and not by the library because ``$`` inside a filter is the record wherever the path itself begins, JSON
values are equal by JSON's own rules (``[1]`` is not ``[true]``), and how many values are looked at is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import (
    BaseExpression,
    FilterExpression,
    FilterExpressionLiteral,
    FilterQuery,
    FloatLiteral,
    FunctionExtension,
    InfixExpression,
    IntegerLiteral,
    PrefixExpression,
    RootFilterQuery,
)
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import Filter, IndexSelector, NameSelector, SliceSelector, WildcardSelector
from jsonpath.stream import TokenStream

from engine.patterns import BadPattern, Pattern, compile_pattern

MAX_LOOKS: Final = 1_000_000
"""Values that one evaluation may look at, those of its filters included."""
OTHER_ROOT: Final = re.compile(r"\$([A-Za-z_]\w*)")
I_REGEXP: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\.", re.DOTALL)
"""The parts of an I-Regexp among which a point stands for itself or for any character."""
NOTHING: Final = object()
"""What a filter compares where its query selects nothing; equal to itself alone."""


class BadPath(ValueError):
    """A path is no JSONPath.

    Attributes:
        offset: Where in the path's text it goes wrong.
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, offset: int, help: str = "") -> None:
        super().__init__(message)
        self.offset, self.help = offset, help


class PathFailed(ValueError):
    """A path is well formed but cannot be evaluated on this data: too many values, or no record for its ``$``."""


class _Parser(Parser):
    """Keeps number literals as written: the library turns them into floats."""

    def parse_float_literal(self, stream: TokenStream) -> BaseExpression:
        text = stream.current().value
        super().parse_float_literal(stream)
        return FloatLiteral(value=Decimal(text))  # type: ignore[arg-type]  # compared, never computed with

    def parse_integer_literal(self, stream: TokenStream) -> BaseExpression:
        text = stream.current().value
        super().parse_integer_literal(stream)
        return IntegerLiteral(value=int(Decimal(text)))


class _Lexer(Lexer):
    """Takes after a dot the names of RFC 9535; the library's own have ``-`` and end at U+FFFF."""

    key_pattern = r"[\u0080-\U0010FFFFa-zA-Z_][\u0080-\U0010FFFFa-zA-Z0-9_]*"


class _Environment(JSONPathEnvironment):
    lexer_class = _Lexer
    parser_class = _Parser


_ENVIRONMENT: Final = _Environment(strict=True)


def parse(query: str, offset: int) -> tuple[Any, ...]:
    """Return the segments of *query*, which begins with ``$``.

    Args:
        query: An RFC 9535 query.
        offset: Added to the place of an error.

    Raises:
        BadPath: it is none.
    """
    try:
        return tuple(_ENVIRONMENT.compile(query).segments)  # type: ignore[union-attr]  # no compound paths: strict
    except JSONPathError as error:
        token = error.token
        index = token.index if token is not None and token.index >= 0 else len(query)
        raise BadPath(_message(error, query), offset + index, _cure(query, index)) from error
    except (RecursionError, ArithmeticError, ValueError) as error:
        raise BadPath("this path cannot be read", offset, "write it shorter, with smaller numbers") from error


def _message(error: JSONPathError, query: str) -> str:
    """Translate the library's words, which name its token kinds, into the user's."""
    token = error.token
    if token is None or token.index < 0 or token.index >= len(query):
        return "the path ends too early: a bracket, quote or name is missing"
    words = query[token.index : token.index + 12].split()
    return (
        f"{words[0]!r} is not expected here in a path" if words else "a space is not expected here in a path"
    )


def _cure(query: str, index: int) -> str:
    rest = query[index:]
    if not rest:
        return "close the bracket or quote, or write the name"
    if other := OTHER_ROOT.match(query, max(1, index - 1)):
        root = other.group()
        return (
            f"in a filter $ is the record and @ the element; compare with {root} in a when: or in {{{{ … }}}}"
        )
    if rest.startswith(("=", "and ", "or ", "not ")):
        return "in a filter write == and !=, && for and, || for or, ! for not"
    if rest.startswith("?"):
        return "the ? of an optional path stands at its end"
    if rest[0].isdigit():
        return "a number has no leading zero"
    return "a name with spaces or signs is written $['order name']"


def single(segment: Any) -> str | int | None:
    """Return the one name or index that *segment* selects, or None where it may select several."""
    if not isinstance(segment, JSONPathChildSegment) or len(segment.selectors) != 1:
        return None
    selector = segment.selectors[0]
    if isinstance(selector, NameSelector):
        return selector.name
    return selector.index if isinstance(selector, IndexSelector) else None


def descends(segment: Any) -> bool:
    """Tell whether *segment* is a ``..``."""
    return not isinstance(segment, JSONPathChildSegment)


class Selection:
    """One evaluation of a query.

    Args:
        root: What ``$`` is inside filters; ``NOTHING`` where there is none. Not changed.
        looks: How many values it may look at.
    """

    __slots__ = ("known", "left", "root")

    def __init__(self, root: Any, looks: int = MAX_LOOKS) -> None:
        self.root, self.left = root, looks
        self.known: dict[int, list[Any]] = {}

    def step(self, segment: Any, values: list[Any]) -> list[Any]:
        """Return what *segment* selects in each of *values*, in the order of RFC 9535; raises ``PathFailed``."""
        if descends(segment):
            values = [inner for value in values for inner in self._within(value)]
        found: list[Any] = []
        for value in values:
            for selector in segment.selectors:
                found += self._select(selector, value)
        return found

    def look(self, count: int = 1) -> None:
        """Count *count* values that are looked at; raises ``PathFailed`` when there were too many."""
        self.left -= count
        if self.left < 0:
            raise PathFailed(
                f"the path looks at more than {MAX_LOOKS:,} values; name more of the way to them"
            )

    def _within(self, value: Any) -> Iterator[Any]:
        """Yield *value* and all below it that have children, each before its children."""
        ahead = [value]
        while ahead:
            value = ahead.pop()
            self.look()
            yield value
            ahead += [inner for inner in reversed(_children(value)) if isinstance(inner, (list, dict))]

    def _select(self, selector: Any, value: Any) -> list[Any]:
        found: list[Any] = []
        if isinstance(selector, NameSelector):
            found = [value[selector.name]] if isinstance(value, dict) and selector.name in value else []
        elif isinstance(selector, IndexSelector):
            inside = isinstance(value, list) and -len(value) <= selector.index < len(value)
            found = [value[selector.index]] if inside else []
        elif isinstance(selector, SliceSelector):
            found = value[selector.slice] if isinstance(value, list) and selector.slice.step != 0 else []
        elif isinstance(selector, WildcardSelector):
            found = _children(value)
        elif isinstance(selector, Filter):
            return [inner for inner in _children(value) if self._holds(selector.expression, inner)]
        else:
            raise TypeError(f"no selector of RFC 9535: {selector}")
        self.look(len(found) + 1)
        return found

    def _holds(self, test: Any, current: Any) -> bool:
        self.look()
        if isinstance(test, FilterExpression):
            return self._holds(test.expression, current)
        if isinstance(test, PrefixExpression):
            return not self._holds(test.right, current)
        if isinstance(test, FilterQuery):
            return bool(self._nodes(test, current))
        if not isinstance(test, InfixExpression):
            return self._value(test, current) is True  # match and search
        if test.operator == "&&":
            return self._holds(test.left, current) and self._holds(test.right, current)
        if test.operator == "||":
            return self._holds(test.left, current) or self._holds(test.right, current)
        return self._compare(self._value(test.left, current), test.operator, self._value(test.right, current))

    def _nodes(self, query: FilterQuery, current: Any) -> list[Any]:
        """Return what a query inside a filter selects; one from ``$`` is evaluated once for all elements."""
        from_root = isinstance(query, RootFilterQuery)
        if from_root and id(query) in self.known:
            return self.known[id(query)]
        if from_root and self.root is NOTHING:
            raise PathFailed("$ inside a filter is the record, and there is no record here")
        found = [self.root if from_root else current]
        for segment in query.path.segments:
            found = self.step(segment, found)
        if from_root:
            self.known[id(query)] = found
        return found

    def _value(self, side: Any, current: Any) -> Any:
        if isinstance(side, FilterExpressionLiteral):
            return side.value
        if isinstance(side, FilterQuery):
            found = self._nodes(side, current)
            return found[0] if found else NOTHING
        if isinstance(side, FunctionExtension):
            return self._call(side, current)
        return None  # the one literal left

    def _call(self, call: FunctionExtension, current: Any) -> Any:
        if call.name in ("count", "value"):
            query = call.args[0]
            found = self._nodes(query, current) if isinstance(query, FilterQuery) else []
            if call.name == "count":
                return len(found)
            return found[0] if len(found) == 1 else NOTHING
        given = [self._value(arg, current) for arg in call.args]
        if call.name == "length":
            return len(given[0]) if isinstance(given[0], (str, list, dict)) else NOTHING
        return _matches(given[0], given[1], whole=call.name == "match")

    def _compare(self, left: Any, operator: str, right: Any) -> bool:
        if operator in ("==", "!="):
            return self._equal(left, right) is (operator == "==")
        low, high = (left, right) if operator in ("<", "<=") else (right, left)
        return _less(low, high) or (operator in ("<=", ">=") and self._equal(left, right))

    def _equal(self, left: Any, right: Any) -> bool:
        """Tell whether two JSON values are equal: true is not 1, also inside lists and mappings."""
        ahead = [(left, right)]
        while ahead:
            a, b = ahead.pop()
            self.look()
            if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
                ahead += zip(a, b, strict=True)
            elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
                ahead += [(value, b[name]) for name, value in a.items()]
            elif isinstance(a, (list, dict)) or not _alike(a, b) or a != b:
                return False
        return True


def _matches(text: Any, pattern: Any, *, whole: bool) -> bool:
    """Tell whether an I-Regexp (RFC 9485) is found in *text*, or is the *whole* of it; what is no text has no match."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        return False
    try:
        found = _compiled(pattern, whole)
    except BadPattern:
        return False  # RFC 9535, 2.4.6: what is no I-Regexp matches nothing
    try:
        return found.search(text) is not None
    except BadPattern as error:
        raise PathFailed(str(error)) from error


@lru_cache(maxsize=256)
def _compiled(pattern: str, whole: bool) -> Pattern:
    # In an I-Regexp a point stands for anything but \n and \r, in RE2 for anything but \n.
    written = I_REGEXP.sub(lambda part: r"[^\n\r]" if part.group() == "." else part.group(), pattern)
    return compile_pattern(rf"\A(?:{written})\z" if whole else written)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _alike(left: Any, right: Any) -> bool:
    numbers = _is_number(left), _is_number(right)
    return all(numbers) or (not any(numbers) and type(left) is type(right))


def _less(left: Any, right: Any) -> bool:
    """RFC 9535 orders numbers and text, each among themselves, and nothing else."""
    if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return bool(left < right)
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
