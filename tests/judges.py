"""The programs that judge the books' exports, run as programs: each finds no fault and the balances that ours are."""

from __future__ import annotations

import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine.books import Books
from engine.books.export import Format, account_names, export
from engine.books.reports import trial_balance

SUFFIXES: Final[dict[Format, str]] = {"hledger": "journal", "ledger": "ledger", "beancount": "beancount"}
PROGRAMS: Final[dict[Format, str]] = {"hledger": "hledger", "ledger": "ledger", "beancount": "bean-check"}
Balances = dict[tuple[str, str], Decimal]
"""Debit less credit by an account's name and currency, without those of zero."""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *program* and return what it said."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, check=False)


def wanted(books: Books, format: Format) -> Balances:
    """Return what a judge has to find."""
    with books.reading() as cursor:
        accounts = cursor.execute("SELECT code, name, type FROM account").fetchall()
    names = account_names({code: (name, type) for code, name, type in accounts}, format)
    rows = [row for row in trial_balance(books).rows if row.debit or row.credit]
    found = {(names[row.code], row.currency): row.debit - row.credit for row in rows}
    assert len(found) == len(rows)
    return found


def judged(books: Books, format: Format, program: str, folder: Path) -> Balances:
    """Return the balances that the judge of *format* finds in the books' export, which it accepts."""
    path = folder / f"books.{SUFFIXES[format]}"
    path.write_text(export(books, format), "utf-8")
    if format == "hledger":
        return _hledger(program, path)
    if format == "ledger":
        return _ledger(program, path)
    return _beancount(program, path, wanted(books, format))


def _hledger(program: str, path: Path) -> Balances:
    checked = run(program, "-f", str(path), "check", "--strict")
    assert (checked.returncode, checked.stderr) == (0, "")
    words = ["balance", "--flat", "--no-elide", "--no-total", "-O", "csv", "--layout=bare"]
    shown = run(program, "-f", str(path), *words)
    found = re.findall(r'(?m)^"([^"]+)","([A-Z]{3})","([^"]+)"', shown.stdout)
    return {(name, currency): Decimal(amount) for name, currency, amount in found if Decimal(amount)}


def _ledger(program: str, path: Path) -> Balances:
    form = r"%(account)\t%(commodity(amount))\t%(quantity(amount))\n"
    shown = run(program, "--args-only", "--pedantic", "-f", str(path), "register", "--format", form)
    assert (shown.returncode, shown.stderr) == (0, "")
    balances: Balances = {}
    for line in shown.stdout.splitlines():
        name, currency, amount = line.split("\t")
        balances[name, currency] = balances.get((name, currency), Decimal(0)) + Decimal(amount)
    return {key: amount for key, amount in balances.items() if amount}


def _beancount(program: str, path: Path, balances: Balances) -> Balances:
    """Let beancount assert *balances*, since bean-check prints none; one is of an account with all below it."""
    checked = run(program, str(path))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    with path.open("a", encoding="utf-8") as file:
        for name, currency in balances:
            amounts = [
                amount
                for (other, of), amount in balances.items()
                if of == currency and f"{other}:".startswith(f"{name}:")
            ]
            file.write(f"2099-12-31 balance {name} {sum(amounts)} {currency}\n")
    asserted = run(program, str(path))
    assert (asserted.returncode, asserted.stdout + asserted.stderr) == (0, "")
    return balances
