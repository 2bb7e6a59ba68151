"""``links.find``: the source records behind a target document, and the documents made from a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine import canonical
from engine.actions.context import Context
from engine.declare import Declaration
from engine.errors import RecordError
from engine.keys import BadKey, business_key
from engine.ledger import EffectRow, EffectState


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
    if "document" in given and "connection" in given:
        target = context.world.targets.get(given["connection"])
        if target is None:
            raise _wrong(context, f"there is no connection {given['connection']!r} in this recipe")
        rows = ledger.effects(remote_id=str(given["document"]))
        records = {(row.recipe, row.record) for row in rows if row.target == target.identity.text}
    elif "recipe" in given and "key" in given:
        try:
            key = business_key(given["key"])
        except BadKey as error:
            raise _wrong(context, str(error)) from error
        records = {(given["recipe"], canonical.encode(list(key)).decode())}
    else:
        raise _wrong(context, "links.find takes document and connection, or recipe and key")
    links = []
    for recipe, record in sorted(records):
        made = [row for row in ledger.effects(recipe=recipe, record=record) if row.state is EffectState.DONE]
        if made:
            links.append(
                {
                    "recipe": recipe,
                    "key": canonical.decode(record),
                    "documents": [_document(row) for row in made],
                }
            )
    return links, False


def _document(row: EffectRow) -> dict[str, str]:
    """Return what was made: the action's ids, ``CONNECTION.OPERATION``, the target account and its id for it."""
    return {"action": row.path, "operation": row.operation, "target": row.target, "id": row.remote_id}


def _wrong(context: Context, message: str) -> RecordError:
    return RecordError(
        "X107", message, pointer=context.call.pointer, help="see links.find in the documentation"
    )


DECLARATION = Declaration(
    "links.find",
    "Finds the source records behind a target document, with everything that was made from them, and back.",
    find,
    Params,
    examples=(({"document": "inv-1", "connection": "books"}, None),),
)
