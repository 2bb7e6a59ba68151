"""Records as vendors publish them, judged by our schemas: ``python -m tests.contract.records FOLDER``.

FOLDER holds examples of QuickBooks Online, each named by its entity: ``invoice.sample_object.json``. Those with an id
and a time are records; the others are requests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine.connector_file import load
from engine.registry import Registry
from engine.schema import Validator

READS: Final = ("customer.query", "item.query", "account.query", "invoice.query", "payment.create")


def records(folder: Path, entity: str) -> Iterator[tuple[str, Any]]:
    """Yield each record of *entity* with the name of its file."""
    for path in sorted(folder.glob(f"{entity.lower()}.*.json")):
        said = json.loads(path.read_bytes(), parse_float=Decimal)
        said = said.get("QueryResponse", said) if isinstance(said, dict) else {}
        found = said.get(entity, said)
        for record in found if isinstance(found, list) else [found]:
            # A request to change or delete has an id too, but no time at which it was made.
            if isinstance(record, dict) and {"Id", "MetaData"} <= record.keys():
                yield path.name, record


def main() -> int:
    """Judge, print a line for each kind of record, and return the exit code."""
    registry, folder, wrong = Registry(), Path(sys.argv[1]), False
    connector = load("quickbooks", registry)
    for name in READS:
        schema = connector.returned(connector.operations[name], registry)
        judge, seen, found = Validator(schema or {}), 0, []
        for file, record in records(folder, name.partition(".")[0].capitalize()):
            seen += 1
            found += [f"{file}: {each.pointer}: {each.message}" for each in judge.flaws(record)]
        is_wrong = bool(found) or not seen
        wrong = wrong or is_wrong
        print(
            f"{'wrong' if is_wrong else 'right'}  quickbooks {name}, {seen} published records by our schema"
        )
        print("".join(f"       {each}\n" for each in found), end="")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
