"""What becomes of a skipped test, and the closing line that counts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
CASES = """
import pytest

def test_shared(shared): pass
def test_judge(judge): judge("hledger")
def test_other(): pytest.skip("a whim")
@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""


def run(folder: Path, **environ: str) -> tuple[int, str]:
    """Run the cases in *folder* under our conftest; no program is on PATH."""
    tests = folder / "project" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(CONFTEST, tests)
    (tests / "test_cases.py").write_text(CASES)
    clean = {
        name: value for name, value in os.environ.items() if name not in ("REQUIRE_ALL", "PYTEST_ADDOPTS")
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    environment = {**clean, "PATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environ}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_skips_are_counted_in_the_closing_line_with_the_command_that_brings_each(tmp_path: Path) -> None:
    code, output = run(tmp_path)
    assert code == 0
    closing = output.splitlines()[-1]
    assert closing.startswith("Skipped for what is absent here: 3 (")
    assert "1 × absent judge hledger: apt-get install hledger" in closing
    assert "1 × reads ../shared, which is absent" in closing


def test_when_all_is_required_a_skip_fails_unless_it_reads_the_absent_shared_folder(tmp_path: Path) -> None:
    code, output = run(tmp_path, REQUIRE_ALL="1")
    assert code == 1
    assert "2 failed, 1 skipped, 1 xfailed" in output
    assert "REQUIRE_ALL=1 forbids: absent judge hledger: apt-get install hledger" in output
    assert output.splitlines()[-1].startswith("Skipped for what is absent here: 1 (1 × reads ../shared")


def test_where_the_shared_folder_is_present_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    assert "1 passed, 2 skipped, 1 xfailed" in run(tmp_path)[1]


@pytest.mark.source_tree
def test_the_seeds_of_the_order_and_of_hypothesis_are_printed_and_are_one(tmp_path: Path) -> None:
    output = run(tmp_path, PYTEST_ADDOPTS="-v --randomly-seed=42")[1]
    assert "--randomly-seed=42" in output
    assert "--hypothesis-seed=42" in output
