"""How connectors count minor units: which of them a value comes from, and whether they agree on a currency.

A vendor may count a currency's decimals otherwise than ISO 4217, so 1459600 of one are 14596.00 and of another 1459600.
Every value carries the *ways* in which the connectors that it may come from count; where there are several that differ,
nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.money import EXPONENTS, ISO

Chain = tuple[str, ...]
"""Names that a value reads, from its root on: ``("steps", "invoice", "id")``."""
Exponents = Mapping[str, int]
"""Minor digits by currency where a connector counts otherwise than ISO 4217."""
Ways = tuple[Exponents, ...]
"""The different ways to count that a value may have come by; none where it cannot be minor units."""
Counts = Mapping[Chain, Ways]
"""The ways of what can be read, by chain; what lies below one counts as it does, unless it stands here itself."""

CALL: Final = re.compile(
    r"(^|\|)\s*(?P<name>(?:to_)?minor)\b(?:\s*\(\s*(?:'(?P<one>[A-Za-z]{3})'|\"(?P<two>[A-Za-z]{3})\")\s*\))?"
)
"""A filter of minor units, with its currency where that is written out."""

MIXED: Final = "minor reads values of connectors that count a currency's minor units differently"
APART: Final = "turn each into an amount where it comes from, as a pipe: $.amount | minor($.currency)"
UNTAKEN: Final = "no operation takes this value here, so it is not known how its target counts minor units"
UNDER_WITH: Final = "hand on the amount, and write to_minor under with, where an operation takes it"


def calls(text: str, name: str, is_pipe: bool) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the currency, empty where only a record tells it, and offset and length of each call of *name* in *text*.

    Args:
        is_pipe: Whether *text* is a pipe, or the filters of one, which begin without a bar; else it is a template.
    """
    for found in CALL.finditer(text):
        if found["name"] == name and (is_pipe or found[1]):
            code = found["one"] or found["two"] or ""
            yield code.upper(), (found.start("name"), len(name))


def differ(ways: Iterable[Exponents], currency: str) -> bool:
    """Tell whether *ways* disagree on the decimals of *currency*, or of any where it is empty."""
    found = list(ways)
    if not currency:
        return any(way != found[0] for way in found)
    return len({way.get(currency, EXPONENTS.get(currency)) for way in found}) > 1


def ways_of(counts: Counts, chain: Chain) -> Ways:
    """Return the ways of what *chain* reads: its own and those of all that lies below, else those of what it is in."""
    below = [way for place, ways in counts.items() if place[: len(chain)] == chain for way in ways]
    if below:
        return distinct(below)
    above = (counts[chain[:length]] for length in range(len(chain) - 1, 0, -1) if chain[:length] in counts)
    return next(above, (ISO,))


def distinct(ways: Iterable[Exponents]) -> Ways:
    """Return *ways*, each once."""
    found: list[Exponents] = []
    for way in ways:
        found += [way] if way not in found else []
    return tuple(found)


def agreed(ways: Ways) -> Exponents:
    """Return the decimals of the currencies on which all *ways* agree; for the others ISO 4217 holds."""
    own = sorted({currency for way in ways for currency in way})
    digits = {**EXPONENTS, **(ways[0] if ways else {})}
    return {currency: digits[currency] for currency in own if not differ(ways, currency)}
