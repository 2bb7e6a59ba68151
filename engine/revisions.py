"""Revisions: instants or numbers that grow with each edit of a record."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import dates, money


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


def _parsed(text: str) -> datetime | Decimal:
    if money.PLAIN.fullmatch(text):
        return Decimal(text)
    try:
        return dates.instant(text)
    except dates.NotDate as error:
        raise BadRevision(f"a revision is an instant with offset or a number, found {text!r}") from error
