"""Judges requests to Stripe by Stripe's specification and by Stripe's own package; runs in an environment of its own.

    python judge_stripe.py SPECIFICATION < REQUESTS

A form must be field for field what the package makes of the same document. Path, parameters, document and their names
must be the specification's, which refuses names that it does not know. openapi-core itself cannot read Stripe's
parameters (``created[gte]``, of style deepObject, are an error to it where they are left out), so its validator of
schemas judges.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


def flaws(spec: Json, asked: Json) -> Iterator[str]:
    """Yield what is wrong with a request."""
    found = [
        (template, operations[asked["method"].lower()])
        for template, operations in spec["paths"].items()
        if asked["method"].lower() in operations
        and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), "/v1" + asked["path"])
    ]
    if not found:
        yield f"no such path: {asked['method']} {asked['path']}"
        return
    _, operation = min(found, key=lambda each: each[0].count("{"))
    yield from _parameters(spec, operation, asked["query"])
    if asked["body"]:
        yield from _form(asked)
        content = operation["requestBody"]["content"]
        kind = asked["headers"].get("Content-Type")
        if kind not in content:
            yield f"the body is {kind}, and {', '.join(content)} is taken"
            return
        yield from (f"document: {each}" for each in _judged(spec, content[kind]["schema"], asked["document"]))
    if asked["method"] == "POST" and not 0 < len(asked["headers"].get("Idempotency-Key", "")) <= 255:
        yield "no Idempotency-Key of at most 255 characters"


def _parameters(spec: Json, operation: Json, query: list[list[str]]) -> Iterator[str]:
    known = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
    given: Json = {}
    for name, value in query:
        outer, _, inner = name.partition("[")
        if inner:
            given.setdefault(outer, {})[inner.removesuffix("]")] = _cast(value)
        else:
            given[outer] = _cast(value)
    for name, value in given.items():
        if name not in known:
            yield f"no such parameter: {name}"
        else:
            yield from (f"{name}: {each}" for each in _judged(spec, known[name]["schema"], value))


def _cast(value: str) -> str | int:
    return int(value) if value.isdecimal() else value


def _form(asked: Json) -> Iterator[str]:
    encode = import_module("stripe._encode")._api_encode
    theirs = sorted((name, str(value)) for name, value in encode(asked["document"]))
    ours = sorted(parse_qsl(asked["body"], keep_blank_values=True))
    if ours != theirs:
        yield f"the form is {ours}, and Stripe's package makes {theirs}"


def _judged(spec: Json, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    validator = import_module("openapi_schema_validator").OAS30Validator
    # References lead into the whole specification.
    whole = {**schema, "components": spec["components"]}
    for error in validator(whole).iter_errors(value):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def main() -> int:
    """Print a line for each request, and return the exit code."""
    spec = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    bad = 0
    for asked in json.load(sys.stdin)["stripe"]:
        found = list(flaws(spec, asked))
        bad += bool(found)
        sys.stdout.write(f"{'wrong' if found else 'right'}  stripe {asked['operation']}\n")
        sys.stdout.writelines(f"       {each}\n" for each in found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
