"""Whose history is whose: a recipe's name and its file, and what it and its actions were called before.

Effects have the names of their recipe and actions in their keys. What ``was`` names is carried over before a run
begins: in one transaction, while no run of this state is going on. A name that was given up stays one that its history
moved away from: no other recipe gets it. So does an action's, since the target knows what was made by the names of
then: an action that has such an id anew would take another one's documents for its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from engine import canonical
from engine.errors import UsageError
from engine.ledger import (
    ADOPTED,
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    Ledger,
    LinkRow,
    RecordRow,
    RunRow,
    Written,
)
from engine.ledger.aside import Earlier
from engine.ledger.changes import Change, Removal
from engine.ledger.store import InFolder, Store
from engine.lock import Held
from engine.project import Place
from engine.recipe import Call, Recipe

GIVEN_UP: Final = "renamed:"
"""Begins what a name is bound to that a recipe, or as RECIPE/PATH an action, had before; behind it stands the one that
its history went to."""
TWO: Final = "two histories cannot be one"


@dataclass(frozen=True, slots=True)
class Former:
    """What a recipe and its actions were called before.

    Attributes:
        recipe: The name that it has now.
        names: Those that it had.
        paths: The present ids of an action, joined by points, by the ones that it may have had.
        present: All present ids of actions that may have effects, joined by points.
    """

    recipe: str
    names: tuple[str, ...]
    paths: Mapping[str, str]
    present: Collection[str]

    @property
    def is_any(self) -> bool:
        return bool(self.names or self.paths)

    def path(self, path: str) -> str:
        """Return the present ids of the action that was at *path*."""
        return self.paths.get(path, path)


@dataclass(frozen=True, slots=True)
class _Moved:
    """Which effects get other keys.

    Attributes:
        keys: The new keys by the old ones.
        gone: Keys of effects that failed, and give way to one that has their key now.
    """

    keys: Mapping[str, str]
    gone: Collection[str]


def former(recipe: Recipe) -> Former:
    """Return what *recipe* and its actions were called before, those of the recipes that it calls too."""
    had = {step.path: step.was for step in recipe.steps if step.was}
    paths: dict[str, str] = {}
    present = {".".join(step.path) for step in recipe.steps if isinstance(step, Call)}
    for path in sorted(present):
        ids = path.split(".")
        each = [(id, *had.get(tuple(ids[: depth + 1]), ())) for depth, id in enumerate(ids)]
        paths |= {old: path for old in map(".".join, product(*each)) if old not in present}
    return Former(recipe.name, recipe.was, paths, present)


async def carry_over(
    recipe: Recipe, place: Place, accounts: Collection[str], where: Store, since: str
) -> int:
    """Give *recipe* the history that it and its actions had under the names in ``was``, all of it or nothing.

    Args:
        accounts: Texts of the accounts that it writes to.
        since: The present instant, for the message to whoever comes second.

    Returns:
        How many effects have other keys now.

    Raises:
        Held: a run is going on: nothing was carried over.
        UsageError: a name belongs to another recipe, or two histories would be one; nothing was carried over.
        LedgerError: the ledger cannot be read or written.
    """
    names = former(recipe)
    if not names.is_any or (isinstance(where, InFolder) and not where.exists()):
        return 0
    ledger = where.open()
    try:
        _refuse_adopted(accounts, ledger)
        is_due = _is_due(names, ledger)
    finally:
        ledger.close()
    if not is_due:
        return 0
    try:
        with where.alone(since) as ledger:
            _refuse_others(names, place, ledger, where)
            _refuse_given_up(names, ledger)
            moved = _moved(names, ledger)
            rows = [*_rows(names, moved, ledger), *_notes(names, moved, ledger)]
            bound = [
                BindingRow(name, f"{GIVEN_UP}{recipe.name}") for name in _in_use(ledger) & {*names.names}
            ]
            await ledger.commit([*rows, *bound, BindingRow(recipe.name, place.binding)])
            return len(moved.keys)
    except Held as error:
        what = f"{recipe.name} gets the history that was: names, and {error.message}"
        raise Held(what, help=error.help) from error


def earlier(recipe: Recipe) -> Earlier | None:
    """Return how what *recipe* and its actions made before is found; None where they have their first names."""
    names = former(recipe)
    if not names.is_any:
        return None

    def keys(key: str) -> Iterator[str]:
        parts = canonical.decode(key.encode())
        if parts[1] != names.recipe:
            return
        present = ".".join(parts[2])
        paths = [present, *(old for old, path in names.paths.items() if path == present)]
        for name, path in product((names.recipe, *names.names), paths):
            yield canonical.encode([parts[0], name, path.split("."), *parts[3:]]).decode()

    return Earlier(names.recipe, names.names, keys)


async def bind(recipe: Recipe, place: Place, ledger: Ledger, where: Store) -> None:
    """Bind the recipe's name to its file, once the history that is its own has been carried over."""
    expect_bound(Former(recipe.name, (), {}, former(recipe).present), place, ledger, where)
    await ledger.commit([BindingRow(recipe.name, place.binding)])


def expect_bound(names: Former, place: Place, ledger: Ledger, where: Store) -> None:
    """Refuse a copy of a recipe under the same name, and one under a new name: it would write everything twice.

    So is one refused with an action whose id another had that made something.

    Args:
        names: The recipe's, and those whose history is its own without having been carried over yet.
    """
    _refuse_others(names, place, ledger, where)
    _refuse_given_up(names, ledger)
    for bound in ledger.bindings():
        if bound.file == place.binding and bound.recipe not in (names.recipe, *names.names):
            raise UsageError(
                f"{place.shown} was called {bound.recipe!r} before; under another name it would write everything again",
                help=f"write was: {bound.recipe} beneath recipe: {names.recipe}, which keeps the history; "
                f"or give it {where.apart}",
            )


def _refuse_others(names: Former, place: Place, ledger: Ledger, where: Store) -> None:
    """Refuse to carry over what belongs to a recipe that is still there, or to a name that is another file's."""
    for bound in ledger.bindings():
        if bound.recipe == names.recipe and bound.file.removeprefix(GIVEN_UP) not in names.names:
            _refuse_copy(bound, place, where)
        elif bound.recipe in names.names and bound.file != place.binding and _is_there(bound.file, place):
            raise UsageError(
                f"{place.shown} says was: {bound.recipe}, and {bound.file} has that name in this project",
                help=f"remove was:, and the copy begins anew; or remove {bound.file}, and its history goes on here",
            )


def _refuse_copy(bound: BindingRow, place: Place, where: Store) -> None:
    name, file = bound.recipe, bound.file
    if file.startswith(GIVEN_UP):
        now = file.removeprefix(GIVEN_UP)
        raise UsageError(
            f"the recipe {name!r} became {now!r} in this project, and its history with it: "
            f"{place.shown} would write everything again",
            help=f"write recipe: {now}, or to go back add was: {now}; a new recipe takes a name that none had",
        )
    if file != place.binding and _is_there(file, place):
        raise UsageError(
            f"the name {name!r} belongs to {file} in this project; {place.shown} has it too",
            help=f"give the copy a name of its own under recipe:, or {where.apart}",
        )


def _refuse_given_up(names: Former, ledger: Ledger) -> None:
    """Refuse an action whose id was given up, unless the history that went with it comes back."""
    for _, path, now in _given_up(names, ledger):
        if path in names.present and names.path(now) != path:
            ids = zip(path.split("."), now.split("."), strict=True)
            back = " and ".join(f"was: {new} beneath id: {old}" for old, new in ids if old != new)
            raise UsageError(
                f"the action {path!r} of {names.recipe} became {now!r}, and what it made is known by the old id at the "
                f"target: under {path!r} it would be written again, or taken for what another action made",
                help=f"if it is the same action, go on with the new id, or to go back write {back}; "
                "a new action takes an id that none had",
            )


def _given_up(names: Former, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Yield the actions' ids that were given up: the recipe that they are noted under, they, and where they went."""
    for bound in ledger.bindings():
        recipe, is_path, path = bound.recipe.partition("/")  # which is in no recipe's name
        if is_path and recipe in (names.recipe, *names.names):
            yield recipe, path, bound.file.removeprefix(GIVEN_UP)


def _notes(names: Former, moved: _Moved, ledger: Ledger) -> Iterator[Written]:
    """Yield what notes the ids of actions that are given up now, and what became of those that were before."""
    notes: dict[str, str] = {}
    for recipe, path, now in _given_up(names, ledger):
        yield Removal(BindingRow, (f"{recipe}/{path}",))
        notes[path] = names.path(now)
    for key in moved.keys:
        path = ".".join(canonical.decode(key.encode())[2])
        notes[path] = names.path(path)
    for path, now in notes.items():
        if path != now:
            yield BindingRow(f"{names.recipe}/{path}", f"{GIVEN_UP}{now}")


def _refuse_adopted(accounts: Collection[str], ledger: Ledger) -> None:
    for account in sorted(accounts):
        known = ledger.account(account)
        if known is not None and known.mark == ADOPTED:
            raise UsageError(
                f"{account} was adopted: what was made there before is known by the names of then, which was: gives up",
                help="keep the names that the recipe and its actions had",
            )


def _is_there(file: str, place: Place) -> bool:
    """Tell whether a bound file still lies where it was: one that was moved takes its name, and its history, along."""
    # A recipe of one's own takes the place of the shipped one of its name, which it was copied from.
    return not file.startswith("shipped:") and (place.root / file).is_file()


def _in_use(ledger: Ledger) -> set[str]:
    """Return the names that recipes have, but those that were given up."""
    return {bound.recipe for bound in ledger.bindings() if not bound.file.startswith(GIVEN_UP)}


def _is_due(names: Former, ledger: Ledger) -> bool:
    is_renamed = not _in_use(ledger).isdisjoint(names.names)
    # An id that nothing stands under any more may come back, or go on to another one, too.
    is_noted = any(now in names.paths for _, _, now in _given_up(names, ledger))
    return is_renamed or is_noted or not ledger.paths(names.recipe).isdisjoint(names.paths)


def _moved(names: Former, ledger: Ledger) -> _Moved:
    """Return which effects get which keys.

    Raises:
        UsageError: two effects that stand, or may stand, would have one key.
    """
    moved: dict[str, str] = {}
    gone: set[str] = set()
    states: dict[str, EffectState] = {}
    for recipe in (names.recipe, *names.names):
        for key, path, state in ledger.keys(EffectRow, recipe, "path", "state"):
            states[key] = EffectState(state)
            to = names.path(path)
            if (recipe, path) != (names.recipe, to):
                parts = canonical.decode(key.encode())
                parts[1:3] = names.recipe, to.split(".")
                moved[key] = canonical.encode(parts).decode()
    taken = {key: key for key in states if key not in moved}
    for key, to in list(moved.items()):
        other = taken.setdefault(to, key)
        if other == key:
            continue
        failed = next((each for each in (key, other) if states[each] is EffectState.FAILED), None)
        if failed is None:
            parts = canonical.decode(to.encode())
            raise UsageError(
                f"{'.'.join(parts[2])} of {names.recipe} has an effect of the record {' / '.join(parts[3])}, and so has"
                f" what was: names: {TWO}",
                help="remove was:, and keep the two apart under names of their own",
            )
        gone.add(failed)
        taken[to] = other if failed == key else key
    return _Moved(moved, gone)


def _rows(names: Former, moved: _Moved, ledger: Ledger) -> Iterator[Written]:
    """Yield what gives rows their new names, in an order in which no key is ever there twice."""
    yield from (Removal(EffectRow, (key,)) for key in moved.gone)
    for key in moved.keys.keys() - moved.gone:
        path = ".".join(canonical.decode(moved.keys[key].encode())[2])
        yield Change(EffectRow, (key,), {"key": moved.keys[key], "recipe": names.recipe, "path": path})
    for recipe in (names.recipe, *names.names):
        for link in ledger.links(recipe=recipe):
            to = moved.keys.get(link.effect, link.effect)
            if (link.recipe, link.effect) != (names.recipe, to):
                yield Removal(LinkRow, (link.effect, link.recipe, link.record))
                yield LinkRow(to, names.recipe, link.record)
        for file in ledger.files(recipe):
            pending = (moved.keys.get(key, key) for key in file.pending.split("\n"))
            yield replace(file, recipe=names.recipe, pending="\n".join(pending))
    for recipe in names.names:
        yield from (replace(book, recipe=names.recipe) for book in ledger.workbooks(recipe))
        yield from (Change(RunRow, key, {"recipe": names.recipe}) for key in ledger.keys(RunRow, recipe))
        yield from _renamed(RecordRow, recipe, names.recipe, ledger)
        yield from _renamed(CursorRow, recipe, names.recipe, ledger)


def _renamed(row: type[RecordRow] | type[CursorRow], old: str, new: str, ledger: Ledger) -> Iterator[Change]:
    """Yield what gives rows whose key begins with the recipe's name the new one."""
    taken = {key[1:] for key in ledger.keys(row, new)}
    for key in ledger.keys(row, old):
        if key[1:] in taken:
            what = f"the record {key[3]}" if row is RecordRow else "what it has read"
            raise UsageError(
                f"both {new} and {old}, which was: names, know of {what}: {TWO}",
                help="remove was:, and keep the two apart under names of their own",
            )
        yield Change(row, key, {"recipe": new})
