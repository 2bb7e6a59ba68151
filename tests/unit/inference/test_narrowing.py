"""What a condition that is true, or false, says of what it reads."""

from __future__ import annotations

import pytest

from engine.inference import Known
from engine.inference.expressions import facts, narrowed
from engine.inference.schemas import type_of
from engine.registry import Registry
from engine.templates import compile_template
from engine.types import ANY, Type

FILTERS = Registry().filters
ORDER = {
    "type": "object",
    "required": ["kind", "note", "test", "total"],
    "properties": {
        "kind": {"enum": ["paid", "open", "void"]},
        "note": {"type": ["string", "null"]},
        "seen": {"type": "string"},
        "sum": {"type": ["number", "string", "null"]},
        "mood": {"enum": ["glad", ""]},
        "names": {"type": "array", "items": {"type": "string"}},
        "total": {"type": "number"},
        "test": {"type": "boolean"},
        "maybe": {"type": ["boolean", "null"]},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "who": {
            "type": ["object", "null"],
            "properties": {"name": {"type": ["string", "null"]}, "kind": {"enum": ["a", "b", "c"]}},
            "required": [],
        },
    },
}
KNOWN = Known({"record": type_of(ORDER, at=("record",))})


def says(condition: str, outcome: bool, known: Known = KNOWN) -> dict[str, str]:
    """Return what is known of each field that *condition* says something of, with what may be absent in brackets."""
    template = compile_template(f"{{{{ {condition} }}}}", {"record"}, FILTERS)
    inside = narrowed(template, known, outcome=outcome)
    return {".".join(chain[1:]): shown(read(chain, inside)) for chain in inside.narrowed if len(chain) > 1}


def read(chain: tuple[str, ...], known: Known) -> Type:
    found = known.root(chain[0])
    for index, name in enumerate(chain[1:], 2):
        fields = [shape.field(name) for shape in found.mapping]
        found = known.seen(chain[:index], (fields[0] if fields else None) or ANY)
    return found


def shown(type: Type) -> str:
    return f"[{type}]" if type.lack is not None else str(type)


@pytest.mark.parametrize(
    ("condition", "held", "failed"),
    [
        ("record.test", {"test": "true"}, {"test": "false"}),
        ("not record.test", {"test": "false"}, {"test": "true"}),
        ("record.maybe | default(false)", {"maybe": "true"}, {}),
        ("record.maybe | default(true)", {}, {"maybe": "false"}),
        ("record.kind == 'paid'", {"kind": "'paid'"}, {"kind": "'open' or 'void'"}),
        ("record.kind != 'paid'", {"kind": "'open' or 'void'"}, {"kind": "'paid'"}),
        ("'paid' == record.kind", {"kind": "'paid'"}, {"kind": "'open' or 'void'"}),
        ("record.kind in ['paid', 'open']", {"kind": "'open' or 'paid'"}, {"kind": "'void'"}),
        ("record.kind not in ['paid', 'open']", {"kind": "'void'"}, {"kind": "'open' or 'paid'"}),
        ("record.note == 'x'", {"note": "'x'"}, {"note": "text or null"}),
        ("record.note != null", {"note": "text"}, {"note": "null"}),
        ("record.note == null", {"note": "null"}, {"note": "text"}),
        ("record.note in ['x', null]", {"note": "'x' or null"}, {"note": "text"}),
        ("record.seen == 'x'", {"seen": "'x'"}, {"seen": "text"}),
        ("record.sum > 1", {"sum": "a number"}, {"sum": "a number"}),
        ("record.sum == 1", {"sum": "a whole number"}, {"sum": "a number or null"}),
        ("record.sum + 1 > 2", {"sum": "a number"}, {"sum": "a number"}),
        ("record.sum ~ 'a' == 'ba'", {"sum": "text or a number"}, {"sum": "text or a number"}),
        ("record.note in record.names", {"note": "text", "names": "a list"},
            {"note": "text or null", "names": "a list"}),
        ("record.sum not in ['x']", {"sum": "text or null"}, {"sum": "'x'"}),
        ("record.sum not in record.names", {"sum": "text or a number or null", "names": "a list"},
            {"sum": "text", "names": "a list"}),
        ("'x' in record.tags", {"tags": "a list"}, {"tags": "a list"}),
    ],
)  # fmt: skip
def test_a_condition_says_of_a_field_what_it_is(
    condition: str, held: dict[str, str], failed: dict[str, str]
) -> None:
    assert (says(condition, True), says(condition, False)) == (held, failed)


@pytest.mark.parametrize(
    ("condition", "held", "failed"),
    [
        ("record.seen | default(null) != null", {"seen": "text"}, {}),
        ("record.seen | default('') != ''", {"seen": "text"}, {}),
        ("record.seen | default('', empty=true) == 'x'", {"seen": "'x'"}, {}),
        ("record.mood | default(null, empty=true) != null", {"mood": "'glad'"}, {}),
        ("record.note | trim == null", {"note": "text or null"}, {"note": "text"}),
        ("record.kind | default('void') != 'void'", {"kind": "'open' or 'paid'"}, {}),
        ("record.kind | default('void') == 'paid'", {"kind": "'paid'"}, {}),
        ("record.seen | default('x') == 'x'", {}, {"seen": "text"}),
        ("record.seen | trim == 'x'", {"seen": "text"}, {"seen": "text"}),
        ("record.note | trim | default(null) != null", {"note": "text"}, {}),
        ("record.note | default('x') | trim == 'y'", {}, {}),
        ("record.tags | count > 1", {"tags": "a list"}, {"tags": "a list"}),
        ("record.note | default(record.seen) == 'x'", {}, {}),
    ],
)
def test_a_filter_between_says_what_stands_before_it(
    condition: str, held: dict[str, str], failed: dict[str, str]
) -> None:
    assert (says(condition, True), says(condition, False)) == (held, failed)


def test_what_leads_to_a_value_that_is_there_is_there_too() -> None:
    assert says("record.who.name == 'Ada'", True) == {"who": "a mapping", "who.name": "'Ada'"}
    assert says("record.who.name == 'Ada'", False) == {"who": "a mapping", "who.name": "text or null"}
    assert says("record.who.name | default(null) != null", True) == {"who": "a mapping", "who.name": "text"}
    assert says("record.tags[0] == 'x'", True) == {"tags": "a list"}


@pytest.mark.parametrize(
    ("condition", "held", "failed"),
    [
        ("record.test and record.note == 'x'", {"test": "true", "note": "'x'"}, {"test": "true or false"}),
        ("record.test or record.note == 'x'", {"test": "true or false"}, {"test": "false", "note": "text or null"}),
        ("record.kind == 'paid' or record.kind == 'open'", {"kind": "'open' or 'paid'"}, {"kind": "'void'"}),
        ("record.kind != 'paid' and record.kind != 'open'", {"kind": "'void'"}, {"kind": "'open' or 'paid'"}),
        ("not (record.test or record.kind == 'paid')", {"test": "false", "kind": "'open' or 'void'"},
            {"test": "true or false"}),
        ("1 < record.total < record.sum", {"total": "a number", "sum": "a number"}, {"total": "a number"}),
    ],
)  # fmt: skip
def test_conditions_join_what_they_say(condition: str, held: dict[str, str], failed: dict[str, str]) -> None:
    assert (says(condition, True), says(condition, False)) == (held, failed)


@pytest.mark.parametrize(
    "condition",
    [
        "record.a != 'x'", "record.a < record.b", "record.a == record.b", "record.a | default(1) == 1",
        "record.a | money > 1", "record.a not in record.b",
    ],
)  # fmt: skip
def test_of_what_is_not_known_a_condition_makes_nothing_that_could_be_blamed(condition: str) -> None:
    found = says(condition, True, Known({"record": ANY}))
    assert {name: type for name, type in found.items() if type != "anything"} == {}


def test_a_condition_that_says_nothing_leaves_what_is_known() -> None:
    assert says("record.total | default(0) == 0", True) == {}
    assert says("true", True) == {}


def test_without_the_filters_nothing_is_said_of_what_stands_before_one() -> None:
    template = compile_template("{{ record.seen | trim == 'x' }}", {"record"}, FILTERS)
    assert facts(template.tree, KNOWN, outcome=True) == {}


def test_many_conditions_on_one_record_say_of_it_no_more_than_one() -> None:
    condition = " or ".join(f"(record.a{at} == 'x' and record.b{at} != null)" for at in range(20))
    template = compile_template(f"{{{{ {condition} }}}}", {"record"}, FILTERS)
    inside = narrowed(template, Known({"record": ANY}))
    assert len(inside.root("record").mapping) == 1


def test_null_is_no_name_of_which_something_is_said() -> None:
    template = compile_template("{{ record.note == null }}", {"record"}, FILTERS)
    assert {chain[0] for chain in facts(template.tree, KNOWN, outcome=True)} == {"record"}


def test_a_text_is_no_condition() -> None:
    template = compile_template("a {{ record.test }}", {"record"}, FILTERS)
    assert narrowed(template, KNOWN) is KNOWN
