"""What the books answer, made from what they take: the schemas that lie beside the connector ``books``.

A document comes back as it was given, and with it what the books say of it; ``engine.books.reading`` does that.
``make golden`` writes the files again.
"""

from __future__ import annotations

import json
from typing import Any, Final

from engine.books.kinds import KINDS
from engine.registry import Registry

Schema = dict[str, Any]

MASTERS: Final = ("customer", "vendor", "item", "account", "tax_rate")
NAMES: Final = (*MASTERS, *KINDS)
ONLY_TAKEN: Final = {
    "$id",
    "title",
    "examples",
    "default",
    "readOnly",
    "if",
    "then",
    "else",
    "dependentRequired",
}
"""Words about what may be given together or left out: an answer has what there is."""
STATUS: Final = {
    "invoice": ["draft", "open", "paid", "void"],
    "credit_note": ["open", "paid", "void"],
    "bill": ["open", "paid", "void"],
}
AMOUNTS: Final = {
    "subtotal": "All lines after their discounts, without tax.",
    "total_tax": "The tax of all lines.",
    "total": "What the lines come to, tax included.",
    "balance": "What of it is not settled yet.",
}
SETTLING: Final = {
    "amount": "All of it.",
    "applied": "What of it settles the document that it names.",
    "credited": "What of it is left as credit.",
}


def schema(name: str) -> Schema:
    """Return the schema of what the books answer about one document or master record of the kind *name*."""
    taken = Registry().document(f"accounting/{name}")
    made: Schema = _answered(taken)
    fields, words = made["properties"], name.replace("_", " ")
    made = {
        "$schema": taken["$schema"],
        "title": f"{taken['title']} in the books",
        "description": f"What the books hold of {'an' if words[0] in 'aeiou' else 'a'} {words}.",
        **{word: each for word, each in made.items() if word not in ("$schema", "description")},
    }
    key = {"description": "Key of the effect that wrote it.", "type": "string"}
    must = [*made["required"], "id"]
    fields["id"] = {"description": "Its id in the books.", "type": "string"}
    fields["external_id"] = key
    if name == "account":
        del fields["external_id"]
    if name in KINDS:
        must += ["external_id", "status"]
        _add_what_stands(name, fields, must)
    made["required"] = [each for each in fields if each in must]
    return made


def text(name: str) -> str:
    """Return the schema of *name* as its file holds it."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def _add_what_stands(name: str, fields: Schema, must: list[str]) -> None:
    kind = KINDS[name]
    status = STATUS.get(name, ["posted", "void"])
    fields["status"] = {"description": "What became of it.", "type": "string", "enum": status}
    amounts = AMOUNTS if name in STATUS else SETTLING if kind.opens else {}
    for field, description in amounts.items():
        fields[field] = {"description": description, **_money("$.currency")}
    must += amounts
    if kind.side:
        described = f"Id of the {kind.side}, where there is one."
        fields[f"{kind.side}_id"] = {"description": described, "type": "string"}


def _answered(taken: Any, name: str = "") -> Any:
    """Return what stands in a schema of what is taken, as it holds for what is answered."""
    made = {word: each for word, each in taken.items() if word not in ONLY_TAKEN}
    if made.get("format") == "money":
        made |= _money("to_currency" if name == "to_amount" else "$.currency")
    if "properties" in made:
        made["properties"] = {each: _answered(below, each) for each, below in made["properties"].items()}
        made["required"] = list(made.get("required", ()))  # what is not in it may be absent
    if "items" in made:
        made["items"] = _answered(made["items"])
    return made


def _money(currency: str) -> Schema:
    return {"type": "string", "format": "money", "x-currency": currency}
