"""What is said of a path that is none, and what to write in its place."""

from __future__ import annotations

import re
from typing import Final

from engine.diagnostics import suggest
from engine.paths.syntax import Call, Literal, Side

Slip = tuple[str, int, str]
"""What is wrong, where, and the cure: the arguments of ``BadPath``."""
OTHER_ROOT: Final = re.compile(r"\$([A-Za-z_]\w*)")
WORD: Final = re.compile(r"\w+|&&|\|\||[=!<>]=|<>|\S")
QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
OPPOSITE: Final = {"==": "!=", "!=": "=="}
OPERATORS: Final = "in a filter write == and !=, && for and, || for or, ! for not"
FORMS: Final = {
    "length": "length(@.name)",
    "count": "count(@.lines[*])",
    "value": "value(@..name)",
    "match": "match(@.name, 'pattern')",
    "search": "search(@.name, 'pattern')",
}
"""How each function of a filter is written."""
NAMES: Final = {
    **dict.fromkeys(("and", "or", "not", "in", "contains"), OPERATORS),
    **dict.fromkeys(("True", "TRUE", "yes"), "write true"),
    **dict.fromkeys(("False", "FALSE", "no"), "write false"),
    **dict.fromkeys(("None", "NULL", "Null", "nil", "undefined"), "write null"),
}
"""What to write in place of words that other languages have."""


def message(query: str, index: int) -> str:
    """Return what is wrong with *query* at *index*, where its grammar ends."""
    if index >= len(query):
        return "the path ends too early: a bracket, quote or name is missing"
    word = WORD.match(query, index)
    return f"{word.group() if word else 'a space'!r} is not expected here in a path"


def cure(query: str, index: int) -> str:
    """Return what to write in place of what stands at *index* in *query*."""
    rest = query[index:]
    if not rest:
        return "close the bracket or quote, or write the name"
    if other := OTHER_ROOT.match(query, max(1, index - 1)):
        root = other.group()
        return (
            f"in a filter $ is the record and @ the element; compare with {root} in a when: or in {{{{ … }}}}"
        )
    if rest.startswith(("=", "<>", "and ", "or ", "not ", "in ")):
        return OPERATORS
    if _is_in_filter(query[:index]):
        if rest[0] in "+-*/%":
            return "a filter compares and does not compute; compute it in a when: or in {{ … }}"
        return "a test is a comparison such as @.name == 'x', or a path alone; && and || join tests"
    if rest.startswith("?"):
        return "the ? of an optional path stands at its end"
    if rest[0].isdigit():
        return "a number has no leading zero"
    return "a name with spaces or signs is written $['order name']"


def depth(query: str) -> int:
    """Return how many brackets and parentheses of *query* stand inside each other at most."""
    now = deepest = 0
    for char in QUOTED.sub("", query):
        now += (char in "[(") - (char in "])")
        deepest = max(deepest, now)
    return deepest


def _is_in_filter(before: str) -> bool:
    """Tell whether *before*, the beginning of a query, ends inside a filter."""
    bare = QUOTED.sub("", before)
    opened: list[str] = []
    for char in bare:
        if char in "[?":
            opened.append(char)
        elif char == "]":
            while opened and opened.pop() != "[":
                pass
    return opened[-1:] == ["?"]


def chained(first: str, middle: str, is_literal: bool) -> str:
    """Return the cure for a comparison behind the comparison *first*, which ends with the side *middle*."""
    if is_literal:
        return f"keep one: {first}; two tests are joined by && or ||"
    return f"join two comparisons with &&: {first} && {middle} …"


def denied(side: str, operator: str, other: str) -> str:
    """Return the cure for ``!side operator other``."""
    whole = f"write !({side} {operator} {other})"
    return f"{whole} or {side} {OPPOSITE[operator]} {other}" if operator in OPPOSITE else whole


def denied_many(said: str, at: int) -> Slip:
    """Return what is wrong with comparing ``!said``, a query of several values."""
    return f"!{said} is true or false already and is not compared", at, f"write !{said} alone"


def grouped(inner: str, is_value: bool, is_denied: bool, at: int) -> Slip:
    """Return what is wrong with comparing ``(inner)``; with *is_denied* behind a ``!``."""
    if is_value and not is_denied:
        return "a value that is compared stands without parentheses", at, f"write {inner} before the operator"
    what = "the test in these parentheses is true or false already and is not compared"
    whole, opposite = (f"!({inner})", inner) if is_denied else (inner, f"!({inner})")
    return what, at, f"write it alone: {whole}; for its opposite {opposite}"


def alone(side: Side, said: str, at: int, is_denied: bool) -> Slip:
    """Return what is wrong with *side*, a value that stands where a test does; with *is_denied* behind a ``!``."""
    if isinstance(side, Call):
        number = side.name in ("length", "count")
        then = ("== 0" if is_denied else "> 0") if number else "!= 'x'" if is_denied else "== 'x'"
        return f"{side.name}(…) gives a value, which is no test by itself", at, f"compare it: {said} {then}"
    what = f"{said} is a value, and no test by itself"
    if isinstance(side, Literal) and isinstance(side.value, bool):
        return what, at, f"compare a field with it, such as @.paid == {said}, or write [*] for every element"
    return what, at, f"compare a field with it, such as @.name == {said}"


def compared_call(said: str, at: int) -> Slip:
    """Return what is wrong with comparing *said*, a call of ``match`` or ``search``."""
    what = f"{said} is true or false already and is not compared"
    return what, at, f"write {said} alone; for its opposite write !{said}"


def compared_many(said: str, at: int) -> Slip:
    """Return what is wrong with comparing *said*, a query of several values."""
    what = f"{said} may select several values, which are not compared"
    return what, at, "name one value, such as @.tags[0], or ask for an element: @.tags[?@ == 'x']"


def is_no_value(given: Side) -> str:
    """Return what *given* is, where a function takes one value."""
    return "is true or false" if isinstance(given, Call) else "may select several"


def name(word: str, at: int) -> Slip:
    """Return what is wrong with *word*, which stands where a value does."""
    what = f"{word!r} is neither a field nor text here"
    if word in FORMS:
        return what, at, f"a function's parenthesis follows at once: {FORMS[word]}"
    help = NAMES.get(word) or f"for a field write @.{word}, for text '{word}'"
    return what, at, help


def function(word: str, at: int) -> Slip:
    """Return what is wrong with a call of *word*, which is no function."""
    known = f"the functions of a path are {', '.join(FORMS)}"
    return f"there is no function {word!r} in a path", at, suggest(word, FORMS) or known
