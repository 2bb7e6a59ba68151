"""Runs the benchmarks and writes ``docs/performance.md`` from what they printed.

    python benchmarks/page.py              all of them, as they are run by themselves: an hour or more
    python benchmarks/page.py --quick      with the least that still says something: some minutes
    python benchmarks/page.py --only mapping --only poll --into /tmp/page.md

Which there are is found: every file beside this one that prints a goal, or a profile. Each line of the page comes from
here or from their output, so the same output gives the same page. It is written whole or not at all: a benchmark that
breaks off ends this, a goal that is short does not.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "docs" / "performance.md"
WHOLE: Final = {"poll": ["--large", "100000"]}
"""What a benchmark is told where its own defaults leave something out."""
QUICK: Final = {
    "books": ["--documents", "10000"],
    "check": ["--recipes", "100"],
    "effects": ["--records", "1000", "--rounds", "1"],
    "mapping": ["--rounds", "1", "--records", "250"],
    "memory": ["--small", "1000", "--records", "5000"],
    "poll": ["--rounds", "1", "--records", "2500"],
    "profiled": ["--records", "5000"],
    "startup": ["--rounds", "3"],
    "stream": ["--rounds", "1", "--megabytes", "20", "--rows", "200000"],
}
"""The least that still says something."""
GOAL: Final = re.compile(r"goal ([\w -]+): (-?[\d,.]+) ([^:]+), wanted (<=|>=) ([\d,.]+): (met|short)")
NOT_JUDGED: Final = re.compile(r"not judged ([\w -]+): (.+)")
HEAD: Final = """\
# What it costs

`make performance` writes this page from what the benchmarks print; nothing on it is typed by hand. The firm part are
the ratios: both sides were measured in turns in one run. `make rivals` sets up what the engine is measured beside; what
was not there is told as missing. Each command repeats its part, and its `--help` says what is measured. Why a goal is
short stands among [the decisions](why.md).
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one benchmark printed.

    Attributes:
        name: Its file's, without the ending.
        arguments: What it was told.
        lines: Its output.
    """

    name: str
    arguments: Sequence[str]
    lines: Sequence[str]

    @property
    def command(self) -> str:
        return " ".join(["python", f"benchmarks/{self.name}.py", *self.arguments])


def names() -> list[str]:
    """Return the benchmarks that print a goal, and those that say what the figures of one are made of."""
    found = [file for file in sorted(HERE.glob("*.py")) if file.stem not in ("measuring", "page")]
    return [file.stem for file in found if re.search(r"\bgoal\(|\bpart_of\(", file.read_text("utf-8"))]


def run(name: str, arguments: Sequence[str]) -> Told:
    """Run one benchmark; one that breaks off ends this."""
    program = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    if done.returncode not in (0, 1) or done.stderr:
        raise SystemExit(f"{name} broke off: {done.stdout}{done.stderr}")
    return Told(name, arguments, done.stdout.splitlines())


def page(told: Iterable[Told], when: str) -> str:
    """Return the page.

    Args:
        when: The day and what state of the source was measured.
    """
    told = list(told)
    rows = [row for each in told for row in rows_of(each)]
    parts = [HEAD, f"Measured {when}.\n", "## Goals\n", "| goal | measured | wanted | |\n|---|---|---|---|"]
    parts += ["\n".join(rows) + "\n"]
    for each in told:
        parts += [f"## {each.name}\n", f"`{each.command}`\n", "```text", *each.lines, "```\n"]
    return "\n".join(parts)


def rows_of(told: Told) -> list[str]:
    """Return the rows of the goals that a benchmark judged, and of those that it could not judge."""
    found = []
    for line in told.lines:
        if match := GOAL.fullmatch(line):
            name, value, unit, sign, wanted, verdict = match.groups()
            found.append(f"| {name} | {value} {unit} | {sign} {wanted} | {verdict} |")
        elif match := NOT_JUDGED.fullmatch(line):
            found.append(f"| {match[1]} | {match[2]} | | not judged |")
        elif line.startswith(("goal ", "not judged ")):
            raise SystemExit(f"{told.name} prints a goal that nobody can read: {line}")
    return found


def read(text: str) -> list[Told]:
    """Return what the benchmarks had printed from which *text* was written."""
    form = re.compile(
        r"^## (\w+)\n\n`python benchmarks/\1\.py ?([^`\n]*)`\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL
    )
    return [Told(name, given.split(), lines.splitlines()) for name, given, lines in form.findall(text)]


def state() -> str:
    """Return the day, and the source's state as git knows it."""
    day = datetime.now(UTC).date().isoformat()
    program = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(program, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    except (OSError, subprocess.CalledProcessError):
        return day
    return f"{day}, at {done.stdout.strip()}"


def main() -> int:
    """Run, write, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the least that still says something")
    parser.add_argument("--only", choices=names(), action="append", help="one alone, or several")
    parser.add_argument("--into", type=Path, default=PAGE, help="the file that is written")
    wishes = parser.parse_args()
    told = []
    for name in wishes.only or names():
        begun = time.monotonic()
        told.append(run(name, (QUICK if wishes.quick else WHOLE).get(name, [])))
        print(f"{name}: {time.monotonic() - begun:,.0f} s", flush=True)
    wishes.into.write_text(page(told, state()), "utf-8")
    print(f"written: {wishes.into}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
