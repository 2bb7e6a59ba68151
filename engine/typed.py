"""What is known of a compiled value before a record comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.types import ANY, Lack, Type, join, list_of, mapping_of, of_values
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
