"""What is wrong with a file that YAML's parser refuses, in the user's words and at the place of the slip.

The parser says where it gave up, which for a bracket or quote left open is lines behind it, and names its own tokens.
"""

from __future__ import annotations

import re
from typing import Any, Final

from engine.diagnostics import Diagnostic, Span

BARE: Final = re.compile(r"(?:[:,\[]\s+|^\s*(?:-\s+)?)(\{\{)")
PATH: Final = re.compile(r"[:,\[{]\s*(\$[A-Za-z.\[])")
FIRST: Final = re.compile(r"found character '(.+)' that cannot start any token", re.DOTALL)
QUOTE_ALL: Final = "put the whole value in quotes"
WORDS: Final = {
    "mapping values are not allowed here": (
        "a colon with a space behind it cannot stand here",
        "put text that contains ': ' in quotes; a key stands below its neighbours, in the same column",
    ),
    "sequence entries are not allowed here": (
        "a list cannot begin here",
        "begin it on a line of its own, or write [a, b]",
    ),
    "found '<block mapping start>'": (
        "this line is indented more than the lines it belongs to",
        "keys of one mapping begin in the same column",
    ),
    "<block end>, but found '-'": ("a list entry stands among keys", "indent the list below its key"),
    "<block end>, but found '?'": (
        "a key stands among the entries of a list",
        "indent it below an entry, or begin the line with - ",
    ),
    "<block end>, but found '}'": ("no { is open here", "remove the }"),
    "<block end>, but found ']'": ("no [ is open here", "remove the ]"),
    "<block end>, but found": ("this cannot follow what stands before it", QUOTE_ALL),
    "found unknown escape": (
        "in double quotes a backslash begins an escape, and this is none",
        "use single quotes, or write two backslashes",
    ),
}  # fmt: skip
"""By a part of the parser's words: ours, and the cure."""


def refused(text: str, error: Any, last: Any) -> Diagnostic:
    """Return the parser's *error* about *text* as a finding.

    Args:
        last: The last event before it, or None.
    """
    problem = str(error.problem or error.context or "")
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Diagnostic("R001", "", f"this is no valid YAML: {problem}", span=Span(1, 1, 1, 2))
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if (bare := BARE.search(line)) and bare.start(1) <= mark.column:
        return unquoted(Span(mark.line + 1, bare.start(1) + 1, mark.line + 1, bare.end(1) + 1))
    return (
        _path(line, error, mark)
        or _flow(text, error, mark)
        or _quote(error, mark, last)
        or _plain(problem, error, mark)
    )


def _path(line: str, error: Any, mark: Any) -> Diagnostic | None:
    """Explain a path or pipe inside ``{…}`` or ``[…]`` that YAML reads as more than a value, where *mark* is in it."""
    for found in PATH.finditer(line):
        start = found.start(1)
        end = _end(line, start)
        is_inside = "flow" in str(error.context) or any(sign in line[:start] for sign in "{[")
        if is_inside and start < mark.column <= end:
            written = line[start:end].rstrip()
            quote = "'" if '"' in written else '"'
            cure = f"write {quote}{written.replace(quote, quote * 2)}{quote}"
            span = Span(mark.line + 1, start + 1, mark.line + 1, start + len(written) + 1)
            told = "inside {…} and […] a path with brackets needs quotes"
            return Diagnostic("R001", "", told, cure, span=span)
    return None


def _end(line: str, start: int) -> int:
    """Return where the value that begins at *start* ends: at a comma or bracket that belongs to what it stands in."""
    depth, quote = 0, ""
    for index in range(start, len(line)):
        char = line[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])}," and depth == 0:
            return index
        elif char in "])":
            depth -= 1
    return len(line)


def unquoted(span: Span) -> Diagnostic:
    """Return the finding about an expression at *span* that has no quotes."""
    cure = 'put the whole value in quotes: "{{ … }}"'
    return Diagnostic("R007", "", "an expression without quotes is read as a mapping", cure, span=span)


def control(text: str, at: int) -> Diagnostic:
    """Return the finding about the character at index *at*, which YAML does not take."""
    before = text[:at].splitlines() or [""]
    line, column = (len(before), len(before[-1]) + 1) if text[at - 1 : at] != "\n" else (len(before) + 1, 1)
    name = f"U+{ord(text[at]):04X}" if at < len(text) else "at the end"
    cure = "remove it; it does not show in most editors"
    message = f"the character {name} cannot stand in YAML"
    return Diagnostic("R001", "", message, cure, span=Span(line, column, line, column + 1))


def _flow(text: str, error: Any, mark: Any) -> Diagnostic | None:
    """Explain a ``{`` or ``[``: left open, or with a value in it that ends where it was not meant to."""
    start = error.context_mark
    if start is None or "flow" not in str(error.context) or not str(error.problem).startswith("expected ','"):
        return None
    opening = "{" if "mapping" in str(error.context) else "["
    closing = "}" if opening == "{" else "]"
    if mark.line > start.line:
        return _at(start, f"this {opening} is not closed in its line", f"add the {closing}")
    return _at(
        mark,
        f"a comma or {closing} is expected here",
        "inside {…} and […] put a value that has a comma, quote or bracket in quotes as a whole",
    )


def _quote(error: Any, mark: Any, last: Any) -> Diagnostic | None:
    """Explain a quote: never closed, closed too late, or with text behind it."""
    if "quoted scalar" in str(error.context) and "unexpected" in str(error.problem):
        return _at(error.context_mark, "the quote that opens here is never closed", "close it")
    style = getattr(last, "style", None)
    if not style or style not in "'\"" or last.end_mark.line != mark.line:
        return None
    if last.start_mark.line < mark.line:
        what = f"the quote that opens here is closed only in line {mark.line + 1}"
        return _at(last.start_mark, what, "close it at the end of its line")
    inside = "''" if style == "'" else '\\"'
    return _at(
        mark, "text stands behind the closing quote", f"{QUOTE_ALL}; a quote inside is written {inside}"
    )


def _plain(problem: str, error: Any, mark: Any) -> Diagnostic:
    if first := FIRST.search(problem):
        if "\t" in first.group(1) or "\\t" in first.group(1):
            return _at(mark, "a tab stands where YAML takes spaces only", "write spaces in its place")
        return _at(mark, f"a value cannot begin with {first.group(1)}", QUOTE_ALL)
    if "could not find expected ':'" in problem and error.context_mark is not None:
        return _at(
            error.context_mark,
            "a key with its colon is expected here",
            "add the colon, or indent the line if it belongs to the text above",
        )
    for part, (what, cure) in WORDS.items():
        if part in problem:
            return _at(mark, what, cure)
    if "<document start>" in problem:
        return _at(mark, "text stands where lines such as 'key: value' are expected", "check the file's name")
    return _at(mark, f"this is no valid YAML: {' '.join(problem.split())}", QUOTE_ALL)


def _at(mark: Any, message: str, cure: str) -> Diagnostic:
    span = Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
    return Diagnostic("R001", "", message, cure, span=span)
