"""What an explained recipe consists of, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["record", "step", "variable", "run", "document", "failure", "lookup", "constant"]


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a value is made of.

    Attributes:
        kind: What it is read from; ``constant`` is read from nothing.
        written: As written: ``$item.price``, ``record.total``, the name of a lookup, a constant as JSON.
        path: The same from the root of its origin on: ``$.line_items[*].price``; empty for lookups and constants, and
            where no one path leads to it.
        origin: What gives it: ``shop.orders.list``, ``lookups.status``, ``vars.account``.
        type: Its type in words; empty where nothing states it.
        may_be_null, may_be_absent: What its type says of both.
        about: What its schema says that it is, or empty.
    """

    kind: Kind
    written: str
    path: str
    origin: str
    type: str = ""
    may_be_null: bool = False
    may_be_absent: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a target, or one key, condition or text of the recipe, and what it is made of.

    Attributes:
        target: The path of the field, ``lines[].unit_price``, empty for the whole; of a rule its name, ``trigger.key``.
        type: What the target takes, in words; empty where nothing states it.
        is_required: Whether the target has to have it; None where nothing states it.
        about: What the target's schema says that it is, or empty.
        inputs: What it is made of, each once.
        transformation: The filters or the expression as written; empty for what goes over as it is.
        notes: What stands in where something is missing, and what is left out then.
        under: The ``for_each`` and ``when`` around it, outermost first.
        gives: The type of the outcome in words; empty where it is not known.
        file, line: Where it is written: the recipe, or the table that it names.
    """

    target: str
    type: str
    is_required: bool | None
    about: str
    inputs: tuple[Input, ...]
    transformation: str
    notes: tuple[str, ...]
    under: tuple[str, ...]
    gives: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """What one target is given.

    Attributes:
        place: Where it stands: ``trigger``, ``reads.ID``, ``mapping``, ``actions.ID``, ``on_error.ID``, ``returns``.
        target: What takes it: ``accounting/invoice``, ``books.payments.create``, ``the record of NAME``.
        unwritten: The fields of the target that nothing writes, none of which it has to have.
    """

    place: str
    target: str
    rows: tuple[Row, ...]
    unwritten: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """How much of a source nothing reads.

    Attributes:
        origin: ``shop.orders.list``.
        fields: How many fields its schema has, those inside others counted in place of them.
        unread: How many of them nothing reads.
    """

    origin: str
    fields: int
    unread: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The data map of one recipe.

    Attributes:
        caller: The name of the recipe that calls it; empty for none.
        action: The id of the action there.
        records: Where its records come from.
        rules: Its keys, revision, conditions, lists and texts.
    """

    recipe: str
    summary: str
    file: str
    caller: str
    action: str
    records: str
    sections: tuple[Section, ...]
    rules: tuple[Row, ...]
    unread: tuple[Unread, ...]
