"""``make mutants``: breaks the language's modules in small ways and counts how often a test sees it.

    make mutants ARGS="--seed 7 --count 40"
    make mutants ARGS="--only money --only dates --count 0"      every mutant of two modules

Ends with 1 when fewer than 85 % are seen, with 2 when the tests fail without any mutant. ``equivalent.toml`` lists
mutants that change nothing, each with its reason; they are left out of the draw.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.sites import Mutant, mutants
from tests.mutants.workshop import NotGreen, Trace, Workshop, folder_of_its_own, traced

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
NAMES = (
    "source", "misread", "paths", "pipes", "templates", "expressions", "operators", "patterns", "values", "compile",
    "filters", "money", "dates", "check", "fit", "rows", "schema", "shapes",
)  # fmt: skip
"""What the language is made of: modules that begin so, and packages of that name."""
START = 5.0
"""Seconds that a run of tests takes before its first test, at the most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: ``killed``, ``survived``, or ``unseen`` where no test runs its lines."""

    mutant: Mutant
    outcome: str
    seconds: float
    tests: int


def modules(root: Path, names: Sequence[str]) -> list[Path]:
    """Return the modules under *root* that *names* stand for; modules that are added later join by their names."""
    patterns = [pattern for name in names for pattern in (f"{name}*.py", f"{name}*/**/*.py")]
    found = {path for pattern in patterns for path in (root / "engine").glob(pattern)}
    return sorted(path for path in found if path.parent.name != "__pycache__")


def drawn(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return *count* of *found*, of each kind in its turn: else a third would be constants; all for a count of 0."""
    rng = random.Random(seed)
    kinds: defaultdict[str, list[Mutant]] = defaultdict(list)
    for mutant in found:
        kinds[mutant.kind].append(mutant)
    for each in kinds.values():
        rng.shuffle(each)
    chosen: list[Mutant] = []
    wanted = count or len(found)
    while len(chosen) < wanted and any(kinds.values()):
        for kind in sorted(kinds):
            if kinds[kind] and len(chosen) < wanted:
                chosen.append(kinds[kind].pop())
    return chosen


def tried(mutant: Mutant, workshop: Workshop, trace: Trace) -> Verdict:
    """Try *mutant* on the tests that run it, then on the others of its module."""
    begun, asked = time.monotonic(), 0
    near, far = trace.near(mutant), trace.far(mutant)
    for tests in (near, far):
        if tests:
            asked += len(tests)
            limit = START * 2 + 4 * sum(trace.seconds.get(test, 1) for test in tests)
            if workshop.kills(mutant, tests, limit):
                return Verdict(mutant, "killed", time.monotonic() - begun, asked)
    return Verdict(mutant, "survived" if near else "unseen", time.monotonic() - begun, asked)


def excused(path: Path) -> set[tuple[str, str, str]]:
    """Return module, old and new lines of the mutants that *path* lists; each needs its reason."""
    entries = tomllib.loads(path.read_text("utf-8")).get("mutant", []) if path.is_file() else []
    for entry in entries:
        if not str(entry.get("reason", "")).strip():
            raise SystemExit(f"{path.name}: an equivalent mutant needs its reason: {entry}")
    return {(entry["module"], entry["old"], entry["new"]) for entry in entries}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, try, report; return the exit code."""
    given = _given(arguments)
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for path in modules(ROOT, given.only or NAMES)
    }
    equivalent = excused(EQUIVALENT)
    found, seen = [], set()
    for path, text in texts.items():
        for mutant in mutants(path, text):
            key = (path, *mutant.changed(text)) if any(path == each[0] for each in equivalent) else None
            seen.add(key)
            if key not in equivalent:
                found.append(mutant)
    chosen = drawn(found, given.count, given.seed)
    print(f"seed {given.seed}: {len(chosen)} of {len(found)} mutants in {len(texts)} modules", flush=True)
    for path, old, new in sorted(equivalent - seen):
        if path in texts:
            print(f"{EQUIVALENT.name}: no such mutant any more: {path}: {old} → {new}")
    try:
        verdicts = _all_tried(chosen, given.workers, texts)
    except NotGreen as error:
        print(f"the tests fail without any mutant:\n{error}")
        return 2
    return _reported(verdicts, texts, given.least)


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make mutants", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--count", type=int, default=200, help="how many mutants; 0 tries every one")
    parser.add_argument("--only", action="append", help="a module such as money; may be given several times")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--least", type=float, default=85.0, help="percent that must be seen")
    return parser.parse_args(arguments)


def _all_tried(chosen: Sequence[Mutant], workers: int, texts: dict[str, str]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    with folder_of_its_own() as folder, ThreadPoolExecutor(workers) as pool:
        free: SimpleQueue[Workshop] = SimpleQueue()
        first = Workshop(ROOT, Path(folder) / "0")
        trace = traced(ROOT, first)
        free.put(first)
        for number in range(1, workers):
            free.put(Workshop(ROOT, Path(folder) / str(number)))

        def work(mutant: Mutant) -> Verdict:
            workshop = free.get()
            try:
                return tried(mutant, workshop, trace)
            finally:
                free.put(workshop)

        for done in as_completed([pool.submit(work, mutant) for mutant in chosen]):
            verdict = done.result()
            verdicts.append(verdict)
            mutant, text = verdict.mutant, texts[verdict.mutant.path]
            what = f"{verdict.outcome:8}  {verdict.seconds:5.1f} s  {verdict.tests:4} tests"
            where = f"{mutant.path}:{mutant.line(text)}  {mutant.kind}"
            print(f"{len(verdicts):4}/{len(chosen)}  {what}  {where}", flush=True)
    return verdicts


def _reported(verdicts: Sequence[Verdict], texts: dict[str, str], least: float) -> int:
    left = [verdict for verdict in verdicts if verdict.outcome != "killed"]
    for verdict in sorted(left, key=lambda verdict: (verdict.mutant.path, verdict.mutant.start)):
        print(f"\n{verdict.outcome}, {verdict.tests} tests asked")
        print(verdict.mutant.diff(texts[verdict.mutant.path]), end="")
    rate = 100 * (len(verdicts) - len(left)) / max(1, len(verdicts))
    print(f"\n{len(verdicts) - len(left)} of {len(verdicts)} mutants were seen: {rate:.1f} %")
    return 0 if rate >= least else 1


if __name__ == "__main__":
    sys.exit(main())
