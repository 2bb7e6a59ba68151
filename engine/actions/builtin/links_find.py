"""``links.find``: the source records behind a target document, and the documents made from a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from engine import canonical
from engine.actions.context import Context
from engine.declare import Declaration, Slip
from engine.errors import RecordError
from engine.keys import BadKey, business_key
from engine.ledger import EffectRow, EffectState

PAIRS: Final = (("document", "connection"), ("recipe", "key"))
"""What a search is asked with; one of the two is whole."""


class Params(BaseModel):
    """What ``links.find`` takes: the document, or recipe and key of the record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str | int = Field(
        default="", description="Id of the document at its target.", examples=["$.id"]
    )
    connection: str = Field(
        default="",
        description="The connection of the target that has the document.",
        examples=["books"],
        json_schema_extra={"x-names": "connection"},  # a name that the check can hold against the recipe's
    )
    recipe: str = Field(
        default="", description="The recipe that made documents of a record.", examples=["web-order"]
    )
    key: Any = Field(default=None, description="Business key of that record.", examples=["$.order_id"])


async def find(given: Mapping[str, Any], context: Context) -> tuple[list[Any], bool]:
    """Return one link a record: recipe, key and the documents made from it, each with operation, target and id.

    Raises:
        RecordError: neither a document with its connection nor a recipe with its key is asked for.
    """
    ledger = context.world.ledger
    for slip in static(given):
        raise _wrong(context, slip.message, slip.help)
    if "document" in given and "connection" in given:
        target = context.world.targets.get(given["connection"])
        if target is None:
            raise _wrong(context, f"there is no connection {given['connection']!r} in this recipe")
        rows = ledger.effects(remote_id=str(given["document"]))
        shown = [row for row in rows if row.target == target.identity.text]
        records = {(row.recipe, row.record) for row in shown}
        records |= {(link.recipe, link.record) for row in shown for link in ledger.links(effect=row.key)}
    else:
        try:
            key = business_key(given["key"])
        except BadKey as error:
            raise _wrong(context, str(error)) from error
        # A list of several parts that data gave ends in an empty one, see steps.key_of.
        ways = {key, (*key, "")} if len(key) > 1 else {key}
        records = {(given["recipe"], canonical.encode(list(way)).decode()) for way in ways}
    links = []
    for recipe, record in sorted(records):
        shared = (ledger.effect(link.effect) for link in ledger.links(recipe=recipe, record=record))
        all_made = [
            *(row for row in shared if row is not None),
            *ledger.effects(recipe=recipe, record=record),
        ]
        made = [row for row in all_made if row.state is EffectState.DONE]
        if made:
            links.append(
                {
                    "recipe": recipe,
                    "key": [part for part in canonical.decode(record) if part],
                    "documents": [_document(row) for row in made],
                }
            )
    return links, False


def static(given: Mapping[str, Any]) -> Iterator[Slip]:
    """Yield what is missing of the two pairs, where neither is whole."""
    lacking = [[name for name in pair if name not in given] for pair in PAIRS]
    if all(lacking):
        message = "links.find takes document and connection, or recipe and key"
        halves = [" and ".join(names) for names in lacking if len(names) == 1]
        yield Slip("", message, f"add {', or '.join(halves or [' and '.join(pair) for pair in PAIRS])}")


def _document(row: EffectRow) -> dict[str, str]:
    """Return what was made: the action's ids, ``CONNECTION.OPERATION``, the target account and its id for it."""
    return {"action": row.path, "operation": row.operation, "target": row.target, "id": row.remote_id}


def _wrong(context: Context, message: str, help: str = "") -> RecordError:
    help = help or "see links.find in the documentation"
    return RecordError("X107", message, pointer=context.call.pointer, help=help)


DECLARATION = Declaration(
    "links.find",
    "Finds the source records behind a target document, with everything that was made from them, and back.",
    find,
    Params,
    examples=(({"document": "inv-1", "connection": "books"}, None),),
    static=static,
)
