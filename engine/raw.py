"""Records of a JSON page as they came: each its own bytes, decoded when somebody asks, one at a time.

    page = split(answer.body, compile_path("$.data.orders"))
    for record in page.records:
        record.value()

Who splits owns the records: their bytes are copies, so that the page can go. A page is split only where that is sure
to give what decoding the whole would: where not, ``split`` says so, and the whole is decoded as ever. What differs is
how far damage reaches: a number out of range or a byte that is no UTF-8 is that record's flaw, found when it is
decoded, and no longer the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import canonical
from engine.paths import MISSING, RECORD, Path


@dataclass(frozen=True, slots=True)
class Raw:
    """One record.

    Attributes:
        data: The bytes of its JSON as they came, known to be closed in themselves; never changed.
    """

    data: bytes

    def value(self) -> Any:
        """Return the record as plain data, decoded anew: it is the caller's.

        Raises:
            NotJson: it is damaged; places in it count from its first byte.
        """
        return _decoded(self.data)

    def at(self, path: Path) -> Any:
        """Return what *path*, whose root is the record, selects; no more is decoded than that takes.

        Raises:
            NotJson: what had to be decoded is damaged.
        """
        if not _is_of_names(path):
            return path.select({RECORD: _decoded(self.data)})
        data = self.data
        for name in path.names:
            members = canonical.members(data)
            if members is None:
                _decoded(data)  # which may be something else than an object, or damaged
            if members is None or name not in members:
                return MISSING
            data = members[name]
        return _decoded(data)


@dataclass(frozen=True, slots=True)
class Page:
    """A page in its parts.

    Attributes:
        records: In their order.
        beside: The page without them: an empty list stands where they stood.
    """

    records: list[Raw]
    beside: Any


def split(page: bytes, records: Path) -> Page | None:
    """Return *page* in its parts, or None where it is to be decoded as a whole.

    Args:
        records: Where the list stands. Split is only for a path of names: any other selects from the whole.
    """
    if not _is_of_names(records):
        return None
    try:
        parts = _parted(page, records.names)
    except ValueError:
        return None
    return Page([Raw(each) for each in parts[0]], parts[1]) if parts is not None else None


def _parted(data: bytes, names: Sequence[str]) -> tuple[list[bytes], Any] | None:
    if not names:
        found = canonical.entries(data)
        return (found, []) if found is not None else None
    members = canonical.members(data)
    if members is None or names[0] not in members:
        return None
    inner = _parted(members[names[0]], names[1:])
    if inner is None:
        return None
    first = names[0]
    return inner[0], {
        key: inner[1] if key == first else canonical.decode(value) for key, value in members.items()
    }


def is_beside(path: Path, records: Path) -> bool:
    """Return whether what *path* selects in a page is the same once it is without its *records*."""
    differs = any(one != other for one, other in zip(path.names, records.names, strict=False))
    return differs and "$" not in path.text[1:]  # a filter may read the whole page


def is_text(data: bytes) -> bool:
    """Return whether *data* is UTF-8, also in what a decoder passes over."""
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def plain(record: Any) -> Any:
    """Return *record*, which may be a ``Raw``, as plain data.

    Raises:
        NotJson: it is damaged.
    """
    return record.value() if isinstance(record, Raw) else record


def look(path: Path, record: Any) -> Any:
    """Return what *path* selects in *record*, which may be a ``Raw``.

    What stands in a damaged part is ``MISSING``: reading the record tells of it.
    """
    try:
        return record.at(path) if isinstance(record, Raw) else path.select({RECORD: record})
    except canonical.NotJson:
        return MISSING


def _decoded(data: bytes) -> Any:
    try:
        return canonical.decode(data)
    except ValueError:
        canonical.decode_once(data)  # says it in our words
        raise


def _is_of_names(path: Path) -> bool:
    return path.root == RECORD and path.is_single and len(path.names) == len(path.steps)
