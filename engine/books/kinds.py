"""All kinds of documents, by name and by collection."""

from __future__ import annotations

from typing import Final

from engine.books import moves, purchases, sales
from engine.books.document import Kind

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (*sales.KINDS, *purchases.KINDS, *moves.KINDS)}
COLLECTIONS: Final = {kind.collection: kind for kind in KINDS.values()}
