"""GraphQL documents, as far as sending one needs: that it is one query, and which variables it takes.

Source: the GraphQL specification of October 2021, sections 2.1 (tokens), 2.3 (operations), 2.10 (variables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.fill import SLOT, names
from engine.money import text as plain

TOKEN: Final = re.compile(
    r'(?P<ignored>[\s,\ufeff]+|#[^\n\r]*)|(?P<text>"""(?:\\"""|.)*?"""|"(?!"")(?:\\.|[^"\\\n\r])*")'
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<mark>\.\.\.|[!$&()\[\]{}:=@|])",
    re.DOTALL,
)
CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


class BadDocument(ValueError):
    """A text is no GraphQL query; ``help`` says what to write."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Query:
    """One GraphQL query and what fills its variables.

    Attributes:
        text: The document, sent as it is.
        declared: The variables that it takes, each with whether it must be given.
        variables: By name what is sent: a constant, or a text in which ``{name}`` stands for a parameter.
    """

    text: str
    declared: Mapping[str, bool] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables for the parameters *given*.

        A text that is one ``{name}`` alone becomes the parameter with its type. A variable of which a parameter is
        absent or null is left out, so that the query's own default holds.
        """
        made = {}
        for name, value in self.variables.items():
            slots = names(value) if isinstance(value, str) else []
            if any(given.get(slot) is None for slot in slots):
                continue
            if slots and value == f"{{{slots[0]}}}":
                made[name] = given[slots[0]]
            elif slots:
                made[name] = SLOT.sub(lambda match: _text(given[match[1]]), value)
            else:
                made[name] = value
        return made


def declared(text: str) -> dict[str, bool]:
    """Return the variables that the query *text* takes, each with whether it must be given.

    Raises:
        BadDocument: it is no GraphQL, changes something, or holds none or several queries.
    """
    tokens = list(_tokens(text))
    found: list[dict[str, bool]] = []
    index = 0
    while index < len(tokens):
        word, body = tokens[index], index
        if word in ("mutation", "subscription"):
            raise BadDocument(
                f"a {word} is no read", "write a query here: it is sent again when an answer is lost"
            )
        if word not in ("query", "fragment", "{"):
            raise BadDocument(f"{word!r} stands where a query begins", "a query is written query Name { … }")
        while body < len(tokens) and tokens[body] != "{":
            body = _behind(tokens, body)
        if body >= len(tokens):
            raise BadDocument(f"this {word} has no {{ … }}", "write the fields that are wanted in braces")
        if word != "fragment":
            found.append(_variables(tokens[index:body]))
        index = _behind(tokens, body)
    if len(found) != 1:
        raise BadDocument(f"one query is wanted, and here are {len(found)}", "keep one, with its fragments")
    return found[0]


def faults(
    query: Query, params: Mapping[str, Mapping[str, Any]], paged: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with *query*'s variables: the variable or parameter, the message and the cure.

    Args:
        params: The JSON Schema of each parameter that goes into variables, by its name.
        paged: The variable that the paging sets, or empty.
    """
    for name, value in query.variables.items():
        if name not in query.declared:
            told = f"the query declares no variable ${name}"
            yield name, told, f"it declares {', '.join('$' + each for each in query.declared) or 'none'}"
        for slot in names(value) if isinstance(value, str) else ():
            if slot not in params:
                yield name, f"there is no parameter {slot!r} with in: variables", "declare it under params"
            elif value != f"{{{slot}}}" and _is_free(params[slot]):
                told = (
                    f"the parameter {slot!r} stands inside a text, where any text could change what is asked"
                )
                yield name, told, f"give {slot} a pattern or an enum"
    used = {slot for value in query.variables.values() if isinstance(value, str) for slot in names(value)}
    for name in params:
        if name not in used:
            yield name, f"no variable takes the parameter {name!r}", f"write {{{name}}} under variables"
    for name, needed in query.declared.items():
        if needed and name not in query.variables and name != paged:
            yield "", f"the query needs the variable ${name}", "set it under variables"
    if paged and paged not in query.declared:
        yield (
            "",
            f"the paging sets the variable ${paged}, which the query does not declare",
            f"add ${paged}: String",
        )


def _is_free(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "string")  # a word or a list of them; anything else is a finding of the schema
    holds_text = "string" in kinds if isinstance(kinds, list) else kinds == "string"
    return holds_text and "pattern" not in schema and "enum" not in schema


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            raise BadDocument(f"{text[at]!r} in line {line} is no GraphQL", "see spec.graphql.org, section 2")
        if found.lastgroup != "ignored":
            yield found[0]
        at = found.end()


def _behind(tokens: list[str], at: int) -> int:
    """Return the index behind the token at *at*, or behind its closing bracket."""
    waiting: list[str] = []
    for index in range(at, len(tokens)):
        token = tokens[index]
        if token in CLOSING:
            waiting.append(CLOSING[token])
        elif token in CLOSING.values() and (not waiting or waiting.pop() != token):
            raise BadDocument(f"{token!r} closes nothing", "set the brackets right")
        if not waiting:
            return index + 1
    raise BadDocument(f"{waiting[-1]!r} is missing at the end", "set the brackets right")


def _variables(head: list[str]) -> dict[str, bool]:
    """Return the variables that stand in a query's *head*: everything before its first brace."""
    if "(" not in head or ("@" in head and head.index("@") < head.index("(")):
        return {}
    inner = head[head.index("(") + 1 : _behind(head, head.index("(")) - 1]
    starts = [index for index, mark in enumerate(inner) if mark == "$"]
    made = {}
    for start, end in zip(starts, [*starts[1:], len(inner)], strict=True):
        name, *rest = inner[start + 1 : end]
        kind = rest[: next((index for index, mark in enumerate(rest) if mark in "=@"), len(rest))]
        made[name] = kind[-1:] == ["!"] and "=" not in rest
    return made


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else plain(value)
