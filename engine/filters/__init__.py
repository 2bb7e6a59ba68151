"""Filters: strict functions from value to value, one module each, used by pipes and templates alike.

A filter of *one* value works on each element of a list and leaves null as it is; a filter of a *list* takes it whole;
a filter of *any* sees whatever comes. Only ``default`` is asked about what is missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from engine.declare import Declaration
from engine.money import kind
from engine.paths import MISSING
from engine.scope import Scope


class BadValue(ValueError):
    """A filter or operator was given a value it does not take.

    Attributes:
        code: ``X101`` where something is missing, ``X103`` where a lookup has no key, else ``X102``.
    """

    def __init__(self, message: str, code: str = "X102") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Filter:
    """A filter's declaration with what it takes.

    Attributes:
        declared: Name, summary, function, examples. The function is called with the value, the scope, then the
            arguments of the pipe.
        takes: ``one``, ``list`` or ``any``.
        takes_missing: Whether it is called for a missing value and for null.
    """

    declared: Declaration
    takes: Literal["one", "list", "any"] = "one"
    takes_missing: bool = False

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters a pipe may give, without the value and the scope."""
        whole = inspect.signature(self.declared.run)
        return whole.replace(parameters=list(whole.parameters.values())[2:])

    def misuse(self, positional: int, keywords: Sequence[str]) -> str:
        """Return what is wrong with a call of so many arguments, or an empty text."""
        try:
            self.signature.bind(*range(positional), **dict.fromkeys(keywords))
        except TypeError:
            return self._misuse(positional, keywords)
        return ""

    def refuse(self, args: Sequence[Any], named: Mapping[str, Any]) -> str:
        """Return what is wrong with these arguments, or an empty text; ``MISSING`` stands for one not known yet."""
        return ""

    @property
    def form(self) -> str:
        """How it is written, with its arguments; those with an ``=`` may be left out."""
        parts = self.signature.parameters.values()
        shown = [part.name if part.default is part.empty else f"{part.name}=…" for part in parts]
        return f"{self.declared.name}({', '.join(shown)})" if shown else self.declared.name

    def may_miss(self, argument: int | str) -> bool:
        """Tell whether *argument*, by place or name, may be missing until it is used: a stand-in, never an option."""
        parts = enumerate(self.signature.parameters.values())
        part = next((part for at, part in parts if argument in (at, part.name)), None)
        return self.takes_missing and part is not None and part.default is part.empty

    def _misuse(self, positional: int, keywords: Sequence[str]) -> str:
        """Return in the user's words why the arguments do not fit: Python's speak of its own calls."""
        name, known = self.declared.name, list(self.signature.parameters)
        for word in keywords:
            if word not in known:
                return f"{name} has no argument {word!r}"
            if known.index(word) < positional:
                return f"the argument {word!r} of {name} stands twice"
        if positional > len(known):
            return f"{name} takes {f'at most {len(known)}' if known else 'no'} argument{'s' if len(known) > 1 else ''}"
        needed = [part.name for part in self.signature.parameters.values() if part.default is part.empty]
        missing = [word for word in needed[positional:] if word not in keywords]
        return f"{name} needs the argument {missing[0]!r}" if missing else f"{name} is written otherwise"

    def apply(
        self, value: Any, scope: Scope, args: Sequence[Any] = (), named: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the filter makes of *value*.

        Raises:
            BadValue: the value, or one in the list, is not what the filter takes.
        """
        named = named or {}
        if self.takes_missing:
            return self.declared.run(value, scope, *args, **named)
        if value is MISSING:
            raise BadValue(f"{self.declared.name} was given nothing: the value is missing", "X101")
        if self.takes == "any":
            return self.declared.run(value, scope, *args, **named)
        if self.takes == "list":
            if not isinstance(value, list):
                raise BadValue(f"{self.declared.name} takes a list, found {kind(value)}")
            return self.declared.run(value, scope, *args, **named)
        if isinstance(value, list):
            return [self.apply(one, scope, args, named) for one in value]
        return None if value is None else self.declared.run(value, scope, *args, **named)
