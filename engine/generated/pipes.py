"""Code of paths, and of the filters behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.filters import Filter
from engine.generated.made import Absence, Kind, Made, Unfit
from engine.generated.queries import depth_of, selected
from engine.generated.reading import Reading, Spot
from engine.paths import MISSING, Path
from engine.paths.syntax import Every
from engine.pipes import Call, Pipe
from engine.quick import FEW_LOOKS, LOOKS, LOOKS_OF_LIST, Fixed, table_of
from engine.values import Leaf, Value

KINDS: Final[Mapping[str, Kind]] = {
    "money": "amount", "minor": "amount", "round_money": "amount", "sum": "number", "count": "number", "date": "day",
    "sort": "list", "unique": "list",
}  # fmt: skip


def pipe(of: Pipe, reading: Reading, *, as_money: bool) -> Made:
    """Return the code of a pipe; raises ``Unfit``.

    Args:
        as_money: Whether it goes into a field of ``format: money``.
    """
    stood_in = bool(of.calls) and of.calls[0].filter.takes_missing
    made = path(of.path, reading, "None" if of.path.optional or stood_in else "")
    for number, call in enumerate(of.calls, 1):
        if as_money and number == len(of.calls) and _is_money(call) and made.kind != "list":
            reading.cost += LOOKS
            return _read("money_texts", "money_text", made.there, "money", reading)
        made = _called(call, made, reading)
    return made if of.path.optional or not made.absent else Made(made.there, kind=made.kind)


def path(of: Path, reading: Reading, absent: Absence) -> Made:
    """Return the code of a path; raises ``Unfit``.

    Args:
        absent: What it gives where it finds nothing; empty where the record fails.
    """
    if not absent:
        spot = reading.sure(of.root, of.steps)
        return _selected(spot, of, reading) if of.rest else Made(reading.used(spot))
    spot = reading.maybe(of.root, of.steps, absent)
    if not of.rest:
        return Made(reading.used(spot), absent)
    if len(of.rest) > 1:
        raise Unfit  # whether each of its values has what stands behind is not known before they are looked at
    spot = Spot(reading.writer.let(spot.text), spot.shape)
    with reading.perhaps():
        made = _selected(spot, of, reading).text
    return Made(f"({made} if type({spot.text}) is list else {absent})", absent, "list")


def _selected(spot: Spot, of: Path, reading: Reading) -> Made:
    """Return the list that the rest of a path selects in *spot*."""
    one, clauses = selected(spot, of.rest, reading)
    return _list((reading.used(one), clauses), depth_of(of.rest))


def _read(table: str, form: str, text: str, kind: Kind, reading: Reading) -> Made:
    """Return code that reads *table* for a text, and calls *form* for all else."""
    name = reading.writer.let(text)
    return Made(f"({table}[{name}] if type({name}) is str else {form}({name}))", kind=kind)


def _list(parts: tuple[str, str], depth: int) -> Made:
    return Made(f"[{''.join(parts)}]", kind="list", parts=parts, depth=depth)


def every(value: Value, reading: Reading) -> tuple[Made, Spot] | None:
    """Return what a ``for_each`` goes through where that is a path with one ``[*]``, its last, else None.

    How many elements there are is counted where they are gone through.
    """
    if not isinstance(value, Leaf) or not isinstance(value.of, Pipe) or value.of.calls:
        return None
    of = value.of.path
    if (
        len(of.rest) != 1
        or of.rest[0].descends
        or not all(isinstance(each, Every) for each in of.rest[0].selectors)
    ):
        return None
    reading.cost += 2
    if not of.optional:
        spot = reading.sure(of.root, of.steps)
        return Made(spot.text), spot
    spot = reading.maybe(of.root, of.steps, "None")
    name = reading.writer.let(spot.text)
    return Made(f"({name} if type({name}) is list else None)", "None"), spot


def _is_money(call: Call) -> bool:
    return call.filter.declared.name == "money" and not call.args and not call.named


def _called(call: Call, made: Made, reading: Reading) -> Made:
    names = list(call.filter.signature.parameters)
    every = {**dict(zip(names, call.args, strict=False)), **dict(call.named)}
    literal = {name: value for name, value in every.items() if not isinstance(value, Path)}
    given: dict[str, Made] = {}
    for name, value in every.items():
        if isinstance(value, Path):
            # A stand-in that is missing matters where it stands in; reading one that is not needed fails for nobody.
            given[name] = path(value, reading, "MISSING" if name == call.filter.stand_in else "")
    return called(call.filter, made, literal, given, reading)


def called(
    filter: Filter, made: Made, literal: Mapping[str, Any], given: Mapping[str, Made], reading: Reading
) -> Made:
    """Return the code of a filter's call; raises ``Unfit``.

    Args:
        made: What the filter is given.
        literal: The arguments that are written, by name.
        given: The others.
    """
    stand_in = filter.stand_in
    if filter.takes_missing:
        return _default(made, literal, given, stand_in, reading)
    if made.kind == "fraction" and not filter.takes_fraction:
        raise Unfit
    has_stand_in = stand_in in literal
    if stand_in in given or any(each.absent or each.kind == "fraction" for each in given.values()):
        raise Unfit
    written = {name: value for name, value in literal.items() if name != stand_in}
    fixed = Fixed(written, tuple(given), has_stand_in, reading.constants, reading.exponents, reading.taken)
    form = filter.quick_form(fixed)
    if form is None:
        raise Unfit
    args = "".join(f", {each.text}" for each in given.values())
    name = reading.writer.constant(form, f"{filter.declared.name}_")
    known = table_of(form)
    table = None if known is None else reading.writer.constant(known, f"{filter.declared.name}s_")
    if made.kind == "list" and filter.takes == "one":
        if has_stand_in or given:
            raise Unfit
        if made.parts is not None and table is not None:
            reading.looked(2 * (FEW_LOOKS + 1), made.depth)
            one = reading.writer.name("e")
            each = f"({table}[{one}] if type({one}) is str else {name}({one}))"
            return _list((each, f"{made.parts[1]} for {one} in ({made.parts[0]},)"), made.depth)
        reading.cost += LOOKS_OF_LIST
        return Made(f"elements({name}, {made.there})", kind="list")
    reading.cost += {"one": LOOKS, "list": LOOKS_OF_LIST, "any": 3 * LOOKS_OF_LIST}[filter.takes]
    if table is not None:
        return _read(table, name, made.there, _kind(filter), reading)
    absent: Absence = "MISSING" if filter.finds_nothing or has_stand_in else ""
    kind = _kind(filter) or ("fraction" if made.kind == "fraction" else "")
    found = Made(f"{name}({made.there}{args})", absent, kind)
    return _stand_in(found, literal[stand_in], reading) if has_stand_in else found


def _kind(filter: Filter) -> Kind:
    return KINDS.get(filter.declared.name, "")


def _default(
    made: Made, literal: Mapping[str, Any], given: Mapping[str, Made], stand_in: str, reading: Reading
) -> Made:
    """Return the code of ``default``: where nothing or null is found, another stands in."""
    if set(given) - {stand_in}:
        raise Unfit
    empty = literal.get("empty", False)
    other = given[stand_in] if stand_in in given else Made(reading.writer.literal(literal[stand_in]))
    writer = reading.writer
    name = writer.let(made.text)
    if name == made.text:
        name = writer.name()
        writer.line(f"{name} = {made.text}")
    tests = [f"{name} is None"]
    if made.absent == "MISSING":
        tests.append(f"{name} is MISSING")
    if empty:
        tests.append(f"{name} == ''")
    with writer.block(f"if {' or '.join(tests)}:"):
        writer.line(f"{reading.noted()}.append({writer.literal(writer.place)})")
        writer.line(f"{name} = {other.text}")
    kind = made.kind if made.kind == other.kind else ""
    if "fraction" in (made.kind, other.kind):
        kind = "fraction"
    return Made(name, other.absent, kind)


def _stand_in(found: Made, other: Any, reading: Reading) -> Made:
    if other is MISSING:
        raise Unfit
    writer = reading.writer
    name = writer.name()
    writer.line(f"{name} = {found.text}")
    with writer.block(f"if {name} is MISSING:"):
        writer.line(f"{reading.noted()}.append({writer.literal(writer.place)})")
        writer.line(f"{name} = {writer.literal(other)}")
    return Made(name, kind="fraction" if found.kind == "fraction" else "")
