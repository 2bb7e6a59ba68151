"""What the benchmarks share: goals, spreads, the machine's line, and a process of its own for what is measured."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

T = TypeVar("T")
RIVALS: Final = Path(os.environ.get("RIVALS") or Path(__file__).resolve().parents[1] / ".rivals")
"""Where `make rivals` puts the environments of what the engine is measured beside."""


def goal(name: str, value: float, unit: str, wanted: float, *, most: bool = False) -> bool:
    """Print one goal's line and return whether it is met; *most* is for a value that is to stay below *wanted*."""
    met = value <= wanted if most else value >= wanted
    sign = "<=" if most else ">="
    print(f"goal {name}: {value:,.2f} {unit}, wanted {sign} {wanted:,.2f}: {'met' if met else 'short'}")
    return met


def spread(values: Sequence[float], form: str = ",.2f") -> str:
    """Return the median of *values* and between which they lie: ``0.72 (0.70 to 0.75)``."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def machine(*packages: str) -> str:
    """Return what was measured on, with the versions of *packages*; a busy machine shows in its load."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    system = f"{platform.system()} {platform.machine()}"
    return ", ".join([python, f"SQLite {sqlite3.sqlite_version}", *versions, system, load])


def clean(folder: Path) -> dict[str, str]:
    """Return an environment whose processes keep bytecode and caches in *folder*, whatever this one says of them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "XDG_CACHE_HOME": str(folder / "cache")}


def in_own_process(function: Callable[..., T], *given: object) -> T:
    """Return what *function*, one of a module's, gives in a fresh process that ends with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is *least* or more."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} up")
        return int(text)

    return number


def python_of(rival: str) -> Path | None:
    """Return the Python of a rival's environment, this one for an empty name; None where `make rivals` did not run."""
    if not rival:
        return Path(sys.executable)
    python = RIVALS / rival / "bin" / "python"
    return python if python.exists() else None


def beside(rivals: Mapping[str, Sequence[str]]) -> str:
    """Return the versions that are installed of packages, by the rival in whose environment they are."""
    found = [f"{name} {version}" for place in rivals for name, version in _versions(place, rivals[place])]
    return f"beside {', '.join(dict.fromkeys(found))}" if found else "beside nothing: make rivals"


def _versions(place: str, packages: Sequence[str]) -> Iterator[tuple[str, str]]:
    for package in packages:
        modules = RIVALS / place / "node_modules" / package / "package.json"
        if modules.is_file():
            yield package, json.loads(modules.read_bytes())["version"]
        stem = package.replace("-", "_").lower()
        for info in (RIVALS / place).glob(f"lib/python*/site-packages/{stem}-*.dist-info"):
            yield package, info.stem.rpartition("-")[2]
