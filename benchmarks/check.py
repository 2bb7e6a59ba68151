"""How long ``recipe check`` of a folder takes: many recipes that differ by their names, cold and once more unchanged.

Each recipe is the shipped one for Shopify's orders under a name of its own. Run it on a quiet
machine:

    python benchmarks/check.py --recipes 1000
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import at_least, clean, goal, machine

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "recipes" / "shopify-to-invoice.yaml"
PROGRAM = [sys.executable, "-c", "from engine.commands import main; main(prog_name='recipe')", "check"]
WANTED = {"cold": 5.0, "unchanged": 0.5}


def write(folder: Path, count: int) -> None:
    """Write *count* recipes into *folder*."""
    text = BASE.read_text("utf-8")
    for number in range(count):
        own = text.replace("recipe: shopify-to-invoice\n", f"recipe: shop-{number}\n")
        (folder / f"shop-{number}.yaml").write_text(own, "utf-8")


def check(folder: Path, environ: dict[str, str], count: int) -> float:
    """Return the seconds of a check of the *count* recipes in *folder*."""
    begun = time.perf_counter()
    done = subprocess.run([*PROGRAM, "."], cwd=folder, env=environ, capture_output=True, check=False)  # noqa: S603  # our own
    seconds = time.perf_counter() - begun
    told = done.stdout.decode().splitlines()
    if done.returncode or len(told) != count:
        raise SystemExit(f"not all are right: {done.stdout.decode()[-2000:]}{done.stderr.decode()}")
    return seconds


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
        recipes, environ = Path(made) / "recipes", clean(Path(made))
        recipes.mkdir()
        write(recipes, 1)
        check(recipes, environ, 1)  # bytecode is there
        write(recipes, wishes.recipes)
        shutil.rmtree(environ["XDG_CACHE_HOME"], ignore_errors=True)
        met = []
        for way, wanted in WANTED.items():
            seconds = check(recipes, environ, wishes.recipes)
            each = 1000 * seconds / wishes.recipes
            print(f"{way}: {wishes.recipes:,} recipes in {seconds:.2f} s, {each:.1f} ms each")
            met.append(goal(f"check {way}", each, "s a thousand recipes", wanted, most=True))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
