"""The ways from an order to an invoice that ``mapping.py`` sets side by side, and one of them measured in this process.

    python benchmarks/ways.py 'engine, interpreted' text record --records 1000

To add a way, add a line to ``WAYS``. Its ``prepare`` takes the recipe's text, does what is done once, and gives what
turns one input into its output: a dict into a dict, the bytes of a record or of a page into JSON Lines. A way whose
``prepare`` raises ``Missing`` is told as missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import job

ROOT: Final = Path(__file__).resolve().parents[1]
HEAD: Final = "recipe: mapping\nversion: 1\ntrigger: {manual: an order, key: $.id}\n"
TAIL: Final = "actions:\n  - {id: row, uses: file.write, with: {file: out.jsonl, row: $mapped}}\n"
Run = Callable[[Any], Any]


class Missing(Exception):
    """A way is not there; says what would have to be."""


@dataclass(frozen=True, slots=True)
class Case:
    """One set of orders and the recipe that maps them.

    Attributes:
        money: How amounts stand in the orders.
        recipe: The recipe's text.
    """

    money: job.Money
    recipe: str = HEAD + job.MAPPING + TAIL


CASES: Final = {
    "text": Case("text"),
    "number": Case("number"),
    # One amount of each order is of the other kind.
    "mixed": Case("mixed"),
    # No order fits what is decoded of it: each is decoded again, whole.
    "odd": Case("odd"),
    # What the recipe reads by this name no class can have as a field: the order is decoded whole.
    "whole": Case("text", HEAD + job.MAPPING.replace("$.currency", f"$['{job.ODD}']") + TAIL),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way.

    Attributes:
        takes: ``dict``, ``record`` or ``page``.
        place: The environment under ``.rivals`` whose Python runs it; empty for the one of this project.
        cases: The cases it can do.
        share: Which part of the records it is given, where it is slow.
    """

    name: str
    takes: str
    prepare: Callable[[Case], Run]
    place: str = ""
    cases: tuple[str, ...] = tuple(CASES)
    share: float = 1


def _by_hand(case: Case) -> Run:
    import by_hand

    return {
        "text": by_hand.invoice,
        "number": by_hand.number_invoice,
        "mixed": by_hand.any_invoice,
        "odd": by_hand.odd_invoice,
    }[case.money]


def _by_hand_checked(_case: Case) -> Run:
    import by_hand

    return by_hand.checked


def _json(invoice: Run) -> Run:
    return lambda data: _line(invoice(json.loads(data)))


def _json_page(invoice: Run) -> Run:
    return lambda data: b"".join([_line(invoice(order)) for order in json.loads(data)["orders"]])


def _line(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _orjson(invoice: Run) -> Run:
    import orjson

    loads, dumps, end = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    return lambda data: dumps(invoice(loads(data)), option=end)


def _orjson_page(invoice: Run) -> Run:
    import orjson

    loads, dumps, end = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    return lambda data: b"".join([dumps(invoice(order), option=end) for order in loads(data)["orders"]])


def _templated(*, keeps: bool) -> Run:
    sys.path.insert(0, str(ROOT / "benchmarks" / "rivals"))
    from templated import Templated

    return Templated(keeps=keeps).invoice


def _glommed(_case: Case) -> Run:
    sys.path.insert(0, str(ROOT / "benchmarks" / "rivals"))
    from glommed import invoice

    return invoice


def loaded(case: Case) -> Any:
    """Return the case's recipe as the engine has it, checked."""
    sys.path.insert(0, str(ROOT))
    from engine.launch import Wish, prepare

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "invoice.schema.json").write_text(json.dumps(job.DOCUMENT), "utf-8")
        (folder / "recipe.yaml").write_text(case.recipe, "utf-8")
        return prepare(Wish(str(folder / "recipe.yaml")), folder).recipe


def _interpreted(case: Case) -> Run:
    return _applied(loaded(case))


def _compiled(case: Case) -> Run:
    recipe = loaded(case)
    from engine.generated import compiled

    return _applied(compiled(recipe))


def _applied(recipe: Any) -> Run:
    from engine.mapping import apply
    from engine.paths import RECORD
    from engine.scope import Scope

    mapping, constants = recipe.mapping, recipe.constants
    defaults = Counter[str]()  # one for a run
    return lambda order: apply(mapping, Scope({RECORD: order, "run": {}, "vars": {}}, constants, defaults))


def _projected(case: Case) -> tuple[Any, Any, Any]:
    """Return the mapping as what is projected, its validator, and a function that gives a record's scope."""
    recipe = loaded(case)
    from engine.generated.projection import projected
    from engine.scope import Scope

    mapping, constants = recipe.mapping, recipe.constants
    made = projected(mapping.fields, constants, mapping.validator)
    if made is None:
        raise Missing("this recipe reads records as they stand")
    defaults = Counter[str]()
    return made, mapping.validator, lambda: Scope({"run": {}, "vars": {}}, constants, defaults)


def _projected_struct(case: Case) -> Run:
    """Return the mapping alone, of a record that was decoded for it before."""
    made, _, scope = _projected(case)

    def invoice(record: Any) -> Any:
        within = scope()
        within.roots["record"] = record
        return made.run(within)

    return invoice


def _projected_record(case: Case) -> Run:
    made, validator, scope = _projected(case)
    from engine.canonical import encode

    def line(data: bytes) -> bytes:
        within = scope()
        within.roots["record"] = made.reader.read(data)
        document, proved = made.document(within)
        if validator.flaws(document, computed=True, proved=proved):
            raise AssertionError("the invoice is not right")
        return encode(document) + b"\n"

    return line


def _projected_page(case: Case) -> Run:
    line = _projected_record(case)
    from engine.paths import compile_path
    from engine.raw import split

    orders = compile_path("$.orders")

    def lines(data: bytes) -> bytes:
        page = split(data, orders)
        if page is None:
            raise AssertionError("the page has no orders")
        return b"".join([line(each.data) for each in page.records])

    return lines


def _record(invoice: Run) -> Run:
    from engine.canonical import decode, encode

    return lambda data: encode(invoice(decode(data))) + b"\n"


def _page(invoice: Run) -> Run:
    from engine.canonical import decode, encode

    return lambda data: b"".join([encode(invoice(order)) + b"\n" for order in decode(data)["orders"]])


HAND: Final = "hand-written"
CHECKED: Final = "hand-written, with the recipe's checks"
BASE: Final = "orjson + hand-written + orjson"
WAYS: Final = (
    Way(HAND, "dict", _by_hand),
    Way(CHECKED, "dict", _by_hand_checked, cases=("text", "whole")),
    Way("engine, interpreted", "dict", _interpreted),
    Way("engine, compiled", "dict", _compiled),
    Way("engine, projected", "dict", _projected_struct, cases=("text", "number", "mixed", "whole")),
    Way(
        "jsonpath-ng + Jinja + jsonschema", "dict", lambda _: _templated(keeps=True), "plain", ("text",), 0.2
    ),
    Way(
        "the same, parsed for each record",
        "dict",
        lambda _: _templated(keeps=False),
        "plain",
        ("text",),
        0.01,
    ),
    Way("glom", "dict", _glommed, "plain", ("text",), 0.2),
    Way(BASE, "record", lambda case: _orjson(_by_hand(case)), "plain"),
    Way("json + hand-written + json", "record", lambda case: _json(_by_hand(case))),
    Way("engine, interpreted", "record", lambda case: _record(_interpreted(case))),
    Way("engine, compiled", "record", lambda case: _record(_compiled(case))),
    Way("engine, projected", "record", _projected_record),
    Way(
        "json + jsonpath-ng + Jinja + jsonschema + json",
        "record",
        lambda _: _json(_templated(keeps=True)),
        "plain",
        ("text",),
        0.2,
    ),
    Way(BASE, "page", lambda case: _orjson_page(_by_hand(case)), "plain"),
    Way("json + hand-written + json", "page", lambda case: _json_page(_by_hand(case))),
    Way("engine, interpreted", "page", lambda case: _page(_interpreted(case))),
    Way("engine, compiled", "page", lambda case: _page(_compiled(case))),
    Way("engine, projected", "page", _projected_page),
)
"""Of the engine's own, the last that is there is the one that its goals are about."""


def inputs(way: Way, case: Case, records: int) -> list[Any]:
    """Return what *way* is given: *records* orders, alone or in pages."""
    if way.takes == "page":
        size = min(records, job.PAGE)
        return [job.page(first + 1, size, case.money) for first in range(0, records - size + 1, size)]
    made = [job.compact(order) for order in job.orders(records, case.money)]
    if way.takes == "record":
        return made
    if way.name == "engine, projected":
        decode = _projected(case)[0].reader.decode
        return [decode(each) for each in made]
    if way.name.startswith("engine"):
        from engine.canonical import decode

        return [decode(each) for each in made]
    return [json.loads(each) for each in made]


def digest(outputs: list[Any]) -> str:
    """Return what is the same for two ways that made the same invoices, whatever the order of their fields."""
    found = sha256()
    for each in outputs:
        made = [each] if isinstance(each, dict) else [json.loads(line) for line in each.splitlines()]
        for document in made:
            found.update(json.dumps(document, sort_keys=True).encode() + b"\n")
    return found.hexdigest()


def measured(way: Way, case: Case, records: int, least: float) -> dict[str, Any]:
    """Return CPU µs a record, and the digest of what was made.

    Args:
        least: Seconds of CPU that are measured, or longer.
    """
    run = way.prepare(case)
    given = inputs(way, case, records)
    made = digest([run(each) for each in given])
    begun, turns = time.process_time(), 0
    while not turns or time.process_time() - begun < least:
        for each in given:
            run(each)
        turns += 1
    taken = time.process_time() - begun
    count = len(given) * (min(records, job.PAGE) if way.takes == "page" else 1)
    return {"us": taken / turns / count * 1e6, "digest": made}


def main() -> int:
    """Measure one way, print it as JSON, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=sorted({way.name for way in WAYS}))
    parser.add_argument("case", choices=list(CASES))
    parser.add_argument("takes", choices=["dict", "record", "page"])
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--least", type=float, default=0.3, help="seconds of CPU that are measured")
    wishes = parser.parse_args()
    way = next(way for way in WAYS if (way.name, way.takes) == (wishes.name, wishes.takes))
    try:
        print(json.dumps(measured(way, CASES[wishes.case], wishes.records, wishes.least)))
    except (Missing, ModuleNotFoundError) as error:
        print(json.dumps({"missing": str(error)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
