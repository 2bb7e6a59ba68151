"""What is written: how a node's value is called in messages, and what to write in place of what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from jinja2 import nodes

from engine.filters import BadValue, Filter
from engine.operators import ROUND, negative
from engine.paths import MISSING

OPERATORS: Final = "the operators are + - * / and ~"
WORDS: Final = {
    "call": "a call with ( )", "pow": "**", "mod": "%", "floordiv": "//", "dict": "a mapping in braces",
    "test": "a test with 'is'", "slice": "a slice",
}  # fmt: skip
"""How a refused piece of syntax is called."""
CURES: Final = {
    "pow": "write the product: x * x",
    "mod": OPERATORS,
    "floordiv": f"divide with / and {ROUND}",
    "dict": "write it as YAML, one field a line",
    "test": "compare with == or in",
}
TESTS: Final = {
    **dict.fromkeys(("defined", "undefined"), "give what may be absent a stand-in: record.name | default(…)"),
    **dict.fromkeys(("none", "null"), "write == null"),
    **dict.fromkeys(("true", "false"), "a condition stands by itself: record.paid, or not record.paid"),
    **dict.fromkeys(("eq", "equalto", "sameas"), "write =="),
    **dict.fromkeys(("divisibleby", "odd", "even"), OPERATORS),
    "in": "write value in list",
    **dict.fromkeys(
        ("string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable"),
        "the schema of the target checks types; == and < compare values of one type",
    ),
}
"""What to write in place of Jinja's tests."""
NAMES: Final = {
    **dict.fromkeys(("NULL", "Null", "nil", "undefined", "NONE"), "write null"),
    **dict.fromkeys(("yes", "on", "TRUE"), "write true"),
    **dict.fromkeys(("no", "off", "FALSE"), "write false"),
    "loop": "loop stands inside {% for %} … {% endfor %}",
}
"""What to write in place of names that other languages have."""
FILTERS: Final = {
    **dict.fromkeys(("float", "int", "number", "decimal"), "write | money, which is exact"),
    **dict.fromkeys(("d", "coalesce", "default_if_none"), "write | default(…)"),
    **dict.fromkeys(("length", "len"), "write | count"),
    **dict.fromkeys(("map", "attr", "select", "reject", "selectattr", "rejectattr", "dictsort"),
        "select with a path: $.lines[?@.kind == 'fee'].amount"),
    **dict.fromkeys(("round", "money_round"), "write | round_money(currency)"),
    **dict.fromkeys(("safe", "escape", "e", "forceescape", "tojson", "string", "pprint", "xmlattr"),
        "a value stands as it is; ~ joins text"),
    "format": "join text with ~",
}  # fmt: skip
"""What to write in place of filters that Jinja has."""
TAGS: Final = {
    **dict.fromkeys(("set", "with"), "write the value where it is used; a template has no variables of its own"),
    **dict.fromkeys(("macro", "call", "block", "extends", "include", "import", "from"),
        "a template stands alone: write the text where it is used"),
    "filter": "a filter stands behind a bar: {{ value | name(…) }}",
    "autoescape": "text is never escaped: leave it out",
    "raw": "for braces as they are write {literal: …}",
    **dict.fromkeys(("do", "debug", "print"), "write {{ value }}"),
    **dict.fromkeys(("trans", "pluralize", "endtrans"), "write the text itself"),
    **dict.fromkeys(("break", "continue"), "choose the entries: {% for x in list if x.paid %}"),
}  # fmt: skip
"""What to write in place of tags that Jinja and its extensions have."""
BAR: Final = "a filter stands behind a bar: value | name(…)"
METHODS: Final = {
    **dict.fromkeys(
        ("items", "keys", "values"), "name the fields; a list is gone through with for_each or {% for %}"
    ),
    "get": "write record.name | default(…)",
    **dict.fromkeys(("append", "extend", "insert", "add", "update", "pop"), "write the list at once: [a, b]"),
    **dict.fromkeys(("format", "format_map"), "join text with ~"),
    **dict.fromkeys(("startswith", "endswith", "find", "index"), "write 'text' in record.name"),
    "strftime": "days come from the filter date: value | date",
    "isoformat": "days come from the filter date: value | date",
    "cycle": "loop has index, first and last",
}
FUNCTIONS: Final = {
    "range": "go through a list: {% for x in record.lines %}",
    **dict.fromkeys(("int", "float", "Decimal", "str"), "text becomes a number by a filter: value | money"),
    **dict.fromkeys(("now", "today", "utcnow"), "the time of the run is run.started_at"),
    **dict.fromkeys(("dict", "namespace"), "write a mapping as YAML, one field a line"),
    **dict.fromkeys(("env", "getenv", "secret"), "secrets stand in connections.yaml alone"),
    "defined": "give what may be absent a stand-in: record.name | default(…)",
}
FILTER_OF: Final = {"len": "count", "length": "count", "strip": "trim", "round": "round_money"}
"""The filter that does what a method or function of another name does."""


def call_cure(name: str, filters: Mapping[str, Filter], method: bool) -> str:
    """Return what to write in place of a call of *name*, a method or a function."""
    known = FILTER_OF.get(name, name)
    if known in filters:
        return f"write it as a filter: value | {filters[known].form}"
    return (METHODS if method else FUNCTIONS).get(name, BAR)


def refusal(node: Any, filters: Mapping[str, Filter]) -> tuple[str, str]:
    """Return what is wrong with *node*, which is not part of the language, and the cure."""
    sort = type(node).__name__.lower()
    cure = CURES.get(sort, "")
    if isinstance(node, nodes.Call):
        called: Any = node.node
        method = isinstance(called, nodes.Getattr)
        name = called.attr if method else called.name if isinstance(called, nodes.Name) else ""
        cure = call_cure(name, filters, method)
    elif isinstance(node, nodes.Test):
        cure = TESTS.get(node.name, cure)
    elif isinstance(node, nodes.Mod) and is_text(node.left):
        cure = "join text with ~: 'No. ' ~ record.number"
    return f"{WORDS.get(sort, sort)} is not part of the language", cure


def chain(node: Any) -> tuple[str, ...]:
    """Return the root and the names behind it that *node* reads, up to the first index; or nothing."""
    names: list[str] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr):
            names.append(node.attr)
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            names.append(node.arg.value)
        else:
            names.clear()
        node = node.node
    return (node.name, *reversed(names)) if isinstance(node, nodes.Name) else ()


def said(node: Any, otherwise: str) -> str:
    """Return how messages call *node*: its names as they are written, or *otherwise*."""
    written = ""
    while isinstance(node, nodes.Getattr):
        written = f".{node.attr}{written}"
        node = node.node
    return f"{node.name}{written}" if isinstance(node, nodes.Name) else otherwise


def literal(node: Any) -> Any:
    """Return what is written in *node*, or ``MISSING`` where only a record gives it."""
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Name) and node.name == "null":
        return None
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const):
        value = node.node.value
        try:
            return negative(value) if isinstance(value, (int, Decimal)) else MISSING
        except BadValue:
            return MISSING
    return MISSING


def is_text(node: Any) -> bool:
    """Tell whether *node* is a text in quotes."""
    return isinstance(node, nodes.Const) and isinstance(node.value, str)
