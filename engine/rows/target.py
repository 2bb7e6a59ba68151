"""The ``to`` of a row: names of fields, and ``[*]`` for each entry of a list. The only door to jsonpath-ng."""

from __future__ import annotations

import re
from typing import Final

from engine.paths import BadPath, Path, compile_path

Step = tuple[str, bool]
"""A name, or ``EACH`` and true: a field may be called ``[*]`` too."""
EACH: Final = "[*]"
DEEPEST: Final = 32
QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
ODD: Final = re.compile(r"\\[^'\"\\]|\.\s*\*")
"""What the two readers of paths take for different names, and ``.*``, which is written ``[*]``."""


class BadTarget(ValueError):
    """A ``to`` is not the path of a field.

    Attributes:
        inner: Offset and length of the part that is meant.
        help: The cure.
    """

    def __init__(self, message: str, help: str, inner: tuple[int, int]) -> None:
        super().__init__(message)
        self.help, self.inner = help, inner


def steps_of(text: str) -> list[Step]:
    """Return the steps of the path *text*, at most ``DEEPEST``; the first is a name.

    Raises:
        BadTarget: it is no RFC 9535 path, or holds anything but names and ``[*]``.
    """
    try:
        path = compile_path(text)
    except BadPath as error:
        raise BadTarget(str(error), error.help, (error.offset, 1)) from error
    found = "" if path.optional or not text.startswith(("$.", "$[")) else _parsed(text)
    if isinstance(found, list) and 0 < len(found) <= DEEPEST and not found[0][1]:
        return found
    raise BadTarget(*_no_field(text, path, found))


def _parsed(text: str) -> list[Step] | str:
    """Return the steps of *text*, each with whether it is ``[*]``, or the part that is neither a name nor ``[*]``."""
    # Loaded by tables alone: a recipe without one does not wait for it.
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.jsonpath import Child, Fields, Root, Wildcard
    from jsonpath_ng.parser import parse

    if odd := ODD.search(QUOTED.sub(lambda quoted: re.sub(r"[.*]", "_", quoted.group()), text)):
        return odd.group()
    try:
        node = parse(text)
    except JSONPathError:
        return text
    steps: list[Step] = []
    while isinstance(node, Child):
        step = node.right
        if isinstance(step, Wildcard):
            steps.append((EACH, True))
        elif isinstance(step, Fields) and len(step.fields) == 1:
            steps.append((str(step.fields[0]), False))
        else:
            return str(step)
        node = node.left
    return steps[::-1] if isinstance(node, Root) else str(node)


def _no_field(text: str, path: Path, found: list[Step] | str) -> tuple[str, str, tuple[int, int]]:
    """Return message, cure and place of what keeps *text* from being the path of a field."""
    whole = (0, len(text))
    if path.optional:
        return "a field is never optional in to", "put the ? at the end of from", (len(text) - 1, 1)
    if not text.startswith(("$.", "$[")):
        return "to names a field of the document", "write $. and its name, such as $.total", whole
    if isinstance(found, list) and len(found) > DEEPEST:
        return f"a field lies at most {DEEPEST} levels deep", "write it shorter", whole
    if isinstance(found, list):
        return "the document is a mapping, not a list", "begin with a field: $.lines[*]", (1, 3)
    where = text.find(found) if found and found != text else -1
    inner = (where, len(found)) if where >= 0 else whole
    cure = "write names and [*] only: $.lines[*].tax; other names as ['order name']"
    return "to takes names of fields and [*] for each entry of a list", cure, inner
