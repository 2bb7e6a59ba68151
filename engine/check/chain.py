"""The actions of a recipe, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from engine import pointer
from engine.check import called, former, values
from engine.check.counts import counts_of
from engine.check.draft import OWN, Draft, entries_of
from engine.check.sources import ERROR, gives
from engine.compile import outcome_of
from engine.diagnostics import Diagnostic, suggest
from engine.policy import Retry, seconds
from engine.recipe import (
    BuiltIn,
    Call,
    End,
    ForEach,
    OnError,
    Parallel,
    Recipe,
    Step,
    SubRecipe,
    Switch,
    Use,
    inside,
    walk,
)
from engine.typed import UNSURE, handed_over, type_of
from engine.types import ANY, Type
from engine.values import Condition, Constant, Fields, Names, Value, uses_of

KINDS: Final = ("for_each", "switch", "parallel", "call", "skip", "stop", "wait", "uses")


@dataclass(frozen=True, slots=True)
class Around:
    """Where a chain of actions stands.

    Attributes:
        names: What its actions can read.
        path: Ids of the enclosing actions.
        keyless: The innermost enclosing for_each whose elements no business key tells apart, or empty.
        loop: The name of that one's element.
        early: Whether none of the enclosing actions needs an action's answer.
    """

    names: Names
    path: tuple[str, ...] = ()
    keyless: str = ""
    loop: str = ""
    early: bool = True


def chain(draft: Draft, entries: list[Any], at: str, around: Around) -> tuple[tuple[Step, ...], Names]:
    """Return the actions in *entries* that are right, and what can be read behind them."""
    made: list[Step] = []
    end: End | None = None
    for index, entry in enumerate(entries):
        place = pointer.join(at, index)
        if end is not None:
            cure = f"give {end.what} a when, or remove what stands behind it"
            draft.report("R214", place, f"this is never reached: {end.what} stands before it", cure)
            end = None
        step, names = _step(draft, entry, place, around)
        around = replace(around, names=names)
        if isinstance(step, End) and step.when is None:
            end = step
        if step is not None:
            made.append(step)
    return tuple(made), around.names


def _step(draft: Draft, entry: Any, at: str, around: Around) -> tuple[Step | None, Names]:
    """Return the action *entry*, None where it has a finding, and what can be read behind it."""
    id = entry.get("id", "") if isinstance(entry, dict) else ""
    if at in draft.flawed:
        known = isinstance(id, str) and id
        inside = [each["id"] for each in entries_of([entry]) if isinstance(each.get("id"), str)]
        return None, replace(around.names.step(*inside), is_open=around.names.is_open or not known)
    if id:
        draft.new_id(id, f"{at}/id")
        around = replace(around, path=(*around.path, id))
        draft.paths.setdefault(around.path, f"{at}/id")
    kind = next(name for name in KINDS if name in entry)
    made: tuple[Step | None, Names] = _STEPS[kind](draft, entry, at, around)
    return made


def on_error(draft: Draft, entry: Mapping[str, Any], at: str, around: Around, *, at_action: bool) -> OnError:
    """Return what happens when an action, or with *at_action* false the record, fails."""
    then = entry.get("then", "dead_letter")
    steps: tuple[Step, ...] = ()
    if isinstance(then, list):
        inside = replace(around, names=around.names.root("error", ERROR), early=False)
        steps, _ = chain(draft, then, f"{at}/then", inside)
        for step in _skips(steps):
            cure = "remove it: the record stays in the dead letters; at a single action write then: continue"
            draft.report("R305", f"{step.pointer}/skip", "a record that failed is not skipped", cure)
        then = "dead_letter"
    elif then == "continue" and not at_action:
        cure = "write dead_letter or stop here; continue stands at a single action"
        draft.report("R305", f"{at}/then", "a record that failed cannot continue", cure)
        then = "dead_letter"
    return OnError(then, steps, _retry(entry.get("retry")), entry.get("alert", ""))


def _common(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> dict[str, Any]:
    """Return what every action has, as arguments of its step."""
    when = draft.compiler.condition(entry["when"], f"{at}/when", around.names) if "when" in entry else None
    handler = None
    if "on_error" in entry:
        acted = replace(around, names=around.names.where(when))  # what was left out has not failed
        handler = on_error(draft, entry["on_error"], f"{at}/on_error", acted, at_action=True)
    return {
        "id": entry.get("id", ""),
        "path": around.path,
        "pointer": at,
        "early": around.early and draft.is_early(uses_of((when,))),
        "when": when,
        "on_error": handler,
        "was": former.ids(draft, entry, at, around.path),
    }


def _for_each(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step, Names]:
    common = _common(draft, entry, at, around)
    here = around.names.where(common["when"])
    over = draft.compiler.value(entry["for_each"], f"{at}/for_each", here)
    name, names = draft.compiler.bound(entry, at, here, over)
    key = values.key(draft, entry["key"], f"{at}/key", names) if "key" in entry else None
    common["early"] = common["early"] and draft.is_early(uses_of((over, key)))
    keyless, loop = (around.keyless, around.loop) if "key" in entry else (at, name)
    inside = Around(names, around.path, keyless, loop, common["early"])
    steps, _ = chain(draft, entry["do"], f"{at}/do", inside)
    return ForEach(**common, over=over, name=name, steps=steps, key=key), around.names


def _switch(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step, Names]:
    common = _common(draft, entry, at, around)
    cases: list[tuple[Any, tuple[Step, ...]]] = []
    whens = []
    whole = around.names.where(common["when"])
    left = whole  # what is known where none of the cases before holds
    cased: list[Names] = []
    for index, case in enumerate(entry["switch"]):
        place = f"{at}/switch/{index}"
        if cases and cases[-1][0] is None:
            draft.report("R214", place, "this case is never reached: else stands before it", "put else last")
        when = (
            draft.compiler.condition(case["when"], f"{place}/when", left, whole) if "when" in case else None
        )
        cased.append(left.where(when))
        if is_last := _covers(when, left, whole):
            _never_reached(draft, entry["switch"], at, index + 1)
        left = whole if is_last else left.where(when, holds=False)
        whens.append(when)
        cases.append((when, ()))
    common["early"] = common["early"] and draft.is_early(uses_of(whens))
    names = around.names
    for index, case in enumerate(entry["switch"]):
        word = "do" if "do" in case else "else"
        inside = replace(around, early=common["early"], names=cased[index])
        steps, behind = chain(draft, case[word], f"{at}/switch/{index}/{word}", inside)
        cases[index] = (cases[index][0], steps)
        names = _both(names, behind)  # the result of a case that did not run is missing
    return Switch(**common, cases=tuple(cases)), names


def _covers(when: Condition | None, left: Names, whole: Names) -> bool:
    """Tell whether *when* holds for all that the cases before it leave; one that holds for all has a finding."""
    if when is None:
        return False
    return bool(outcome_of(when.of, left.known)) and not outcome_of(when.of, whole.known)


def _never_reached(draft: Draft, cases: list[Any], at: str, index: int) -> None:
    """Report the case *index*, if there is one: those before it hold for all values that there are."""
    if index < len(cases):
        what = "case" if "when" in cases[index] else "else"
        message = (
            f"this {what} is never reached: the cases before it hold for all values that the schema lists"
        )
        help = "remove it, or correct what a case before it compares"
        place = f"{at}/switch/{index}"
        draft.found.append(Diagnostic("R214", place, message, help, severity="warning"))


def _parallel(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step, Names]:
    common = _common(draft, entry, at, around)
    names, made = around.names, []
    for index, each in enumerate(entry["parallel"]):
        here = around.names.where(common["when"])  # none sees another's results
        inside = replace(around, early=common["early"], names=here)
        step, behind = _step(draft, each, f"{at}/parallel/{index}", inside)
        made += [] if step is None else [step]
        names = _both(names, behind)
    return Parallel(**common, steps=tuple(made)), names


def _call(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step | None, Names]:
    common = _common(draft, entry, at, around)
    errors = draft.errors
    given = draft.compiler.value(entry["with"], f"{at}/with", around.names.where(common["when"]))
    record = handed_over(type_of(given)) if draft.errors == errors else ANY
    common["early"] = common["early"] and draft.is_early(given.uses)
    draft.acted.add(entry["id"])
    counts = counts_of(given, around.names)
    recipe = called.recipe(draft, entry["call"], f"{at}/call", around.path, counts, record)
    return _joined(draft, common, around, recipe, given=given)


def _joined(
    draft: Draft, common: dict[str, Any], around: Around, recipe: Recipe | None, **own: Any
) -> tuple[Step | None, Names]:
    """Return the step by which *recipe* acts on a record of its own, and what can be read behind it."""
    id = common["id"]
    if recipe is None:
        return None, around.names.step(id)
    returned = ANY if recipe.returns is None else type_of(recipe.returns)
    names = around.names.step(id, type=_if_ran(returned, common["when"]))
    names = names.counting(recipe.returned, "steps", id)
    if (
        around.keyless
        and own.get("key") is None
        and any(
            isinstance(step, Call) and step.use.writes and step.key is None for step in walk(recipe.actions)
        )
    ):
        _needs_key(draft, around)
    return SubRecipe(**common, recipe=recipe, **own), names


def _end(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step, Names]:
    what = "skip" if "skip" in entry else "stop"
    own = {
        name: entry[name] for name in ("id", "when") if name in entry
    }  # any other has a finding, and any form
    common = _common(draft, own, at, around)
    why = draft.compiler.value(entry[what], f"{at}/{what}", around.names.where(common["when"]))
    common["early"] = common["early"] and draft.is_early(why.uses)
    return End(**common, what=cast(Any, what), why=why), around.names.where(common["when"], holds=False)


def _wait(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[None, Names]:
    cure = "until then split the recipe, or run it when the time has come"
    draft.report("R212", f"{at}/wait", "wait needs a process that stays: it comes with serve", cure)
    return None, around.names.step(entry["id"])


def _uses(draft: Draft, entry: Mapping[str, Any], at: str, around: Around) -> tuple[Step | None, Names]:
    common = _common(draft, entry, at, around)
    use = _action(draft, entry["uses"], f"{at}/uses")
    here = around.names.where(common["when"])
    given = values.given(draft, entry.get("with", {}), f"{at}/with", here, use)
    _connections(draft, given, use)
    key = values.key(draft, entry["key"], f"{at}/key", here) if "key" in entry else None
    common["early"] = common["early"] and draft.is_early(uses_of((given, key)))
    draft.acted.add(entry["id"])
    if isinstance(use, Use) and use.operation.by:
        carried = called.carried(draft, use, f"{at}/uses", around.path)
        return _joined(draft, common, around, carried, given=given, use=use, key=key)
    exponents = use.connector.exponents if isinstance(use, Use) else None
    result = _if_ran(gives(draft, use), common["when"])
    names = around.names.step(entry["id"], exponents=exponents, type=result)
    if use is None:
        return None, names
    if use.writes and around.keyless and key is None:
        _needs_key(draft, around)
    handler = common["on_error"]
    if handler is not None and handler.retry is not None and not use.is_repeatable:
        message = f"a repeat of {use.text} could make a second one: its target does not know what it has seen"
        place = f"{at}/on_error/retry"
        draft.report("R213", place, message, "remove retry; what failed stands in the report", at_key=True)
    return Call(**common, use=use, given=given, key=key), names


def _action(draft: Draft, text: str, at: str) -> Use | BuiltIn | None:
    own, _, verb = text.partition(".")
    if own not in OWN or own in draft.get("connections", {}):  # the latter has a finding of its own
        return draft.use(text, at, acts=True)
    if text not in draft.registry.actions:
        known = [name.partition(".")[2] for name in draft.registry.actions if name.startswith(own + ".")]
        inner = (len(own) + 1, len(verb))
        cure = suggest(verb, known) or f"{own} has {', '.join(known)}"
        draft.report("R207", at, f"there is no action {text!r}", cure, inner)
        return None
    declared = draft.registry.action(text)
    schema = draft.registry.once(lambda: declared.params.model_json_schema(by_alias=True), "params", text)
    return BuiltIn(text, declared, draft.registry.validator(schema), declared.effect != "read")


def _connections(draft: Draft, given: Value, use: Use | BuiltIn | None) -> None:
    """Hold the connections that *given* names, as an action of the engine's own takes them, against the recipe's."""
    if not isinstance(use, BuiltIn) or not isinstance(given, Fields):
        return
    fields = use.validator.schema.get("properties", {})
    for name, value in given.entries:
        if isinstance(value, Constant) and fields.get(name, {}).get("x-names") == "connection":
            draft.use(f"{value.value}.", value.pointer)


def _needs_key(draft: Draft, around: Around) -> None:
    cure = f"add key: with the path that tells the elements apart, such as ${around.loop}.id"
    message = "this for_each writes for each element, but has no key"
    place = pointer.join(around.keyless, "for_each")
    if not any(each.code == "R209" and each.pointer == place for each in draft.found):
        draft.report("R209", place, message, cure, at_key=True)


def _skips(steps: tuple[Step, ...]) -> Iterator[End]:
    """Yield each ``skip`` in *steps* that would finish this recipe's record; that of a called recipe ends itself."""
    for step in steps:
        if isinstance(step, End) and step.what == "skip":
            yield step
        if not isinstance(step, SubRecipe):
            for inner in inside(step):
                yield from _skips(inner)


def _retry(entry: Mapping[str, Any] | None) -> Retry | None:
    if entry is None:
        return None
    given = {"backoff": "2s", "max": "5m", **entry}
    return Retry(entry["attempts"], seconds(given["backoff"]), seconds(given["max"]))


def _if_ran(result: Type, when: Any) -> Type:
    """Return the type of what an action gives, which is missing where its *when* did not hold."""
    return result if when is None else result.may_lack(UNSURE)


def _both(names: Names, behind: Names) -> Names:
    ran = {id: behind.known.result(id).may_lack(UNSURE) for id in behind.steps - names.steps}
    return replace(
        names,
        known=names.known.step(ran),
        roots=names.roots | (behind.roots & {"steps"}),
        steps=names.steps | behind.steps,
        is_open=names.is_open or behind.is_open,
        counts={**names.counts, **behind.counts},
    )


_STEPS: Final[Mapping[str, Any]] = {
    "for_each": _for_each, "switch": _switch, "parallel": _parallel, "call": _call, "skip": _end, "stop": _end,
    "wait": _wait, "uses": _uses,
}  # fmt: skip
