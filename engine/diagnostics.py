"""Findings with a symbolic place, and how they are printed.

A ``Diagnostic`` names its place by JSON pointer; line and column are looked up only when it is printed, so checkers
never carry them around. Codes: R0 YAML, R1 shape, R2 references, R3 paths, templates and types, R4 connectors and
secrets, X run time. ``docs/errors.md`` has an entry for each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, NamedTuple, Protocol

LONGEST: Final = 180
"""Characters of a line that an excerpt shows."""


class Span(NamedTuple):
    """A stretch of a text file: lines and columns from 1, the end exclusive, on characters."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: Such as ``R103``.
        pointer: The place (RFC 6901) in the document.
        message: What is wrong and what was expected; one sentence without a final full stop.
        help: What to do, or an empty text.
        at: Whether the key or the value at the pointer is meant.
        inner: Offset and length inside the value's text, where only a part of it is meant.
        span: The place itself, where no pointer can name it (YAML that does not parse).
        hides: Whether the value at the pointer may be a secret, which no excerpt shows.
        severity: ``error`` stops the recipe from running; ``warning`` does not, nor does ``note``, which says what is
            worth knowing and may be right.
    """

    code: str
    pointer: str
    message: str
    help: str = ""
    at: Literal["key", "value"] = "value"
    inner: tuple[int, int] | None = None
    span: Span | None = None
    severity: Literal["error", "warning", "note"] = "error"
    hides: bool = False


class Located(Protocol):
    """A file that knows the places of its values; ``engine.source.Source`` is one."""

    path: str

    def locate(self, found: Diagnostic) -> Span:
        """Return the span of *found*."""
        ...

    def excerpts(self, found: Iterable[Diagnostic]) -> list[str]:
        """Return the file's lines as messages may show them."""
        ...

    def home(self, found: Diagnostic) -> tuple[Located, Diagnostic]:
        """Return the file that *found* is about, this one or one that it names, and *found* as seen from there."""
        ...


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest of *known*, or an empty text."""
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *name* was most likely meant to be, or an empty text."""
    cutoff = 0.5 if len(name) < 4 else 0.6
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=cutoff)), "")


def as_text(found: Diagnostic, span: Span, path: str, lines: list[str]) -> str:
    """Return *found* as people read it: message, place, excerpt with a caret, cure.

    Args:
        span: The place that ``Source.locate`` gave.
        path: The file as the user knows it.
        lines: The file's lines, without line ends.
    """
    gutter = len(str(span.line))
    where = f"  ({_visible(found.pointer)})" if found.pointer else ""
    out = [
        f"{found.severity}[{found.code}]: {_visible(found.message)}",
        f"{' ' * gutter}--> {path}:{span.line}:{span.column}{where}",
    ]
    line = _visible(lines[span.line - 1]) if span.line <= len(lines) else ""
    start, end = span.column - 1, (span.end_column if span.end_line == span.line else len(line) + 1) - 1
    if len(line) > LONGEST:  # the stretch around the place, so that one line of data does not fill the screen
        cut = max(0, start - LONGEST // 3)
        before, line = "…" if cut else "", line[cut : cut + LONGEST]
        start, end = start - cut + len(before), min(end - cut + len(before), LONGEST)
        line = f"{before}{line}…"
    caret = _blank(line[:start]) + "^" * max(1, _width(line[start:end]))
    help = _visible(found.help)
    beside = f" {help}" if help and _width(caret) + _width(help) <= 78 - gutter else ""
    out += [f"{' ' * gutter} |", f"{span.line} | {line}".rstrip(), f"{' ' * gutter} | {caret}{beside}"]
    if help and not beside:
        out.append(f"{' ' * gutter} = help: {help}")
    return "\n".join(out)


def as_data(found: Diagnostic, span: Span, path: str) -> dict[str, Any]:
    """Return *found* as the object that ``--format json`` prints; the shape is documented and kept."""
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "help": found.help,
        "file": path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "pointer": found.pointer,
    }


def as_annotation(found: Diagnostic, span: Span, path: str) -> str:
    """Return *found* as a workflow command that GitHub shows beside the line."""
    text = f"{found.message}. {found.help}" if found.help else found.message
    # What else ends a line somewhere would end the command.
    body = _visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))
    file = _visible(path.replace("%", "%25").replace(":", "%3A").replace(",", "%2C"))
    level = "notice" if found.severity == "note" else found.severity
    return f"::{level} file={file},line={span.line},col={span.column},title={found.code}::{body}"


def _blank(text: str) -> str:
    return "".join("\t" if char == "\t" else " " * _width(char) for char in text)


def _visible(text: str) -> str:
    """Return *text* with a sign for each character that a terminal would obey or hide."""
    return "".join("\ufffd" if _is_control(char) else char for char in text)


def _is_control(char: str) -> bool:
    return char != "\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
