"""``uses: CONNECTION.OPERATION``: builds a connector's request, judges its answer, reads all pages of a list."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

from engine import canonical, form, money
from engine.actions.patience import NEVER, Patience
from engine.actions.request import build
from engine.budgets import Admission, Said
from engine.connector import Connector, Operation
from engine.errors import ConnectionFailed, RecordError
from engine.flaws import Flaw
from engine.paths import MISSING, RECORD, Path
from engine.policy import OF_CONNECTION, ErrorRule
from engine.raw import Page, is_beside, look, plain, split
from engine.recipe import BuiltIn, Use
from engine.wire import Answer, NoAnswer, Request
from engine.world import Target

MAX_PAGES: Final = 100_000
SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
"""A Retry-After that is no date. RFC 9110 knows whole seconds only; Shopify's REST API writes ``2.0``."""
MILLISECOND: Final = Decimal("0.001")
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
        data: The answer's JSON, or ``MISSING``; of a page in its parts what stands beside its records.
        page: The page in its parts, or None.
    """

    is_class: str
    message: str
    data: Any
    after: float | None = None
    page: Page | None = None


def valid(use: Use | BuiltIn, given: Any, pointer: str) -> Any:
    """Return *given* as it will be sent: amounts as text, checked against what the operation takes.

    Raises:
        RecordError: it does not meet the schema; names the first field and how many more there are.
    """
    written = use.validator.written(given)
    flaws = use.validator.flaws(written, computed=True)
    if flaws:
        raise unfit(use, flaws, pointer)
    if isinstance(use, Use) and use.operation.is_form and (found := form.uncarried(written)):
        message = f"{use.text} is sent as a form, which cannot carry {found[1]} (in {found[0]})"
        help = "leave the field out where there is nothing: a path that ends in ?, or a when"
        raise RecordError("X107", message, pointer=pointer, help=help)
    return written


def unfit(use: Use | BuiltIn, flaws: Sequence[Flaw], pointer: str) -> RecordError:
    """Return that what *use* is given has *flaws*: names the first, and how many more there are."""
    more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
    where = flaws[0].pointer or "the whole"
    message = f"{use.text} would refuse {where}: {flaws[0].message}{more}"
    return RecordError("X107", message, pointer=pointer, help=flaws[0].help)


def judge(connector: Connector, answer: Answer, records: Path | None = None) -> Verdict:
    """Return what *answer* means by the connector's rules, which run on every status, then by its status.

    Args:
        records: Where its records stand, which then are decoded one by one, where no rule looks at them.
    """
    verdict = _judge(connector, answer, records)
    after = _after(answer.headers)
    return verdict if after is None else replace(verdict, after=after)


def _after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` says, or None; an instant is measured by the target's own clock.

    Source: RFC 9110, sections 10.2.3 and 6.6.1.
    """
    said = headers.get("retry-after")
    if said is None:
        return None
    if SECONDS.fullmatch(said):
        # Never sooner than was asked for: what is left of a millisecond is a whole one.
        return float(Decimal(said).quantize(MILLISECOND, ROUND_CEILING))
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
        return max((until - now).total_seconds(), 0.0)
    except (TypeError, ValueError):  # no date, or one without zone beside one with
        return None


def _judge(connector: Connector, answer: Answer, records: Path | None) -> Verdict:
    data: Any = MISSING
    page = _parted(connector, answer, records)
    if page is not None:
        data = page.beside
    elif answer.body:
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
        return Verdict("", "", data, page=page)
    fallback = "transient" if answer.status >= 500 else "unsupported" if answer.status < 400 else "validation"
    return Verdict(BY_STATUS.get(answer.status, fallback), f"answered {answer.status}", data)


def _parted(connector: Connector, answer: Answer, records: Path | None) -> Page | None:
    """Return *answer* in its parts; None where it is none, or a rule could tell that its records are apart."""
    if records is None or not 200 <= answer.status < 300:
        return None
    looked_at = (path for rule in connector.errors for path in (rule.at, rule.message) if path is not None)
    return split(answer.body, records) if all(is_beside(path, records) for path in looked_at) else None


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

    Records come as ``Raw``, or as plain data from a page that is decoded as a whole.

    Raises:
        ConnectionFailed: an answer did not come, or says that the connection is not usable now.
        RecordError: the target refuses the request.
    """
    operation = use.operation
    request: Request | None = build(operation, target.base_url, valid(use, given, pointer))
    paging = target.pagings.get(operation.name)
    seen: set[tuple[str, str]] = set()
    while request is not None:
        mark = request.url, canonical.digest(request.body or b"")
        if mark in seen or len(seen) >= MAX_PAGES:
            raise ConnectionFailed(f"{use.text}: the target sends the same page again and again")
        seen.add(mark)
        answer, verdict = await patience.with_retries(
            partial(_asked, use, target, request, pointer, patience.longest)
        )
        found = verdict.page.records if verdict.page is not None else _records(use, verdict.data, pointer)
        yield list(found)
        request = paging.next(request, answer, found) if paging is not None else None


async def read(use: Use, target: Target, given: Any, pointer: str, patience: Patience = NEVER) -> Any:
    """Return the result of a read operation: all records of a list, or the one result."""
    if use.operation.records is not None:
        found: list[Any] = []
        async for page in pages(use, target, given, pointer, patience):
            for record in page:
                if flaw := cut_short(use, record, pointer):
                    raise flaw
                found.append(_whole(use, record))
        return _each_once(found, use.operation.id)
    async for page in pages(use, target, given, pointer, patience):
        value = result(use.operation, page[0])
        if value is not None and (flaw := cut_short(use, value, pointer)):
            raise flaw
        return value
    raise AssertionError("a read has at least one page")


def _each_once(records: list[Any], id: Path | None) -> list[Any]:
    """Return *records* without those of which a later one has the same *id*: pages may overlap while things change."""
    if id is None:
        return records
    found = [look(id, each) for each in records]
    # What has no id is told apart by its place.
    known = [each if isinstance(each, str | int) else (index,) for index, each in enumerate(found)]
    last = {value: index for index, value in enumerate(known)}
    return [each for index, each in enumerate(records) if last[known[index]] == index]


def _whole(use: Use, record: Any) -> Any:
    try:
        return plain(record)
    except canonical.NotJson as error:
        raise ConnectionFailed(
            f"{use.text}: a record of the answer is no JSON: {error}", may_pass=True
        ) from error


def cut_short(use: Use, record: Any, pointer: str = "") -> RecordError | None:
    """Return why *record*, which is by *use*, is not whole; None where each of its lists is told to be."""
    for path in use.operation.truncated:
        found = look(path, record)
        each = found if isinstance(found, list) else [found]
        if all(value is False for value in each):
            continue
        what = "is true" if any(value is True for value in each) else "says neither true nor false"
        params = use.operation.params.items()
        sizes = [name for name, param in params if param.schema.get("type") == "integer"]
        more = f"ask for more at once ({', '.join(sizes)} under with)" if sizes else "ask for more at once"
        return RecordError(
            "X207",
            f"{use.text}: the answer holds only a part of this record: {path.text} {what}",
            pointer=pointer,
            help=f"{more}, or bring this record over by hand",
        )
    return None


def result(operation: Operation, data: Any) -> Any:
    """Return what ``$steps.ID`` will be for an answer's JSON."""
    if operation.record is None or data is MISSING:
        return None if data is MISSING else data
    value = operation.record.select({RECORD: data})
    return None if value is MISSING else value


async def heard(admission: Admission, answer: Answer, verdict: Verdict) -> Verdict:
    """Let the budgets of the target hear *answer*, and return *verdict* with what they know of when to ask again.

    A budget that holds enough was not what refused: the recipe's own pauses hold then.
    """
    is_throttled = verdict.is_class == "throttled"
    after = await admission.answered(Said(answer.headers, verdict.data, is_throttled, verdict.after))
    return replace(verdict, after=after) if is_throttled and verdict.after is None else verdict


async def _asked(
    use: Use, target: Target, request: Request, pointer: str, longest: float
) -> tuple[Answer, Verdict]:
    """Return the answer to a read, and what it means; raises what is no success."""
    async with target.admitted(use.operation.name, longest) as admission:
        try:
            answer = await target.transport.send(request)
        except NoAnswer as error:
            raise ConnectionFailed(f"{use.text}: {error}", help=CURES["transient"], may_pass=True) from error
        verdict = judge(use.connector, answer, use.operation.records)
        if not verdict.is_class and use.operation.graphql is not None:
            verdict = _of_graphql(verdict)
        verdict = await heard(admission, answer, verdict)
    if verdict.is_class:
        raise failure(use, verdict, pointer)
    return answer, verdict


def _of_graphql(verdict: Verdict) -> Verdict:
    """Return what a GraphQL answer means of which the connector's rules say nothing: with errors it is no success.

    Source: GraphQL specification, October 2021, section 7.1: data may stand beside errors, with null in its gaps.
    """
    errors = verdict.data.get("errors") if isinstance(verdict.data, dict) else None
    if not errors:
        return verdict
    first = errors[0] if isinstance(errors, list) else errors
    said = first.get("message") if isinstance(first, dict) else None
    told = said if isinstance(said, str) else canonical.encode(errors).decode()
    return replace(verdict, is_class="validation", message=money.shorten(told, 300))


def _records(use: Use, data: Any, pointer: str) -> list[Any]:
    path = use.operation.records
    if path is None:
        return [data]
    found = path.select({RECORD: data})
    if isinstance(found, list):
        return found
    if found is MISSING and path.optional:
        return []  # the vendor leaves out a list that would be empty
    if use.operation.graphql is not None and isinstance(data, dict) and isinstance(data.get("data"), dict):
        # GraphQL answers null where a thing that is asked for by its id is not there.
        why = path.why_missing({RECORD: data}) if found is MISSING else f"{path.text} is no list"
        raise failure(use, Verdict("not_found", f"nothing is there: {why}", data), pointer)
    raise ConnectionFailed(f"{use.text}: the answer has no list at {path.text}")


def _fits(rule: ErrorRule, status: int, data: Any) -> bool:
    # What a server that failed says of an error is not sure: only a rule of that very status goes by it.
    if status != rule.status and (rule.status is not None or status >= 500):
        return False
    if rule.at is None:
        return True
    return any(rule.equals in (None, value) for value in rule.at.nodes({RECORD: data}))


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
