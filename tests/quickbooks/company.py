"""A company's books on loopback that answer as QuickBooks Online does: queries, faults, request ids, tokens.

It is written from Intuit's documentation and its XSD, not from the connector: the statement of a query is read by a
reader of its own, and a request is refused where QuickBooks would refuse it.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fake import Reply, Sent, site

REALM = "9130000000000001"
TOKEN = "access-of-a-made-up-company"
STATEMENT = re.compile(
    r"select \* from (?P<entity>[A-Z][A-Za-z]*)(?: where (?P<where>.*?))?"
    r"(?: orderby Id)?(?: STARTPOSITION (?P<start>\d+))?(?: MAXRESULTS (?P<most>\d+))?",
    re.DOTALL,
)
TEXT = r"'(?:[^'\\]|\\.)*'"
CONDITION = re.compile(rf"([A-Za-z.]+) (=|>=|in) ({TEXT}|\({TEXT}(?:, {TEXT})*\))(?: and |$)", re.DOTALL)
ITEMS = ("Goods", "Shipping", "Tip", "Gift card", "Duty", "Rounding", "1200 shopify_payments")
ACCOUNTS = {"1010": "Checking", "1200": "Clearing", "2400": "Gift cards"}
HAS = {"customer": "Customer", "invoice": "Invoice", "payment": "Payment"}


class Refused(Exception):
    """What a request is answered with where it is not carried out."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(code)
        self.fault = {
            "Fault": {
                "Error": [{"Message": message, "Detail": detail or message, "code": code}],
                "type": "ValidationFault",
            },
            "time": "2026-11-24T10:00:00.000-08:00",
        }


@dataclass
class Company:
    """What it holds.

    Attributes:
        status: Of an answer with a fault: 400, or 200 as it comes at times.
        closed: The last day of a closed period, or empty.
        adds: What the company's own tax adds to each invoice.
        loses: How many answers to writes are still lost on their way, after the write.
        drops: How many requests to write are still lost on their way.
        sent: Every request: its method, its path below the company and its query.
    """

    status: int = 400
    closed: str = ""
    adds: Decimal = Decimal(0)
    loses: int = 0
    drops: int = 0
    address: str = ""
    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    held: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in HAS.values()})
    replies: dict[str, tuple[bytes, Reply]] = field(default_factory=dict)
    alone: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.held["Item"] = [{"Id": str(80 + n), "Name": name} for n, name in enumerate(ITEMS)]
        self.held["Account"] = [
            {"Id": str(30 + n), "Name": name, "AcctNum": number}
            for n, (number, name) in enumerate(ACCOUNTS.items())
        ]

    def answer(self, sent: Sent) -> Reply:
        with self.alone:
            parts = urlsplit(sent.path)
            asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
            if sent.headers.get("authorization") != f"Bearer {TOKEN}":
                return _json({"fault": {"error": [{"code": "3200"}], "type": "AUTHENTICATION"}}, 401)
            base = f"/v3/company/{REALM}/"
            assert parts.path.startswith(base), sent.path
            assert (asked.get("minorversion"), sent.headers["accept"]) == ("75", "application/json")
            self.sent.append((sent.method, parts.path.removeprefix(base), asked))
            try:
                return self.carried(sent, parts.path.removeprefix(base), asked)
            except Refused as refused:
                return _json(refused.fault, self.status)

    def carried(self, sent: Sent, path: str, asked: dict[str, str]) -> Reply:
        """Return the answer to what QuickBooks knows; raises ``Refused``."""
        if path == "query":
            return _json(self.queried(asked["query"]))
        entity, _, id = path.partition("/")
        if sent.method == "GET":
            found = [each for each in self.held[HAS[entity]] if each["Id"] == id]
            if not found:
                raise Refused("610", "Object Not Found", "Object Not Found : Something you're trying to use")
            return _json({HAS[entity]: found[0], "time": "2026-11-24T10:00:00.000-08:00"})
        if self.drops:
            self.drops -= 1
            return Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Le")
        request = asked["requestid"]
        assert 0 < len(request) <= 50
        if request in self.replies:  # the same response as to the first one, whatever is asked
            return self.replies[request][1]
        reply = _json({HAS[entity]: self.added(entity, json.loads(sent.body, parse_float=Decimal))})
        self.replies[request] = sent.body, reply
        if self.loses:
            self.loses -= 1
            return Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Le")
        return reply

    def queried(self, text: str) -> dict[str, Any]:
        """Return the answer to a statement; the list is left out where it would be empty."""
        read = STATEMENT.fullmatch(text)
        if read is None or read["entity"] not in self.held:
            raise Refused("4000", "Error parsing query", text)
        found = [each for each in self.held[read["entity"]] if _fits(each, read["where"] or "", text)]
        start, most = int(read["start"] or 1), min(int(read["most"] or 100), 1000)
        page = found[start - 1 : start - 1 + most]
        said = {read["entity"]: page, "startPosition": start, "maxResults": len(page)} if page else {}
        return {"QueryResponse": said, "time": "2026-11-24T10:00:00.000-08:00"}

    def added(self, entity: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return what became of a new *entity*; raises ``Refused``."""
        if self.closed and given.get("TxnDate", "9999") <= self.closed:
            raise Refused("6210", "Account Period Closed", "The account period has closed")
        held = self.held[HAS[entity]]
        made = {**given, "Id": str(100 + sum(map(len, self.held.values()))), "SyncToken": "0"}
        made["MetaData"] = {"LastUpdatedTime": "2026-11-24T10:00:00-08:00"}
        getattr(self, f"_{entity}")(made)
        held.append(made)
        return made

    def _customer(self, made: dict[str, Any]) -> None:
        name = made["DisplayName"]
        if ":" in name or len(name) > 500:
            raise Refused("2040", "Invalid String")
        if any(each["DisplayName"].lower() == name.lower() for each in self.held["Customer"]):
            raise Refused(
                "6240", "Duplicate Name Exists Error", f"The name supplied already exists. : {name}"
            )

    def _invoice(self, made: dict[str, Any]) -> None:
        self.known("Customer", made["CustomerRef"]["value"])
        number = made.get("DocNumber", "")
        if len(number) > 21:
            raise Refused("2050", "String length is either shorter or longer than supported")
        if number and any(each.get("DocNumber") == number for each in self.held["Invoice"]):
            raise Refused(
                "6140", "Duplicate Document Number Error", f"DocNumber={number} is assigned already"
            )
        total = Decimal(0)
        for line in made["Line"]:
            detail = line["SalesItemLineDetail"]
            self.known("Item", detail["ItemRef"]["value"])
            assert detail["TaxCodeRef"]["value"] in ("TAX", "NON")
            assert line["DetailType"] == "SalesItemLineDetail"
            total += _amount(line["Amount"])
        tax = _amount(made.get("TxnTaxDetail", {}).get("TotalTax", 0))
        made["TotalAmt"] = made["Balance"] = total + tax + self.adds

    def _payment(self, made: dict[str, Any]) -> None:
        self.known("Customer", made["CustomerRef"]["value"])
        if "DepositToAccountRef" in made:
            self.known("Account", made["DepositToAccountRef"]["value"])
        left = _amount(made["TotalAmt"])
        for line in made.get("Line", ()):
            for linked in line["LinkedTxn"]:
                invoice = self.known(linked["TxnType"], linked["TxnId"])
                taken = min(_amount(line["Amount"]), invoice["Balance"])
                invoice["Balance"] -= taken
                left -= taken
        made["UnappliedAmt"] = left

    def known(self, entity: str, id: str) -> dict[str, Any]:
        """Return what has *id*; raises ``Refused``."""
        for each in self.held[entity]:
            if each["Id"] == id:
                return each
        raise Refused("2500", "Invalid Reference Id", f"Invalid Reference Id : {entity} {id}")


def _amount(value: Any) -> Decimal:
    assert isinstance(value, int | Decimal), value
    if Decimal(value) != round(Decimal(value), 2):
        raise Refused("2020", "Invalid Number", f"Invalid Number : {value}")
    return Decimal(value)


def _fits(record: dict[str, Any], where: str, text: str) -> bool:
    at = 0
    while at < len(where):
        read = CONDITION.match(where, at)
        if read is None:
            raise Refused("4000", "Error parsing query", text)
        at = read.end()
        name, sign, wanted = read.groups()
        values = [re.sub(r"\\(.)", r"\1", each[1:-1]) for each in re.findall(TEXT, wanted)]
        has = _field(record, name)
        if not (has >= values[0] if sign == ">=" else has in values):
            return False
    return bool(record.get("Active", True))


def _field(record: dict[str, Any], name: str) -> str:
    value: Any = record
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value.get("Address", "") if isinstance(value, dict) else str(value)


def _json(data: object, status: int = 200) -> Reply:
    text = json.dumps(data, default=float)
    return Reply(status, text.encode(), {"Content-Type": "application/json;charset=UTF-8"})


@contextlib.contextmanager
def served() -> Iterator[Company]:
    """Serve a company for as long as the block runs."""
    company = Company()
    with site(company.answer) as address:
        company.address = address
        yield company
