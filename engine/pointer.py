"""JSON pointers (RFC 6901): the symbolic place of a value in a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def join(pointer: str, *keys: str | int) -> str:
    """Return *pointer* extended by *keys*: ``join("/a", "b/c", 0)`` is ``/a/b~1c/0``."""
    return pointer + "".join(f"/{_escape(str(key))}" for key in keys)


def build(keys: Iterable[str | int]) -> str:
    """Return the pointer that leads through *keys* from the root."""
    return join("", *keys)


def split(pointer: str) -> tuple[str, ...]:
    """Return the keys of *pointer*, unescaped; the root has none."""
    if not pointer:
        return ()
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in pointer[1:].split("/"))


def parent(pointer: str) -> str:
    """Return the pointer of the container of *pointer*'s value."""
    return pointer.rpartition("/")[0]


def value(data: Any, pointer: str) -> Any:
    """Return what stands at *pointer* in *data*.

    Raises:
        KeyError, IndexError, ValueError, TypeError: nothing does.
    """
    for step in split(pointer):
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
