"""Templates and paths that are small to write and would be huge to evaluate: each is stopped within counted steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.expressions import BadExpression
from engine.filters import MAX_TEXT, BadValue
from engine.paths import BadPath, PathFailed, compile_path, query
from engine.paths.grammar import parse
from engine.pipes import compile_pipe
from engine.registry import Registry
from engine.scope import MAX_STEPS, Budget, Constants, Scope
from engine.templates import compile_template

FILTERS = Registry().filters
MANY = list(range(2_000))
RECORD: dict[str, Any] = {
    "many": MANY,
    "long": "x" * (MAX_TEXT // 2 + 1),
    "text": "x" * 1_000,
    "huge": 10**5_000,
    "far": 10**60,
    "amounts": ["1.00"] * 2_000,
    "nested": [MANY] * 2_000,
    "wide": {f"k{n}": {f"k{m}": {"v": m} for m in range(20)} for n in range(20)},
}
NINES = "9999999999999999999999999999"

REFUSED = {
    "a power": "{{ 9 ** 9 ** 9 }}",
    "a huge range": "{{ range(10 ** 10) }}",
    "a loop over a range": "{% for x in range(999999999) %}{% endfor %}",
    "a huge integer": "{{ " + "9" * 5000 + " }}",
    "a huge exponent": "{{ 1e999999999 }}",
    "a tiny exponent": "{{ 1e-999999999 }}",
    "parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "nots": "{{ " + "not " * 3000 + "true }}",
    "minuses": "{{ " + "- " * 3000 + "1 }}",
    "a long sum": "{{ " + "1 + " * 3000 + "1 }}",
    "a long and": "{{ " + "true and " * 2000 + "true }}",
    "a long or": "{{ " + "false or " * 2000 + "true }}",
    "a long comparison": "{{ " + "1 < " * 2000 + "1 }}",
    "a long join": "{{ " + "'a' ~ " * 2000 + "'a' }}",
    "a long list": "{{ [" + "1, " * 3000 + "] }}",
    "dots": "{{ record" + ".a" * 3000 + " }}",
    "brackets": "{{ record" + "[0]" * 3000 + " }}",
    "filters": "{{ 1" + " | money" * 2000 + " }}",
    "filters in filters": "{{ 1 | default(" * 500 + "1" + ")" * 500 + " }}",
    "conditions": "{{ " + "1 if true else " * 1000 + "1 }}",
    "blocks": "{% if true %}" * 500 + "{% endif %}" * 500,
    "a nest of loops": "".join(f"{{% for a{n} in record.many %}}" for n in range(60)) + "{% endfor %}" * 60,
    "a long text": "x" * 20_001 + "{{ 1 }}",
    "many pieces": "{{ 1 }}" * 2000,
    "a call of a method": "{{ record.text.ljust(999999999) }}",
    "a format of its own width": "{{ '%999999999d' % 1 }}",
}
STOPPED = {
    "a text times a number": "{{ 'a' * 1000000000 }}",
    "a huge product": "{{ " + " * ".join([NINES] * 9) + " }}",
    "a huge sum of a record": "{{ record.huge + 1 }}",
    "a huge integer as text": "a {{ record.huge }}",
    "a huge integer joined": "{{ record.huge ~ '' }}",
    "a huge quotient": "{{ 1 / record.huge }}",
    "a quotient of quotients": "{{ " + " + ".join(f"1 / {10**27 + n}" for n in range(7, 21)) + " }}",
    "a product of quotients": "{{ " + " * ".join(f"({NINES} / 7)" for _ in range(9)) + " }}",
    "a list as text": "a {{ record.many }}",
    "text that doubles": "{{ record.long ~ record.long }}",
    "text that repeats": "{% for x in record.many %}{{ record.text }}{% endfor %}",
    "two loops": "{% for x in record.many %}{% for y in record.many %}{% endfor %}{% endfor %}",
    "three loops": "{% for x in record.many %}{% for y in record.many %}{% for z in record.many %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "a loop that chooses": "{% for x in record.many %}{% for y in record.many if y < 0 %}{% endfor %}{% endfor %}",
    "a loop over nothing chosen": "{% for x in record.nested %}{% for y in x if false %}{% endfor %}{% endfor %}",
    "a filter in a loop": "{% for x in record.many %}{% if record.many | sum < 0 %}{% endif %}{% endfor %}",
    "filters in a loop": "{% for x in record.many %}{% if record.amounts | money | sum < 0 %}{% endif %}{% endfor %}",
    "a search in a loop": "{% for x in record.many %}{% if x + 5000 in record.many %}{% endif %}{% endfor %}",
    "comparing in a loop": "{% for x in record.many %}{% if record.many != record.many %}{% endif %}{% endfor %}",
    "a comparison of many lists": "{{ record.nested == record.nested }}",
    "padded texts in a list": "{{ ',' | pad(65536, ',') | split(',') | pad(65536, 'x') | count }}",
    "text made in a loop": "{% for x in record.many %}{% if record.long ~ x == '' %}{% endif %}{% endfor %}",
}


@pytest.mark.parametrize("bomb", REFUSED.values(), ids=REFUSED)
def test_a_bomb_that_can_be_seen_is_refused_before_any_record(bomb: str) -> None:
    with pytest.raises(BadExpression) as refused:
        compile_template(bomb, {"record"}, FILTERS)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("bomb", STOPPED.values(), ids=STOPPED)
def test_a_bomb_that_a_record_lights_is_stopped(bomb: str) -> None:
    scope = Scope({"record": RECORD}, Constants())
    template = compile_template(bomb, {"record"}, FILTERS)
    with pytest.raises(BadValue) as stopped:
        template.evaluate(scope)
    assert len(str(stopped.value)) < 200
    assert scope.budget.steps > -MAX_STEPS, "it stops soon after its last step"


@pytest.mark.parametrize("loops", [1, 2])
def test_a_loop_of_ordinary_size_is_taken(loops: int) -> None:
    lines = [{"sku": f"S{n}", "parts": [1, 2, 3]} for n in range(500)]
    text = "{% for x in record.lines %}{{ loop.index }} {{ x.sku }}{% if not loop.last %}, {% endif %}{% endfor %}"
    if loops == 2:
        text = "{% for x in record.lines %}{{ x.sku }}:{% for p in x.parts %}{{ p }} {% endfor %}{% endfor %}"
    scope = Scope({"record": {"lines": lines}}, Constants())
    assert len(compile_template(text, {"record"}, FILTERS).evaluate(scope)) > 4_000


def test_each_evaluation_has_a_budget_of_its_own() -> None:
    scope = Scope({"record": RECORD}, Constants())
    template = compile_template(
        "{% for x in record.many %}{% if x < 0 %}{% endif %}{% endfor %}", {"record"}, FILTERS
    )
    left = set()
    for _ in range(20):
        template.evaluate(scope)
        left.add(scope.budget.steps)
    assert len(left) == 1


def test_outside_loops_long_lists_are_gone_through_whole() -> None:
    amounts = ["0.01"] * (MAX_STEPS + 1)
    scope = Scope({"record": {"amounts": amounts}}, Constants())
    same = compile_template(
        "{{ record.amounts == record.amounts and '1' not in record.amounts }}", {"record"}, FILTERS
    )
    assert same.evaluate(scope) is True
    summed = compile_template("{{ record.amounts | money | sum > 1000 }}", {"record"}, FILTERS)
    assert summed.evaluate(scope) is True


PATHS = {
    "descents of descents": "$..*..*..*..*",
    "descents of names": "$" + "..v" * 3 + "..*" * 4,
    "a search in each filter": "$..[?@..[?@..[?@..v]]]",
    "a comparison with all": "$..[?$.wide == $.wide]..[?$.wide == $.wide]",
    "a wildcard many times": "$.nested" + "[*,*,*,*]" * 9,
    "a slice many times": "$.nested" + "[0:,0:,0:,0:]" * 9,
    "names that repeat": "$.nested" + "[0,0,0,0,0,0,0,0]" * 9,
}


@pytest.mark.parametrize("bomb", PATHS.values(), ids=PATHS)
def test_a_path_looks_at_a_bounded_number_of_values(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (MAX_STEPS, 100_000))
    record = {"wide": RECORD["wide"], "nested": deep(6)}
    with pytest.raises(PathFailed, match="looks at more than"):
        compile_path(bomb).select({"record": record})
    with pytest.raises(BadValue, match="looks at more than"):
        compile_pipe(bomb, FILTERS).evaluate(Scope({"record": record}, Constants()))


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in record.many %}{{ record.whole | path('$..v') | count }}{% endfor %}",
        "{% for x in record.many %}{{ record.whole | unique | count }}{% endfor %}",
    ],
)
def test_what_a_filter_looks_at_below_its_value_is_paid_in_every_round_of_a_loop(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (MAX_STEPS, 200_000))
    record = {"many": list(range(1_000)), "whole": [{"inner": deep(4)}]}
    scope = Scope({"record": record}, Constants())
    with pytest.raises(BadValue, match="more than 2,000,000 values"):
        compile_template(text, {"record"}, FILTERS).evaluate(scope)
    assert scope.budget.steps > 0, "the loop alone is short"
    assert scope.budget.looks > -MAX_STEPS, "it stops soon after its last look"


def test_texts_that_a_list_grows_into_are_paid_as_they_are_made() -> None:
    scope = Scope({"record": {"texts": ["x"] * 10_000}}, Constants())
    with pytest.raises(BadValue, match="makes as many") as stopped:
        compile_pipe("$.texts | pad(65536, 'x')", FILTERS).evaluate(scope)
    entry = int(str(stopped.value).rpartition("entry ")[2].split()[0])
    assert entry * 65_536 < 100_000_000


@pytest.mark.parametrize(
    "pipe",
    [
        "$.lines[*].tax[*].price | money | sum",
        "$.lines[*].name | trim | upper | unique",
        "$.lines | sort('name')",
    ],
)
def test_an_invoice_of_100000_lines_is_gone_through_whole(pipe: str) -> None:
    lines = [{"name": f"{n:060d}", "tax": [{"price": "1.00"}]} for n in range(100_000)]
    made = compile_pipe(pipe, FILTERS).evaluate(Scope({"record": {"lines": lines}}, Constants()))
    assert made == 100_000 if isinstance(made, Decimal) else len(made) == 100_000


def deep(levels: int) -> list[Any]:
    return [deep(levels - 1)] * 8 if levels else []


def test_what_a_filter_reads_from_the_record_is_read_once_for_all_elements() -> None:
    record = {"a": [{"id": n} for n in range(1_000)], "b": {"id": 5, "more": list(range(500))}}
    looked = query.Selection(record, Budget(looks=20_000))
    values = [record["a"]]
    for segment in parse("$[?@.id == $.b.id || @.id == count($.b.more[*])]", 0):
        values = looked.step(segment, values)
    assert values == [{"id": 5}, {"id": 500}]


LONG = {
    "a long and": "$.a[?" + " && ".join(["@.b"] * 2_000) + "]",
    "parentheses": "$.a[?" + "(" * 900 + "@.b" + ")" * 900 + "]",
    "nested filters": "$.a" + "[?@" * 600 + "]" * 600,
    "filters nested by one too many": "$.a" + "[?@" * 61 + "]" * 61,
    "a huge index": "$.a[" + "9" * 1_000 + "]",
    "a huge number": "$.a[?@.b == " + "9" * 1_990 + "]",
    "a huge exponent": "$.a[?@.b == 1e999999999]",
    "many names": "$" + ".a" * 2_000,
}


@pytest.mark.parametrize("path", LONG.values(), ids=LONG)
def test_a_path_that_is_too_large_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        compile_path(path)


def test_the_longest_condition_of_a_path_can_be_evaluated() -> None:
    text = "$.a[?" + "&&".join(["@.b"] * 390) + "]"
    assert compile_path(text).select({"record": {"a": [{"b": 1}, {}]}}) == [{"b": 1}]


def test_a_document_of_any_depth_can_be_gone_through() -> None:
    value: Any = 1
    for _ in range(5_000):
        value = {"a": [value]}
    assert compile_path("$..[?@ == 1]").select({"record": value}) == [1]
    same = compile_template("{{ record.a == record.a }}", {"record"}, FILTERS)
    assert same.evaluate(Scope({"record": value}, Constants())) is True
