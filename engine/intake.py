"""From what a trigger gives to a record in hand: whether it is this recipe's, its key, its number and its revision.

Nothing here writes, or decides what becomes of a record: what keeps it from being read is told when it is taken.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count
from typing import Any, Final

from engine import canonical
from engine.cursor import Cursor, Page
from engine.errors import RecordError
from engine.generated.projection import Reader
from engine.keys import BusinessKey
from engine.ledger import RecordRow, RecordState
from engine.ledger.seen import Seen
from engine.made import Made
from engine.paths import RECORD
from engine.recipe import Recipe, Trigger
from engine.report import Report
from engine.revisions import BadRevision, as_revision
from engine.scope import Scope
from engine.steps import key_of
from engine.triggers import Incoming, opened
from engine.world import World

Records = Callable[[Trigger, World, Scope], AsyncIterator[list[Incoming]]]
"""What a kind of trigger declares: gives records page by page."""
REVISION: Final = (
    "read as trigger.revision what grows with each change, such as $.updated_at: an instant, or a number"
)


@dataclass(slots=True)
class Hand:
    """A record in hand.

    Attributes:
        row: What the ledger will hold of it, as far as it is known.
        raw: Its bytes.
        place: Where it stands, as ``Incoming`` has it.
        key: Its business key.
        is_ours: Whether the trigger's ``when`` holds.
        unread: Why it cannot be told what record it is, or None.
        flaw: Why it is not whole, or None.
        letter: The row under which it waited in the ledger, or None.
        known: What became of it before, or None.
        page: The page it came with, where a cursor goes by pages.
    """

    row: RecordRow
    raw: bytes
    scope: Scope
    place: str
    key: BusinessKey = ()
    is_ours: bool = True
    unread: Exception | None = None
    flaw: RecordError | None = None
    letter: RecordRow | None = None
    known: RecordRow | None = None
    page: Page | None = None
    made: Made = field(default_factory=Made)

    @property
    def lane(self) -> str | None:
        """What no other record may overtake: those of one key. None where nothing is done with it."""
        return (self.row.key or self.row.digest) if self.is_ours else None


class Intake:
    """Takes in the records of one run.

    Args:
        trigger: Gives the records, as the trigger's kind declares.
        known_as: The texts of the source account's and the target accounts' identities.
        roots: What every record sees beside itself.
        cursor: Says what is read, and takes note of each page; None where nothing is remembered of it.
        reader: Decodes records for what is read of them; None where they are decoded whole.
    """

    def __init__(
        self,
        recipe: Recipe,
        world: World,
        trigger: Records,
        report: Report,
        known_as: tuple[str, str],
        roots: Mapping[str, Any],
        cursor: Cursor | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.recipe, self.world, self.trigger, self.report = recipe, world, trigger, report
        self.source, self.target = known_as
        self.roots, self.cursor, self.reader = roots, cursor, reader
        self.seen = Seen()

    async def pages(self) -> AsyncGenerator[Iterable[Hand], None]:
        """Yield the records as they come in, page by page; each is taken in hand when it is asked for."""
        scope = Scope(dict(self.roots), self.recipe.constants, self.report.defaults)
        batch: list[Incoming] = []
        start = self.recipe.trigger
        if self.cursor is not None:
            start = replace(start, bounds=self.cursor.bounds)
        async for page in self.trigger(start, self.world, scope):
            if not start.counts:
                opened = await self.cursor.opened([each.record for each in page]) if self.cursor else None
                yield map(partial(self.hand, page=opened), page)
                continue
            for incoming in page:  # numbers are given to the rows of a whole file
                if batch and incoming.batch != batch[0].batch:
                    yield self._numbered_hands(batch)
                    batch = []
                batch.append(incoming)
        if batch:
            yield self._numbered_hands(batch)

    def close(self) -> None:
        """Forget which keys came."""
        self.seen.close()

    def _numbered_hands(self, batch: list[Incoming]) -> Iterable[Hand]:
        return (self.hand(*numbered) for numbered in zip(batch, self._numbers(batch), strict=True))

    def hand(self, incoming: Incoming, number: int = 1, page: Page | None = None) -> Hand:
        """Return *incoming*, which is the *number*-th of its key, in hand; what cannot be read of it is told there."""
        incoming = opened(incoming, self.reader)
        hand = self._in_hand(incoming)
        hand.page = page
        try:
            self._read(incoming, hand, number)
        except Exception as error:  # noqa: BLE001  # raised again where this one record is taken, see Runner
            hand.unread = error
        return hand

    def _read(self, incoming: Incoming, hand: Hand, number: int) -> None:
        if incoming.flaw is not None and incoming.record is None:
            raise incoming.flaw
        when = self.recipe.trigger.when
        hand.is_ours = when is None or when.evaluate(hand.scope)
        if not hand.is_ours:
            return
        hand.key = self._key(incoming, hand, number)
        hand.row = replace(hand.row, key=text_of(hand.key))
        if self.recipe.trigger.revision is not None:
            hand.row = replace(hand.row, revision=self._revision(hand.scope))

    def _in_hand(self, incoming: Incoming) -> Hand:
        raw = incoming.raw or canonical.encode(incoming.record)
        row = RecordRow(
            recipe=self.recipe.name,
            source=self.source,
            target=self.target,
            key="",
            revision="",
            digest=incoming.digest or canonical.digest(raw),
            state=RecordState.DEAD,
            run=self.report.run,
            at=self.world.clock.now().isoformat(timespec="milliseconds"),
        )
        scope = Scope({**self.roots, RECORD: incoming.record}, self.recipe.constants, self.report.defaults)
        return Hand(row, raw, scope, incoming.place, flaw=incoming.flaw, letter=incoming.letter)

    def _key(self, incoming: Incoming, hand: Hand, number: int) -> BusinessKey:
        """Return the record's business key; where nothing is written a record is known by its content."""
        trigger = self.recipe.trigger
        if trigger.key is None:
            return (hand.row.digest,)
        key = key_of(trigger.key, hand.scope)
        if trigger.counts:
            letter = incoming.letter  # its number is part of the key under which it waited
            known = canonical.decode(letter.key) if letter is not None and letter.key.startswith("[") else []
            return tuple(known) if known[: len(key)] == list(key) else _with_number(key, number)
        if not incoming.batch or self.seen.add(incoming.batch, text_of(key)):
            return key
        also = ", or write repeats: count if both are meant" if trigger.kind == "file" else ""
        raise RecordError(
            "X112",
            f"the key {' / '.join(key)} stands in this file already",
            pointer=trigger.key.pointer,
            help=f"choose a key that tells them apart{also}",
        )

    def _revision(self, scope: Scope) -> str:
        value = self.recipe.trigger.revision
        if value is None:
            return ""
        try:
            return as_revision(value.evaluate(scope))
        except BadRevision as error:
            raise RecordError("X109", str(error), pointer=value.pointer, help=REVISION) from error

    def _numbers(self, batch: list[Incoming]) -> list[int]:
        """Return the number of each record among those of *batch* with its key.

        A row keeps the number under which its content is known already, wherever it stands; what is left over of the
        known numbers are rows that changed, and what is left over of the rows is new.
        """
        numbers = [1] * len(batch)
        rows: dict[BusinessKey, list[tuple[int, RecordRow]]] = {}
        for index, incoming in enumerate(batch):
            hand = self._in_hand(incoming)
            hand.scope = hand.scope.apart()
            with contextlib.suppress(RecordError):  # told when the record itself is taken
                when = self.recipe.trigger.when
                if incoming.flaw is None and (when is None or when.evaluate(hand.scope)):
                    key = key_of(self.recipe.trigger.key, hand.scope) if self.recipe.trigger.key else ()
                    rows.setdefault(key, []).append((index, hand.row))
        for key, found in rows.items():
            for index, number in self._numbered(key, found).items():
                numbers[index] = number
        return numbers

    def _numbered(self, key: BusinessKey, found: list[tuple[int, RecordRow]]) -> dict[int, int]:
        known: dict[int, str] = {}
        row = found[0][1]
        while held := self.world.ledger.record(
            row.recipe, row.source, row.target, text_of(_with_number(key, len(known) + 1))
        ):
            known[len(known) + 1] = held.digest
        numbers: dict[int, int] = {}
        for index, row in found:
            same = next((number for number, digest in known.items() if digest == row.digest), None)
            if same is not None:
                numbers[index] = same
                del known[same]
        free = chain(known, count(max([*known, *numbers.values()], default=0) + 1))
        return numbers | {index: next(free) for index, _ in found if index not in numbers}


def text_of(key: BusinessKey) -> str:
    """Return *key* as canonical JSON, as rows have it."""
    return canonical.encode(list(key)).decode()


def _with_number(key: BusinessKey, number: int) -> BusinessKey:
    """Return the key of the *number*-th record with *key*; the first keeps it. No part that data gives is empty."""
    return key if number == 1 else (*key, "", str(number))
