"""Brings an environment up to date: ``run`` is what ``recipe`` needs, ``dev`` also what tests and linters need.

Standard library only; started by ``.ci/setup`` with a Python that runs. Writes nothing outside the environment's
folder. What stands in it is said by a stamp, written last: a folder without it is half made and is made again, as is
one whose lock, interpreter or place differ from the stamp.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAMP = "stamp.json"
Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]

# What a user may have set for other work, and what would lead pip or Python out of the environment.
LEADS_ASTRAY = (
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET",
    "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_BINARY", "PIP_DRY_RUN", "PIP_CONSTRAINT",
)  # fmt: skip
NO_NETWORK = (
    "NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError",
    "ProtocolError", "Failed to establish a new connection", "name resolution", "Network is unreachable",
    "Connection refused",
)  # fmt: skip


class SetupError(Exception):
    """The environment cannot be made; the text is for the person at the terminal."""


def run_quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run *command* from the project's root, its output kept back."""
    environ = {name: value for name, value in os.environ.items() if name not in LEADS_ASTRAY}
    return subprocess.run(
        command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def say(line: str) -> None:
    """Tell the person what takes time."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class Environment:
    """One folder with a Python of its own; *project* is what pip installs there as the project."""

    folder: Path
    base: str
    root: Path = ROOT
    project: tuple[str, ...] = ("--editable", ".")
    run: Run = run_quietly

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def bring(self, kind: str) -> None:
        """Make the environment hold *kind*, doing only what is missing."""
        wanted, present = self.wanted(kind), self.present()
        differs = [name for name in wanted if present.get(name) != wanted[name]]
        if not differs:
            return
        started = time.monotonic()
        (self.folder / STAMP).unlink(missing_ok=True)
        if differs == ["project"]:
            say("Installing the project again: pyproject.toml changed.")
        elif differs == ["dev"] and "dev" not in present:
            say(f"Adding what tests and linters need to {self.folder.name}.")
            self.install("dev")
        else:
            self.make(kind, differs if present else [])
        self.install_project()
        kept = present if differs in (["project"], ["dev"]) else {}
        (self.folder / STAMP).write_text(json.dumps(kept | wanted, indent=1))
        say(f"Ready after {time.monotonic() - started:.0f} s.")

    def wanted(self, kind: str) -> dict[str, str]:
        """Return what must stand in the stamp for *kind*."""
        declared = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
        told = [declared.get("build-system"), declared.get("project"), declared.get("tool", {}).get("hatch")]
        wanted = {
            "python": f"{self.base} {sys.version}",
            "place": f"{self.root} {self.folder}",
            "project": _digest(json.dumps([told, self.project], sort_keys=True).encode()),
            "run": _digest((self.root / "requirements" / "run.txt").read_bytes()),
        }
        if kind == "dev":
            wanted["dev"] = _digest((self.root / "requirements" / "dev.txt").read_bytes())
        return wanted

    def present(self) -> dict[str, str]:
        """Return what the stamp says, nothing when the folder is half made."""
        if not os.access(self.python, os.X_OK):
            return {}
        try:
            stamp = json.loads((self.folder / STAMP).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def make(self, kind: str, changed: list[str]) -> None:
        """Make the folder anew, with what *kind* needs."""
        if changed:
            names = {
                "run": "requirements/run.txt",
                "dev": "requirements/dev.txt",
                "python": "the interpreter",
            }
            what = ", ".join(names.get(name, f"the {name}") for name in changed)
            say(f"Making {self.folder.name} again: {what} changed.")
        version = sys.version.split()[0]
        say(f"Setting up {self.folder.name} with Python {version}, once; this takes about half a minute.")
        self.remove()
        self.make_venv()
        self.install(kind)

    def remove(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)

    def make_venv(self) -> None:
        venv = [self.base, "-I", "-m", "venv"]
        made = self.run([*venv, str(self.folder)])
        if made.returncode == 0:
            return
        # Some distributions ship ensurepip apart; then the system's pip may fill the environment from outside.
        self.remove()
        bare = self.run([*venv, "--without-pip", str(self.folder)])
        if bare.returncode == 0 and self.run([self.base, "-P", "-m", "pip", "--version"]).returncode == 0:
            return
        self.remove()
        if bare.returncode == 0 or "No module named" in bare.stderr:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise SetupError(
                f"{self.base} has neither ensurepip nor pip: install the package python{version}-venv (Debian, "
                f"Ubuntu: apt-get install python{version}-venv) or python3-pip, then repeat the command."
            )
        raise SetupError(f"the environment cannot be made:\n{_tail(bare)}")

    def pip(self) -> list[str]:
        if any(self.folder.glob("lib*/python3*/site-packages/pip/__main__.py")):
            command = [self.python, "-I", "-m", "pip"]
        else:
            command = [self.base, "-P", "-m", "pip", "--python", self.python]
        return [*command, "--disable-pip-version-check", "--no-input", "--quiet", "--retries", "2", "install"]

    def install(self, kind: str) -> None:
        """Install what the lock of *kind* names, each file by its hash; nothing is compiled."""
        lock = f"requirements/{kind}.txt"
        done = self.run([*self.pip(), "--require-hashes", "--only-binary", ":all:", "--requirement", lock])
        if done.returncode == 0:
            return
        if any(sign in done.stderr for sign in NO_NETWORK):
            raise SetupError(
                f"no network: the packages of {lock} cannot be fetched. Set-up needs the network once; "
                "connect, then repeat the command."
            )
        raise SetupError(f"pip refused {lock}:\n{_tail(done)}")

    def install_project(self) -> None:
        done = self.run([*self.pip(), "--no-deps", "--no-build-isolation", *self.project])
        if done.returncode != 0:
            raise SetupError(f"the project cannot be installed:\n{_tail(done)}")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tail(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "\n".join(f"  {line}" for line in lines[-12:])


@contextlib.contextmanager
def alone(lock: Path = Path(__file__)) -> Iterator[None]:
    """Let one process at a time set up; the system frees the lock when the process dies."""
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another make that sets up the environment.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("kind", choices=("run", "dev"))
    parser.add_argument("--into", type=Path, default=ROOT / ".venv", help="the folder, .venv when not given")
    parser.add_argument("--wheel", type=Path, help="install this file instead of the checkout")
    asked = parser.parse_args()
    # From inside an activated environment the interpreter it was made of is meant.
    base = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
    project = (str(asked.wheel.resolve()),) if asked.wheel else Environment.project
    try:
        with alone():
            Environment(asked.into.absolute(), base, project=project).bring(asked.kind)
    except SetupError as error:
        say(f"make: {error}")
        return 1
    except OSError as error:
        say(f"make: the environment cannot be written: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
