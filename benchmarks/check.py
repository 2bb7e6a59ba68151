"""How long ``recipe check`` of a folder takes: many recipes that differ, cold.

Each recipe is the shipped one for Shopify's orders under a name of its own, checked in one process. Run it on a quiet
machine:

    python benchmarks/check.py --recipes 1000
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import at_least, goal, machine

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "recipes" / "shopify-to-invoice.yaml"
PROGRAM = [sys.executable, "-c", "from engine.commands import main; main(prog_name='recipe')", "check"]
WANTED = 5.0


def write(folder: Path, count: int) -> None:
    """Write *count* recipes into *folder*."""
    text = BASE.read_text("utf-8")
    for number in range(count):
        own = text.replace("recipe: shopify-to-invoice\n", f"recipe: shop-{number}\n")
        (folder / f"shop-{number}.yaml").write_text(own, "utf-8")


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipes", type=at_least(1), default=1000, help="how many")
    parser.add_argument("--folder", type=Path, help="where they lie; else a temporary folder")
    wishes = parser.parse_args()
    print(machine("ruamel.yaml", "jinja2", "jsonschema-rs"))
    with tempfile.TemporaryDirectory(dir=wishes.folder) as made:
        write(Path(made), wishes.recipes)
        begun = time.perf_counter()
        done = subprocess.run([*PROGRAM, "."], cwd=made, capture_output=True, check=False)  # noqa: S603  # our own
        seconds = time.perf_counter() - begun
    told = done.stdout.decode().splitlines()
    if done.returncode or len(told) != wishes.recipes:
        raise SystemExit(f"not all are right: {done.stdout.decode()[-2000:]}{done.stderr.decode()}")
    print(f"{wishes.recipes:,} recipes: {seconds:.2f} s, {1000 * seconds / wishes.recipes:.1f} ms each")
    met = goal("check cold", 1000 * seconds / wishes.recipes, "s a thousand recipes", WANTED, most=True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
