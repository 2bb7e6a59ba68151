"""The set-up behind ``make``: which Python is taken, and when the environment is made again. Nothing is downloaded."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
WORKS = 'case "$*" in *version_info*) echo works ;; *realpath*) echo "$0" ;; esac'
OLD = "echo Python 3.10.13, too old"
SHIM = "echo 'manager: command not found' >&2; echo 'The command exists elsewhere' >&2; exit 127"


# Which Python


@pytest.fixture
def find(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``find({"folder/python3.12": script}, PYTHON=...)`` asks .ci/setup, with these alone on PATH."""

    def ask(fakes: dict[str, str], **environ: str) -> subprocess.CompletedProcess[str]:
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("dirname", "head"):
            (tools / name).symlink_to(shutil.which(name) or name)
        folders: list[str] = []
        for name, body in fakes.items():
            fake = tmp_path / name
            fake.parent.mkdir(exist_ok=True)
            fake.write_text(f"#!/bin/sh\n{body}\n")
            fake.chmod(0o755)
            if str(fake.parent) not in folders:
                folders.append(str(fake.parent))
        environment = {"PATH": ":".join([*folders, str(tools)]), **environ}
        command = ["/bin/sh", str(ROOT / ".ci" / "setup"), "find"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return ask


def test_the_newest_python_is_taken(find, tmp_path) -> None:
    done = find({"a/python3.11": WORKS, "a/python3": WORKS, "b/python3.13": WORKS})
    assert done.stdout == f"{tmp_path}/b/python3.13\n"


def test_a_shim_that_exists_and_fails_is_passed_over_for_the_next_match_of_its_name(find, tmp_path) -> None:
    done = find({"a/python3.12": SHIM, "with space/python3.12": WORKS, "a/python3": WORKS})
    assert done.stdout == f"{tmp_path}/with space/python3.12\n"


def test_python3_is_taken_where_no_versioned_name_runs_even_as_the_second_of_two(find, tmp_path) -> None:
    done = find({"a/python3.13": SHIM, "a/python3": OLD, "b/python3": WORKS})
    assert done.stdout == f"{tmp_path}/b/python3\n"


def test_where_none_runs_what_each_answered_is_said(find, tmp_path) -> None:
    done = find({"a/python3.12": SHIM, "a/python3.11": "exit 1", "a/python3": OLD})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "make: no Python 3.11 or newer was found that runs. What each answered:",
        "  python3.14: not on PATH",
        "  python3.13: not on PATH",
        f"  {tmp_path}/a/python3.12: manager: command not found",
        f"  {tmp_path}/a/python3.11: no answer",
        f"  {tmp_path}/a/python3: Python 3.10.13, too old",
        "Install Python 3.11 or newer (Debian, Ubuntu: apt-get install python3 python3-venv), then repeat the command.",
    ]


def test_a_python_named_by_the_user_is_the_only_one_asked(find, tmp_path) -> None:
    done = find({"a/python3.14": WORKS, "b c/mine": WORKS}, PYTHON=f"{tmp_path}/b c/mine")
    assert done.stdout == f"{tmp_path}/b c/mine\n"


# What is made, and when


@dataclass
class Machine:
    """Stands for the programs that set-up starts: writes down each command and does as told."""

    folder: Path
    ensurepip: bool = True
    pip: bool = True
    refusal: str = ""
    commands: list[str] = field(default_factory=list)

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        told = " ".join(command)
        self.commands.append(told)
        assert not (self.folder / "stamp.json").exists(), "the stamp stands before the work is done"
        answer = subprocess.CompletedProcess(command, 0, "", "")
        if "-m venv" in told:
            (self.folder / "bin").mkdir(parents=True)
            (self.folder / "bin" / "python").touch(0o755)
            if "--without-pip" not in told and not self.ensurepip:
                answer.returncode = 1
            elif "--without-pip" not in told:
                pip = self.folder / "lib" / "python3.11" / "site-packages" / "pip"
                pip.mkdir(parents=True)
                (pip / "__main__.py").touch()
        elif told.endswith("-m pip --version"):
            answer.returncode = 0 if self.pip else 1
        elif self.refusal:
            answer.returncode, answer.stderr = 1, self.refusal
        return answer


@dataclass
class House:
    """A small project and its environment, made by *machine*."""

    root: Path
    module: ModuleType
    machine: Machine
    base: str = "/base/python3"

    def bring(self, kind: str) -> list[str]:
        """Bring the environment to *kind*; return the commands that were run, in short."""
        self.machine.commands.clear()
        folder = self.machine.folder
        self.module.Environment(folder, self.base, root=self.root, run=self.machine).bring(kind)
        return [_short(command) for command in self.machine.commands]


def _short(command: str) -> str:
    if "-m venv" in command:
        return "venv"
    if "--editable ." in command:
        return "project"
    return command.rpartition("requirements/")[2].removesuffix(".txt")


@pytest.fixture(scope="module")
def environment() -> Any:
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["environment"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(environment: ModuleType, tmp_path: Path) -> House:
    root = tmp_path / "a project"
    (root / "requirements").mkdir(parents=True)
    for kind in ("run", "dev"):
        (root / "requirements" / f"{kind}.txt").write_text("a==1\n")
    (root / "pyproject.toml").write_text("[project]\nname = 'a'\n[tool.ruff]\nx = 1\n")
    return House(root, environment, Machine(root / ".venv"))


def test_a_demo_gets_run_time_packages_alone_by_their_hashes_then_the_project_without_isolation(
    house: House,
) -> None:
    assert house.bring("run") == ["venv", "run", "project"]
    assert (
        "--require-hashes --only-binary :all: --requirement requirements/run.txt" in house.machine.commands[1]
    )
    assert house.machine.commands[2].endswith("install --no-deps --no-build-isolation --editable .")


def test_a_whole_environment_is_left_alone(house: House) -> None:
    house.bring("run")
    assert house.bring("run") == []


def test_tests_add_to_what_a_demo_installed_and_a_demo_needs_no_more_than_tests_have(house: House) -> None:
    house.bring("run")
    assert house.bring("dev") == ["dev", "project"]
    assert house.bring("run") == []
    assert house.bring("dev") == []


@pytest.mark.parametrize("left", ["stamp.json", "bin/python"])
def test_a_half_made_environment_is_made_again(house: House, left: str) -> None:
    house.bring("run")
    (house.machine.folder / left).unlink()
    (house.machine.folder / "leftover").touch()
    assert house.bring("run") == ["venv", "run", "project"]
    assert not (house.machine.folder / "leftover").exists()


def test_an_install_that_fails_leaves_no_stamp(house: House) -> None:
    house.machine.refusal = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"
    with pytest.raises(house.module.SetupError, match="DO NOT MATCH THE HASHES"):
        house.bring("run")
    house.machine.refusal = ""
    assert house.bring("run") == ["venv", "run", "project"]


def test_a_changed_lock_makes_the_environment_again(house: House) -> None:
    house.bring("dev")
    (house.root / "requirements" / "run.txt").write_text("a==2\n")
    assert house.bring("run") == ["venv", "run", "project"]
    (house.root / "requirements" / "dev.txt").write_text("a==2\n")
    assert house.bring("run") == []
    assert house.bring("dev") == ["dev", "project"]
    (house.root / "requirements" / "dev.txt").write_text("a==3\n")
    assert house.bring("dev") == ["venv", "dev", "project"]


def test_another_interpreter_makes_the_environment_again(house: House) -> None:
    house.bring("run")
    house.base = "/another/python3"
    assert house.bring("run") == ["venv", "run", "project"]


def test_a_moved_project_makes_its_environment_again(house: House) -> None:
    house.bring("run")
    house.root = house.root.rename(house.root.with_name("moved"))
    house.machine.folder = house.root / ".venv"
    assert house.bring("run") == ["venv", "run", "project"]


def test_what_the_project_declares_is_installed_again_when_it_changes_and_a_linters_setting_is_not(
    house: House,
) -> None:
    house.bring("dev")
    declared = house.root / "pyproject.toml"
    declared.write_text(declared.read_text().replace("x = 1", "x = 2"))
    assert house.bring("dev") == []
    declared.write_text(declared.read_text().replace("'a'", "'b'"))
    assert house.bring("run") == ["project"]
    assert house.bring("dev") == []


def test_without_ensurepip_the_systems_pip_fills_the_environment_from_outside(house: House) -> None:
    house.machine.ensurepip = False
    house.bring("run")
    assert house.machine.commands[1].endswith("-m venv --without-pip " + str(house.machine.folder))
    outside = f"/base/python3 -P -m pip --python {house.machine.folder}/bin/python"
    assert all(command.startswith(outside) for command in house.machine.commands[3:])
    assert len(house.machine.commands) == 5


def test_without_ensurepip_and_pip_one_line_names_the_package(house: House) -> None:
    house.machine.ensurepip = house.machine.pip = False
    with pytest.raises(house.module.SetupError) as caught:
        house.bring("run")
    message = str(caught.value)
    assert "\n" not in message
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in message
    assert not house.machine.folder.exists()


def test_without_network_one_line_says_so(house: House) -> None:
    house.machine.refusal = (
        "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError(...)': /simple/a/\n"
        "ERROR: Could not find a version that satisfies the requirement a==1 (from versions: none)\n"
    )
    with pytest.raises(house.module.SetupError) as caught:
        house.bring("run")
    message = str(caught.value)
    assert message.startswith("no network: ")
    assert "\n" not in message


def test_what_leads_pip_out_of_the_environment_is_not_handed_on(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_CERT", "/kept")
    code = "import os; print(os.getenv('PIP_TARGET'), os.getenv('PYTHONPATH'), os.getenv('PIP_CERT'))"
    assert environment.run_quietly([sys.executable, "-c", code]).stdout == "None None /kept\n"


def test_one_process_at_a_time_sets_up(environment: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    with lock.open("rb") as other:
        with environment.alone(lock), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


# The Makefile


def test_make_alone_prints_help_and_every_target_it_names_exists(judge: Callable[[str], str]) -> None:
    # A make that started this test must not speak through its variables.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}

    def make(*words: str) -> subprocess.CompletedProcess[str]:
        command = [judge("make"), *words]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    named = {line.split()[1] for line in make().stdout.splitlines() if line.startswith("make ")}
    assert {"demo", "test", "check", "golden", "lock", "clean"} <= named
    assert [target for target in named if make("-n", target).returncode != 0] == []
