"""What goes into the wheel: the list of its files, against a golden one (``make golden`` writes it again)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("wheel.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    return path


def test_the_wheel_holds_the_files_of_the_golden_list(wheel: Path) -> None:
    names = sorted(zipfile.ZipFile(wheel).namelist())
    listed = "".join(re.sub(r"^recipe_engine-[^/]+\.dist-info", "dist-info", name) + "\n" for name in names)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(listed, "utf-8")
    assert listed == GOLDEN.read_text("utf-8"), "if the change is meant: make golden"


def test_the_wheel_says_the_command_and_the_version_of_the_package(wheel: Path) -> None:
    import engine

    with zipfile.ZipFile(wheel) as archive:
        info = f"recipe_engine-{engine.__version__}.dist-info"
        assert "recipe = engine.commands:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert f"Version: {engine.__version__}\n" in archive.read(f"{info}/METADATA").decode()
