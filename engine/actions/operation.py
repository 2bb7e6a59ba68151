"""``uses: CONNECTION.OPERATION``: builds a connector's request, judges its answer, reads all pages of a list."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from engine import canonical, money
from engine.actions.patience import NEVER, Patience
from engine.connector import Connector, Operation
from engine.errors import ConnectionFailed, RecordError
from engine.fill import fill_url
from engine.keys import EffectKey
from engine.paths import MISSING, RECORD
from engine.policy import OF_CONNECTION, ErrorRule
from engine.recipe import BuiltIn, Use
from engine.wire import Answer, NoAnswer, Request
from engine.world import Target

MAX_PAGES: Final = 100_000
SECONDS: Final = re.compile("[0-9]{1,9}")
"""A Retry-After that is no date."""
CODES: Final = {
    "validation": "X201", "duplicate": "X202", "stale": "X203", "period_closed": "X204", "not_found": "X205",
    "unsupported": "X206",
}  # fmt: skip
BY_STATUS: Final = {
    401: "auth",
    403: "auth",
    404: "not_found",
    408: "transient",
    425: "transient",
    429: "throttled",
}
CURES: Final = {
    "auth": "check the key of this connection and what it is allowed to do",
    "throttled": "wait a while and run again: nothing was spent",
    "transient": "run again later: nothing was spent",
    "validation": "correct the record or the mapping, and run again",
    "duplicate": "compare the two documents; give the new one another number, or skip the record",
    "stale": "look at the change at the target, and run again",
    "period_closed": "open the period and run again, or book the record in an open one by hand",
    "not_found": "look for it at the target: restore it, or correct the record",
    "unsupported": "look at the target whether it exists, before anything is sent again",
}
"""What to do, by the class of error."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means.

    Attributes:
        is_class: One of the error classes, or empty for success.
        after: Seconds after which the target says that the request may be repeated, or None.
        message: The target's own explanation.
        data: The answer's JSON, or ``MISSING``.
    """

    is_class: str
    message: str
    data: Any
    after: float | None = None


def valid(use: Use | BuiltIn, given: Any, pointer: str) -> Any:
    """Return *given* as it will be sent: amounts as text, checked against what the operation takes.

    Raises:
        RecordError: it does not meet the schema; names the first field and how many more there are.
    """
    written = use.validator.written(given)
    flaws = use.validator.flaws(written, computed=True)
    if flaws:
        more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
        where = flaws[0].pointer or "the whole"
        message = f"{use.text} would refuse {where}: {flaws[0].message}{more}"
        raise RecordError("X107", message, pointer=pointer, help=flaws[0].help)
    return written


def build(
    operation: Operation, base_url: str, given: Mapping[str, Any], key: EffectKey | None = None
) -> Request:
    """Return the request of *operation*.

    Args:
        given: What ``valid`` returned: parameters, and beside them the fields of the body.
        key: The effect's key, for a write.
    """
    document = dict(given)
    in_path: dict[str, str] = {}
    query = dict(operation.query)
    for name, param in operation.params.items():
        value = document.pop(name, param.default)
        if value is not None:
            (in_path if param.place == "path" else query)[name] = _text(value)
    address = base_url + fill_url(operation.path, in_path) + (f"?{urlencode(query)}" if query else "")
    if not operation.body:
        return Request(operation.method, address)
    if key is not None and operation.key_in_body:
        document[operation.key_in_body] = key.external_id
    headers = (("Content-Type", "application/json"),)
    return Request(operation.method, address, headers, canonical.encode(document))


def judge(connector: Connector, answer: Answer) -> Verdict:
    """Return what *answer* means by the connector's rules, which run on every status, then by its status."""
    verdict = _judge(connector, answer)
    after = answer.headers.get("retry-after", "")
    return replace(verdict, after=float(after)) if SECONDS.fullmatch(after) else verdict


def _judge(connector: Connector, answer: Answer) -> Verdict:
    data: Any = MISSING
    if answer.body:
        try:
            data = canonical.decode(answer.body)
        except ValueError:
            data = MISSING
    for rule in connector.errors:
        if _fits(rule, answer.status, data):
            return Verdict(rule.is_class, _explanation(rule, data, answer), data)
    if 200 <= answer.status < 300:
        if answer.body and data is MISSING:
            # A log-in or maintenance page: nothing that a record could be blamed for.
            return Verdict("transient", f"answered {answer.status} with something that is no JSON", data)
        return Verdict("", "", data)
    fallback = "transient" if answer.status >= 500 else "unsupported" if answer.status < 400 else "validation"
    return Verdict(BY_STATUS.get(answer.status, fallback), f"answered {answer.status}", data)


def failure(use: Use, verdict: Verdict, pointer: str) -> ConnectionFailed | RecordError:
    """Return *verdict*, which is no success, as the error of the connection or of the record."""
    message = f"{use.text}: {verdict.message or verdict.is_class}"
    help = CURES[verdict.is_class]
    if verdict.is_class in OF_CONNECTION:
        may_pass = verdict.is_class in ("throttled", "transient")
        return ConnectionFailed(
            f"{message} ({verdict.is_class})", help=help, may_pass=may_pass, after=verdict.after
        )
    return RecordError(CODES[verdict.is_class], message, pointer=pointer, help=help)


async def pages(
    use: Use, target: Target, given: Any, pointer: str, patience: Patience = NEVER
) -> AsyncIterator[list[Any]]:
    """Yield the records of a list operation, page by page; a page that does not come is asked for again.

    Raises:
        ConnectionFailed: an answer did not come, or says that the connection is not usable now.
        RecordError: the target refuses the request.
    """
    operation = use.operation
    request: Request | None = build(operation, target.base_url, valid(use, given, pointer))
    paging = target.pagings.get(operation.name)
    seen: set[str] = set()
    while request is not None:
        if request.url in seen or len(seen) >= MAX_PAGES:
            raise ConnectionFailed(f"{use.text}: the target sends the same page again and again")
        seen.add(request.url)
        answer, verdict = await patience.with_retries(partial(_asked, use, target, request, pointer))
        records = operation.records.select({RECORD: verdict.data}) if operation.records else [verdict.data]
        if not isinstance(records, list):
            where = operation.records.text if operation.records else "$"
            raise ConnectionFailed(f"{use.text}: the answer has no list at {where}")
        yield records
        request = paging.next(request, answer) if paging is not None else None


async def read(use: Use, target: Target, given: Any, pointer: str, patience: Patience = NEVER) -> Any:
    """Return the result of a read operation: all records of a list, or the one result."""
    if use.operation.records is not None:
        return [record async for page in pages(use, target, given, pointer, patience) for record in page]
    async for page in pages(use, target, given, pointer, patience):
        return result(use.operation, page[0])
    raise AssertionError("a read has at least one page")


def result(operation: Operation, data: Any) -> Any:
    """Return what ``$steps.ID`` will be for an answer's JSON."""
    if operation.record is None or data is MISSING:
        return None if data is MISSING else data
    value = operation.record.select({RECORD: data})
    return None if value is MISSING else value


async def _asked(use: Use, target: Target, request: Request, pointer: str) -> tuple[Answer, Verdict]:
    """Return the answer to a read, and what it means; raises what is no success."""
    try:
        answer = await target.transport.send(request)
    except NoAnswer as error:
        raise ConnectionFailed(f"{use.text}: {error}", help=CURES["transient"], may_pass=True) from error
    verdict = judge(use.connector, answer)
    if verdict.is_class:
        raise failure(use, verdict, pointer)
    return answer, verdict


def _fits(rule: ErrorRule, status: int, data: Any) -> bool:
    if rule.status is not None and rule.status != status:
        return False
    if rule.at is None:
        return True
    value = rule.at.select({RECORD: data})
    return value is not MISSING and (rule.equals is None or value == rule.equals)


def _explanation(rule: ErrorRule, data: Any, answer: Answer) -> str:
    value = (
        rule.message.select({RECORD: data}) if rule.message is not None and data is not MISSING else MISSING
    )
    if isinstance(value, str):
        return money.shorten(value, 300)
    return (
        f"answered {answer.status}"
        if value is MISSING
        else money.shorten(canonical.encode(value).decode(), 300)
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else money.text(value)
