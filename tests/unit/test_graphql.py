"""GraphQL documents: one query and its variables are read from the text; what is no query is refused."""

from __future__ import annotations

from typing import Any

import pytest

from engine.graphql import BadDocument, Query, declared, faults


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ shop { name } }", {}),
        ("query { shop { name } }", {}),
        ("query Q { shop { name } }", {}),
        ("query Q($a: Int!, $b: [ID!]!, $c: [ID!]) { f }", {"a": True, "b": True, "c": False}),
        ("query Q($d: String! = \"x\") { f }", {"d": False}),
        ("query($n:Int!=3 @old $m:F={a:[1]})@live(on: true){f}", {"n": False, "m": False}),
        ("query Q @live(on: true) { f(first: 3, by: {name: \"($x: Int!)\"}) }", {}),
        ("# mutation\nquery { f(q: \"mutation { }\", t: \"\"\"} \\\"\"\" {\"\"\") }", {}),
        ("fragment A on B { c } query { ...A } fragment D on E { f }", {}),
        ("\ufeffquery,{,f,}", {}),
    ],
)  # fmt: skip
def test_the_variables_of_a_query_are_read_with_which_must_be_given(
    text: str, variables: dict[str, bool]
) -> None:
    assert declared(text) == variables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mutation { orderClose { id } }", "a mutation is no read"),
        ("query { f } mutation M { g }", "a mutation is no read"),
        ("subscription { f }", "a subscription is no read"),
        ("", "one query is wanted, and here are 0"),
        ("fragment A on B { c }", "one query is wanted, and here are 0"),
        ("query A { f } query B { g }", "one query is wanted, and here are 2"),
        ("query A($a: Int)", "this query has no { … }"),
        ("orders { id }", "'orders' stands where a query begins"),
        ("query { f(a: 1 }", "'}' closes nothing"),
        ("query { f { g }", "'}' is missing at the end"),
        ("query {\n  f ; }", "';' in line 2 is no GraphQL"),
        ('query { f(a: "open) }', "'\"' in line 1 is no GraphQL"),
    ],
)
def test_what_is_no_single_query_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadDocument) as refused:
        declared(text)
    assert str(refused.value) == message
    assert refused.value.help


def test_a_variable_takes_a_parameter_with_its_type_or_within_a_text_and_is_left_out_without_it() -> None:
    query = Query(
        "", {}, {"first": "{size}", "only": "paid", "n": 3, "since": "at:>='{since}' {size}", "id": "{id}"}
    )
    assert query.filled({"size": 50, "since": "2026-11-01", "id": None}) == {
        "first": 50, "only": "paid", "n": 3, "since": "at:>='2026-11-01' 50",
    }  # fmt: skip
    assert query.filled({"id": "{size}"}) == {"only": "paid", "n": 3, "id": "{size}"}


INT = {"type": "integer"}


@pytest.mark.parametrize(
    ("query", "params", "paged", "found"),
    [
        (Query("", {"a": True}, {"a": "{size}"}), {"size": INT}, "", []),
        (Query("", {"a": True, "after": False}, {"a": 1}), {}, "after", []),
        (Query("", {"after": True}), {}, "after", []),
        (Query("", {"a": False}, {"b": 1}), {}, "", ["the query declares no variable $b"]),
        (Query("", {"a": True}), {}, "", ["the query needs the variable $a"]),
        (Query("", {"a": True}, {"a": "{size}"}), {}, "", ["there is no parameter 'size' with in: variables"]),
        (Query("", {}), {"size": INT}, "", ["no variable takes the parameter 'size'"]),
        (Query("", {}), {}, "after", ["the paging sets the variable $after, which the query does not declare"]),
        (Query("", {"q": False}, {"q": "n:{size}"}), {"size": INT}, "", []),
        (Query("", {"q": False}, {"q": "n:{s}"}), {"s": {"type": "string", "enum": ["a"]}}, "", []),
        (Query("", {"q": False}, {"q": "{s}"}), {"s": {"type": "string"}}, "", []),
        (Query("", {"q": False}, {"q": "n:{s}"}), {"s": {"type": ["string", "integer"]}}, "",
         ["the parameter 's' stands inside a text, where any text could change what is asked"]),
    ],
)  # fmt: skip
def test_variables_and_parameters_must_fit_the_query(
    query: Query, params: dict[str, Any], paged: str, found: list[str]
) -> None:
    assert [told for _, told, _ in faults(query, params, paged)] == found
