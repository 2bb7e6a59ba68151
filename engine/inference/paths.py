"""The types that paths read."""

from __future__ import annotations

from functools import cached_property, lru_cache, partial
from typing import Final, assert_never

from engine.diagnostics import nearest
from engine.inference import Chain, Known, Slip
from engine.inference.chosen import chosen
from engine.inference.compare import settled
from engine.inference.fields import FEW, Step, lacking, listed, slip_of, stepped
from engine.inference.selected import selected
from engine.paths import HEAD, PLAIN, RECORD, STEP, Path
from engine.paths.queries import segments
from engine.paths.syntax import (
    Both,
    Call,
    Comparison,
    Either,
    Filter,
    Literal,
    Not,
    Query,
    Segment,
    Side,
    Test,
)
from engine.types import ANY, WHOLE, Lack, Type, join, list_of, of_values

SIGNS: Final = (".", "['", '["')
"""What stands before a name in a path."""


def read(path: Path, known: Known, told: list[Slip]) -> Type:
    """Return the type of what *path* reads, which may lack; what cannot be right is added to *told*.

    The place of a slip is that in the path's text.
    """
    return _Reader(path, known, told).read()


def is_of_entries(path: Path, lack: Lack) -> bool:
    """Tell whether *lack* is one of single entries that *path* selects, not of the whole list."""
    first = len(path.steps) + 1
    return bool(path.rest) and lack.why.startswith(_Reader(path, Known(), []).before(first))


class _Reader:
    """Goes along one path."""

    def __init__(self, path: Path, known: Known, told: list[Slip]) -> None:
        self.path, self.known, self.told = path, known, told

    def read(self) -> Type:
        path = self.path
        type = self.known.root(path.root)
        chain: Chain = (path.root,)
        for index, step in enumerate(path.steps):
            type = self.step(type, step, index)
            if isinstance(step, str) and len(chain) == index + 1:
                chain = (*chain, step)
                type = self.known.seen(chain, type)
        if not path.rest:
            return type
        lack = type.lack
        for index, segment in enumerate(path.rest, len(path.steps)):
            type = self.segment(type.may_lack(None), segment, index)
            lack = lack or type.lack
        return list_of(type.may_lack(None)).may_lack(lack)

    def segment(self, type: Type, segment: Segment, index: int) -> Type:
        """Return the type of each value that a segment selects, after one that selects several or with such."""
        if segment.descends:
            return ANY
        if segment.single is not None:
            return self.step(type, segment.single, index)
        found = self.listed(type, index)
        kept = []
        for selector in segment.selectors:
            if isinstance(selector, Filter):
                self.test(selector.test, found, index)
                kept.append(chosen(selected(found, selector.test), selector.test))
            else:
                kept.append(found)
        found = join(kept)
        is_list = type.is_any or type.list is not None  # what is none has a finding
        return found.may_lack(self.lacking(type, "list", index) if is_list else None)

    def listed(self, type: Type, index: int) -> Type:
        """Return the type of an element of *type*, which has to be a list."""
        return listed(type, self.before(index), self.part(index), partial(self.tell, index=index))

    def step(self, type: Type, step: str | int, index: int) -> Type:
        """Return the type of one name or index of *type*."""
        source = self.known.sources.get(self.path.root, "") if index == 0 else ""
        tell = partial(self.tell, index=index)
        return stepped(type, Step(step, self.before(index), self.part(index), source), tell)

    def lacking(self, type: Type, kind: str, index: int) -> Lack | None:
        """Return why what is read of *type*, which may be of *kind*, may be missing; None where nothing says so."""
        return lacking(type, kind, self.before(index))

    # Filters

    def test(self, test: Test, element: Type, index: int) -> None:
        """Report what cannot be right in the test of a filter on *element*."""
        match test:
            case Comparison():
                left, right = self.side(test.left, element, index), self.side(test.right, element, index)
                if found := settled(left, test.operator, right, in_path=True):
                    self.tell("R313", *found, index=index, part=self.within(test.offset, test.text))
            case Query():
                self.query(test, element, index)
            case Call():
                self.call(test, element, index)
            case Not():
                self.test(test.test, element, index)
            case Both() | Either():
                for each in test.tests:
                    self.test(each, element, index)
            case _:
                assert_never(test)

    def side(self, side: Side, element: Type, index: int) -> Type:
        match side:
            case Literal():
                return of_values([side.value])
            case Query():
                return self.query(side, element, index)
            case Call():
                return self.call(side, element, index)
            case _:
                assert_never(side)

    def call(self, call: Call, element: Type, index: int) -> Type:
        for arg in call.args:
            self.side(arg, element, index)
        return WHOLE if call.name in ("length", "count") else ANY

    def query(self, query: Query, element: Type, index: int) -> Type:
        """Return the type of what a query in a filter selects; a part that is absent only selects nothing."""
        found = self.known.root(RECORD) if query.from_root else element
        for segment in query.segments:
            name = segment.single
            if found.is_any or segment.descends or not isinstance(name, str):
                return ANY
            fields = [shape.field(name) for shape in found.mapping]
            if not fields or all(field is None for field in fields):
                self.strange(found, segment, query, index)
                return ANY
            found = join([field for field in fields if field is not None])
        return found.may_lack(None)

    def strange(self, type: Type, segment: Segment, query: Query, index: int) -> None:
        """Report a field in a filter that the schema does not list."""
        name = str(segment.single)
        names = list(dict.fromkeys(name for shape in type.mapping for name in shape.names))
        is_closed = bool(type.mapping) and all(shape.is_closed for shape in type.mapping)
        if names or is_closed:
            near = nearest(name, names)
            at = "$" if query.from_root else f"an entry of {self.before(index)}"
            help = f"did you mean {near!r}?" if near else f"it has {', '.join(names[:FEW])}"
            is_sure = is_closed or bool(slip_of(name, type))
            signs = next((each for each in SIGNS if self.within(segment.offset, f"{each}{name}")), "")
            part = self.within(segment.offset + len(signs), name)
            self.tell("R310", f"{at} has no field {name!r}", help, is_sure, index=index, part=part)

    # Places

    @cached_property
    def starts(self) -> list[int]:
        """Where each step and segment begins in the path's text, and where the last ends.

        A path may be a part of its text (``paths.cut``): the first, or what lies behind its root.
        """
        text = self.path.text
        head = HEAD.match(text)
        begin = head.end() if head is not None else 1
        body = text[begin:].removesuffix("?")
        end = begin + len(body.rstrip())
        if PLAIN.fullmatch(body):
            found = [begin + step.start() for step in STEP.finditer(body)]
        else:
            found = [offset + begin - 1 for offset in _offsets(body)]
        count = len(self.path.steps) + len(self.path.rest)
        first = len(found) - count if self.path.root.startswith(".") else 0
        return [*found, end][first : first + count + 1]

    def before(self, index: int) -> str:
        """Return the path up to the step or segment *index*, as written."""
        return self.path.text[: self.starts[index]].strip()

    def part(self, index: int) -> str:
        """Return the step or segment *index* as written."""
        return self.path.text[self.starts[index] : self.starts[index + 1]].strip()

    def within(self, offset: int, written: str) -> tuple[int, int] | None:
        """Return where a part of a filter, at *offset* of its query, stands in the path's text; or None."""
        head = HEAD.match(self.path.text)
        at = offset + (head.end() if head is not None else 1) - 1
        return (at, len(written)) if written and self.path.text.startswith(written, at) else None

    def tell(
        self,
        code: str,
        message: str,
        help: str = "",
        is_sure: bool = True,
        *,
        index: int,
        part: tuple[int, int] | None = None,
    ) -> None:
        """Report what is wrong with the step or segment *index*, or with a *part* of it."""
        begin, end = self.starts[index], self.starts[index + 1]
        severity: Final = "error" if is_sure else "warning"
        self.told.append(Slip(code, message, help, part or (begin, max(1, end - begin)), severity))


@lru_cache(maxsize=1024)
def _offsets(body: str) -> tuple[int, ...]:
    """Return where each segment of ``$`` and *body* begins."""
    return tuple(segment.offset for segment in segments("$" + body, 0))
