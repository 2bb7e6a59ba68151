"""Pipes: ``PATH | name(arg, key=arg) | …``, a small grammar of its own.

A ``|`` inside brackets or quotes belongs to the path. Arguments are literals (text in quotes, numbers, true, false,
null) or paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.diagnostics import suggest
from engine.filters import BadValue, Filter
from engine.paths import MISSING, BadPath, Path, PathFailed, compile_path, missing_help
from engine.paths.cures import computed
from engine.quoted import QUOTED, BadQuoted, pattern_in, text_in
from engine.scope import Budget, Scope

NAME: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")
KEYWORD: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(?!=)")
NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,27})(\.[0-9]{1,28})?", re.ASCII)
SUM: Final = re.compile(r"\s*\w+\s*(?:\(.*\))?\s*([-+*/](?:\s|[0-9$(]).*)", re.DOTALL)
"""A filter's call with an operator behind it."""
WORDS: Final = {"true": True, "false": False, "null": None}


class BadPipe(ValueError):
    """A pipe is not well formed.

    Attributes:
        offset: Where in the text.
        length: How many characters are meant.
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, offset: int, length: int = 1, help: str = "") -> None:
        super().__init__(message)
        self.offset, self.length, self.help = offset, length, help


@dataclass(frozen=True, slots=True)
class Call:
    """One filter of a pipe with its arguments: literals, or paths that are read for each record.

    Attributes:
        offset: Where its name stands in the pipe's text.
    """

    filter: Filter
    args: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    offset: int = 0

    def apply(self, value: Any, scope: Scope) -> Any:
        """Return the filter's result; raises ``BadValue``. A stand-in that is missing matters only when it is used."""
        used = self.filter
        args = [_argument(arg, scope, used.may_miss(at)) for at, arg in enumerate(self.args)]
        named = {name: _argument(arg, scope, used.may_miss(name)) for name, arg in self.named}
        try:
            return used.apply(value, scope, args, named)
        except PathFailed as error:
            raise BadValue(str(error)) from error


@dataclass(frozen=True, slots=True)
class Pipe:
    """A path and the filters its value goes through."""

    path: Path
    calls: tuple[Call, ...] = ()

    @property
    def paths(self) -> Iterator[Path]:
        """Every path that is read: the pipe's own and those given as arguments."""
        yield self.path
        for call in self.calls:
            yield from (arg for arg in (*call.args, *(arg for _, arg in call.named)) if isinstance(arg, Path))

    def evaluate(self, scope: Scope) -> Any:
        """Return the pipe's value, or ``MISSING`` for an optional path that found nothing or null.

        Raises:
            BadValue: the path is missing, or a filter does not take what it was given.
        """
        scope.budget = Budget()
        value = _read(self.path, scope)
        if self.path.optional:
            return MISSING if value is None else value
        if value is MISSING and not (self.calls and self.calls[0].filter.takes_missing):
            why = self.path.why_missing(scope.roots)
            what = f"{self.path.text} is missing in this record: {why}"
            raise BadValue(what, "X101", missing_help(self.path))
        found = self.path.text
        for call in self.calls:
            if value is MISSING and not call.filter.takes_missing:
                break
            value = call.apply(value, scope)
            found = call.filter.declared.name
        if value is MISSING:
            what = f"{found} found nothing in this record"
            raise BadValue(what, "X101", "put | default(…) right behind it")
        return value


def compile_pipe(text: str, filters: Mapping[str, Filter]) -> Pipe:
    """Return *text* as a compiled pipe.

    Raises:
        BadPipe: the path or a filter's call is not well formed, or the filter is unknown.
    """
    parts = _split(text, "|", 0)
    head, start = parts[0]
    lead = len(head) - len(head.lstrip())
    try:
        path = compile_path(head.strip())
    except BadPath as error:
        raise BadPipe(str(error), start + lead + error.offset, 1, error.help) from error
    if path.optional and len(parts) > 1:
        offset = start + len(head.rstrip()) - 1
        raise BadPipe(
            "a path that ends with ? takes no filter", offset, 1, "remove the ?, or use | default(…)"
        )
    for part, offset in parts[1:]:
        if found := SUM.fullmatch(part):
            at, length = offset + found.start(1), len(found.group(1).rstrip())
            raise BadPipe("a pipe does not compute", at, length, computed(text))
    return Pipe(path, tuple(_call(part, offset, filters) for part, offset in parts[1:]))


def compile_calls(text: str, filters: Mapping[str, Filter]) -> tuple[Call, ...]:
    """Return the filters of *text*, which has no path before them: ``money | sum``.

    Raises:
        BadPipe: a call is not well formed, or the filter is unknown.
    """
    return tuple(_call(part, offset, filters) for part, offset in _split(text, "|", 0))


def _split(text: str, separator: str, offset: int) -> list[tuple[str, int]]:
    """Return the parts of *text* with their offsets; a separator inside quotes or brackets belongs to its part."""
    parts: list[tuple[str, int]] = []
    start = depth = 0
    quote = ""
    skip = False
    for index, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append((text[start:index], offset + start))
            start = index + 1
    return [*parts, (text[start:], offset + start)]


def _call(text: str, offset: int, filters: Mapping[str, Filter]) -> Call:
    match = NAME.match(text)
    if match is None:
        cure = "known filters: " + ", ".join(sorted(filters))
        lead = len(text) - len(text.lstrip())
        raise BadPipe("a filter's name is expected after |", offset + lead, max(1, len(text.strip())), cure)
    name, at = match.group(1), offset + match.start(1)
    if name not in filters:
        cure = suggest(name, filters) or "known filters: " + ", ".join(sorted(filters))
        raise BadPipe(f"there is no filter {name!r}", at, len(name), cure)
    args, named, places = _arguments(text[match.end() :], offset + match.end(), filters[name])
    if wrong := filters[name].misuse(len(args), list(named)):
        raise BadPipe(wrong, at, len(name), f"write {filters[name].form}")
    _literals(filters[name], args, named, [(at, len(name)), *places])
    return Call(filters[name], tuple(args), tuple(named.items()), at)


def _literals(filter: Filter, args: list[Any], named: dict[str, Any], places: list[tuple[int, int]]) -> None:
    """Raise ``BadPipe`` where the filter refuses what is written: at one argument, or at its name for several."""
    known = [MISSING if isinstance(arg, Path) else arg for arg in args]
    words = {key: arg for key, arg in named.items() if not isinstance(arg, Path)}
    wrong = filter.refuse(known, words)
    if not wrong:
        return
    alone = [filter.refuse([MISSING] * number + [arg], {}) for number, arg in enumerate(known)]
    alone += [filter.refuse([], {key: words[key]}) if key in words else "" for key in named]
    told, place = next(
        ((one, place) for one, place in zip(alone, places[1:], strict=True) if one), (wrong, places[0])
    )
    raise BadPipe(told, *place, f"write {filter.form}")


def _arguments(text: str, offset: int, of: Filter) -> tuple[list[Any], dict[str, Any], list[tuple[int, int]]]:
    """Return the arguments in *text*, which stands at *offset*: those without a name, those with one, their places."""
    name = of.declared.name
    args: list[Any] = []
    named: dict[str, Any] = {}
    places: list[tuple[int, int]] = []
    rest = text.strip()
    at = offset + len(text) - len(text.lstrip())
    if rest and rest[0] != "(":
        raise BadPipe(f"arguments of {name} stand in parentheses", at, len(rest), f"write {name}({rest})")
    if rest and rest[-1] != ")":
        raise BadPipe("the parenthesis that opens here is not closed", at, 1, "add the )")
    if not rest[1:-1].strip():
        return args, named, places
    for part, start in _split(rest[1:-1], ",", at + 1):
        keyword = KEYWORD.match(part)
        if keyword is None:
            if named:
                cure = "write arguments without a name first"
                what = "an argument without a name stands behind one with a name"
                raise BadPipe(what, *_place(part, start), cure)
            args.append(_literal(part, start, of.is_pattern(len(args))))
            places.append(_place(part, start))
            continue
        key = keyword.group(1)
        if key in named:
            raise BadPipe(f"the argument {key!r} stands twice", *_place(part, start), "keep one")
        value, behind = part[keyword.end() :], start + keyword.end()
        named[key] = _literal(value, behind, of.is_pattern(key))
        places.append(_place(value, behind))
    return args, named, places


def _place(part: str, start: int) -> tuple[int, int]:
    """Return offset and length of what *part*, which begins at *start*, holds between its white space."""
    return start + len(part) - len(part.lstrip()), max(1, len(part.strip()))


def _literal(text: str, start: int, is_pattern: bool) -> Any:
    word = text.strip()
    at, length = _place(text, start)
    if word in WORDS:
        return WORDS[word]
    if match := NUMBER.fullmatch(word):
        return Decimal(word) if match.group(1) else int(word)
    if QUOTED.fullmatch(word):
        try:
            return pattern_in(word) if is_pattern else text_in(word)
        except BadQuoted as error:
            raise BadPipe(str(error), at + error.offset, error.length, error.help) from error
    if word.startswith("$"):
        try:
            path = compile_path(word)
        except BadPath as error:
            raise BadPipe(str(error), at + error.offset, 1, error.help) from error
        if path.optional:
            raise BadPipe("an argument is never optional", at + length - 1, 1, "remove the ?")
        return path
    what = f"{word} is no argument" if word else "an argument is missing here"
    cure = "write text in quotes, a number, true, false, null or a path"
    raise BadPipe(what, at, length, cure)


def _argument(arg: Any, scope: Scope, may_miss: bool = False) -> Any:
    if not isinstance(arg, Path):
        return arg
    value = _read(arg, scope)
    if value is MISSING and not may_miss:
        why = arg.why_missing(scope.roots)
        raise BadValue(f"the argument {arg.text} is missing in this record: {why}", "X101")
    return value


def _read(path: Path, scope: Scope) -> Any:
    try:
        return path.select(scope.roots, scope.budget)
    except PathFailed as error:
        raise BadValue(str(error)) from error
