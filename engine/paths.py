"""Reading paths: RFC 9535 with the recipe's roots, optional marks and its word on what is missing.

``$.a.b[0]`` names one value; a path with a wildcard, slice, filter or descent selects a list. Absent is ``MISSING``,
never null: JSON null is a value of its own. A plain dotted path is walked here without the library, which is most
paths of most recipes; the library parses the rest, in its strict mode (all 703 cases of the compliance suite).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from jsonpath import JSONPathEnvironment, JSONPathMatch
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import BaseExpression, FloatLiteral, IntegerLiteral
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, NameSelector, WildcardSelector
from jsonpath.stream import TokenStream

OPENS: Final = re.compile(r"\$(?:\Z|[.\[A-Za-z])")
HEAD: Final = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)?")
PLAIN: Final = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,9})\])*")
STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")
EACH: Final = re.compile(r"\[\s*\*\s*\]")
RECORD: Final = "record"
"""The name of the root that ``$`` alone stands for."""


class Missing:
    """The type of ``MISSING``: what a path found where nothing is. It is neither true nor false."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        raise TypeError("missing is neither true nor false")


MISSING: Final = Missing()


class BadPath(ValueError):
    """A path is no JSONPath.

    Attributes:
        offset: Where in the path's text it goes wrong.
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, offset: int, help: str = "") -> None:
        super().__init__(message)
        self.offset, self.help = offset, help


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

    def _lt(self, left: object, right: object) -> bool:
        """Python's true is 1 and smaller than 2; RFC 9535 gives booleans no order."""
        return not isinstance(left, bool) and not isinstance(right, bool) and super()._lt(left, right)


_ENVIRONMENT: Final = _Environment(strict=True)


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    Attributes:
        text: As written.
        root: The root's name; ``record`` for a bare ``$``.
        optional: Whether it ends with ``?``.
        steps: The names and indexes before the first segment that selects several values.
        rest: The library's segments from there on; empty for a path that names one value.
    """

    text: str
    root: str
    optional: bool
    steps: tuple[str | int, ...]
    rest: tuple[Any, ...] = ()

    @property
    def is_single(self) -> bool:
        """Whether the path names one value; otherwise it selects a list."""
        return not self.rest

    def select(self, roots: Mapping[str, Any]) -> Any:
        """Return what the path selects.

        Args:
            roots: Plain JSON data by root name. Not changed.

        Returns:
            The value itself (not a copy), a new list for a path that selects several, or ``MISSING``.

        Source: RFC 9535; what is missing in a list: ``docs/language.md``. Cases: ``tests/conformance/paths.json``.
        """
        value = roots.get(self.root, MISSING)
        for step in self.steps:
            value = _child(value, step)
            if value is MISSING:
                return MISSING
        if not self.rest or value is MISSING:
            return value
        return self._several(value, roots[self.root])

    def _several(self, base: Any, root: Any) -> Any:
        nodes: list[JSONPathMatch] = [
            JSONPathMatch(filter_context={}, obj=base, parent=None, path="$", parts=(), root=root)
        ]
        for segment in self.rest:
            single = _single(segment)
            if single is not None and any(_child(node.obj, single) is MISSING for node in nodes):
                return MISSING
            if (
                single is None
                and not _descends(segment)
                and any(not isinstance(node.obj, list) for node in nodes)
            ):
                return MISSING
            nodes = list(segment.resolve(nodes))
        return [node.obj for node in nodes]


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """Return *text* as a compiled path.

    Args:
        text: ``$``, ``$.a[0]``, ``$item.price``, ``$.a?`` …

    Raises:
        BadPath: it is no RFC 9535 path behind its root; carries the offset in *text*.
    """
    head = HEAD.match(text)
    if head is None:
        raise BadPath("a path begins with $", 0, "write $.name")
    body = text[head.end() :]
    optional = body.endswith("?")
    body = body[:-1] if optional else body
    root = head.group(1) or RECORD
    if PLAIN.fullmatch(body):
        steps = tuple(name or int(index) for name, index in STEP.findall(body))
        return Path(text, root, optional, steps)
    steps, rest = _parse(body, head.end())
    return Path(text, root, optional, steps, rest)


def select_nodes(text: str, document: Any) -> list[Any]:
    """Return the values that the RFC 9535 query *text* selects in *document*, as a list (its nodelist).

    Raises:
        BadPath: the query is invalid.
    """
    nodes = [JSONPathMatch(filter_context={}, obj=document, parent=None, path="$", parts=(), root=document)]
    for segment in _compiled(text, 0).segments:
        nodes = list(segment.resolve(nodes))
    return [node.obj for node in nodes]


def cut(path: Path) -> tuple[Path, Path] | None:
    """Return *path* up to its first ``[*]``, and what lies behind it as a path on one element.

    Returns:
        The list's path, never optional, and the element's: its root is named by the text before it without ``$``
        (``.line_items[*]``), which no written path can have. None where the first segment that selects several values
        is no ``[*]``, or there is none.
    """
    head = HEAD.match(path.text)
    if head is None or not path.rest or not isinstance(path.rest[0], JSONPathChildSegment):
        return None
    selectors = path.rest[0].selectors
    found = EACH.match(path.text, path.rest[0].token.index + head.end() - 1)
    if len(selectors) != 1 or not isinstance(selectors[0], WildcardSelector) or found is None:
        return None
    count = next((n for n, each in enumerate(path.rest[1:]) if _single(each) is None), len(path.rest) - 1)
    steps = tuple(step for each in path.rest[1 : count + 1] if (step := _single(each)) is not None)
    before = Path(path.text[: found.end()], path.root, False, path.steps, path.rest[:1])
    root = path.text[1 : found.end()]
    return before, Path(path.text, root, path.optional, steps, path.rest[count + 1 :])


def opens_path(text: str) -> bool:
    """Tell whether *text* is read as a path: ``$`` followed by nothing, ``.``, ``[`` or a letter."""
    return OPENS.match(text) is not None


def missing_help(path: Path) -> str:
    """Return the cure for a missing *path*."""
    return f"write {path.text}? if it may be absent, or give it | default(…)"


def _parse(body: str, offset: int) -> tuple[tuple[str | int, ...], tuple[Any, ...]]:
    segments = _compiled("$" + body, offset - 1).segments
    steps: list[str | int] = []
    for index, segment in enumerate(segments):
        single = _single(segment)
        if single is None:
            return tuple(steps), tuple(segments[index:])
        steps.append(single)
    return tuple(steps), ()


def _compiled(query: str, offset: int) -> Any:
    try:
        return _ENVIRONMENT.compile(query)
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
    if rest.startswith(("=", "and ", "or ", "not ")):
        return "in a filter write == and !=, && for and, || for or, ! for not"
    if rest.startswith("?"):
        return "the ? of an optional path stands at its end"
    if rest[0].isdigit():
        return "a number has no leading zero"
    return "a name with spaces or signs is written $['order name']"


def _single(segment: Any) -> str | int | None:
    """Return the one name or index that *segment* selects, or None where it may select several."""
    if not isinstance(segment, JSONPathChildSegment) or len(segment.selectors) != 1:
        return None
    selector = segment.selectors[0]
    if isinstance(selector, NameSelector):
        return selector.name
    if isinstance(selector, IndexSelector):
        return selector.index
    return None


def _descends(segment: Any) -> bool:
    return not isinstance(segment, JSONPathChildSegment)


def _child(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return MISSING
