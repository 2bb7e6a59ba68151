"""Copies of the project in which mutants are tried, and what the tests say of each."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.sites import Mutant

COPIED = ("engine", "tests", "recipes", "schemas", "docs", "pyproject.toml", "cli.py", "README.md")
TESTS = ("tests/unit", "tests/conformance", "tests/diagnostics", "tests/property", "tests/recipes")
"""Fast, and inside one process. What starts programs of its own says little about one line."""
LEFT_OUT = ("tests/property/test_mutated_recipes.py",)
LONGEST = 4.0
"""Seconds of a test beyond which it is asked no second time."""
QUIET = (
    "-x",
    "-q",
    "--tb=no",
    "--no-header",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-p",
    "tests.mutants.trace",
)


class NotGreen(Exception):
    """The tests fail, or cannot be run, without any mutant."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What runs what.

    Attributes:
        tests: Test functions by module and line; line 0 stands for the whole module.
        seconds: How long each test function takes.
    """

    tests: Mapping[str, Mapping[int, Sequence[str]]]
    seconds: Mapping[str, float]

    def near(self, mutant: Mutant) -> list[str]:
        """Return the tests that run the mutant's lines, the fastest first."""
        of = self.tests.get(mutant.path, {})
        return self._sorted({test for line in mutant.lines or (0,) for test in of.get(line, ())})

    def far(self, mutant: Mutant) -> list[str]:
        """Return the other tests of its module: a value kept from an earlier test hides who else asks for it."""
        near = set(self.near(mutant))
        of = self.tests.get(mutant.path, {}).get(0, ())
        return self._sorted({test for test in of if test not in near and self.seconds.get(test, 0) < LONGEST})

    def _sorted(self, tests: set[str]) -> list[str]:
        return sorted(tests, key=lambda test: (self.seconds.get(test, 0), test))


class Workshop:
    """One copy of the project; its mutants come one after the other."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder / root.name
        self.folder.mkdir(parents=True)
        for name in COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (root / name).is_file():
                shutil.copy(root / name, self.folder / name)
        if (root.parent / "shared").is_dir():
            (folder / "shared").symlink_to(root.parent / "shared")
        # Never looked at again: a mutant written within the same second and of the same size would be missed.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(self.folder, quiet=2, invalidation_mode=mode)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "REQUIRE_ALL")
        }
        few = {"CHECK_EXAMPLES": "25", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(self.folder)}
        return {**kept, **few, **more}

    def trace(self) -> Trace:
        """Run all tests without a mutant and return what runs what.

        Raises:
            NotGreen: they fail.
        """
        times, data = self.folder / "times.json", self.folder / "lines.db"
        command = [
            sys.executable,
            "-m",
            "coverage",
            "run",
            "--rcfile=/dev/null",
            "--source=engine",
            f"--data-file={data}",
        ]
        left_out = [f"--ignore={path}" for path in LEFT_OUT]
        tests = [path for path in TESTS if (self.folder / path).exists()]
        command += ["-m", "pytest", *QUIET, *left_out, *tests]
        environment = self.environment(MUTANTS_TIMES=str(times))
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NotGreen(done.stdout[-3000:] + done.stderr[-3000:])
        return Trace(_lines(data, self.folder), json.loads(times.read_text("utf-8")))

    def kills(self, mutant: Mutant, tests: Sequence[str], seconds: float) -> bool:
        """Tell whether one of *tests* fails on *mutant*, or none ends within *seconds*."""
        file = self.folder / mutant.path
        kept = file.read_text("utf-8")
        compiled = Path(cache_from_source(str(file)))
        hidden = compiled.with_suffix(".kept")
        file.write_text(mutant.applied(kept), "utf-8")
        with suppress(FileNotFoundError):
            compiled.rename(hidden)
        try:
            return self._fails(tests, seconds)
        finally:
            file.write_text(kept, "utf-8")
            with suppress(FileNotFoundError):
                hidden.rename(compiled)

    def _fails(self, tests: Sequence[str], seconds: float) -> bool:
        chosen = self.folder / "chosen.json"
        chosen.write_text(json.dumps(list(tests)), "utf-8")
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        command = [sys.executable, "-m", "pytest", *QUIET, "--assert=plain", *files]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(MUTANTS_CHOSEN=str(chosen)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds) != 0
        except subprocess.TimeoutExpired:
            return True
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def traced(root: Path, workshop: Workshop) -> Trace:
    """Return the trace of the project, kept from an earlier run where no file has changed since.

    Raises:
        NotGreen: the tests fail.
    """
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(path for name in ("engine", "tests") for path in (root / name).rglob("*.*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    kept = root / ".pytest_cache" / f"mutants-{digest.hexdigest()[:16]}.json"
    if kept.is_file():
        data = json.loads(kept.read_text("utf-8"))
        tests = {path: {int(line): on for line, on in lines.items()} for path, lines in data["tests"].items()}
        return Trace(tests, data["seconds"])
    trace = workshop.trace()
    kept.parent.mkdir(exist_ok=True)
    for old in kept.parent.glob("mutants-*.json"):
        old.unlink()
    kept.write_text(json.dumps({"tests": trace.tests, "seconds": trace.seconds}), "utf-8")
    return trace


def _lines(data: Path, folder: Path) -> dict[str, dict[int, list[str]]]:
    from coverage import CoverageData

    read = CoverageData(str(data))
    read.read()
    found: dict[str, dict[int, list[str]]] = {}
    for file in read.measured_files():
        lines = {
            line: [context for context in contexts if context]
            for line, contexts in read.contexts_by_lineno(file).items()
        }
        lines[0] = sorted({test for tests in lines.values() for test in tests})
        found[Path(file).relative_to(folder).as_posix()] = lines
    return found


def folder_of_its_own() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for copies, in memory where there is one: nothing in it is to last."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="mutants-", dir=memory)
