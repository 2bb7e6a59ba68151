"""What a case expects beside what came of it: each difference with its place in the test file and in the recipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine import canonical, pointer
from engine.diagnostics import Diagnostic, Span
from engine.mapping import origin
from engine.money import shorten
from engine.paths import MISSING
from engine.recipe import Recipe, Step, SubRecipe, inside
from engine.source import Source
from engine.testing.case import Case, Expected, Send, TestFile
from engine.testing.rehearsal import Came, Sent

NOTHING: Final = "nothing"
WORDS: Final = {
    "done": "the record goes through",
    "fails": "the record fails",
    "skips": "the recipe skips the record",
    "stops": "the recipe stops the run",
    "ignored": "the record is ignored: it is not this recipe's",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected.

    Attributes:
        pointer: The place of the expectation in the test file.
        what: What differs, from ``expect`` on: ``/mapped/total``, ``/sends/0/key``; empty for the record's end.
        expected, found: In words or as canonical JSON.
        recipe_pointer: The place in the recipe that made it so, or empty.
        help: What to do, or empty.
    """

    pointer: str
    what: str
    expected: str
    found: str
    recipe_pointer: str = ""
    help: str = ""


def differences(case: Case, came: Came, recipe: Recipe) -> list[Difference]:
    """Return what is not as *case* expects; nothing where it passed."""
    expected, at = case.expected, f"{case.pointer}/expect"
    if came.end == "unanswered":
        where = _places(recipe)[id(came.step)]
        return [Difference(case.pointer, "", "an answer for each read", came.text, where, came.help)]
    found = list(_end(expected, came, at))
    is_other = bool(found)
    if expected.mapped is not MISSING and (came.mapped is not MISSING or not is_other):
        found += _mapped(expected.mapped, came.mapped, recipe, at)
    if expected.sends is not None and not is_other:
        found += _sends(expected.sends, came.sent, _places(recipe), at)
    return found


def place(source: Source, at: str) -> tuple[Source, Span]:
    """Return the file that *at* leads to from *source*, and the place in it."""
    file, own = source.home(Diagnostic("", at, ""))
    return file, file.locate(own)


def line(file: TestFile, at: str) -> int:
    """Return the line of *at* in the test file, or of what holds it."""
    return file.source.locate(Diagnostic("", at, "")).line


def _end(expected: Expected, came: Came, at: str) -> Iterator[Difference]:
    failure = came.failure
    found = WORDS[came.end]
    if failure is not None:
        found += f" with {failure.code}: {failure.message}"
    elif came.text:
        found += f": {came.text}"
    where = failure.pointer if failure is not None else ""
    told = f"{at}/{expected.end}" if expected.end != "done" else at
    if came.end != expected.end:
        wanted = WORDS[expected.end]
        if expected.code or (expected.text and expected.end != "ignored"):
            wanted += f" with {_error(expected)}" if expected.end == "fails" else f": {expected.text}"
        yield Difference(told, "", wanted, found, where, came.help)
    elif expected.end == "fails" and failure is not None:
        if expected.code not in ("", failure.code):
            yield Difference(
                f"{told}/code", "/fails/code", expected.code, failure.code + f": {failure.message}", where
            )
        elif expected.text not in failure.message:
            yield Difference(
                f"{told}/message", "/fails/message", f"… {expected.text} …", failure.message, where
            )
    elif expected.end in ("skips", "stops") and expected.text not in came.text:
        yield Difference(told, f"/{expected.end}", f"… {expected.text} …", came.text)


def _error(expected: Expected) -> str:
    return ": ".join(part for part in (expected.code, expected.text) if part)


def _mapped(expected: Any, found: Any, recipe: Recipe, at: str) -> Iterator[Difference]:
    if recipe.mapping is None:
        return
    if found is MISSING:
        yield Difference(f"{at}/mapped", "/mapped", "a document", "none: the record ended before the mapping")
        return
    for where, wanted, got in _unlike(expected, found, ""):
        made = origin(recipe.mapping.fields, where)
        yield Difference(f"{at}/mapped{where}", f"/mapped{where}", wanted, got, made)


def _sends(
    expected: tuple[Send, ...], sent: list[Sent], places: dict[int, str], at: str
) -> Iterator[Difference]:
    wanted, got = [each.use.text for each in expected], [each.call.use.text for each in sent]
    if wanted != got:
        index = next(
            (n for n, (one, other) in enumerate(zip(wanted, got, strict=False)) if one != other),
            min(len(wanted), len(got)),
        )
        where = f"{at}/sends/{index}" if index < len(wanted) else f"{at}/sends"
        made = places[id(sent[index].call)] if index < len(got) else ""
        yield Difference(where, "/sends", ", ".join(wanted) or NOTHING, ", ".join(got) or NOTHING, made)
        return
    for index, (each, one) in enumerate(zip(expected, sent, strict=True)):
        what, made = f"/sends/{index}", places[id(one.call)]
        if each.given is not MISSING:
            for where, like, unlike in _unlike(each.given, one.given, ""):
                where = f"{what}/with{where}"
                yield Difference(at + where, where, like, unlike, f"{made}/with")
        if each.key is not None and each.key != one.key:
            where = f"{what}/key"
            yield Difference(at + where, where, _json(list(each.key)), _json(list(one.key)), made)


def _unlike(expected: Any, found: Any, at: str) -> Iterator[tuple[str, str, str]]:
    """Yield place, expected and found for each value of *expected* that *found* does not have there."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, each in expected.items():
            yield from _unlike(each, found.get(name, MISSING), pointer.join(at, name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (each, other) in enumerate(zip(expected, found, strict=True)):
            yield from _unlike(each, other, pointer.join(at, index))
    elif isinstance(expected, list) and isinstance(found, list):
        yield at, _entries(expected), f"{_entries(found)}: {_json(found)}"
    elif not _same(expected, found):
        yield at, _json(expected), _json(found)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are one: numbers by their value, and text is never a number."""
    if isinstance(one, (int, Decimal)) and isinstance(other, (int, Decimal)):
        return isinstance(one, bool) is isinstance(other, bool) and one == other
    return type(one) is type(other) and bool(one == other)


def _entries(value: list[Any]) -> str:
    return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"


def _json(value: Any) -> str:
    return NOTHING if value is MISSING else shorten(canonical.encode(value).decode(), 300)


def _places(recipe: Recipe) -> dict[int, str]:
    """Return the place of every read and action, those of called recipes below their call, by its identity."""
    found = {id(read): read.pointer for read in recipe.reads}

    def walk(steps: tuple[Step, ...], below: str) -> None:
        for step in steps:
            found[id(step)] = below + step.pointer
            if isinstance(step, SubRecipe):
                found.update({id(read): f"{below}{step.at}{read.pointer}" for read in step.recipe.reads})
            for inner in inside(step):
                is_own = step.on_error is not None and inner is step.on_error.steps
                walk(inner, f"{below}{step.at}" if isinstance(step, SubRecipe) and not is_own else below)

    walk(recipe.actions, "")
    walk(recipe.on_error.steps, "")
    return found
