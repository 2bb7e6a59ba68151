"""``was``: what a recipe and its actions were called before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.check.draft import Draft


def names(draft: Draft) -> tuple[str, ...]:
    """Return the names that the recipe had."""
    found: dict[str, str] = {}
    for at, name in _given(draft, draft.source.data, ""):
        if name == draft.get("recipe", ""):
            cure = "write the name that it had, or remove was"
            draft.report("R204", at, f"this recipe is called {name!r} still", cure)
        elif name in found:
            draft.report("R204", at, f"the name {name!r} stands here already", "remove one of the two")
        found.setdefault(name, at)
    return tuple(found)


def ids(draft: Draft, entry: Mapping[str, Any], at: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids that the action *entry* had, whose own ids are *path*; ``hold`` judges them."""
    found = list(_given(draft, entry, at))
    draft.former |= {place: (*path[:-1], id) for place, id in found}
    return tuple(dict.fromkeys(id for _, id in found))


def hold(draft: Draft) -> None:
    """Report each id that an action had, and that is another's, or its own, now: whose effects would they be?"""
    claimed: dict[tuple[str, ...], str] = {}
    for at, path in draft.former.items():
        place = draft.paths.get(path, claimed.get(path))
        claimed.setdefault(path, at)
        if place is None:
            continue
        own = at.startswith(place.removesuffix("id"))
        line = draft.source.values[place].line
        what = "this action has" if own else "is taken"
        message = f"{what} the id {path[-1]!r} still" if own else f"the id {path[-1]!r} {what} (line {line})"
        cure = "was names an id that no action here has any more, and one action alone had"
        draft.report("R204", at, message, cure)


def _given(draft: Draft, part: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    """Yield what ``was`` of *part* says, each with its place."""
    place = f"{at}/was"
    if place in draft.flawed or "was" not in part:
        return
    given = part["was"]
    if isinstance(given, list):
        yield from ((f"{place}/{index}", each) for index, each in enumerate(given))
    else:
        yield place, given
