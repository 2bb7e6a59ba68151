"""What a recipe's mapping costs beside a function written by hand, and beside other languages for mappings.

    python benchmarks/mapping.py                       all cases, some minutes
    python benchmarks/mapping.py --only text --rounds 3

Each way (``ways.py`` has the table) makes the same invoices of the same made-up orders (``job.py``), which is looked at
first: ways whose invoices differ are not compared. Then all of them are measured in turns, each time in a process of
its own; what counts is its CPU time for a record, the median of the rounds, and its ratio to the first way of its group
in the same round. `make rivals` sets up what the engine does not bring; a way that is not there is told as missing.

`text` and `number` are orders whose amounts are text and JSON numbers. In `mixed` one amount of each order is of
another kind than the rest; no `odd` one fits what is decoded of it, and is decoded again; in `whole` the recipe reads a
name that no class can have as a field. Ends with one line a goal, each about the last of the engine's ways that is
there; the exit code is 1 when one is short or not judged.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from measuring import at_least, beside, goal, machine, python_of, spread
from ways import BASE, CASES, HAND, WAYS, Way

AGREED: Final = 250
"""Invoices of each way that are held against each other."""
Figures = Mapping[tuple[str, str], list[float]]
"""CPU µs a record in each round, by what a way takes and its name."""
BEHIND: Final = "engine, "
GOALS: Final = (
    ("mapping bytes", "text", ("record", "page"), BASE, 0.6),
    ("mapping bytes of numbers", "number", ("record", "page"), BASE, 1.0),
    ("mapping bytes not projectable", "whole", ("record", "page"), BASE, 1.4),
    ("mapping bytes on the slow way", "odd", ("record", "page"), BASE, 2.0),
    ("mapping struct", "text", ("dict",), HAND, 0.8),
    ("mapping dict", "text", ("dict",), HAND, 1.25),
)
"""A goal's name, its case, what the ways take, what they are held against, and how many times that they may take."""
DICT_WAYS: Final = {"mapping struct": "engine, projected", "mapping dict": "engine, compiled"}


def run(way: Way, case: str, records: int, least: float) -> dict[str, Any]:
    """Return what ``ways.py`` says of *way*, in a process of its own: figures, or why it is missing."""
    python = python_of(way.place)
    if python is None:
        return {"missing": f"no environment {way.place!r}: make rivals"}
    program = [str(python), str(Path(__file__).with_name("ways.py")), way.name, case, way.takes]
    program += ["--records", str(records), "--least", str(least)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    if done.returncode:
        raise SystemExit(f"{way.name} failed: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def agreed(case: str) -> Iterator[Way]:
    """Give the ways that are there, once it is sure that they make the same; print those that are missing."""
    first = ""
    for way in WAYS:
        if case not in way.cases:
            continue
        found = run(way, case, AGREED, 0)
        if why := found.get("missing"):
            print(f"{case}, {way.takes}: {way.name}: missing ({why})")
            continue
        first = first or found["digest"]
        if found["digest"] != first:
            raise SystemExit(
                f"{way.name} ({way.takes}) does not make the same invoices of {case}: not compared"
            )
        yield way


def figures(case: str, records: int, rounds: int, least: float) -> Figures:
    """Measure all ways of *case* in turns, and return what each round gave."""
    ways, found = list(agreed(case)), defaultdict[tuple[str, str], list[float]](list)
    for _ in range(rounds):
        for way in ways:
            count = records if way.takes == "page" else max(1, int(records * way.share))
            found[way.takes, way.name].append(run(way, case, count, least)["us"])
    return found


def tell(case: str, found: Figures) -> None:
    """Print each way's CPU time and its ratio to the first of its group."""
    firsts: dict[str, list[float]] = {}
    for (takes, name), values in found.items():
        first = firsts.setdefault(takes, values)
        print(f"{case}, {takes}: {name}: {spread(values, ',.1f')} us, {ratio(values, first):,.2f} x")


def ratio(values: list[float], first: list[float]) -> float:
    """Return the median of what each round's value was to its first."""
    return median(value / base for value, base in zip(values, first, strict=True))


def judged(cases: Mapping[str, Figures]) -> bool:
    """Print the goals' lines of the cases that were measured, and return whether each is met."""
    met = []
    for name, case, kinds, against, wanted in GOALS:
        if case not in cases:
            continue
        for takes in kinds:
            what = name if takes == "dict" else f"{name} by the {takes}"
            found = cases[case]
            ours = _ours(name, takes, found)
            if not ours or (takes, against) not in found:
                print(f"not judged {what}: {against if ours else 'a way of the engine'} was not measured")
                met.append(False)
                continue
            value = ratio(found[takes, ours], found[takes, against])
            met.append(goal(what, value, f"x {against} ({ours})", wanted, most=True))
    return all(met)


def _ours(goal_name: str, takes: str, found: Figures) -> str:
    """Return the engine's way that a goal is about, or the best that is there in its place."""
    there = [name for kind, name in found if kind == takes and name.startswith(BEHIND)]
    wanted = DICT_WAYS.get(goal_name, "")
    return wanted if wanted in there else next(reversed(there), "")


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--records", type=at_least(250), default=1000, help="orders that a round goes through"
    )
    parser.add_argument("--rounds", type=at_least(1), default=5, help="whose median counts")
    parser.add_argument("--least", type=float, default=0.3, help="seconds of CPU that a round measures a way")
    parser.add_argument("--only", choices=list(CASES), help="one case alone")
    wishes = parser.parse_args()
    print(machine("msgspec", "jsonschema-rs"))
    print(beside({"plain": ["orjson", "jsonpath-ng", "jinja2", "jsonschema", "glom"]}))
    cases = {}
    for case in [wishes.only] if wishes.only else CASES:
        cases[case] = figures(case, wishes.records, wishes.rounds, wishes.least)
        tell(case, cases[case])
        sys.stdout.flush()
    return 0 if judged(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
