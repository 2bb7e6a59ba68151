"""Two thousand broken files through the door of ``recipe check``. A program of its own: its limits are the process's.

    python tests/property/mutated.py SEED COUNT     judge the cases 0 … COUNT-1
    python tests/property/mutated.py SEED =NUMBER   write the one case to standard output

Prints a JSON object a line: ``{"case": …, "fault": …}`` for each fault, last ``{"outcomes": {…}, "slowest": […]}``.
Before a case is judged its number is written to standard error, so that a process which dies says over what.
"""

from __future__ import annotations

import copy
import json
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import source
from engine.commands.console import error_text, findings_annotations, findings_data, findings_text
from engine.connector_file import load
from engine.errors import RecipeInvalid, UsageError
from engine.files import read_connections, read_recipe
from engine.project import find_recipe
from engine.registry import Registry
from engine.shipped import shipped

MEMORY = 1_500_000_000
SECONDS = 300
SLIPS = Path(__file__).resolve().parents[1] / "diagnostics"
FOREIGN = re.compile(
    r"\b(None|True|False|NoneType|Traceback|\w+Error|\w+Exception|ruamel|jinja2?|Decimal\()(?!\w)|<class|object at 0x"
)
"""Words of Python and of libraries; no fragment below holds one, so no message has it from the file."""
FRAGMENTS = (
    "$", "$.a", "$.a?", "$.a[", "$.a[*].b", "$..x", "$.a | money", "$.a | nope", "$.a | lookup('x')", "$.a |",
    "$.a | (", "$.a | default($.b[*])", "$.a[?@.b == 1]", "$.a[?@.b ==", "$.a[9999999999999]", "$.a[-1:0:0]",
    "$nope.x", "$5 off", "$steps.x.y", "$steps.payments[?@.a > 0]", "$item", "$item?", "$mapped.lines[0].x",
    "$run.id", "$.a[?match(@.b, '(')]", "$['a b']", "$['", "$.a | money(decimal=',', thousands='.')",
    "$.a | date(zone='Mars/X')", "$.a | only | first", "{{ a }}", "{{ record.a }}", "{{ record", "{{ }}",
    "{{ record.a | money + 1 }}", "{{ 1 / 0 }}", "{{ 'x' * 9 }}", "{{ record['a']['b'] }}",
    "{{ record.items() }}", "{{ record.__class__ }}", "{{ 9 ** 9 ** 9 }}", "{{ [] }} x",
    "{% if record.a %}x{% endif %}", "{% for x in record %}{% endfor %}", "{% raw %}", "{# x #}",
    "{{ " + "(" * 300 + "1", "{{ " + "not " * 400 + "record.a }}", "${env:X}", "${file:/etc/passwd}", "${",
    "shop.orders.list", "books.nope", "a.b", "../../x", "accounting/../invoice", "", " ", "\n", "\t", "#", " #",
    ": ", "- ", "NO", "00501", "1e3", "12.50", "-0.0", "9" * 60, "0x1F", ".inf", "null", "~", "é", "数",
    "\U0001f600", "e\u0301", "\u202e", "\ufeff", "\x00", "\x07", "\x1b[31m", "\x85", "\u2028", "\r", "'", '"',
    "\\ud800", "\\x00", "\\", "a/b~c", "15m", "0s", "99999999999999999999d",
)  # fmt: skip
SIGNS = (
    "{", "}", "[", "]", ",", ":", "-", "?", "&a ", "*a", "*missing", "!!str ", "!x ",
    "!!python/object:os.system ", "<<: *a\n", "<<: {a: b}\n", "| ", ">-\n", "|9\n", "%YAML 1.2\n---\n",
    "%TAG ! x\n", "---\n", "...\n", "\n---\na: b\n", "# ", "'", '"', "\t", "\n\t", "@", "`", "%", "{{ x }}",
    "? ", "? [a]\n: b\n", '"\\ud800"', '"\\ud83d\\ude00"', '"\\0"', "\r\n", "\r", "\ufeff", "\x00", "\x0c",
    "\x7f", "\x85", "\u2028", "\ud7ff", "\U0010ffff", "\u200b", "   ",
)  # fmt: skip
BYTES = (
    b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xfe\xff", b"\xff\xfe", b"\x00",
    b"\xef\xbb\xbf", b"\x1b[2J", b"\r", b"\xe2\x80\xa8",
)  # fmt: skip
SAFE = re.compile(r"(?![-?:] )[\w$.?:/-][\w $.?*()/|@=&'\[\]-]*(?<! )", re.ASCII)
"""What needs no quotes in YAML."""
KEYS = "id uses with for_each map when as key do literal poll every that otherwise a-b a/b ~ on << {{x}} é ''".split()


@dataclass(frozen=True, slots=True)
class Case:
    """A broken file.

    Attributes:
        kind: Which door it goes through: ``recipe``, ``connections`` or ``connector``.
        base: The file it was made from.
        content: Its bytes.
    """

    kind: str
    base: str
    content: bytes


def bases() -> list[tuple[str, str, str]]:
    """Return kind, name and text of the files that are broken here; the two whole recipes as often as all others."""
    good = [shipped("recipes") / "shopify-to-invoice.yaml", SLIPS / "good.yaml"]
    files = [("recipe", path) for path in good * 60]
    files += [("connector", path) for path in sorted(shipped("connectors").glob("*/connector.yaml")) * 10]
    for kind in ("recipe", "connections", "connector"):
        files += [(kind, path) for path in sorted((SLIPS / kind).glob("*.yaml"))]
    return [(kind, path.name, path.read_text(encoding="utf-8")) for kind, path in files]


def made(seed: int, number: int, texts: list[tuple[str, str, str]]) -> Case:
    """Return case *number* of *seed*: the same for ever."""
    rng = random.Random(f"{seed}:{number}")
    kind, name, text = rng.choice(texts)
    data = source.read(text, name).data
    how = rng.choices(("data", "lines", "signs", "bytes", "trap"), (56, 14, 12, 12, 6))[0]
    if how == "data" and isinstance(data, dict):
        text = as_data(rng, data)
    elif how == "lines":
        text = as_lines(rng, text)
    elif how == "trap":
        text = as_trap(rng, text)
    elif how != "bytes":
        text = with_signs(rng, text)
    if rng.random() < 0.05:
        text = text.replace("\n", rng.choice(("\r\n", "\r", "\n\r")), rng.randrange(1, 40))
    content = text.encode("utf-8", "surrogatepass")
    return Case(kind, name, as_bytes(rng, content) if how == "bytes" else content)


# Changed as data


def as_data(rng: random.Random, data: Any) -> str:
    """Change *data* in a few places and write it in one of several styles."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change(rng, data)
    if rng.random() < 0.2:
        return json.dumps(data, indent=rng.choice((None, 1)), ensure_ascii=rng.random() < 0.3, default=str)
    return "\n".join(block(rng, data, 0)) + "\n"


def change(rng: random.Random, data: Any) -> None:
    """Drop, rename, retype, reorder, nest, copy, fill or blow up something in *data*."""
    found = list(places(data))
    if not found:
        return
    holder, key = rng.choice(found)
    match rng.choice("drop rename retype retype reorder nest copy fill fill fill huge".split()):
        case "drop":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[rng.choice((f"{key}s", key[:-1], key.upper(), key * 2, "", *KEYS))] = holder.pop(key)
        case "reorder":
            reorder(rng, holder)
        case "nest":
            for _ in range(rng.choice((1, 2, 40, 70))):
                holder[key] = rng.choice(([holder[key]], {"map": holder[key]}, {"literal": holder[key]}))
        case "copy":
            where, what = rng.choice(found)
            holder[key] = copy.deepcopy(where[what])
        case "huge" if rng.random() < 0.3:
            holder[key] = rng.choice(("x", "$.a | money ", "é", "1", " ", "{{ x }}", "a\n", "'")) * (1 << 17)
        case "retype":
            was = holder[key]
            holder[key] = rng.choice(
                (None, True, 7, "", [], {}, [was], {"a": was}, str(was), [[was]], {"": was})
            )
        case _:
            holder[key] = "".join(rng.choice(FRAGMENTS) for _ in range(rng.choice((1, 1, 1, 2))))


def reorder(rng: random.Random, holder: Any) -> None:
    if isinstance(holder, list):
        rng.shuffle(holder)
        return
    entries = list(holder.items())
    rng.shuffle(entries)
    holder.clear()
    holder.update(entries)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of *data* with each of its keys or indexes."""
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from places(data[key])


def block(rng: random.Random, data: Any, indent: int) -> list[str]:
    """Write *data* as lines of YAML: blocks, flow style and every kind of quote."""
    pad = " " * indent
    entries = list(data.items()) if isinstance(data, dict) else [(None, entry) for entry in data]
    lines = []
    for key, value in entries:
        head = pad + ("-" if key is None else f"{scalar(rng, key)}:")
        if isinstance(value, (dict, list)) and value and rng.random() < 0.9 and indent < 120:
            lines += [head, *block(rng, value, indent + rng.choice((1, 2, 2, 2, 4)))]
        elif isinstance(value, (dict, list)):
            lines.append(f"{head} {json.dumps(value, ensure_ascii=False, default=str)}")
        else:
            lines.append(f"{head} {scalar(rng, value)}")
    return lines


def scalar(rng: random.Random, value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value, default=str)
    match rng.choice("plain plain single double".split()):
        case "plain" if SAFE.fullmatch(value) or (rng.random() < 0.01 and value.isprintable()):
            return value
        case "single" if value.isprintable():
            return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


# Changed as text


def as_lines(rng: random.Random, text: str) -> str:
    """Cut, double, move, indent and join lines."""
    lines = text.split("\n")
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
        match rng.choice("drop double move indent outdent tab join end swap".split()):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines[at:at] = lines[min(at, to) : min(at, to) + rng.randrange(1, 6)]
            case "move":
                lines.insert(to, lines.pop(at))
            case "indent":
                lines[at] = " " * rng.randrange(1, 5) + lines[at]
            case "outdent":
                lines[at] = lines[at][rng.randrange(1, 4) :]
            case "tab":
                lines[at] = lines[at].replace("  ", "\t", 1)
            case "join" if at + 1 < len(lines):
                lines[at] += " " + lines.pop(at + 1).strip()
            case "swap":
                lines[at], lines[to] = lines[to], lines[at]
            case _:
                lines[at] += rng.choice(SIGNS + FRAGMENTS)
    return "\n".join(lines)


def with_signs(rng: random.Random, text: str) -> str:
    """Put signs and fragments into the text, over something or between."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 0, 1, 3, 20)))
        text = text[:start] + rng.choice(SIGNS + FRAGMENTS) + text[end:]
    return text


def as_bytes(rng: random.Random, content: bytes) -> bytes:
    """Flip, splice and cut bytes."""
    for _ in range(rng.choice((1, 1, 2, 6))):
        at = rng.randrange(len(content) + 1)
        match rng.choice("flip flip put put splice cut".split()):
            case "flip" if at < len(content):
                content = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
            case "splice":
                start = rng.randrange(len(content) + 1)
                content = content[:at] + content[start : start + rng.randrange(200)] + content[at:]
            case "cut":
                content = content[:at]
            case _:
                content = content[:at] + rng.choice(BYTES) + content[at:]
    return content


def as_trap(rng: random.Random, text: str) -> str:
    """Put something behind *text*, or in its place, that is made to break a reader."""
    n = rng.choice((3, 12, 40))
    laughs = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    laughs += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, n)]
    traps = (
        "\n".join(laughs),
        "\n".join(f"m{i}: &m{i} {{a: {f'*m{i - 1}' if i else 'x'}}}" for i in range(n * 3)),
        "loop: &loop {a: [*loop]}",
        "loop: &loop\n  - *loop",
        "a: &a b\n*a : c",
        "merge: {<<: [{a: b}, {c: d}]}",
        "base: &base {a: b}\nother:\n  <<: *base",
        "d: !!binary aGk=\ne: !!set {a, b}\nf: !!omap [a: b]",
        "deep: " + "[" * (n * 30),
        "deep: " + "{a: " * n + "}" * n,
        "- " * (n * 20),
        "? " * (n * 20),
        "k: " + "'" * (n * 50),
        'k: "' + "\\u0041" * n + "\\ud800",
        "k: |" + "\n  x" * (n * 20),
        "k: >" + "\n\n  x\n   y" * n,
        "--- a\n--- b\n--- c",
        "%YAML 3.1\n---\na: b",
        "\n".join(f"k{i}: {rng.choice(FRAGMENTS[:50])!r}" for i in range(n)),
        "#" * (n * 1000) + "\n" + "\n" * n,
        "  " * n + "x:",
        "k: " + "x" * (1 << 20),
        '"' + "k" * 1100 + '": 1',
        "? " + "k" * 1100 + "\n: 1",
        "k: &" + "a" * 1100 + " 1",
    )
    trap = rng.choice(traps)
    match rng.choice(("behind", "before", "alone")):
        case "behind":
            return f"{text}\n{trap}\n"
        case "before":
            return f"{trap}\n{text}"
    return trap


# Judged


def judged(case: Case, folder: Path, registry: Registry) -> str:
    """Return what became of *case*: ``ok``, ``findings`` or ``unread``.

    Raises:
        AssertionError: its findings cannot be shown, lie outside the file or speak Python.
    """
    try:
        door(case, folder, registry)
    except UsageError as error:
        words(error_text(error))
        return "unread"
    except RecipeInvalid as error:
        shown(error)
        return "findings"
    return "ok"


def door(case: Case, folder: Path, registry: Registry) -> None:
    if case.kind == "connector":
        file = folder / "connectors" / "tiny" / "connector.yaml"
        file.write_bytes(case.content)
        file.write_text(text_of(file), encoding="utf-8")
        load("tiny", Registry(connectors=[folder / "connectors"]))
        return
    kept = (SLIPS / "good.yaml").read_bytes()
    (folder / "recipe.yaml").write_bytes(case.content if case.kind == "recipe" else kept)
    named = None
    if case.kind == "connections":
        named = "given.yaml"
        (folder / named).write_bytes(case.content)
    place = find_recipe("recipe.yaml", folder)
    given = read_connections(place, named, registry, folder)
    read_recipe(place, registry, given, folder)


def text_of(file: Path) -> str:
    """Read a connector as its author's editor would: it comes with the engine, and is text."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("the connector is no text", help="save it as UTF-8") from error


def shown(error: RecipeInvalid) -> None:
    """Show the findings of *error* in every form."""
    found, file = error.diagnostics, error.source
    assert found, "invalid without a finding"
    text = findings_text(file, found)
    text.encode()
    assert not set(text) & set("\x00\x07\x1b\x85\u2028\u202e\r"), "a control character is printed"
    data = findings_data(file, found)
    json.dumps(data, ensure_ascii=False).encode()
    notes = findings_annotations(file, found)
    notes.encode()
    assert len(notes.splitlines()) == len(found), "an annotation takes more than its line"
    lines = file.excerpts(())
    for each in found:
        span = file.locate(each)
        inside(span.line, span.column, lines)
        inside(span.end_line, span.end_column, lines)
        assert (span.line, span.column) <= (span.end_line, span.end_column), (
            f"it ends before it begins: {span}"
        )
        assert each.message, "no message"
        assert re.fullmatch(r"R\d{3}", each.code), each.code
        words(each.message)
        words(each.help)


def inside(line: int, column: int, lines: list[str]) -> None:
    """Hold a place against the file; just behind the last character of a line or of the file counts as inside."""
    assert 1 <= line <= len(lines) + 1, f"line {line} of {len(lines)}"
    width = len(lines[line - 1]) if line <= len(lines) else 0
    assert 1 <= column <= width + 2, f"column {column} of {width} in line {line}"


def words(text: str) -> None:
    own = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)  # what is quoted is the file's: it may well say True
    assert FOREIGN.findall(own) == [], text[:300]


def main(seed: int, count: int, tell: Callable[[str], object] = print) -> None:
    """Judge *count* cases and print what came of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    outcomes: Counter[str] = Counter()
    times: list[tuple[float, int]] = []
    texts, registry = bases(), Registry()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "connectors" / "tiny").mkdir(parents=True)
        for number in range(count):
            sys.stderr.write(f"{number}\n")
            case, begun = made(seed, number, texts), time.perf_counter()
            try:
                outcomes[judged(case, folder, registry)] += 1
            except Exception:  # noqa: BLE001  # any but the two that door() expects is what is looked for
                outcomes["fault"] += 1
                trace = "".join(line[:300] for line in traceback.format_exc().splitlines(keepends=True)[-12:])
                fault = f"{case.kind} from {case.base}\n{trace}"
                tell(json.dumps({"case": number, "fault": fault}))
            times.append((round(time.perf_counter() - begun, 2), number))
    tell(json.dumps({"outcomes": outcomes, "slowest": sorted(times, reverse=True)[:5]}))


if __name__ == "__main__":
    if sys.argv[2].startswith("="):
        sys.stdout.buffer.write(made(int(sys.argv[1]), int(sys.argv[2][1:]), bases()).content)
    else:
        main(int(sys.argv[1]), int(sys.argv[2]))
