"""The chart of accounts: read from YAML, kept in the books' log, asked by role, category and code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from engine import canonical, source
from engine.books.fields import Reader, Refusal
from engine.diagnostics import Diagnostic
from engine.errors import EngineError, RecipeInvalid

SHIPPED: Final = Path(__file__).with_name("chart.yaml")
TYPES: Final = ("asset", "liability", "equity", "income", "expense")
ROLES: Final = (
    "bank",
    "receivable",
    "clearing",
    "input_tax",
    "vendor_credit",
    "suspense",
    "payable",
    "tax",
    "credit",
    "exchange",
    "gain",
    "expense",
    "fees",
)
CATEGORIES: Final = "goods shipping tip gift_card deposit duty fee adjustment rounding".split()
CONTROL: Final = frozenset("receivable payable credit vendor_credit exchange gain".split())
"""Roles that only the books post to: no document names their accounts."""
OF_TAX: Final = frozenset({"tax", "input_tax"})
"""Roles that only the books post to from sales and purchases; paying the tax is an entry that names them."""
OF_PARTIES: Final = frozenset("receivable payable credit vendor_credit".split())
"""Roles whose postings name a customer or vendor."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Attributes:
        code: Its number; a sub-account's is its parent's, a colon and a word.
        type: asset, liability, equity, income or expense.
        role: What the books post to it by themselves, or empty.
    """

    code: str
    name: str
    type: str
    role: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart of accounts.

    Attributes:
        currency: The books' own currency.
        accounts: In the order of the file.
        categories: Category of a sale's line to code of its account.
    """

    currency: str
    accounts: tuple[Account, ...]
    categories: Mapping[str, str]

    @cached_property
    def roles(self) -> dict[str, str]:
        """Role to code."""
        return {account.role: account.code for account in self.accounts if account.role}

    @cached_property
    def by_code(self) -> dict[str, Account]:
        """Code to account."""
        return {account.code: account for account in self.accounts}

    def code(self, role: str, word: str | None = None) -> str:
        """Return the code of the account with *role*, or of its sub-account *word*."""
        return self.roles[role] if word is None else f"{self.roles[role]}:{word}"

    def sub_account(self, code: str) -> Account | None:
        """Return the sub-account that *code* names, or None where it names none that there may be."""
        parent, colon, word = code.partition(":")
        above = self.by_code.get(parent)
        if (
            not colon
            or not word.strip()
            or above is None
            or above.role not in ("clearing", "tax", "input_tax")
        ):
            return None
        return Account(code, f"{above.name}: {word}", above.type, above.role)

    def as_data(self) -> dict[str, Any]:
        """Return the chart as plain data, as the log keeps it."""
        rows = [
            {name: value for name in ("code", "name", "type", "role") if (value := getattr(account, name))}
            for account in self.accounts
        ]
        return {"currency": self.currency, "accounts": rows, "categories": dict(self.categories)}


def chart_of(data: Any) -> Chart:
    """Return plain *data* as a chart.

    Raises:
        Refusal: a field is wrong; an account, role or category stands twice or is missing.
    """
    reader = Reader(data, "", {"currency", "accounts", "categories"})
    accounts = tuple(
        _account(Reader(row, f"/accounts/{index}", {"code", "name", "type", "role"}))
        for index, row in enumerate(reader.items("accounts"))
    )
    for name in ("code", "role"):
        _once(name, [getattr(account, name) for account in accounts])
    missing = [role for role in ROLES if role not in {account.role for account in accounts}]
    if missing:
        raise reader.wrong("accounts", "missing", f"no account has the role {missing[0]}")
    chosen = Reader(reader.raw("categories"), "/categories", frozenset(CATEGORIES))
    categories = {name: chosen.needed(name) for name in CATEGORIES}
    control = {account.code for account in accounts if account.role in CONTROL | OF_TAX}
    known = {account.code for account in accounts} - control
    for name, code in categories.items():
        if code not in known:
            why = "is kept by the books themselves" if code in control else "is no account above"
            raise chosen.wrong(name, "account", f"{code} {why}")
    return Chart(reader.currency("currency"), accounts, categories)


def load(path: Path) -> Chart:
    """Return the chart in the YAML file *path*.

    Raises:
        RecipeInvalid: it is no YAML, or not a chart; says where.
        EngineError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise EngineError(
            f"the chart of accounts {path} is not UTF-8 text (byte {error.start})", help="save it as UTF-8"
        ) from error
    except OSError as error:
        raise EngineError(
            f"the chart of accounts {path} cannot be read: {error.strerror}",
            help="correct `chart` of the connection",
        ) from error
    file = source.read(text, str(path))
    if file.found:
        raise RecipeInvalid(file.found, file)
    try:
        return chart_of(canonical.decode(canonical.encode(file.data)))
    except Refusal as refusal:
        cure = "recipe books chart prints the chart that ships, as an example"
        raise RecipeInvalid([Diagnostic("R408", refusal.field, refusal.message, cure)], file) from refusal


def _account(reader: Reader) -> Account:
    code = reader.needed("code")
    if ":" in code:
        raise reader.wrong("code", "form", f"a code has no colon, which divides sub-accounts; found {code!r}")
    role = reader.choice("role", ROLES, "") if reader.has("role") else ""
    return Account(code, reader.needed("name"), reader.choice("type", TYPES, ""), role)


def _once(name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value and value in seen:
            raise Refusal("twice", f"the {name} {value} stands twice", f"/accounts/{index}/{name}")
        seen.add(value)
