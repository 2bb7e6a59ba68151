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
SAMPLES: Final = ROOT.parent / "shared" / "samples"
JUDGES: Final = {
    "stripe": SAMPLES / "commerce" / "specs" / "stripe_openapi_apisguru_subset.json",
    "quickbooks": SAMPLES / "crm" / "specs" / "qbo-xsd",
}
"""What the vendors published, by their connectors."""
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
    asked = run(sys.executable, "-m", "tests.contract.requests")
    right = signed and asked.returncode == 0
    for name, published in JUDGES.items():
        if not published.exists():
            print(f"not judged: requests to {name}; its specification lies in ../shared, which is absent")
            continue
        judged = run(python, str(HERE / f"judge_{name}.py"), str(published), given=asked.stdout)
        print(judged.stdout, end="")
        right = right and judged.returncode == 0
    published = SAMPLES / "crm" / "qbo"
    if published.exists():
        judged = run(sys.executable, "-m", "tests.contract.records", str(published))
        print(judged.stdout, end="")
        right = right and judged.returncode == 0
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
