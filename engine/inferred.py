"""Infers the JSON Schema of one record from sample records: pure, and in memory that does not grow with their number.

What samples show is no promise. The schema says which types were seen and what was in how many records (``x-seen``);
it never has ``required`` (the next record may lack what these had) or ``enum`` (samples close no list).

A :class:`Summary` is a function of the values that were added, however often, in whatever order and by however many
summaries that were merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self

from engine.flaws import is_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FORMATS: Final = ("date", "date-time", "money")
"""Formats that a text can show by itself; no text is of two of them."""
TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")
"""All types in the order in which a schema lists them."""
MOST_NAMES: Final = 1_000
"""Names of one object beyond which they are taken for values, such as ids, and not for names of fields."""
MOST_LEVELS: Final = 100
"""Lists and mappings inside each other."""


class TooDeep(ValueError):
    """A record is nested deeper than ``MOST_LEVELS``."""


@dataclass(slots=True)
class Summary:
    """What was seen at one place of the records.

    Attributes:
        count: How many values.
        types: Their types in JSON Schema.
        forms: Formats that every text had so far; all while there was none.
        has_point: Whether a text was an amount with a decimal point: without one, digits may be an id as well.
        objects: How many of the values were mappings.
        properties: What stood under each name of the mappings; empty where ``values`` is not None.
        values: What stood under any name, where there were more than ``MOST_NAMES``.
        items: What stood in the lists, or None where no list had an entry.
    """

    count: int = 0
    types: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=lambda: set(FORMATS))
    has_point: bool = False
    objects: int = 0
    properties: dict[str, Summary] = field(default_factory=dict)
    values: Summary | None = None
    items: Summary | None = None

    def add(self, value: Any, level: int = 0) -> None:
        """Take in *value*: plain JSON data, numbers int or Decimal; not changed.

        Args:
            level: How many lists and mappings it stands in.

        Raises:
            TooDeep: lists and mappings stand in each other more than ``MOST_LEVELS`` deep; what was taken in of the
                value so far stays.
        """
        if level > MOST_LEVELS:
            raise TooDeep(f"lists and mappings stand in each other more than {MOST_LEVELS} deep")
        self.count += 1
        match value:
            case None:
                self.types.add("null")
            case bool():
                self.types.add("boolean")
            case int():
                self.types.add("integer")
            case Decimal():
                self.types.add("number")
            case str():
                self.types.add("string")
                self._read(value)
            case list():
                self.types.add("array")
                for entry in value:
                    self.items = self.items or Summary()
                    self.items.add(entry, level + 1)
            case dict():
                self.types.add("object")
                self.objects += 1
                for name, entry in value.items():
                    self._under(name).add(entry, level + 1)
                self._bound()
            case _:
                raise TypeError(f"{type(value).__name__} is no type of JSON data")

    def merge(self, other: Self) -> Self:
        """Return what both have seen together; neither is changed."""
        made = type(self)()
        for each in (self, other):
            made._take(each)
        return made

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12, without ``$schema``) that everything seen meets."""
        made: dict[str, Any] = {}
        types = [name for name in TYPES if name in self.types]
        if "number" in types and "integer" in types:
            types.remove("integer")  # each whole number is a number
        if types:
            made["type"] = types[0] if len(types) == 1 else types
        forms = [name for name in FORMATS if name in self.forms and (name != "money" or self.has_point)]
        if "string" in types and len(forms) == 1:
            made["format"] = forms[0]
        if self.properties:
            made["properties"] = {
                name: below.schema() | {"x-seen": {"present": below.count, "of": self.objects}}
                for name, below in self.properties.items()
            }
        if self.values is not None:
            made["additionalProperties"] = self.values.schema()
        if self.items is not None:
            made["items"] = self.items.schema()
        return made

    def _read(self, text: str) -> None:
        self.forms -= {name for name in self.forms if not is_of(name, text)}
        self.has_point = self.has_point or ("." in text and is_of("money", text))

    def _under(self, name: str) -> Summary:
        return self.values if self.values is not None else self.properties.setdefault(name, Summary())

    def _bound(self) -> None:
        """Take the names for values once there are too many to be names."""
        if len(self.properties) <= MOST_NAMES:
            return
        self.values = Summary()
        for below in self.properties.values():
            self.values._take(below)
        self.properties = {}

    def _take(self, other: Summary) -> None:
        """Take in what *other*, which is not changed, has seen."""
        self.count += other.count
        self.types |= other.types
        self.forms &= other.forms
        self.has_point = self.has_point or other.has_point
        self.objects += other.objects
        if other.values is not None:
            below = Summary()
            for each in (*self.properties.values(), *filter(None, (self.values, other.values))):
                below._take(each)
            self.values, self.properties = below, {}
        for name, theirs in other.properties.items():
            self._under(name)._take(theirs)
        self._bound()
        if other.items is not None:
            self.items = self.items or Summary()
            self.items._take(other.items)


def infer(records: Iterable[Any]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one of *records*, which are read once, one after the other.

    Raises:
        TooDeep: a record is nested too deeply.
    """
    seen = Summary()
    for record in records:
        seen.add(record)
    return whole(seen)


def whole(seen: Summary) -> dict[str, Any]:
    """Return the schema of what was *seen* as the document that a file holds."""
    return {"$schema": DIALECT, **seen.schema()}
