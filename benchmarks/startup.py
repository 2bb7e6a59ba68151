"""How long a command takes to begin, beside the import of click that each command of its kind pays.

``recipe --help`` and ``recipe check`` of one recipe, cold and unchanged since the last check, each in a process of its
own with warm files, in turn with ``python -c "import click"``; medians of wall and processor time. Run it on a quiet
machine:

    python benchmarks/startup.py --rounds 20
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measuring import at_least, clean, goal, machine, spread

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "from engine.commands import main; main(prog_name='recipe')"
WAYS = {
    "click": ["-c", "import click"],
    "help": ["-c", RECIPE, "--help"],
    "check": ["-c", RECIPE, "check", "--no-cache", str(ROOT / "recipes" / "shopify-to-invoice.yaml")],
    "unchanged": ["-c", RECIPE, "check", str(ROOT / "recipes" / "shopify-to-invoice.yaml")],
}
WANTED = {"help": 2.0, "check": 4.5, "unchanged": 4.5}


def once(way: str, folder: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Return wall and processor seconds of one process."""
    begun, before = time.perf_counter(), os.times()
    program = [sys.executable, *WAYS[way]]
    done = subprocess.run(program, cwd=folder, env=environ, capture_output=True, check=False)  # noqa: S603  # our own
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise SystemExit(f"{way} failed: {done.stdout.decode()}{done.stderr.decode()}")
    before_own, after_own = (each.children_user + each.children_system for each in (before, after))
    return wall, after_own - before_own


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=at_least(1), default=20, help="processes of each kind")
    parser.add_argument("--folder", type=Path, help="where the commands run; else a temporary folder")
    wishes = parser.parse_args()
    print(machine("click"))
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory(dir=wishes.folder) as made:
        environ = clean(Path(made))
        for way in WAYS:
            once(way, Path(made), environ)  # files are read once, and bytecode is there
        for _ in range(wishes.rounds):
            for way, times in found.items():
                times.append(once(way, Path(made), environ))
    for way, times in found.items():
        wall, own = ([1000 * each[at] for each in times] for at in (0, 1))
        print(f"{way}: {spread(wall, '.0f')} ms, processor {spread(own, '.0f')} ms")
    click = median(wall for wall, _ in found["click"])
    met = [
        goal(
            f"startup {way}",
            median(wall for wall, _ in found[way]) / click,
            "x import click",
            most_of,
            most=True,
        )
        for way, most_of in WANTED.items()
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
