"""The poll as a plain loop that keeps nothing: httpx, jsonpath-ng and Jinja parsed once, jsonschema, JSON Lines.

python plain_poll.py ADDRESS FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx
from templated import Templated


def main(address: str, folder: Path) -> None:
    """Read all pages and write their invoices."""
    invoice, after = Templated().invoice, ""
    with httpx.Client(trust_env=False) as client, (folder / "out.jsonl").open("w", encoding="utf-8") as lines:
        while after is not None:
            answer = client.get(f"{address}/orders", params={"limit": 250, "after": after})
            page = answer.raise_for_status().json()
            for order in page["orders"]:
                lines.write(json.dumps(invoice(order), ensure_ascii=False) + "\n")
            after = page.get("next")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
