"""Records decoded for what a recipe reads of them, by classes that are made from a shape; the rest is passed over.

A record that does not fit is decoded as a whole: it lacks what all others have, or has text where a mapping should be.
So is every record of which something is used as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from engine.canonical import number
from engine.generated.shape import Shape
from engine.paths import MISSING

NO_FIT: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
"""What a decoder raises where a record does not fit, or is no JSON: decoding the whole says which."""


class Projection(msgspec.Struct, dict=True):
    """A record that is decoded for what is read of it.

    Whoever decodes it notes its bytes as ``raw``, and as ``whole`` all of it once that is decoded, ``MISSING`` before.
    """

    if TYPE_CHECKING:
        raw: bytes
        whole: Any


def decoder(shape: Shape) -> Callable[[bytes], Projection] | None:
    """Return what decodes a record's bytes for *shape*; None where that is no less than the whole.

    What it gives has the attributes that ``Shape.attribute`` names; a field that is not there is ``MISSING``.
    It raises one of ``NO_FIT``.
    """
    if shape.is_whole or not shape.fields:
        return None
    kind = _class(shape, Projection)
    decode: Callable[[bytes], Projection] = msgspec.json.Decoder(kind, float_hook=number).decode
    return decode


def _class(shape: Shape, *bases: type[msgspec.Struct]) -> Any:
    fields: list[Any] = []
    for name, inner in shape.fields.items():
        attribute = shape.attribute(name)
        fields.append((attribute, _type(inner)) if inner.is_sure else (attribute, _type(inner), MISSING))
    names = {shape.attribute(name): name for name in shape.fields}
    return msgspec.defstruct("Read", fields, bases=bases or None, kw_only=True, rename=names, gc=bool(bases))


def _type(shape: Shape) -> Any:
    if shape.is_whole:
        return Any
    if shape.entry is not None:
        return list[_type(shape.entry)] | None  # type: ignore[misc]  # a type that is made
    return _class(shape) | None
