"""How fast files of any size are read, and that memory stays the same whatever their size.

    python benchmarks/stream.py                              a JSON list of 200 MB, a CSV file of 1,000,000 rows
    python benchmarks/stream.py --megabytes 20 --rows 50000 --rounds 1
    python benchmarks/stream.py --rivals python3.12          a Python that has ijson and orjson
    python benchmarks/stream.py --folder /mnt/x              where the files lie

Each way reads the same file in a process of its own, in turns; what counts is processor time, and the most memory that
the process held. A tenth of the file is read too: its memory is what that of the whole is held against.

JSON list and JSON Lines: the engine gives each record with its place, its numbers exact and no key twice; beside it go
ijson, the standard library on the whole file, and on each line. CSV: rows are mapped by a recipe's mapping, validated
against its JSON Schema, and written as JSON Lines, which must be byte for byte what a hand-written loop over csv.reader
writes with orjson and without validating. Those who are not there are said to be missing; for orjson, json stands in
then, and the goal's name says so. What a whole run of the recipe takes, with its ledger, is told without a goal. Ends
with one line a goal; the exit code is 1 when one is short.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import Any, Final, NamedTuple

from desk import DOCUMENT
from loopback import order
from measuring import at_least, goal, machine, python_of

FLAT: Final = 1.1
"""How many times the memory of a tenth the whole may take."""
BESIDE_IJSON: Final = 1.0
BESIDE_HAND: Final = 1.5
RUN: Final = 50
"""A whole run takes so many times fewer rows than the mapping alone."""
COLUMNS: Final = ("name", "day", "total", "currency", "customer", "email", "note")
RECIPE: Final = """
recipe: stream
version: 1
connections: {}
settings: {concurrency: 16, timezone: UTC}
trigger: {file: orders.csv, key: $.name}
mapping:
  target: ./document.schema.json
  fields:
    number: $.name
    date: $.day | date
    total: $.total | money
    currency: $.currency
    customer: {name: $.customer, email: $.email}
    memo: $.note
actions:
  - {id: line, uses: file.write, with: {file: out.jsonl, row: $mapped}}
"""


class Taken(NamedTuple):
    """What a way took: seconds of processor, MB of 1,000,000 bytes, and records."""

    cpu: float
    peak: float
    records: int


def engine_rows(file: Path) -> int:
    """Read a file as the engine does, and return how many records it has."""
    from engine.tables import form_of, rows

    return sum(1 for _ in rows(file, form_of(file)))


def engine_csv(file: Path) -> int:
    """Map, validate and write each row of a CSV file with the engine's own parts."""
    from engine.generated import compiled
    from engine.launch import Wish, prepare
    from engine.mapping import apply
    from engine.paths import RECORD
    from engine.scope import Scope
    from engine.tables import form_of, rows
    from engine.tables.writing import jsonl_line

    recipe = compiled(prepare(Wish(str(file.with_name("recipe.yaml"))), file.parent).recipe)
    if recipe.mapping is None:
        raise SystemExit("the recipe has a mapping")
    count = 0
    with file.with_suffix(".jsonl").open("wb") as out:
        for row in rows(file, form_of(file)):
            document = apply(recipe.mapping, Scope({RECORD: row.record}, recipe.constants))
            out.write(jsonl_line(document))
            count += 1
    return count


def json_whole(file: Path) -> int:
    """Read a JSON list as a whole, with exact numbers."""
    return len(json.loads(file.read_bytes(), parse_float=Decimal))


def ijson_items(file: Path) -> int:
    """Read a JSON list with ijson, which gives exact numbers."""
    import ijson

    with file.open("rb") as data:
        return sum(1 for _ in ijson.items(data, "item"))


def json_lines(file: Path) -> int:
    """Read JSON Lines with the standard library, with exact numbers."""
    with file.open("rb") as lines:
        return sum(1 for line in lines if json.loads(line, parse_float=Decimal) is not None)


def by_hand(file: Path, dumps: Callable[[Any], bytes]) -> int:
    """Map and write each row as one would by hand, without validating."""
    count = 0
    with file.open(encoding="utf-8", newline="") as lines, file.with_suffix(".jsonl").open("wb") as out:
        reader = csv.reader(lines)
        next(reader)
        for name, day, total, currency, customer, email, note in reader:
            document = {
                "currency": currency,
                "customer": {"email": email, "name": customer},
                "date": day,
                "memo": note,
                "number": name,
                "total": total,
            }
            out.write(dumps(document) + b"\n")
            count += 1
    return count


def orjson_csv(file: Path) -> int:
    """Go by hand with orjson."""
    import orjson

    return by_hand(file, orjson.dumps)


def json_csv(file: Path) -> int:
    """Go by hand with the standard library."""
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    return by_hand(file, lambda document: encoder.encode(document).encode())


WAYS: Final = {
    "engine": engine_rows,
    "engine-csv": engine_csv,
    "json": json_whole,
    "ijson": ijson_items,
    "lines": json_lines,
    "orjson-csv": orjson_csv,
    "json-csv": json_csv,
}


def measured(way: str, file: Path) -> None:
    """Go one way in this process, and print what it took."""
    begun = time.process_time()
    records = WAYS[way](file)
    cpu = time.process_time() - begun
    # What `getrusage` tells begins with what the parent held, where the system tells the process's own.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else ()
    held = max(
        (int(line.split()[1]) for line in lines if line.startswith("VmHWM:")),
        default=getrusage(RUSAGE_SELF).ru_maxrss,
    )
    print(json.dumps([cpu, held * (1 if sys.platform == "darwin" else 1024) / 1e6, records]))


def taken(way: str, file: Path, python: str = sys.executable) -> Taken:
    """Return what *way* takes for *file* in a process of its own."""
    program = [python, str(Path(__file__)), "--way", way, str(file)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603  # this file
    if done.returncode:
        raise SystemExit(f"{way} failed: {done.stderr}")
    return Taken(*json.loads(done.stdout))


def has(python: str, package: str) -> bool:
    """Return whether *python* has *package*, and say so where it has not."""
    program = [python, "-c", f"import {package}"]
    found = subprocess.run(program, capture_output=True, check=False).returncode == 0  # noqa: S603  # no user's text
    if not found:
        print(f"{package}: missing; --rivals names a Python that has it")
    return found


def in_turns(ways: dict[str, str], file: Path, rounds: int) -> dict[str, Taken]:
    """Return the medians of what each way takes for *file*, and print them.

    Args:
        ways: The Python of each.
    """
    found: dict[str, list[Taken]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, python in ways.items():
            found[way].append(taken(way, file, python))
    medians = {way: Taken(*(median(each) for each in zip(*all, strict=True))) for way, all in found.items()}
    for way, each in medians.items():
        rate = f"{each.records / each.cpu:,.0f} records/s of processor" if each.cpu else "at once"
        print(f"{file.name} {way}: {each.records:,.0f} records, {rate}, {each.peak:.1f} MB", flush=True)
    if len({each.records for each in medians.values()}) > 1:
        raise SystemExit("the ways do not read the same records")
    return medians


def orders(size: int) -> Iterator[str]:
    """Yield orders as JSON, until they have so many bytes."""
    line = {"title": "T-shirt", "quantity": 2, "price": "12.50", "rate": 0.077, "taxes": [{"price": "1.00"}]}
    number = written = 0
    while written < size:
        number += 1
        record = {**order(number), "lines": [{"id": number * 9 + at, **line} for at in range(20)]}
        text = json.dumps(record, separators=(",", ":"))
        written += len(text)
        yield text


def write_list(file: Path, size: int) -> None:
    """Write a JSON list of about so many bytes."""
    with file.open("w", encoding="utf-8") as out:
        out.write("[")
        for number, text in enumerate(orders(size)):
            out.write(f",\n{text}" if number else text)
        out.write("]\n")


def write_lines(file: Path, size: int) -> None:
    """Write JSON Lines of about so many bytes."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{text}\n" for text in orders(size))


def write_csv(file: Path, rows: int) -> None:
    """Write so many rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(1, rows + 1):
            made = order(number)
            who = made["customer"]
            writer.writerow(
                [made["name"], made["processed_at"][:10], made["total_price"], made["currency"], who["name"],
                 who["email"], made["note"]]
            )  # fmt: skip


def of_json(folder: Path, size: int, rounds: int, rivals: str) -> list[bool]:
    """Measure JSON lists and JSON Lines, and return which goals are met."""
    ways = {"engine": sys.executable, "json": sys.executable}
    if has(rivals, "ijson"):
        ways["ijson"] = rivals
    met = []
    for name, write, beside in (("list.json", write_list, ways), ("lines.jsonl", write_lines, None)):
        small, large = folder / f"tenth-{name}", folder / name
        write(small, size // 10)
        write(large, size)
        first = in_turns({"engine": sys.executable}, small, 1)["engine"]
        all = in_turns(beside or {"engine": sys.executable, "lines": sys.executable}, large, rounds)
        for file in (small, large):
            file.unlink()
        kind = name.partition(".")[0]
        met.append(
            goal(f"stream {kind} memory", all["engine"].peak / first.peak, "x a tenth", FLAT, most=True)
        )
        if "ijson" in all:
            ratio = all["ijson"].cpu / all["engine"].cpu
            met.append(goal(f"stream {kind} speed", ratio, "x the speed of ijson", BESIDE_IJSON))
    return met


def of_csv(folder: Path, rows: int, rounds: int, rivals: str) -> list[bool]:
    """Measure CSV to JSON Lines, and return which goals are met."""
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    (folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    (folder / "document.schema.json").write_text(json.dumps(DOCUMENT), "utf-8")
    hand, python = ("orjson-csv", rivals) if has(rivals, "orjson") else ("json-csv", sys.executable)
    small, large = folder / "tenth.csv", folder / "orders.csv"
    write_csv(small, rows // 10)
    first = in_turns({"engine-csv": sys.executable}, small, 1)["engine-csv"]
    write_csv(large, rows)
    if _written("engine-csv", small, sys.executable) != _written(hand, small, python):
        raise SystemExit("the engine and the hand-written loop do not write the same lines")
    all = in_turns({"engine-csv": sys.executable, hand: python}, large, rounds)
    _whole_run(folder, large, max(1, rows // RUN))
    own, other = all["engine-csv"], all[hand]
    return [
        goal("stream csv memory", own.peak / first.peak, "x a tenth", FLAT, most=True),
        goal(f"stream csv beside {hand[:-4]}", own.cpu / other.cpu, "x by hand", BESIDE_HAND, most=True),
    ]


def _written(way: str, file: Path, python: str) -> str:
    taken(way, file, python)
    with file.with_suffix(".jsonl").open("rb") as made:
        digest = sha256()
        deque(map(digest.update, made), maxlen=0)
        return digest.hexdigest()


def _whole_run(folder: Path, file: Path, rows: int) -> None:
    """Print what a run of the recipe takes, with its ledger and the file synced."""
    write_csv(file, rows)
    begin = "from engine.commands import main; main()"
    program = [sys.executable, "-c", begin, "run", "recipe.yaml", "--quiet", "--format", "json"]
    begun = time.perf_counter()
    done = subprocess.run(program, cwd=folder, capture_output=True, check=False)  # noqa: S603  # our own
    seconds = time.perf_counter() - begun
    if done.returncode or json.loads(done.stdout)["done"] != rows:
        raise SystemExit(f"the run failed: {done.stdout.decode()}{done.stderr.decode()}")
    print(
        f"{file.name} whole run with its ledger: {rows:,} records, {rows / seconds:,.0f} records/s",
        flush=True,
    )


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=at_least(1), default=200, help="of the JSON files")
    parser.add_argument("--rows", type=at_least(10), default=1_000_000, help="of the CSV file")
    parser.add_argument("--rounds", type=at_least(1), default=3, help="of each way")
    parser.add_argument(
        "--rivals",
        default=str(python_of("plain") or sys.executable),
        help="a Python that has ijson and orjson, else the one of make rivals",
    )
    parser.add_argument("--only", choices=["json", "csv"], help="one part alone")
    parser.add_argument("--folder", type=Path, help="where the files lie; else a temporary folder")
    parser.add_argument("--way", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.way:
        measured(wishes.way[0], Path(wishes.way[1]))
        return 0
    print(machine("msgspec", "jsonschema-rs"))
    met = []
    with tempfile.TemporaryDirectory(dir=wishes.folder) as made:
        if wishes.only != "csv":
            met += of_json(Path(made), wishes.megabytes * 1_000_000, wishes.rounds, wishes.rivals)
        if wishes.only != "json":
            met += of_csv(Path(made), wishes.rows, wishes.rounds, wishes.rivals)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
