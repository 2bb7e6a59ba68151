"""Has connectors judged by what is not ours: ``make contract``.

Sets up ``.contract``, signs deliveries anew and compares them with the committed vectors, and holds the requests of
each operation against the vendor's specification and package. Without ``../shared`` there is no specification, which
is said.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
HOME: Final = ROOT / ".contract"
SPECIFICATION: Final = (
    ROOT.parent / "shared" / "samples" / "commerce" / "specs" / "stripe_openapi_apisguru_subset.json"
)
LONGEST: Final = 600
"""Seconds that one step may take."""


def run(*program: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program, input=given, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=False
    )


def main() -> int:
    """Set up, judge, and return the exit code."""
    python = str(HOME / "bin" / "python")
    if run(sys.executable, "-m", "venv", str(HOME)).returncode:
        return 1
    if run(python, "-m", "pip", "install", "-q", "-r", str(HERE / "requirements.txt")).returncode:
        return 1
    vectors = HERE / "vectors.json"
    before = vectors.read_bytes()
    signed = run(python, str(HERE / "sign_webhooks.py")).returncode == 0 and vectors.read_bytes() == before
    print(
        f"{'right' if signed else 'wrong'}  webhooks, as they are signed by Stripe's package and by openssl"
    )
    if not SPECIFICATION.is_file():
        print("not judged: requests to Stripe; its specification lies in ../shared, which is absent")
        return 0 if signed else 1
    asked = run(sys.executable, "-m", "tests.contract.requests")
    judged = run(python, str(HERE / "judge_stripe.py"), str(SPECIFICATION), given=asked.stdout)
    print(judged.stdout, end="")
    return 0 if signed and asked.returncode == 0 and judged.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
