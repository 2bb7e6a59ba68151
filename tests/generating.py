"""Values and records made up from a seed, and whether generated code does with them what the interpreter does."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final, TypeVar

from engine import canonical, dates, source
from engine.compile import ValueCompiler
from engine.errors import RecordError
from engine.generated import Compiled, of_value
from engine.generated.made import Unfit
from engine.generated.projection import projected
from engine.paths import MISSING
from engine.registry import Registry
from engine.schema import Validator
from engine.scope import Constants, Scope
from engine.values import Names, Value

FILTERS: Final = Registry().filters
LOOKUPS: Final[dict[str, dict[str, Any]]] = {
    "kinds": {"a": "first", "b": 2, "1": None, "true": "yes"},
    "none": {},
    "mixed": {
        "12": 12,
        "12.50": Decimal("12.50"),
        "0.00": "zero",
        "true": True,
        "": None,
        "a": [1],
        "USD": {"amount": 1},
    },
    "long": {"a": "x" * 500, "b": ["y"] * 50},
}
CONSTANTS: Final = Constants(dates.zone("America/New_York"), LOOKUPS)
NAMES: Final = Names(frozenset({"record", "run"})).step("pay")
TEXTS: Final = (
    "", "a", "b", "A b ", "12", "12.50", "-3", "007.50", "1e5", "-0.00", "1,5", "USD", "jpy", "true", "ß",
    "{0}", "'\"\n", "١٢", "1٫5", "12\n", " 12", "+1",
    ".5", "5.", "00", "1_0", "１２", "-0", "NaN", "9" * 29, "0." + "1" * 29,
    "İ", "\u2028", "\ud7ff", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-11-22T24:00:00Z",
    "2026-11-22T10:00:00+24:00", "2026-11-22t10:00:00z", "2026-11-22T23:59:60Z", "0000-01-01", "null", "False",
    "2026-11-22", "2026-11-22T21:15:00-05:00", "2026-02-30", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00.25Z",
    "x" * 120,
)  # fmt: skip
NUMBERS: Final = (
    0,
    1,
    -7,
    1250,
    Decimal("12.50"),
    Decimal("0.001"),
    Decimal("1E+3"),
    Decimal("-0.00"),
    10**30,
    Decimal("1.0"),
    Decimal("1E-28"),
    Decimal("1E+27"),
    Decimal("1E-29"),
    -(10**27),
    10**28,
    Decimal("9" * 28 + ".99"),
)
NAMES_OF_FIELDS: Final = ("text", "amount", "number", "day", "flag", "note", "kind", "currency")
PATHS: Final = (
    *(f"$.{name}" for name in NAMES_OF_FIELDS), *(f"$.inner.{name}" for name in NAMES_OF_FIELDS[:4]), "$", "$.inner",
    "$.lines", "$.tags", "$.lines[0].amount", "$.lines[-1].text", "$.tags[1]", "$.gone.deep", "$['odd name']",
    "$steps.pay.id",
    "$.lines[*]", "$.lines[*].amount", "$.tags[*]", "$.lines[*].taxes[*]", "$.lines[*].taxes[*].amount", "$.inner[*]",
    "$.lines[?@.flag == true]", "$.lines[?@.kind == 'a' && @.flag != null].amount", "$.lines[?!@.note].kind",
    "$.lines[?@.number > 1 || @.text]", "$.lines[?@.number <= @.amount].number", "$.tags[?@ != 'a']", "$..amount",
    "$.lines[0:1]", "$.lines[?count(@.taxes) > 0].kind", "$.lines[?@.kind == $.kind]", "$.lines[*].gone",
    "$.lines[?@.taxes[0].amount == 1]", "$run", "$steps", "$steps.pay", "$steps.gone.id", "$.rows[*]", "$.rows[*][*]",
    "$.rows[*][0]", "$.rows[*][*].amount", "$.rows[0][?@ > 1]",
    "$.rows[-1]", "$.lines[?@ != null]", "$.tags[?@ >= 'b']",
    "$.lines[?@.taxes[-1]].taxes[?@.flag]", "$.lines[?@.number == 1].number", "$.lines[?@.number != 1.0].kind",
    "$.lines[?'a' == @.kind]", "$.lines[?@.kind == @.note].kind",
    "$.lines[?@.note == null]", "$.lines[?true == @.flag]",
    "$.lines[?!(@.kind == 'a' || @.kind == 'b')].text", "$.lines[?@.inner == @.gone]", "$.lines[?@.taxes == @.taxes]",
    "$.lines[?@.number < @.text]", "$.lines[?@['odd name']]", "$.lines[0,1]", "$.lines[*]['kind']", "$.lines[?@[0]]",
    "$.tags[?@ == 1]", "$.tags[?@ == true]", "$.tags[?@ == 1E2]", "$.tags[?@ == -0]", "$.lines[?@.kind == null]",
    "$.lines[?match(@.kind, '[ab]')].kind", "$[?@ == 'a']", "$.lines[*].taxes[0].amount", "$.inner.lines[*].amount",
)  # fmt: skip
CALLS: Final = (
    "money", "money", "date", "date(zone='UTC')", "text", "trim", "upper", "lower", "sum", "money | sum",
    "count", "first",
    "default('a')", "default(0)", "default($.kind)", "default($.gone) | default('z')", "default('e', empty=true)",
    "default(null)", "lookup('kinds')", "lookup('kinds', default='other')", "lookup('none', default=null)",
    "round_money('USD')", "round_money($.currency)", "minor('USD')", "minor($.currency)", "to_minor('JPY')",
    "integer",
    "number", "boolean", "join(', ')", "unique", "sort", "regex('[0-9]+')", "only", "last", "abs", "length",
    "path('$.amount')",
    "path('$[*].amount')", "pad(5, '0')", "replace('a', 'b')", "split(',')", "datetime", "hash",
    "group('kind')", "slug", "lookup('mixed')", "lookup('mixed', default='x')", "lookup('mixed', default=$.kind)",
    "lookup('long')", "path('$[?@.kind == $.kind]')",
    "path('$')", "path('$.gone') | default($.kind)", "path('$[0]') | money",
    "money(decimal=',')", "money(decimal=',', thousands='.')", "money(thousands=$.note)", "date(unit='s')",
    "date(format='%d.%m.%Y')", "date(zone=$.kind)", "pad($.number, '0')", "replace($.kind, $.note)", "split($.note)",
    "regex($.note)", "regex('(a)|b', group=1)",
    "round_money('USD', mode='half_even')", "round_money($.currency, $.kind)",
    "sort(by=$.kind)", "sort(by='amount')", "sort(by='$.number')",
    "join($.note)", "slice(0, 2)", "slice(1)", "matches('a')",
    "to_minor($.currency)", "minor($.gone)",
    "default($.lines[*].amount)", "default($)", "default($.inner.text, empty=true)",
    "default('x', empty=$.flag)", "sum | money", "unique | money", "sort | money | sum", "first | money", "only | date",
    "split(',') | money | sum", "money | minor('USD')", "money | to_minor('USD')", "trim | lookup('kinds')",
)  # fmt: skip
LISTS: Final = (
    "$.lines[*]", "$.tags[*]", "$.lines[*]?", "$.lines[?@.flag == true]", "$.lines | sort(by='kind')",
    "{{ record.lines }}",
    "$.gone[*]?",
)  # fmt: skip
READS: Final = (
    "run", "steps", "steps.gone.id", "record.rows", "record.rows[0][0]", "record.inner", "record.lines[-1]", "null.a",
    *(f"record.{name}" for name in NAMES_OF_FIELDS), "record.inner.amount", "record.inner.text",
    "record.lines[0].kind",
    "record.tags", "record.lines", "record['odd name']", "record.tags[-1]", "steps.pay.id", "record.gone.deep",
    "record",
)  # fmt: skip
WRITTEN: Final = (
    "'a'",
    "''",
    "0",
    "1",
    "1.50",
    "null",
    "true",
    "false",
    "'12.50'",
    "['a', 'b']",
    "[1, null]",
    "[]",
)
NUMERIC: Final = (
    "(record.amount | money)",
    "record.number",
    "7",
    "(record.number | abs)",
    "(record.lines | count)",
)
SIGNS: Final = ("+", "-", "*", "/", "~")
COMPARED: Final = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
Of = TypeVar("Of")


@dataclass
class Maker:
    """Makes values as they are written, and records; everything follows from its chance."""

    chance: Random

    def one(self, *of: Of) -> Of:
        return self.chance.choice(of)

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    # Records

    def text(self) -> str:
        return self.one(*TEXTS)

    def field(self, name: str) -> Any:
        """Return a value for the field *name*: mostly what it should be, now and then anything."""
        if self.often(0.1):
            return self.one(None, True, self.text(), *NUMBERS, [], {}, ["a", 1], {"amount": "1"})
        match name:
            case "amount":
                return self.one("12.50", "0", "3.333", "-3", "007.50", 5, Decimal("1.25"))
            case "number":
                return self.one(*NUMBERS)
            case "day":
                return self.one("2026-11-22", "2026-11-22T21:15:00-05:00", "2026-01-02T00:00:00Z")
            case "flag":
                return self.one(True, False)
            case "kind":
                return self.one("a", "b", "c")
            case "currency":
                return self.one("USD", "JPY", "usd", "KWD", "XXX")
        return self.text()

    def mapping(self, *, lines: bool = False) -> dict[str, Any]:
        made: dict[str, Any] = {name: self.field(name) for name in NAMES_OF_FIELDS if self.often(0.85)}
        if lines:
            made["odd name"] = self.text()
            made["inner"] = self.chance.choice([self.mapping(), self.mapping(), None, "x"])
            made["rows"] = [
                self.one(
                    [],
                    [1, "a"],
                    [self.field("number"), None],
                    [[1]],
                    None,
                    [{"amount": self.field("amount")}],
                )
                for _ in range(self.one(0, 1, 2))
            ]
            made["tags"] = [self.field("kind") for _ in range(self.one(0, 1, 2, 3))]
            made["lines"] = [self.line() for _ in range(self.one(0, 1, 2, 5))]
            for name in ("lines", "tags", "inner"):
                if self.often(0.05):
                    made[name] = self.chance.choice([None, {}, "x", 3])
        return made

    def line(self) -> Any:
        if self.often(0.03):
            return self.chance.choice([None, "x", 3, []])
        return {**self.mapping(), "taxes": [self.mapping() for _ in range(self.one(0, 1, 2))]}

    def roots(self) -> dict[str, Any]:
        """Return what a record sees."""
        record: Any = self.mapping(lines=True)
        if self.often(0.02):
            record = self.chance.choice([None, [], "x"])
        pay = {"id": self.one("p1", 7, None)} if self.often(0.8) else {}
        return {"record": record, "run": {}, "steps": {"pay": pay} if self.often(0.9) else {}}

    # Values

    def pipe(self) -> str:
        path = self.one(*PATHS) if self.often(0.5) else self.one(*PATHS[:12])
        if self.often(0.25):
            return path
        if self.often(0.15):
            return f"{path}?"
        return " | ".join([path, *(self.one(*CALLS) for _ in range(self.one(1, 1, 2, 3)))])

    def expression(self, depth: int = 2) -> str:
        if depth == 0 or self.often(0.2):
            return self.one(*READS, *READS, *WRITTEN)
        inner = [self.expression(depth - 1) for _ in range(3)]
        match self.one("filter", "filter", "sign", "compare", "logic", "if", "list", "money"):
            case "filter":
                return f"({inner[0]} | {self.one(*CALLS).replace('$.', 'record.')})"
            case "money":
                return f"({inner[0]} | money {self.one('+', '-', '*')} ({self.one(*READS)} | money))"
            case "sign":
                if self.often(0.2):
                    return f"({self.one('-', '+')}{inner[0]})"
                if self.often(0.2):
                    return f"({self.one(*NUMERIC)} / {self.one('3', *NUMERIC)})"
                return f"({inner[0]} {self.one(*SIGNS)} {inner[1]})"
            case "compare":
                if self.often(0.15):
                    return f"({inner[0]} {self.one(*COMPARED)} {inner[1]} {self.one(*COMPARED)} {inner[2]})"
                if self.often(0.3):
                    same = self.one(
                        "'a'", "['a', 'b']", "('a', null)", "record.tags", "record.inner", "record"
                    )
                    return f"({inner[0]} {self.one(*COMPARED)} {same})"
                return f"({inner[0]} {self.one(*COMPARED)} {inner[1]})"
            case "logic":
                if self.often(0.3):
                    return f"({inner[0]} {self.one('and', 'or')} {self.condition()})"
                return self.one(f"({self.condition()} and {self.condition()})", f"(not {self.condition()})")
            case "if":
                return f"({inner[0]} if {self.condition()} else {inner[1]})"
        return f"[{inner[0]}, {inner[1]}]"

    def condition(self) -> str:
        return self.one(
            f"(record.kind {self.one('==', '!=', 'in')} {self.one(chr(39) + 'a' + chr(39), '[' + repr('a') + ']')})",
            "record.flag", "record.lines[0].flag", f"({self.expression(1)} == {self.expression(1)})",
            "(record.number > 1)", "((record.amount | default('0') | money) > 1 or record.flag)",
        )  # fmt: skip

    def template(self) -> str:
        if self.often(0.7):
            return f"{{{{ {self.expression()} }}}}"
        parts = [self.one("a ", "{0} ", "%s'\" ", f"{{{{ {self.expression(1)} }}}}") for _ in range(3)]
        if self.often(0.3):
            parts.append(
                f"{{% if {self.condition()} %}}{{{{ {self.expression(1)} }}}}{{% else %}}n{{% endif %}}"
            )
        if self.often(0.1):
            parts.append("{% for x in record.tags %}{{ x }},{% endfor %}")
        return "".join(parts)

    def value(self, depth: int = 3, item: str = "") -> Any:
        """Return a value as it is written in YAML."""
        if depth == 0 or self.often(0.3):
            leaf = self.one(self.pipe, self.pipe, self.template)()
            if item and self.often(0.7):
                leaf = leaf.replace("$.", f"${item}.", 1).replace("record.", f"{item}.", 1)
            return (
                leaf
                if self.often(0.95)
                else self.one(None, 5, "text", {"literal": "$.x"}, {"literal": {"a": [1]}})
            )
        inner = depth - 1
        match self.one("fields", "fields", "each", "when", "entries"):
            case "fields":
                names = self.chance.sample([*NAMES_OF_FIELDS, "odd {0} '\"\\\n", "lines", "taxes"], 3)
                return {name: self.value(inner, item) for name in names}
            case "each":
                name = self.one("item", "line", "null_", "größe")
                over = self.one(*LISTS, f"${item}.taxes[*]" if item else "$.lines")
                made = {"for_each": over, "map": self.value(inner, name)}
                if name != "item":
                    made["as"] = name
                if self.often(0.4):
                    made["when"] = f"{{{{ {self.condition().replace('record.', f'{name}.', 1)} }}}}"
                return made
            case "when":
                return {"when": f"{{{{ {self.condition()} }}}}", "map": self.value(inner, item)}
        return [self.value(inner, item) for _ in range(self.one(0, 1, 2))]

    def schema(self, depth: int = 3) -> Any:
        """Return a schema that says where amounts stand as text."""
        if depth == 0 or self.often(0.2):
            return self.one(
                True, {"type": "number"}, {"type": "string", "format": "money"}, {"format": "money"},
                {"format": "date"},
                {"type": ["string", "null"], "format": "date"}, {"format": self.one("email", "date-time", "uuid")},
                {"$ref": f"#/$defs/{self.one('amount', 'day', 'whole', 'either')}"}, {"enum": ["a", "12.50"]},
                {"$ref": "#/x-own/choice"}, {"format": "money", "maxLength": 5}, {"not": {"format": "money"}},
                {self.one("anyOf", "oneOf"): [{"format": "money"}, {"format": "date"}]}, {"items": {"format": "money"}},
            )  # fmt: skip
        fields = {name: self.schema(depth - 1) for name in [*NAMES_OF_FIELDS, "lines", "taxes"]}
        if self.often(0.1):
            return self.one(
                {"patternProperties": {"a": self.schema(0)}, "additionalProperties": self.schema(0)},
                {"prefixItems": [self.schema(0)], "items": self.schema(0)},
                {"$ref": "#/$defs/whole", "properties": fields},
                {
                    "properties": fields,
                    "if": {"required": ["kind"]},
                    "then": {"properties": {"kind": self.schema(0)}},
                },
            )
        return self.one(
            {"type": "object", "properties": fields},
            {"type": "object", "properties": fields, "additionalProperties": self.schema(depth - 1)},
            {"type": "array", "items": self.schema(depth - 1)},
            {"properties": fields, "items": self.schema(depth - 1)},
        )

    def document_schema(self) -> Any:
        """Return the schema of a document, with what its references lead to."""
        made = self.schema()
        if not isinstance(made, dict):
            return made
        defs = {
            "amount": {"type": "string", "format": "money"},
            "day": {"format": "date"},
            "whole": {"properties": {"amount": {"$ref": "#/$defs/amount"}, "day": {"format": "date"}}},
            "either": self.one({"anyOf": [{"format": "money"}, {"type": "null"}]}, {"format": "money"}),
        }
        return {**made, "$defs": defs, "x-own": {"choice": {"anyOf": [{"format": "money"}, {"const": "a"}]}}}


def made_of(written: Any) -> Value | None:
    """Return what is *written* as a value, or None where it has a finding."""
    read = source.read(json.dumps(written), "a.yaml")
    found = list(read.found)
    value = ValueCompiler(read, FILTERS, LOOKUPS, found).value(read.data, "", NAMES)
    return None if any(each.severity == "error" for each in found) else value


def outcome(value: Any, roots: dict[str, Any], validator: Validator | None) -> tuple[Any, ...]:
    """Return what *value* comes to, by the letter, with what was counted; or how it fails, and where."""
    scope = Scope(dict(roots), CONSTANTS, Counter())
    try:
        made = value.evaluate(scope)
    except RecordError as error:
        return error.code, error.pointer, error.message, error.help
    if validator is not None and not isinstance(value, Compiled) and made is not MISSING:
        made = validator.written(made)
    return repr(made), scope.defaults, scope.roots == roots


def misproved(code: Compiled, roots: dict[str, Any], validator: Validator) -> str:
    """Return what is wrong with what *code* makes where it calls that proved and the judge takes it, or nothing."""
    try:
        document, proved = code.document(Scope(dict(roots), CONSTANTS, Counter()))
    except RecordError:
        return ""
    if document is MISSING or not proved:
        return ""
    flaws = validator.flaws(document, computed=True)
    return "" if validator.flaws(document, computed=True, proved=True) == flaws else f"not proved: {flaws}"


def misread(value: Value, code: Compiled, roots: dict[str, Any], validator: Validator | None) -> str:
    """Return in what a record that is decoded for what is read gives another outcome, or an empty text."""
    made = projected(value, CONSTANTS, validator)
    if made is None:
        return ""
    raw = canonical.encode(roots["record"])
    plain = outcome(code, {**roots, "record": canonical.decode(raw)}, validator)
    scope = Scope(dict(roots), CONSTANTS, Counter())
    try:
        scope.roots["record"] = made.reader.read(raw)
        found: tuple[Any, ...] = (repr(made.evaluate(scope)), scope.defaults)
    except RecordError as error:
        found = (error.code, error.pointer, error.message, error.help)
    if found == plain[: len(found)]:
        return ""
    return f"decoded whole it gives {plain}\nand decoded for what is read {found}"


def compared(seed: int, tally: Counter[str]) -> str:
    """Make up one value and some records from *seed*; returns where code and interpreter differ, or an empty text."""
    maker = Maker(Random(seed))
    written = maker.value()
    value = made_of(written)
    if value is None:
        tally["refused"] += 1
        return ""
    schema = maker.document_schema()
    validator = Validator(schema) if isinstance(schema, dict) else None
    try:
        code = of_value(value, CONSTANTS, validator)
    except Unfit:
        tally["without code"] += 1
        return ""
    for _ in range(6):
        roots = maker.roots()
        meant, found = outcome(value, roots, validator), outcome(code, roots, validator)
        tally["records"] += 1
        tally["right"] += not str(meant[0]).startswith("X")
        if meant != found:
            return f"seed {seed}: {json.dumps(written)}\nof {roots}\nmeans {meant}\ngives {found}\n{code.module.text}"
        if told := misread(value, code, roots, validator):
            return f"seed {seed}: {json.dumps(written)}\nof {roots}\n{told}"
        if validator is not None and (wrong := misproved(code, roots, validator)):
            return f"seed {seed}: {json.dumps(written)}\nof {roots}\nby {schema}\n{wrong}\n{code.module.text}"
    tally["slow"] += code.slow[0]
    return ""


def main() -> int:
    """Compare many, tell what differs, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="values to make up")
    parser.add_argument(
        "--seed", type=int, default=1_000_000, help="of the first; each next one has the next"
    )
    wishes = parser.parse_args()
    tally: Counter[str] = Counter()
    for seed in range(wishes.seed, wishes.seed + wishes.count):
        if told := compared(seed, tally):
            print(told)
            tally["differing"] += 1
        if (seed - wishes.seed) % 1000 == 999:
            print(f"{seed - wishes.seed + 1:,} of {wishes.count:,}", file=sys.stderr)
    print(", ".join(f"{name} {count:,}" for name, count in sorted(tally.items())))
    return 1 if tally["differing"] else 0


if __name__ == "__main__":
    sys.exit(main())
