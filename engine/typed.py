"""What is known of a compiled value before a record comes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from engine.inference import Derived
from engine.types import ANY, BOOLEAN, Items, Lack, Type, join, list_of, mapping_of, of_values
from engine.values import Condition, Constant, Each, Entries, Fields, Leaf, Value, When

ABSENT: Final = Type(lack=Lack())
"""What is known of a field that is never written: who reads it may do so with a default, for others who write it."""
UNSURE: Final = Lack("it stands under a when", stated=False)


def type_of(value: Value) -> Type:
    """Return the type of what *value* gives; of a ``for_each`` in a list that of its entries is in the list's."""
    match value:
        case Constant():
            return of_values([value.value])
        case Leaf():
            return value.type
        case Fields():
            fields = {name: type_of(entry) for name, entry in value.entries}
            return mapping_of(fields, others=ABSENT)
        case Entries():
            each = [(entry, type_of(entry)) for entry in value.entries]
            return list_of(join([made.element if isinstance(entry, Each) else made for entry, made in each]))
        case Each():
            return list_of(type_of(value.then).may_lack(None))
        case When():
            return replace(type_of(value.then), lack=UNSURE)
        case Condition():
            return type_of(value.of)
    return ANY


def handed_over(type: Type) -> Type:
    """Return *type* as the recipe sees it that is called with it: other callers may hand over other values."""
    if type.is_any:
        return type
    held = type.list
    return replace(
        type,
        text=None if type.text is None else replace(type.text, is_part=type.text.values is not None),
        boolean=BOOLEAN.boolean if type.boolean else type.boolean,
        list=None if held is None else Items(lambda: handed_over(held.type)),
        mapping=tuple(HandedOver(shape) for shape in type.mapping),
    )


@dataclass(frozen=True)
class HandedOver(Derived):
    """The shape of a mapping that a caller hands over."""

    known: dict[str, Type | None] = field(default_factory=dict, compare=False)

    def field(self, name: str) -> Type | None:
        """Return the type of a field, or None."""
        if name not in self.known:
            found = self.shape.field(name)
            self.known[name] = None if found is None else handed_over(found)
        return self.known[name]
