"""Filters: strict functions from value to value, one module each, used by pipes and templates alike.

A filter of *one* value works on each element of a list and leaves null as it is; a filter of a *list* takes it whole;
a filter of *any* sees whatever comes. Only ``default`` is asked about what is missing. A filter that finds nothing
gives ``MISSING``, and what follows is ``default`` or an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal

from engine.declare import Declaration
from engine.money import CURRENCY, kind
from engine.money import text as plain  # a filter's module of that name would hide it here
from engine.paths import MISSING, RECORD, BadPath, Path, compile_path
from engine.quick import Fixed, Form, Quick, never, of_list, of_one
from engine.scope import MAX_LOOKS, Scope, size
from engine.signatures import Signature, unknown

MAX_TEXT: Final = 65_536
"""Characters that a text may have which a filter makes; a template's has the same bound."""
MAX_DIGITS_SHOWN: Final = 1000
"""Digits of a number that text can show."""
LARGEST: Final[int] = 10**MAX_DIGITS_SHOWN
ROUND: Final = "round it with round_money(currency)"
"""The cure for a fraction, which has no exact decimal."""


class BadValue(ValueError):
    """A filter or operator was given a value it does not take.

    Attributes:
        code: ``X101`` where something is missing, ``X103`` where a lookup has no key, else ``X102``.
        what: What is wrong, without the cure.
        cure: What its text says last, behind a semicolon, if it can be told apart; else empty.
    """

    def __init__(self, message: str, code: str = "X102", cure: str = "") -> None:
        super().__init__(f"{message}; {cure}" if cure else message)
        self.code, self.what, self.cure = code, message, cure


@dataclass(frozen=True)
class Filter:
    """A filter's declaration with what it takes.

    Attributes:
        declared: Name, summary, function, examples. The function is called with the value, the scope, then the
            arguments of the pipe.
        takes: ``one``, ``list`` or ``any``.
        takes_missing: Whether it is called for a missing value and for null.
        takes_fraction: Whether it is called for a fraction, which a division may give.
        checked: Returns what is wrong with arguments, given by their names, or an empty text. It is asked about
            literal arguments before a recipe runs and about all of them before the filter does, so it names only
            what it was given.
        patterns: The arguments that are regular expressions, in which a backslash belongs to the pattern.
        types: The type of what it gives, for the type of what it takes.
        quick: Makes its quick form for generated code; None for that of any filter of one value or of a list that
            looks at nothing else.
        stand_in: The argument that stands in where it finds nothing, or empty.
        finds_nothing: Whether it may find nothing where nothing stands in.
    """

    declared: Declaration
    takes: Literal["one", "list", "any"] = "one"
    takes_missing: bool = False
    takes_fraction: bool = False
    checked: Callable[[Mapping[str, Any]], str] | None = None
    patterns: tuple[str, ...] = ()
    types: Signature = unknown
    quick: Quick | None = None
    stand_in: str = ""
    finds_nothing: bool = False

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters a pipe may give, without the value and the scope."""
        whole = inspect.signature(self.declared.run)
        return whole.replace(parameters=list(whole.parameters.values())[2:])

    def stands_in(self, positional: int, keywords: Sequence[str]) -> bool:
        """Tell whether a call with so many arguments gives something of its own for what is missing or not found."""
        names = [*list(self.signature.parameters)[:positional], *keywords]
        return self.takes_missing or "default" in names

    def misuse(self, positional: int, keywords: Sequence[str]) -> str:
        """Return what is wrong with a call of so many arguments, or an empty text."""
        try:
            self.signature.bind(*range(positional), **dict.fromkeys(keywords))
        except TypeError:
            return self._misuse(positional, keywords)
        return ""

    def refuse(self, args: Sequence[Any], named: Mapping[str, Any]) -> str:
        """Return what is wrong with these arguments, or an empty text.

        Args:
            args: Those without a name, in their order; ``MISSING`` stands for one that only a record gives.
            named: Those with a name.
        """
        if self.checked is None:
            return ""
        given = {**dict(zip(self._names, args, strict=False)), **named}
        return self.checked({name: value for name, value in given.items() if value is not MISSING})

    @property
    def form(self) -> str:
        """How it is written, with its arguments; those with an ``=`` may be left out."""
        parts = self.signature.parameters.values()
        shown = [part.name if part.default is part.empty else f"{part.name}=…" for part in parts]
        return f"{self.declared.name}({', '.join(shown)})" if shown else self.declared.name

    def quick_form(self, fixed: Fixed) -> Form | None:
        """Return its quick form for one place of a recipe, or None where it has none there."""
        if self.quick is not None:
            return self.quick(self, fixed)
        return {"one": of_one, "list": of_list, "any": never}[self.takes](self, fixed)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.signature.parameters)

    def may_miss(self, argument: int | str) -> bool:
        """Tell whether *argument*, by place or name, may be missing until it is used: a stand-in, never an option."""
        parts = enumerate(self.signature.parameters.values())
        part = next((part for at, part in parts if argument in (at, part.name)), None)
        return self.takes_missing and part is not None and part.default is part.empty

    def is_pattern(self, argument: int | str) -> bool:
        """Tell whether *argument*, by place or name, is a regular expression."""
        return argument in self.patterns or argument in [self._names.index(name) for name in self.patterns]

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
        """Return what the filter makes of *value*, or ``MISSING`` where it finds nothing.

        Raises:
            BadValue: the value, or one in the list, is not what the filter takes; or an argument is not.
        """
        named = named or {}
        if wrong := self.refuse(args, named):
            raise BadValue(wrong)
        return self._apply(value, scope, args, named)

    def _apply(self, value: Any, scope: Scope, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        name = self.declared.name
        if value is MISSING and not self.takes_missing:
            raise BadValue(f"{name} was given nothing: the value is missing", "X101")
        if isinstance(value, Fraction) and not self.takes_fraction:
            raise BadValue(f"{name} was given a fraction, which has no exact decimal; {ROUND}")
        if self.takes == "list" and not isinstance(value, list):
            cure = "give it a path that selects several values, such as $.lines[*].amount"
            raise BadValue(f"{name} takes a list, found {kind(value)}; {cure}")
        if self.takes_missing:  # it goes through nothing: it gives what it is given
            return self._made(value, scope, args, named)
        pay(scope, size(value))
        made = self._made(value, scope, args, named)
        if made is not value and made is not MISSING:
            pay(scope, size(made) - 1)
        return made

    def _made(self, value: Any, scope: Scope, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if self.takes != "one":
            return self.declared.run(value, scope, *args, **named)
        if isinstance(value, list):
            return [self._element(one, at, scope, args, named) for at, one in enumerate(value, 1)]
        return None if value is None else self.declared.run(value, scope, *args, **named)

    def _element(
        self, value: Any, at: int, scope: Scope, args: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        try:
            made = self._apply(value, scope, args, named)
        except BadValue as error:
            raise BadValue(f"{error} (entry {at} of the list)", error.code) from error
        if made is MISSING:
            # A default behind it sees the whole list, so nothing could stand in for this one element.
            cure = "select the elements that have it, or go through the list with for_each"
            raise BadValue(f"{self.declared.name} finds nothing in entry {at} of the list", "X101", cure)
        return made


def pay(scope: Scope, looks: int) -> None:
    """Take *looks* from what the evaluation may still look at; raises ``BadValue`` when that is used up."""
    if not scope.budget.look(looks):
        what = f"this goes through more than {MAX_LOOKS:,} values, or makes as many"
        raise BadValue(what, cure="go through fewer or shorter ones")


def text_of(value: Any, name: str) -> str:
    """Return *value* as it stands in text: text itself, a number in plain decimals, ``true`` or ``false``.

    Raises:
        BadValue: it is null, a list, a mapping or a fraction; says *name*, the filter's.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        if not _is_printable(value):  # Python refuses to print thousands of digits
            raise BadValue("a number this large or small cannot stand in text")
        return plain(value)
    raise BadValue(f"{name} takes text, numbers, true and false, found {kind(value)}{text_cure(value)}")


def _is_printable(number: int | Decimal) -> bool:
    if isinstance(number, int):
        return -LARGEST < number < LARGEST
    places = number.as_tuple().exponent
    return isinstance(places, int) and max(number.adjusted(), -places) <= MAX_DIGITS_SHOWN


def only_text(value: Any, name: str) -> str:
    """Return *value*, which is text; raises ``BadValue``, which says *name*, the filter's."""
    if not isinstance(value, str):
        raise BadValue(f"{name} takes text, found {kind(value)}{text_cure(value)}")
    return value


def number_of(value: Any, name: str) -> int | Decimal:
    """Return *value*, which is an exact number; raises ``BadValue``, which says *name*, the filter's."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise BadValue(f"{name} takes numbers, found {kind(value)}{number_cure(value, name)}")
    return value


def number_cure(value: Any, name: str) -> str:
    """Return what to do about *value*, found where the filter *name* takes numbers."""
    match value:
        case str():
            return f"; put money before {name}"
        case Fraction():
            return f"; {ROUND}"
        case None:
            return "; leave it out, as in $.lines[?@.amount != null].amount"
        case dict():
            return "; name the field that holds the number, such as $.lines[*].amount"
    return ""


def text_cure(value: Any) -> str:
    """Return what to do about *value*, found where a filter takes text."""
    match value:
        case Fraction():
            return f"; {ROUND}"
        case None:
            return "; leave it out, as in $.tags[?@ != null]"
        case bool() | int() | Decimal():
            return "; put text before it"
        case dict():
            return "; name the field that holds the text"
    return ""


def bounded(length: int, name: str) -> None:
    """Raise ``BadValue`` if the filter *name* would make a text of *length*, which is too long."""
    if length > MAX_TEXT:
        raise BadValue(f"{name} would make a text of more than {MAX_TEXT:,} characters")


def currency_of(code: Any) -> str:
    """Return the currency *code* in capitals, written all in capitals or all in small letters; raises ``BadValue``."""
    if not isinstance(code, str):
        raise BadValue(f"currency takes a code such as 'USD', found {kind(code)}")
    whole = code.upper() if code.isascii() and code.islower() else code
    if not CURRENCY.fullmatch(whole):
        raise BadValue(f"currency {code!r} is not three letters, all capitals or all small, such as 'USD'")
    return whole


def currency_fault(given: Mapping[str, Any]) -> str:
    """Return what is wrong with the argument ``currency``, as ``checked`` does."""
    return fault(lambda: currency_of(given["currency"])) if "currency" in given else ""


def text_argument(given: Mapping[str, Any], name: str, example: str, empty: bool = True) -> str:
    """Return what is wrong with the argument *name*, which is text, as ``checked`` does."""
    if name not in given:
        return ""
    if not isinstance(given[name], str):
        return f"{name} takes text in quotes such as {example}, found {kind(given[name])}"
    return "" if empty or given[name] else f"{name} takes text of at least one character, such as {example}"


def whole_argument(given: Mapping[str, Any], name: str) -> str:
    """Return what is wrong with the argument *name*, which is a whole number, as ``checked`` does."""
    if name not in given or (isinstance(given[name], int) and not isinstance(given[name], bool)):
        return ""
    return f"{name} takes a whole number such as 4, found {kind(given[name])}"


def query(text: Any, argument: str) -> Path:
    """Return *text* as a path that begins at the value itself.

    Raises:
        BadValue: it is no JSONPath, starts elsewhere or ends with ``?``; says *argument*, where it stands.
    """
    if not isinstance(text, str):
        raise BadValue(f"{argument} takes a path in quotes such as '$.account', found {kind(text)}")
    try:
        path = compile_path(text)
    except BadPath as error:
        raise BadValue(
            f"{argument} is no path: {error} (character {error.offset + 1}); {error.help}"
        ) from error
    if path.root != RECORD:
        raise BadValue(f"{argument} begins at the value itself; write $.account, not {text!r}")
    if path.optional:
        raise BadValue(f"{argument} takes no ?; put | default(…) behind the filter")
    return path


def field_of(by: Any, name: str) -> Path:
    """Return the path that *by*, a field's name or a path, means for each element; raises ``BadValue``."""
    if not isinstance(by, str) or not by:
        raise BadValue(
            f"{name} takes a field's name or a path in quotes, such as by='account', found {kind(by)}"
        )
    if not by.startswith("$"):
        return Path(by, RECORD, False, (by,))
    path = query(by, f"by of {name}")
    if not path.is_single:
        raise BadValue(f"by of {name} names one value of each element, such as '$.account'")
    return path


def fault(check: Callable[[], Any]) -> str:
    """Return what *check* raises against, or an empty text: how ``checked`` asks what would be asked anyway."""
    try:
        check()
    except ValueError as error:
        return str(error)
    return ""
