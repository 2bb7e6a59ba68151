"""Faults as data: a rule says which requests it meets and what becomes of them; one function each, in a table.

A rule is ``{"match": {...}, "do": ...}``. *match* has any of ``method``, ``strategy``, ``key`` and one of ``nth`` (the
nth request that it meets from now, the first is 1), ``every`` (each nth) or ``probability`` with ``seed``; without
these it is each request. *do* is the name of a fault, or several with their settings that hold together, such as
``{"find_late": 0.3, "lose": true}``. All rules count each request; the first that fires decides.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final, Literal, NamedTuple

from tests.faults.target.wire import Answer

LOGIN_PAGE: Final = (
    b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>"
)
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class BadRule(Exception):
    """A rule is none; carries what is wrong with it."""


class Met(NamedTuple):
    """What rules look at in a request."""

    method: str
    strategy: str
    key: str


@dataclass(slots=True)
class Plan:
    """What becomes of one request; times are in seconds.

    Attributes:
        did: The names of the faults, or ``plain``.
        commits: Whether it is committed at all.
        after_commit: Whether it is committed although its answer says otherwise.
        commit_after: When it is committed after its connection was closed, or None.
        work_for: How long it is worked on before it is committed; its key is in progress so long.
        visible_after: When ``find`` sees it, from its commit.
        answer_after: When it is answered, from its commit.
        answer: What is answered in place of the truth, or None.
        garbled: Whether the answer is JSON that stops in its middle.
        ending: How the answer leaves: one of the endings of ``wire.Line``.
        filters: Whether ``find`` minds its filter.
        forgets: Whether the lifetime of the keys is over.
        duplicate: Whether a known key is refused in place of answered again.
    """

    did: str = "plain"
    commits: bool = True
    after_commit: bool = False
    commit_after: float | None = None
    work_for: float = 0
    visible_after: float = 0
    answer_after: float = 0
    answer: Answer | None = None
    garbled: bool = False
    ending: Literal["answer", "cut", "close", "hold", "reset"] = "answer"
    filters: bool = True
    forgets: bool = False
    duplicate: bool = False


PLAIN: Final = Plan()


def _on(setting: Any) -> None:
    if setting is not True:
        raise BadRule(f"takes true or nothing, not {setting!r}")


def _seconds(setting: Any) -> float:
    if isinstance(setting, bool) or not isinstance(setting, int | float) or setting <= 0:
        raise BadRule(f"takes seconds above 0, not {setting!r}")
    return setting


def _instead(plan: Plan, answer: Answer) -> None:
    plan.answer, plan.commits = answer, False


def error_answer(status: int, code: str, message: str, *headers: tuple[str, str]) -> Answer:
    """Return a refusal."""
    body = f'{{"error":{{"code":"{code}","message":"{message}"}}}}'.encode()
    return Answer(status, body, "application/json", headers)


def lose(plan: Plan, setting: Any) -> None:
    """Commit, then close the connection without an answer."""
    _on(setting)
    plan.ending = "close"


def hold(plan: Plan, setting: Any) -> None:
    """Commit, then keep silent until the client goes."""
    _on(setting)
    plan.ending = "hold"


def commit_late(plan: Plan, setting: Any) -> None:
    """Close the connection, or with ``hold`` keep silent, and commit so many seconds later."""
    plan.commit_after = _seconds(setting)


def find_late(plan: Plan, setting: Any) -> None:
    """Let ``find`` see the new note only so many seconds after its commit."""
    plan.visible_after = _seconds(setting)


def cut(plan: Plan, setting: Any) -> None:
    """Commit, promise the whole answer, send half of its body and close."""
    _on(setting)
    plan.ending = "cut"


def reset(plan: Plan, setting: Any) -> None:
    """Commit nothing and break the connection off with RST."""
    _on(setting)
    plan.ending, plan.commits = "reset", False


def reset_after(plan: Plan, setting: Any) -> None:
    """Commit, then break the connection off with RST."""
    _on(setting)
    plan.ending = "reset"


def delay(plan: Plan, setting: Any) -> None:
    """Commit, and answer so many seconds later."""
    plan.answer_after = _seconds(setting)


def throttle(plan: Plan, setting: Any) -> None:
    """Answer 429; ``{"seconds": 2}`` and ``{"date": 2}`` say when to come back, as a number or as an HTTP date."""
    headers: list[tuple[str, str]] = []
    match setting:
        case True:
            pass
        case {"seconds": after, **more} if not more:
            headers = [("Retry-After", str(_seconds(after)))]
        case {"date": after, **more} if not more:
            headers = [("Retry-After", formatdate(time.time() + _seconds(after), usegmt=True))]
        case _:
            raise BadRule(f'takes true, {{"seconds": N}} or {{"date": N}}, not {setting!r}')
    _instead(plan, error_answer(429, "throttled", "too many requests", *headers))


def status(plan: Plan, setting: Any) -> None:
    """Answer this status with an error as JSON, and commit nothing."""
    if isinstance(setting, bool) or not isinstance(setting, int) or not 400 <= setting <= 599:
        raise BadRule(f"takes a status from 400 to 599, not {setting!r}")
    _instead(plan, error_answer(setting, "failed", f"answered {setting} as it was told to"))


def login_page(plan: Plan, setting: Any) -> None:
    """Answer 200 with a page in HTML, and commit nothing."""
    _on(setting)
    _instead(plan, Answer(200, LOGIN_PAGE, "text/html; charset=utf-8"))


def wrong_json(plan: Plan, setting: Any) -> None:
    """Commit, and answer 200 with JSON that stops in its middle."""
    _on(setting)
    plan.garbled = True


def error_in_200(plan: Plan, setting: Any) -> None:
    """Answer 200 with an error, and commit nothing."""
    _on(setting)
    _instead(plan, error_answer(200, "validation", "the note was refused"))


def ignore_filter(plan: Plan, setting: Any) -> None:
    """Let ``find`` list all notes."""
    _on(setting)
    plan.filters = False


def forget(plan: Plan, setting: Any) -> None:
    """End the lifetime of all keys of the request's strategy first; keys in the body are kept for ever."""
    _on(setting)
    plan.forgets = True


def in_progress(plan: Plan, setting: Any) -> None:
    """Work on it for so many seconds, then commit and answer; its key is refused so long as in progress."""
    plan.work_for = _seconds(setting)


def duplicate(plan: Plan, setting: Any) -> None:
    """Refuse a known key as a duplicate, in place of the stored answer."""
    _on(setting)
    plan.duplicate = True


def after_commit(plan: Plan, setting: Any) -> None:
    """Commit first, whatever is answered then."""
    _on(setting)
    plan.after_commit = True


FAULTS: Final[Mapping[str, Callable[[Plan, Any], None]]] = {
    fault.__name__: fault
    for fault in (
        lose, hold, commit_late, find_late, cut, reset, reset_after, delay, throttle, status, login_page, wrong_json,
        error_in_200, ignore_filter, forget, in_progress, duplicate, after_commit,
    )
}  # fmt: skip


def planned(do: Any) -> Plan:
    """Return what *do* makes of a request.

    Raises:
        BadRule: there is no such fault, or it does not take this setting.
    """
    faults = {do: True} if isinstance(do, str) else do
    if not isinstance(faults, Mapping) or not faults:
        raise BadRule(f"do is the name of a fault, or an object of names with their settings, not {do!r}")
    plan = Plan(did="+".join(faults))
    for name, setting in faults.items():
        if name not in FAULTS:
            raise BadRule(f"there is no fault {name!r}, but {', '.join(FAULTS)}")
        try:
            FAULTS[name](plan, setting)
        except BadRule as error:
            raise BadRule(f"{name} {error}") from error
    return plan


WHICH: Final[Mapping[str, Callable[[Mapping[str, Any], random.Random, int], bool]]] = {
    "nth": lambda match, dice, count: count == match["nth"],
    "every": lambda match, dice, count: count % match["every"] == 0,
    "probability": lambda match, dice, count: dice.random() < match["probability"],
}


@dataclass(slots=True)
class Rule:
    """One armed rule and how many requests it has met."""

    match: Mapping[str, Any]
    do: Any
    which: Callable[[Mapping[str, Any], random.Random, int], bool]
    dice: random.Random
    count: int = field(default=0)

    def fires(self, met: Met) -> bool:
        match = self.match
        if any(match.get(name, value) != value for name, value in zip(Met._fields, met, strict=True)):
            return False
        self.count += 1
        return self.which(match, self.dice, self.count)


def armed(data: Any, strategies: Sequence[str]) -> list[Rule]:
    """Return the rules in *data*.

    Raises:
        BadRule: one of them is none; carries the first flaw.
    """
    if not isinstance(data, list):
        raise BadRule("a list of rules is wanted")
    return [_rule(each, strategies) for each in data]


def _rule(data: Any, strategies: Sequence[str]) -> Rule:
    if not isinstance(data, Mapping) or "do" not in data or not data.keys() <= {"match", "do"}:
        raise BadRule('a rule is {"match": {...}, "do": ...}')
    match = data.get("match", {})
    allowed = {*Met._fields, "nth", "every", "probability", "seed"}
    if not isinstance(match, Mapping) or not match.keys() <= allowed:
        raise BadRule(f"match is an object of {', '.join(sorted(allowed))}")
    if match.get("method", "GET") not in METHODS or match.get("strategy", "find") not in strategies:
        raise BadRule(f"a method is of {', '.join(METHODS)}, a strategy of {', '.join(strategies)}")
    which = [name for name in WHICH if name in match]
    if len(which) > 1:
        raise BadRule("only one of nth, every and probability")
    for name in ("nth", "every"):
        if name in match and (type(match[name]) is not int or match[name] < 1):
            raise BadRule(f"{name} is a whole number from 1")
    if ("probability" in match) != ("seed" in match):
        raise BadRule("probability and seed belong together")
    if not 0 <= match.get("probability", 0) <= 1:
        raise BadRule("probability is from 0 to 1")
    planned(data["do"])
    always = WHICH[which[0]] if which else (lambda match, dice, count: True)
    return Rule(match, data["do"], always, random.Random(match.get("seed")))


def plan(rules: Sequence[Rule], met: Met) -> Plan:
    """Return what becomes of a request; every rule counts it, the first that fires decides."""
    if not rules:
        return PLAIN
    fired = [rule for rule in rules if rule.fires(met)]
    return planned(fired[0].do) if fired else PLAIN
