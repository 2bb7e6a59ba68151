"""YAML text to plain data, with the place of every key and value.

Built from parse events, not by composing a tree: composing recurses without bound, takes duplicate keys and loses
places. The form of a scalar decides its type: only ``12``, ``12.50``, ``true``, ``false`` and ``null`` are not text, so
``NO``, ``12:30``, ``00501``, ``1e3`` and ``2026-11-01`` stay what was written. The C parser reads first; what it
refuses is read again by the pure one, whose word counts (libyaml refuses ``{a: $.x?, b: 1}``, which is valid YAML).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engine import misread, pointer
from engine.diagnostics import Diagnostic, Span
from engine.money import shorten
from engine.placed import Placing, properties, tag

MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_BYTES: Final = 4_000_000
INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,27})", re.ASCII)
DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,27})\.[0-9]{1,28}", re.ASCII)
ODD: Final = re.compile("[\x85\u2028\u2029\ufeff]")
"""One parser ends a line here, another does not, nor do git and most editors: such a file has two readings. A byte
order mark inside a file is a character of a key to one parser and nothing to the other."""
SURROGATE: Final = re.compile("[\ud800-\udfff]")
WORDS: Final = {"true": True, "false": False, "null": None}

Event = Any
"""An event of ruamel's parser: its classes declare none of the attributes they have."""


class _Stop(Exception):
    """Ends the reading of a file at the first finding that leaves no tree to go on with."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__(found.message)
        self.found = found


@dataclass(slots=True)
class Source:
    """A YAML file as data and places.

    Attributes:
        path: The file as the user knows it.
        text: Its text.
        data: Plain data (dict, list, str, int, Decimal, bool, None); None where nothing could be read.
        found: What is wrong with the YAML itself.
        mounts: Files that this one names, by the pointer of the name: what lies below it is a place in that file.
    """

    path: str
    text: str
    data: Any = None
    found: list[Diagnostic] = field(default_factory=list)
    mounts: dict[str, Source] = field(default_factory=dict)
    keys: dict[str, Span] = field(default_factory=dict)
    values: dict[str, Span] = field(default_factory=dict)
    _texts: set[str] = field(default_factory=set)

    @property
    def lines(self) -> list[str]:
        """The text's lines without line ends."""
        return self.text.splitlines()

    def locate(self, found: Diagnostic) -> Span:
        """Return the span of *found*; a place the file does not have is looked for in its containers."""
        if found.span is not None:
            return found.span
        if found.at == "key" and found.pointer in self.keys:
            return self.keys[found.pointer]
        at = found.pointer
        while at and at not in self.values:
            at = pointer.parent(at)
        span = self.values.get(at, Span(1, 1, 1, 2))
        if found.inner and at == found.pointer and (part := self._part(at, span, *found.inner)):
            return part
        if at != found.pointer and at in self.keys:
            return self.keys[at]
        return span

    def mark(self, at: str, span: Span, *, inside: bool) -> None:
        """Note *span* as the place of the value *at*; *inside* says whether offsets lead to places in its text."""
        self.values[at] = span
        if inside:
            self._texts.add(at)

    def _part(self, at: str, span: Span, offset: int, length: int) -> Span | None:
        """Return where *length* characters of the value *at* stand; None where nobody knows."""
        if at in self._texts:
            return Placing(self.text).direct(span, offset, length)
        try:
            value = pointer.value(self.data, at)
        except (KeyError, IndexError, ValueError, TypeError):
            return None
        return Placing(self.text).part(span, value, offset, length) if isinstance(value, str) else None

    def home(self, found: Diagnostic) -> tuple[Source, Diagnostic]:
        """Return the file that *found* is about, this one or one that it names, and *found* as seen from there."""
        for at, file in self.mounts.items():
            if found.pointer.startswith(at + "/"):
                return file.home(replace(found, pointer=found.pointer[len(at) :]))
        return self, found

    def excerpts(self, found: Iterable[Diagnostic]) -> list[str]:
        """Return the lines as messages show them: the values of findings that hide theirs are starred out."""
        lines = self.lines
        for each in found:
            if each.hides and (span := self.values.get(each.pointer)) is not None:
                for number in range(span.line, min(span.end_line, len(lines)) + 1):
                    line = lines[number - 1]
                    start = span.column - 1 if number == span.line else 0
                    end = span.end_column - 1 if number == span.end_line else len(line)
                    lines[number - 1] = line[:start] + "*" * (end - start) + line[end:]
        return lines

    def rename(self, place: str, name: str) -> None:
        """Take the key at *place* as *name*, in data and places; a finding about the old key keeps its place."""
        above = pointer.parent(place)
        holder = pointer.value(self.data, above)
        key = pointer.split(place)[-1]
        if key in holder:  # an alias may have brought the same mapping to two places
            holder[name] = holder.pop(key)
        new = pointer.join(above, name)
        spans: Any
        for spans in (self.keys, self.values):
            for old in [p for p in spans if p == place or p.startswith(place + "/")]:
                spans[new + old[len(place) :]] = spans[old]

    def follows(self, place: str) -> str:
        """Return the rest of the line behind the value at *place*: what YAML did not take as part of it."""
        span = self.values.get(place)
        if span is None or span.end_line > len(self.lines):
            return ""
        return self.lines[span.end_line - 1][span.end_column - 1 :]


def read(text: str, path: str) -> Source:
    """Return *text* as data with places.

    Args:
        text: The file's text, at most 4 MB; a byte order mark before it does not count.
        path: How messages name the file.

    Returns:
        A source; ``found`` lists every finding, and ``data`` is None when there is no tree to go on with.
    """
    text = text.removeprefix("\ufeff")
    source = Source(path, text)
    if len(text) > MAX_BYTES:
        return _stopped(source, "R001", "the file is larger than 4 MB", Span(1, 1, 1, 2))
    try:
        events = _events(text)
        source.data = _Builder(source, events).document()
    except _Stop as stop:
        source.found.append(stop.found)
    return source


def _stopped(source: Source, code: str, message: str, span: Span) -> Source:
    source.found.append(Diagnostic(code, "", message, span=span))
    return source


def _events(text: str) -> list[Event]:
    if odd := ODD.search(text):
        raise _Stop(misread.control(text, odd.start()))
    try:
        return list(_parse(text, pure=False))
    except (YAMLError, UnicodeEncodeError):
        pass
    events: list[Event] = []
    try:
        for event in _parse(text, pure=True):
            events.append(event)  # noqa: PERF402  # what stands before an error explains it
    except MarkedYAMLError as error:
        raise _Stop(misread.refused(text, error, events[-1] if events else None)) from error
    except (YAMLError, AssertionError) as error:  # ruamel asserts what a %YAML directive may say
        raise _Stop(misread.control(text, getattr(error, "position", 0))) from error
    return events


def _parse(text: str, *, pure: bool) -> Iterator[Event]:
    reader = YAML(typ="safe", pure=pure)
    depth = 0
    for count, event in enumerate(reader.parse(text)):
        # Here, not when the tree is built: on thousands of open brackets the pure parser takes minutes.
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _Stop(_too_deep(event))
        if count > 4 * MAX_NODES:
            raise _Stop(
                Diagnostic("R005", "", f"the file has more than {MAX_NODES:,} values", span=Span(1, 1, 1, 2))
            )
        yield event


def _too_deep(event: Event) -> Diagnostic:
    what = f"this is nested more than {MAX_DEPTH} levels deep"
    return Diagnostic("R005", "", what, span=_span(event, event), help="close some brackets")


class _Builder:
    """Turns events into data, pointer by pointer."""

    def __init__(self, source: Source, events: list[Event]) -> None:
        self.source = source
        self.events = iter(events)
        self.anchors: dict[str, tuple[str, Any, list[str]]] = {}
        self.open: set[str] = set()
        self.places: list[str] = []
        self.placing = Placing(source.text)

    def document(self) -> Any:
        documents = 0
        data: Any = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop(
                        "R002", event, "a file holds one document", "remove the line --- and what follows it"
                    )
                data = self.node(next(self.events), "", 0)
        if not documents:
            cure = "write its content, or remove it"
            raise _Stop(Diagnostic("R006", "", "the file is empty", cure, span=Span(1, 1, 1, 2)))
        return data

    def node(self, event: Event, at: str, depth: int) -> Any:
        before = len(self.places)
        if isinstance(event, AliasEvent):
            return self.alias(event, at, depth)
        self.count(event, [at])
        self.untagged(event, at)
        if event.anchor:
            self.open.add(event.anchor)
        if isinstance(event, MappingStartEvent):
            value: Any = self.mapping(event, at, depth)
        elif isinstance(event, SequenceStartEvent):
            value = self.sequence(event, at, depth)
        else:
            value = self.scalar(event, at)
        if event.anchor:
            self.open.discard(event.anchor)
            self.anchors[event.anchor] = (at, value, self.places[before:])
        return value

    def count(self, event: Event, places: list[str]) -> None:
        """Note the *places* of values; too many end the reading."""
        if len(self.places) + len(places) > MAX_NODES:
            self.stop(
                "R005", event, f"with its aliases the file has more than {MAX_NODES:,} values", "split it"
            )
        self.places += places

    def untagged(self, event: Event, at: str) -> None:
        if event.tag:
            cure = "remove it: the form decides the type"
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.report("R003", event, at, f"the tag {tag} is not taken", cure, self.tag(event))

    def mapping(self, event: Event, at: str, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key in self.events:
            if isinstance(key, MappingEndEvent):
                self.source.values[at] = self.span(event, key)
                return data
            if not isinstance(key, ScalarEvent):
                if self.source.text[event.start_mark.index :].startswith("{{"):
                    raise _Stop(misread.unquoted(self.span(event, event)))
                self.stop(
                    "R004", key, "a key must be text", "write one word, or text in quotes, before the colon"
                )
            name = self.characters(key, at)
            place = pointer.join(at, name)
            self.untagged(key, place)
            if name == "<<" and not key.style:
                self.report("R003", key, place, "merge keys (<<) are not taken", "write the keys out")
            if name in data:
                first = self.source.keys[place].line
                self.report(
                    "R004", key, place, f"the key {name!r} stands twice (first in line {first})", "keep one"
                )
                self.node(next(self.events), place, depth + 1)
                continue
            self.source.keys[place] = self.span(key, key)
            value = next(self.events)
            if ":" not in self.source.text[key.end_mark.index : value.end_mark.index + 1]:
                self.no_key(key, place)
                continue
            data[name] = self.node(value, place, depth + 1)
        raise AssertionError("a mapping always ends")

    def no_key(self, key: Event, place: str) -> None:
        """Report what stands between two commas of ``{…}`` without a colon: most often the rest of a value."""
        cure = "a comma ends a value inside {…}: put a value that has one in quotes as a whole"
        self.report("R006", key, place, f"{shorten(key.value)!r} has no value", cure)

    def sequence(self, event: Event, at: str, depth: int) -> list[Any]:
        data: list[Any] = []
        for item in self.events:
            if isinstance(item, SequenceEndEvent):
                self.source.values[at] = self.span(event, item)
                return data
            data.append(self.node(item, pointer.join(at, len(data)), depth + 1))
        raise AssertionError("a sequence always ends")

    def scalar(self, event: Event, at: str) -> Any:
        self.source.values[at] = self.span(event, event)
        text = self.characters(event, at)
        if event.style:  # a plain scalar has None of the pure parser, an empty text of the C one
            return text
        if text in ("", "~"):
            place = self.source.keys.get(at) or self.source.values[at]
            cure = 'write null, or "" for empty text'
            self.source.found.append(Diagnostic("R006", at, "a value is missing here", help=cure, span=place))
            return None
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            return int(text)
        return Decimal(text) if DECIMAL.fullmatch(text) else text

    def characters(self, event: Event, at: str) -> str:
        """Return the text of a scalar, in which two escapes may make one character, as JSON writes them."""
        text: str = event.value
        if SURROGATE.search(text) is None:
            return text
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            cure = "write the character itself, or both halves"
            self.report("R001", event, at, "an escape here stands for half of a character", cure)
            return SURROGATE.sub("\ufffd", text)

    def alias(self, event: Event, at: str, depth: int) -> Any:
        if event.anchor in self.open:
            cure = "write the value out"
            self.stop("R005", event, f"the alias *{event.anchor} stands inside its own anchor", cure)
        if event.anchor not in self.anchors:
            cure = "put text that begins with * in quotes"
            self.stop("R003", event, f"no anchor &{event.anchor} stands before this alias", cure)
        origin, value, inside = self.anchors[event.anchor]
        if depth + max(place.count("/") for place in inside) - origin.count("/") > MAX_DEPTH:
            raise _Stop(_too_deep(event))
        copies = [at + place[len(origin) :] for place in inside]
        self.count(event, copies)
        for places in (self.source.keys, self.source.values):
            for place, copy in zip(inside, copies, strict=True):
                if place in places:
                    places.setdefault(copy, places[place])
        self.source.values[at] = self.span(event, event)
        return value

    def report(
        self, code: str, event: Event, at: str, message: str, cure: str, span: Span | None = None
    ) -> None:
        span = span or self.span(event, event)
        self.source.found.append(Diagnostic(code, at, shorten(message, 200), help=cure, span=span))

    def span(self, start: Event, end: Event) -> Span:
        """Return the place of a node with its tag and its anchor: one parser begins behind a tag that stands first."""
        whole = _span(start, end)
        if not (getattr(start, "anchor", None) and getattr(start, "tag", None)):
            return whole
        first = properties(self.source.text, start.start_mark.index)
        return Span(*self.placing.place(first), whole.end_line, whole.end_column)

    def tag(self, event: Event) -> Span:
        """Return the place of the tag of *event*."""
        first, end = tag(self.source.text, event.start_mark.index, event.end_mark.index)
        return Span(*self.placing.place(first), *self.placing.place(end))

    def stop(self, code: str, event: Event, message: str, cure: str) -> None:
        raise _Stop(Diagnostic(code, "", message, help=cure, span=self.span(event, event)))


def _span(start: Event, end: Event) -> Span:
    first, last = start.start_mark, end.end_mark
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1)
