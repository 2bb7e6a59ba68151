"""Revisions: instants or numbers that grow with each edit of a record, and which of two states of a record is later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine import canonical, dates, money


class BadRevision(ValueError):
    """A value is neither an instant nor a number, or cannot be compared with the one before."""


def as_revision(value: Any) -> str:
    """Return *value* (an instant with offset, or a number) as the text that is remembered.

    Raises:
        BadRevision: it is something else.
    """
    text = money.text(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise BadRevision(f"a revision is an instant or a number, found {money.kind(value)}")
    _parsed(text)
    return text


def is_newer(revision: str, known: str) -> bool:
    """Tell whether *revision* is after *known*; raises ``BadRevision`` where one is an instant and the other not."""
    new, old = _parsed(revision), _parsed(known)
    if isinstance(new, datetime) and isinstance(old, datetime):
        return new > old
    if isinstance(new, Decimal) and isinstance(old, Decimal):
        return new > old
    raise BadRevision(f"the revision {revision} cannot be compared with {known}, which was seen before")


class Age(StrEnum):
    """How a record stands to the one that something was made from."""

    LATER = "later"
    SAME = "same"
    EARLIER = "earlier"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """The record that an effect is made from, at one of its revisions.

    Attributes:
        record: Its business key as canonical JSON.
        source: Text of the identity of the account it comes from; empty where it comes from none, such as a file.
        revision: What ``as_revision`` returned, or empty.
        digest: Of its content or of its bytes; empty where nobody knows what an effect was made from.
        raw: Its bytes, where they are at hand: by them a digest of the other kind is told.
    """

    record: str
    source: str = ""
    revision: str = ""
    digest: str = ""
    raw: bytes = field(default=b"", compare=False, repr=False)

    def age(self, known: Origin) -> Age:
        """Tell how this stands to *known*; what came later is the later one where neither has a revision."""
        if not known.digest:
            return Age.UNKNOWN
        is_same = self.record == known.record
        # A number counts the edits of one record; instants order those of several.
        if self.revision and known.revision and (is_same or not _counts(self.revision, known.revision)):
            try:
                if is_newer(self.revision, known.revision):
                    return Age.LATER
                return Age.EARLIER if is_newer(known.revision, self.revision) else Age.SAME
            except BadRevision:
                return Age.UNKNOWN
        if not is_same:
            return Age.UNKNOWN
        return Age.SAME if canonical.is_known(known.digest, self.digest, self.raw) else Age.LATER


def _counts(*revisions: str) -> bool:
    return any(money.PLAIN.fullmatch(each) for each in revisions)


def _parsed(text: str) -> datetime | Decimal:
    if money.PLAIN.fullmatch(text):
        return Decimal(text)
    try:
        return dates.instant(text)
    except dates.NotDate as error:
        raise BadRevision(f"a revision is an instant with offset or a number, found {text!r}") from error
