"""How a table file is written, as the command line says it: ``delimiter=;`` is a recipe's ``delimiter: ";"``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from engine.paths import BadPath, compile_path
from engine.tables.form import BadTable

OPTIONS: Final = ("format", "delimiter", "quote", "encoding", "header", "sheet", "records")
CURE: Final = re.compile(rf"\badd ({'|'.join(OPTIONS)}): ('[^']*'|\"[^\"]*\"|[^\s,;]+)")


def options_of(given: Sequence[str]) -> dict[str, Any]:
    """Return *given*, each ``NAME=VALUE``, as ``form_of`` takes it.

    Raises:
        BadTable: a name is none or stands twice, or its value is of another kind.
    """
    made: dict[str, Any] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or name not in OPTIONS:
            raise BadTable(
                f"--record-option {each} is none", help=f"write NAME=VALUE with one of {', '.join(OPTIONS)}"
            )
        if name in made:
            raise BadTable(f"--record-option {name} stands twice", help="keep one")
        made[name] = _value(name, value)
    return made


def _value(name: str, value: str) -> Any:
    if name == "header":
        if not value.isascii() or not value.isdecimal() or len(value) > 4:
            raise BadTable(f"header is {value!r}", help="write the number of the names' line, from 1")
        return int(value)
    if name == "records":
        try:
            return compile_path(value)
        except BadPath as error:
            raise BadTable(f"records is no path: {error}", help=error.help or "such as $.orders") from error
    return "\t" if (name, value) == ("delimiter", r"\t") else value


def for_command(help: str) -> str:
    """Return *help*, a cure that names an option as a recipe has it, as the command line has it."""

    def said(found: re.Match[str]) -> str:
        name, value = found.groups()
        value = value[1:-1] if value[0] in "'\"" else value
        if value in ("with", "the"):  # what to write is described, not written
            return f"add --record-option {name}=… {value}"
        return f'add --record-option "{name}={value}"'

    return CURE.sub(said, help)
