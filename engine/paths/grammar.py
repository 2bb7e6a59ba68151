"""The grammar of RFC 9535: the library reads names, brackets and literals, this module reads filters.

The library's own filters take more than the RFC does, and give it a meaning that nobody wrote: ``!@.paid == true``
compares the outcome of ``!@.paid``. Here a filter is read by the RFC's rules one by one, so that what is none of them
is refused where it stands, and the words say what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathChildSegment, JSONPathSegment
from jsonpath.selectors import (
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
    WildcardSelector,
)
from jsonpath.stream import TokenStream
from jsonpath.token import (
    TOKEN_AND,
    TOKEN_COMMA,
    TOKEN_EOF,
    TOKEN_EQ,
    TOKEN_FALSE,
    TOKEN_FLOAT,
    TOKEN_FUNCTION,
    TOKEN_GE,
    TOKEN_GT,
    TOKEN_INT,
    TOKEN_LE,
    TOKEN_LPAREN,
    TOKEN_LT,
    TOKEN_NAME,
    TOKEN_NE,
    TOKEN_NIL,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_RBRACKET,
    TOKEN_ROOT,
    TOKEN_RPAREN,
    TOKEN_SELF,
    TOKEN_TRUE,
    Token,
)

from engine.canonical import MAX_EXPONENT
from engine.paths import cures
from engine.paths.cures import FORMS
from engine.paths.syntax import (
    BadPath,
    Both,
    Call,
    Comparison,
    Either,
    Every,
    Filter,
    Literal,
    Not,
    Query,
    Segment,
    Selector,
    Side,
    Test,
)

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
MAX_NESTED: Final = 60
"""Brackets and parentheses inside each other: both reading and evaluating them recurse."""
QUOTES: Final = frozenset("'\"")
COMPARISONS: Final = frozenset({TOKEN_EQ, TOKEN_NE, TOKEN_LT, TOKEN_LE, TOKEN_GT, TOKEN_GE})
WORDS: Final[Mapping[str, Any]] = {TOKEN_TRUE: True, TOKEN_FALSE: False, TOKEN_NIL: None}
TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "length": ("value",), "count": ("nodes",), "value": ("nodes",), "match": ("value",) * 2, "search": ("value",) * 2,
}  # fmt: skip
"""The types of each function's arguments (RFC 9535, 2.4)."""
LOGICAL: Final = frozenset({"match", "search"})
"""Functions that are true or false; the others give a value."""


class _Lexer(Lexer):
    """Takes after a dot the names of RFC 9535; the library's own have ``-`` and end at U+FFFF."""

    key_pattern = r"[\u0080-\U0010FFFFa-zA-Z_][\u0080-\U0010FFFFa-zA-Z0-9_]*"


class _FilterSelector(JSONPathSelector):
    """A filter as this module read it, on its way through the library."""

    __slots__ = ("filter",)

    def __init__(self, env: JSONPathEnvironment, token: Token, filter: Filter) -> None:
        super().__init__(env=env, token=token)
        self.filter = filter

    def resolve(self, node: Any) -> Iterable[Any]:
        raise NotImplementedError("a filter is evaluated by engine.paths.query")

    def resolve_async(self, node: Any) -> Any:
        raise NotImplementedError("a filter is evaluated by engine.paths.query")


class _Parser(Parser):
    """Reads filters by the RFC's grammar, and numbers as they are written: the library turns them into floats."""

    def parse_shorthand_selector(self, stream: TokenStream) -> JSONPathSelector:
        token = stream.current()
        if token.kind in WORDS:  # a field called true, behind ..
            stream.next()
            return NameSelector(env=self.env, token=token, name=token.value)
        return super().parse_shorthand_selector(stream)

    def parse_filter_selector(self, stream: TokenStream, *, keys: bool = False) -> Any:
        token = stream.next()
        test = self._either(stream)
        ahead = stream.current()
        if ahead.kind not in (TOKEN_RBRACKET, TOKEN_COMMA):
            raise _unexpected(ahead)
        return _FilterSelector(self.env, token, Filter(test))

    def _either(self, stream: TokenStream) -> Test:
        """logical-or-expr"""
        tests = [self._both(stream)]
        while stream.current().kind == TOKEN_OR:
            stream.next()
            tests.append(self._both(stream))
        return tests[0] if len(tests) == 1 else Either(tuple(tests))

    def _both(self, stream: TokenStream) -> Test:
        """logical-and-expr"""
        tests = [self._basic(stream)]
        while stream.current().kind == TOKEN_AND:
            stream.next()
            tests.append(self._basic(stream))
        return tests[0] if len(tests) == 1 else Both(tuple(tests))

    def _basic(self, stream: TokenStream) -> Test:
        """basic-expr: paren-expr, comparison-expr or test-expr; leaves the white space behind it read."""
        token = _ahead(stream)
        if token.kind == TOKEN_NOT:
            return self._negation(stream)
        if token.kind == TOKEN_LPAREN:
            return self._group(stream)
        left = self._side(stream)
        said = _text(token, stream.current())
        operator = stream.current()
        if operator.kind not in COMPARISONS:
            return _test(left, said, _index(token))
        _comparable(left, said, _index(token))
        stream.next()
        at = _ahead(stream)
        right = self._side(stream)
        behind = stream.current()
        _comparable(right, _text(at, behind), _index(at))
        if behind.kind in COMPARISONS:
            cure = cures.chained(_text(token, behind), _text(at, behind), isinstance(right, Literal))
            raise BadPath("a comparison is not compared again", _index(behind), cure)
        return Comparison(left, operator.value, right, _text(token, behind), _index(token))

    def _negation(self, stream: TokenStream) -> Test:
        sign = stream.next()
        token = _ahead(stream)
        if token.kind == TOKEN_LPAREN:
            return Not(self._group(stream, denied=True))
        if token.kind == TOKEN_NOT:
            raise BadPath("! stands twice", _index(token), "leave both out, or write !(!@.name)")
        side = self._side(stream)
        operator = stream.current()
        said = _text(token, operator)
        if operator.kind not in COMPARISONS or _is_test(side):
            test = _test(side, said, _index(token), denied=True)
            if operator.kind in COMPARISONS:
                _comparable(side, said, _index(token))
                raise BadPath(*cures.denied_many(said, _index(token)))
            return Not(test)
        stream.next()
        at = _ahead(stream)
        self._side(stream)
        cure = cures.denied(said, operator.value, _text(at, stream.current()))
        raise BadPath(f"! stands before {said} alone, not before the comparison", _index(sign), cure)

    def _group(self, stream: TokenStream, *, denied: bool = False) -> Test:
        opened = stream.next()
        test = self._either(stream)
        if stream.current().kind in (TOKEN_EOF, TOKEN_RBRACKET):
            raise BadPath("the parenthesis that opens here is not closed", _index(opened), "add the )")
        if stream.current().kind != TOKEN_RPAREN:
            raise _unexpected(stream.current())
        stream.next()
        operator = _ahead(stream)
        if operator.kind in COMPARISONS:
            inner = _text(opened, operator).removeprefix("(").removesuffix(")").strip()
            single = isinstance(test, Query) and test.is_single
            raise BadPath(*cures.grouped(inner, single, denied, _index(opened)))
        return test

    def _side(self, stream: TokenStream) -> Side:
        """Literal, filter-query or function-expr; leaves the white space behind it read."""
        token = _ahead(stream)
        made: Side
        if token.kind == TOKEN_FUNCTION:
            made = self._call(stream)
        elif token.kind == TOKEN_ROOT or token.kind == TOKEN_SELF:
            stream.next()
            made = Query(token.kind == TOKEN_ROOT, _segments(tuple(self.parse_query(stream))))
        elif token.kind in (TOKEN_INT, TOKEN_FLOAT):
            made = Literal(_number(stream.next()))
        elif token.kind in WORDS:
            made = Literal(WORDS[stream.next().kind])
        elif token.path[_index(token) : _index(token) + 1] in QUOTES and token.kind != TOKEN_EOF:
            made = Literal(self._decode_string_literal(stream.next()))
        elif token.kind == TOKEN_NAME:
            raise BadPath(*cures.name(token.value, _index(token)))
        elif token.kind == TOKEN_LPAREN:
            what = "a value that is compared stands without parentheses"
            raise BadPath(what, _index(token), "write @.name == 1; parentheses hold a whole test")
        elif token.kind == TOKEN_NOT:
            cure = "write the opposite comparison, or !(…) around the whole of it"
            raise BadPath("! stands before a test, not before a value that is compared", _index(token), cure)
        else:
            raise _unexpected(token)
        stream.skip_whitespace()
        return made

    def _call(self, stream: TokenStream) -> Call:
        token = stream.next()
        name = token.value
        if name not in TAKES:
            raise BadPath(*cures.function(name, _index(token)))
        stream.next()  # the parenthesis: the lexer takes no function without
        args: list[Side] = []
        while _ahead(stream).kind != TOKEN_RPAREN or args:
            at = _ahead(stream)
            args.append(self._side(stream))
            if len(args) <= len(TAKES[name]):
                _argument(name, TAKES[name][len(args) - 1], args[-1], _text(at, stream.current()), _index(at))
            ahead = stream.current()
            if ahead.kind == TOKEN_RPAREN:
                break
            if ahead.kind != TOKEN_COMMA:
                raise _unexpected(ahead, f"an argument ends here; write {FORMS[name]}")
            stream.next()
        stream.next()
        if len(args) != len(TAKES[name]):
            count = "one argument" if len(TAKES[name]) == 1 else "two arguments"
            raise BadPath(f"{name} takes {count}", _index(token), f"write {FORMS[name]}")
        return Call(name, tuple(args))


class _Environment(JSONPathEnvironment):
    lexer_class = _Lexer
    parser_class = _Parser


_ENVIRONMENT: Final = _Environment(strict=True)


def parse(query: str, offset: int) -> tuple[Segment, ...]:
    """Return the segments of *query*, which begins with ``$``.

    Args:
        query: An RFC 9535 query.
        offset: Added to the place of an error.

    Raises:
        BadPath: it is none.
    """
    if cures.depth(query) > MAX_NESTED:
        what = f"a path has at most {MAX_NESTED} brackets inside each other"
        raise BadPath(what, offset, "split it over several fields")
    try:
        compiled: Any = _ENVIRONMENT.compile(query)  # no compound paths: strict
        return _segments(compiled.segments)
    except BadPath as error:
        error.offset += offset
        raise
    except JSONPathError as error:
        token = error.token
        index = token.index if token is not None and token.index >= 0 else len(query)
        raise BadPath(cures.message(query, index), offset + index, cures.cure(query, index)) from error
    except (RecursionError, ArithmeticError, ValueError) as error:
        raise BadPath("this path cannot be read", offset, "write it shorter, with smaller numbers") from error


def _segments(given: tuple[JSONPathSegment, ...]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            tuple(_selector(selector) for selector in segment.selectors),
            not isinstance(segment, JSONPathChildSegment),
            segment.token.index,
        )
        for segment in given
    )


def _selector(given: JSONPathSelector) -> Selector:
    if isinstance(given, NameSelector):
        return given.name
    if isinstance(given, IndexSelector):
        return given.index
    if isinstance(given, SliceSelector):
        return given.slice
    if isinstance(given, WildcardSelector):
        return Every()
    if isinstance(given, _FilterSelector):
        return given.filter
    what = "a path in brackets is no part of a path"
    raise BadPath(what, given.token.index, "write a name in quotes, a position, * or a filter")


def _ahead(stream: TokenStream) -> Token:
    """Return the next token that is no white space."""
    stream.skip_whitespace()
    return stream.current()


def _index(token: Token) -> int:
    """Return where *token* begins; the library's place of a text is behind its quote."""
    before = token.path[token.index - 1 : token.index]
    is_quoted = "STRING" in token.kind
    return token.index - 1 if is_quoted and before in QUOTES else token.index


def _text(first: Token, behind: Token) -> str:
    """Return what is written from *first* to before *behind*."""
    end = len(first.path) if behind.kind == TOKEN_EOF else _index(behind)
    return first.path[_index(first) : end].strip()


def _unexpected(token: Token, cure: str = "") -> BadPath:
    at = len(token.path) if token.kind == TOKEN_EOF else _index(token)
    return BadPath(cures.message(token.path, at), at, cure or cures.cure(token.path, at))


def _number(token: Token) -> int | Decimal:
    """Return a number literal exactly."""
    match = NUMBER.fullmatch(token.value)
    if match is None:
        raise BadPath("this is no number of JSON", token.index, "a number has no leading zero: 7, -0.5, 1e3")
    number = Decimal(token.value)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise BadPath("the number is out of range", token.index, f"exponents go to {MAX_EXPONENT}")
    return number if match.group(1) or match.group(2) else int(token.value)


def _is_test(side: Side) -> bool:
    """Tell whether *side* holds or not by itself, and can never be compared."""
    return (isinstance(side, Query) and not side.is_single) or (
        isinstance(side, Call) and side.name in LOGICAL
    )


def _test(side: Side, said: str, at: int, *, denied: bool = False) -> Query | Call:
    """Return *side*, which stands alone, as a test; raises ``BadPath`` for a value."""
    if isinstance(side, Query) or (isinstance(side, Call) and side.name in LOGICAL):
        return side
    raise BadPath(*cures.alone(side, said, at, denied))


def _comparable(side: Side, said: str, at: int) -> None:
    """Raise ``BadPath`` unless *side*, which is compared, is one value."""
    if isinstance(side, Call) and side.name in LOGICAL:
        raise BadPath(*cures.compared_call(said, at))
    if _is_test(side):
        raise BadPath(*cures.compared_many(said, at))


def _argument(name: str, takes: str, given: Side, said: str, at: int) -> None:
    """Raise ``BadPath`` unless *given* is of the type that the function *name* takes."""
    if takes == "nodes" and not isinstance(given, Query):
        what = f"{name} takes a path that may select several values, found {said}"
        raise BadPath(what, at, f"write {FORMS[name]}")
    if takes == "value" and _is_test(given):
        what = f"{name} takes one value, and {said} {cures.is_no_value(given)}"
        raise BadPath(what, at, f"write {FORMS[name]}" + ("; count(…) counts" if name == "length" else ""))
