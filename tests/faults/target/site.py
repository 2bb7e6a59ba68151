"""What the target serves: a strategy each under its name, and its control under ``/control``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from tests.faults.target.faults import BadRule, Met, Plan, Rule, armed, plan
from tests.faults.target.limits import Meter, meter
from tests.faults.target.store import STRATEGIES, Call, Store, encode, error
from tests.faults.target.wire import Answer, Line, Request

GARBLED: Final = Answer(200, b'{"id": ')
NO_BODY: Final[Mapping[str, Any]] = {}
decode: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
raws: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _refunded(form: bytes) -> dict[str, Any]:
    fields = dict(parse_qsl(form.decode()))
    return {"text": fields["metadata[text]"], "amount": str(Decimal(fields["amount"]).scaleb(-2))}


def _paid(body: bytes) -> dict[str, Any]:
    fields = decode(body)
    return {"text": fields["PaymentRefNum"], "amount": str(fields["TotalAmt"])}


def _as_payment(answer: Answer) -> Answer:
    """Return *answer* as QuickBooks would write it: in an envelope, or with a fault."""
    said = decode(answer.body)
    if "error" in said:
        fault = {"code": said["error"]["code"], "Message": said["error"]["message"], "Detail": ""}
        return answer._replace(body=encode({"Fault": {"Error": [fault], "type": "ValidationFault"}}))
    made = {
        "Id": said["id"],
        "SyncToken": "0",
        "CustomerRef": {"value": "1"},
        "TotalAmt": Decimal(said["amount"]),
    }
    return answer._replace(body=encode({"Payment": made}))


class Shipped(NamedTuple):
    """Where a connector that ships writes, and what that is to the target: a note by one of its strategies.

    Attributes:
        noted: Reads the body; raises ``KeyError`` for what it lacks.
        dress: Writes an answer as the vendor would.
    """

    strategy: str
    noted: Callable[[bytes], dict[str, Any]]
    dress: Callable[[Answer], Answer] = lambda answer: answer


SHIPPED: Final = {
    "/stripe/refunds": Shipped("header", _refunded),
    "/quickbooks/payment": Shipped("query", _paid, _as_payment),
}
"""By their paths."""


class Site:
    """Answers each request, by the rules that are armed."""

    def __init__(self) -> None:
        self.store = Store()
        self.rules: list[Rule] = []
        self.meter = Meter()
        self._clock = asyncio.get_running_loop().time
        self._start = self._clock()

    def serve(self, line: Line, request: Request) -> None:
        """Do what *request* asks for and answer over *line*, now or later or not at all."""
        first, *parts = request.path[1:].split("/")
        vendor = SHIPPED.get(request.path) if request.method == "POST" else None
        if vendor is not None:
            first, parts = vendor.strategy, ["notes"]
        if first == "control":
            self._control(line, request, "/".join(parts))
            return
        entry = {
            "method": request.method,
            "path": request.path,
            "key": "",
            "did": "plain",
            "status": None,
            "made": None,
            "seconds": round(self._clock() - self._start, 6),
        }
        self.store.log.append(entry)
        strategy = STRATEGIES.get(first)
        if strategy is None:
            entry["status"] = 404
            line.answer(error(404, "not_found", f"a strategy is of {', '.join(STRATEGIES)}"))
            return
        refusal = self.meter.enter(self._clock())
        if refusal is not None:
            entry["did"], entry["status"] = "limited", refusal.status
            line.answer(self.meter.told(refusal))
            return
        data: Mapping[str, Any] | str = NO_BODY
        if request.body:
            try:
                data = vendor.noted(request.body) if vendor is not None else decode(request.body)
            except (msgspec.DecodeError, KeyError) as flaw:
                data = str(flaw)
        key = strategy.key(request, NO_BODY if isinstance(data, str) else data)
        if request.method == "GET" and first == "find":
            key = request.query.get("reference", "")
        call = Call(strategy, request, tuple(parts), data, key)
        made = plan(self.rules, Met(request.method, first, key))
        entry["key"], entry["did"] = key, made.did
        Work(self.store, line, call, made, entry, self.meter, vendor).begin()

    def _control(self, line: Line, request: Request, name: str) -> None:
        if (request.method, name) == ("GET", "settled"):
            self.store.waiting.append(lambda: line.answer(Answer(200, b"{}")))
            if not self.store.late:
                self.store.told()
            return
        work = CONTROL.get((request.method, name))
        if work is None:
            known = ", ".join(f"{method} /control/{name}" for method, name in CONTROL)
            line.answer(error(404, "not_found", f"there are {known} and GET /control/settled"))
            return
        try:
            line.answer(Answer(200, encode(work(self, request.body))))
        except (BadRule, msgspec.DecodeError) as flaw:
            line.answer(error(400, "bad_control", str(flaw)))

    def _arm(self, body: bytes) -> Any:
        self.rules = armed(msgspec.json.decode(body), tuple(STRATEGIES))
        return {}

    def _records(self, body: bytes) -> Any:
        self.store.records = raws(body)
        return {}

    def _limit(self, body: bytes) -> Any:
        self.meter = meter(msgspec.json.decode(body))
        return {}

    def _limits(self, body: bytes) -> Any:
        return {"most": self.meter.most, "refused": self.meter.refused}

    def _reset(self, body: bytes) -> Any:
        gone, self.store, self.rules, self.meter = self.store, Store(), [], Meter()
        gone.told()
        return {}

    def _effects(self, body: bytes) -> Any:
        return {key: [made._asdict() for made in effects] for key, effects in self.store.effects.items()}

    def _documents(self, body: bytes) -> Any:
        return {
            name: [msgspec.json.decode(each) for each in notes.values()]
            for name, notes in self.store.notes.items()
        }

    def _log(self, body: bytes) -> Any:
        return self.store.log


CONTROL: Final[Mapping[tuple[str, str], Callable[[Site, bytes], Any]]] = {
    ("POST", "faults"): Site._arm,
    ("POST", "records"): Site._records,
    ("POST", "limits"): Site._limit,
    ("POST", "reset"): Site._reset,
    ("GET", "limits"): Site._limits,
    ("GET", "effects"): Site._effects,
    ("GET", "documents"): Site._documents,
    ("GET", "log"): Site._log,
}


class Work:
    """One request on its way through its plan."""

    __slots__ = ("call", "dress", "entry", "line", "meter", "plan", "store")

    def __init__(
        self,
        store: Store,
        line: Line,
        call: Call,
        plan: Plan,
        entry: dict[str, Any],
        meter: Meter,
        vendor: Shipped | None = None,
    ) -> None:
        self.store, self.line, self.call, self.plan, self.entry = store, line, call, plan, entry
        self.meter, self.dress = meter, vendor.dress if vendor is not None else lambda answer: answer

    def begin(self) -> None:
        store, mark = self.store, self.call.mark
        if mark is not None and mark in store.working:
            self.entry["status"] = 409
            self.meter.leave()
            self.line.answer(
                self.dress(error(409, "in_progress", "a request with this key is being worked on"))
            )
        elif self.plan.commit_after is not None:
            self.meter.leave()
            (self.line.hold if self.plan.ending == "hold" else self.line.close)()
            store.later(self.plan.commit_after, self._commit)
        elif self.plan.work_for and self.call.writes and mark not in store.known:
            if mark is not None:
                store.working.add(mark)
            store.later(self.plan.work_for, self._worked)
        else:
            self._finish()

    def _worked(self) -> None:
        self._finish()
        if self.call.mark is not None:
            self.store.working.discard(self.call.mark)

    def _finish(self) -> None:
        made = self.plan
        answer = made.answer
        if answer is None or made.after_commit:
            truth = self._commit() if made.commits or made.after_commit else None
            answer = answer or (GARBLED if made.garbled else truth)
        if answer is not None and answer is not GARBLED and answer.content_type == "application/json":
            answer = self.dress(answer)
        if made.ending == "answer" and answer is not None:
            self.entry["status"] = answer.status
            answer = self.meter.told(answer)
        send = partial(self._leave, partial(getattr(self.line, made.ending), answer))
        if made.answer_after:
            self.store.later(made.answer_after, send)
        else:
            send()

    def _leave(self, send: Callable[[], None]) -> None:
        # Before the client can know it: its next request may be here at once.
        self.meter.leave()
        send()

    def _commit(self) -> Answer:
        """Do what is asked for, and return the answer that says so."""
        call, store = self.call, self.store
        if self.plan.forgets and call.strategy.forgets:
            store.forget(call.strategy.name)
        if call.writes:
            answer, made = store.write(call, self.plan)
            self.entry["made"] = made or None
            return answer
        return self._read()

    def _read(self) -> Answer:
        call, store = self.call, self.store
        if call.request.method != "GET":
            return error(405, "bad_method", f"only GET, POST of {call.strategy.things}, and PUT of one")
        query = call.request.query
        match call.parts:
            case ("notes",) if call.strategy.name == "find":
                return store.find(query.get("reference") if self.plan.filters else None)
            case ("records",):
                return store.page(query.get("after", "0"), query.get("limit", "50"))
            case (things, made) if things == call.strategy.things:
                body = store.notes[call.strategy.name].get(made)
                if body is not None:
                    return Answer(200, body)
        return error(404, "not_found", f"there is no {call.request.path}")
