"""Books that a newcomer brings: customers, balances, open orders, and totals that must tie. CSV or XLSX tables."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from finance_console.kernel import writing
from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import ZERO
from finance_console.kernel.sheets import Bounds, Unreadable, rows_of
from ledger.domain import bank_files
from ledger.domain.bank_files import Problem

BOUNDS = Bounds(content=10_000_000, unpacked=60_000_000, elements=1_500_000, rows=20_001)
MOST_LINES = 20_000
MOST_BAD = 20
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers": ("code", "name", "kind", "region", "currency"),
    "balances": ("customer", "fund", "amount"),
    "orders": ("customer", "number", "product", "amount"),
    "totals": ("what", "currency", "count", "amount"),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "customers": ("profile", "parent"),
    "balances": (),
    "orders": ("description", "starts_on", "ends_on"),
    "totals": (),
}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: the table, its line (0: the table as a whole), and why."""

    table: str
    line: int
    problem: Problem


@dataclass(slots=True)
class Books:
    """What the tables say, line by line, or what is wrong with them."""

    tables: dict[str, list[tuple[int, Mapping[str, str]]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, table: str, line: int, sentence: str, **values: Any) -> None:
        """Note a fault."""
        if len(self.faults) < MOST_BAD:
            self.faults.append(Fault(table, line, Problem(sentence, **values)))


def read(contents: Mapping[str, bytes], funds: Sequence[str], kinds: Sequence[str]) -> Books:
    """The tables that are there, by name; every line checked by itself and against the others."""
    books = Books()
    for table in COLUMNS:
        books.tables[table] = (
            list(_lines(books, table, contents[table])) if table in contents else []
        )
    currencies = _customers(books, kinds)
    for table in ("balances", "orders"):
        _amounts(books, table, currencies)
    _of_funds(books, funds)
    _unlike(books, "orders", "number")
    _terms(books)
    _tie(books, currencies)
    return books


def _lines(books: Books, table: str, content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    known = (*COLUMNS[table], *OPTIONAL[table])
    try:
        rows = rows_of(content, BOUNDS)
        header = [str(name or "").strip().lower() for name in next(rows, (1, ()))[1]]
        for name in COLUMNS[table]:
            if header.count(name) != 1:
                books.blame(table, 1, _("it needs one column called %(column)s."), column=name)
                return
        for count, (number, cells) in enumerate(rows):
            if count >= MOST_LINES:
                books.blame(table, 0, _("it has more than %(limit)s lines."), limit=MOST_LINES)
                return
            texts = [_text(cell) for cell in cells]
            if any(texts):
                padded = [*texts, *[""] * (len(header) - len(texts))]
                by_name = dict(zip(header, padded, strict=False))
                yield number, {name: by_name.get(name, "") for name in known}
    except Unreadable as error:
        books.blame(table, 0, error.sentence, **error.values)


def _text(cell: Any) -> str:
    """A cell as text: a spreadsheet keeps numbers and days as such."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    return str(cell.date()) if hasattr(cell, "date") and callable(cell.date) else str(cell).strip()


def _customers(books: Books, kinds: Sequence[str]) -> dict[str, str]:
    """The currency of each customer of the tables."""
    currencies: dict[str, str] = {}
    for number, line in books.tables["customers"]:
        if not CODE.fullmatch(line["code"]):
            books.blame(
                "customers",
                number,
                _("the customer number %(text)s cannot be used."),
                text=line["code"],
            )
        elif line["code"] in currencies:
            books.blame("customers", number, _("%(text)s is there twice."), text=line["code"])
        elif line["kind"] not in kinds or len(line["region"]) != 2 or not line["name"]:
            books.blame("customers", number, _("name, kind or region is missing or unknown."))
        elif line["parent"] and line["parent"] not in currencies:
            books.blame(
                "customers",
                number,
                _("its parent %(text)s must stand above it."),
                text=line["parent"],
            )
        else:
            known = bank_files.known_currency
            if _try(books, "customers", number, known, line["currency"]):
                currencies[line["code"]] = line["currency"]
    return currencies


def _amounts(books: Books, table: str, currencies: Mapping[str, str]) -> None:
    for number, line in books.tables[table]:
        currency = currencies.get(line["customer"])
        if currency is None:
            books.blame(
                table,
                number,
                _("the customer %(text)s is not in the table of customers."),
                text=line["customer"],
            )
            continue
        amount = _try(
            books,
            table,
            number,
            bank_files.amount,
            line["amount"],
            currency,
        )
        if amount is not None and amount <= 0:
            books.blame(table, number, _("the amount must be above zero."))


def _of_funds(books: Books, funds: Sequence[str]) -> None:
    seen: set[tuple[str, str]] = set()
    for number, line in books.tables["balances"]:
        place = (line["customer"], line["fund"])
        if line["fund"] not in funds:
            books.blame("balances", number, _("the fund %(text)s is unknown."), text=line["fund"])
        elif place in seen:
            books.blame("balances", number, _("%(text)s is there twice."), text=" ".join(place))
        seen.add(place)


def _unlike(books: Books, table: str, column: str) -> None:
    seen: set[str] = set()
    for number, line in books.tables[table]:
        if not line[column] or line[column] in seen:
            books.blame(table, number, _("%(text)s is there twice."), text=line[column] or column)
        seen.add(line[column])


def _terms(books: Books) -> None:
    for number, line in books.tables["orders"]:
        for column in ("starts_on", "ends_on"):
            if line[column]:
                _try(books, "orders", number, bank_files.day, line[column])


def _try(books: Books, table: str, number: int, made: Callable[..., Any], *values: str) -> Any:
    try:
        return made(*values)
    except Problem as problem:
        books.blame(table, number, problem.sentence, **problem.values)
        return None


def sums(books: Books) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Count and amount of customers, orders, and each fund, per currency."""
    currencies = {line["code"]: line["currency"] for _number, line in books.tables["customers"]}
    counted: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))

    def add(what: str, currency: str, amount: Decimal) -> None:
        count, total = counted[what, currency]
        counted[what, currency] = (count + 1, total + amount)

    for currency in currencies.values():
        add("customers", currency, ZERO)
    for _number, line in books.tables["balances"]:
        add(line["fund"], currencies[line["customer"]], Decimal(line["amount"]))
    for _number, line in books.tables["orders"]:
        add("orders", currencies[line["customer"]], Decimal(line["amount"]))
    return dict(counted)


def _tie(books: Books, currencies: Mapping[str, str]) -> None:
    """The table of totals says what the others hold: nothing more, nothing less."""
    if books.faults:
        return  # the lines first
    real = sums(books)
    said: dict[tuple[str, str], tuple[str, str]] = {}
    for number, line in books.tables["totals"]:
        said[line["what"], line["currency"]] = (line["count"], line["amount"])
        count, amount = real.get((line["what"], line["currency"]), (0, ZERO))
        stated = _try(
            books,
            "totals",
            number,
            bank_files.amount,
            line["amount"],
            line["currency"],
        )
        if stated is not None and (line["count"], stated) != (str(count), amount):
            books.blame(
                "totals", number, _("%(what)s: the tables hold %(count)s lines and %(amount)s."),
                what=line["what"], count=count, amount=writing.money(amount),
            )  # fmt: skip
    for what, currency in real.keys() - said.keys():
        books.blame(
            "totals",
            0,
            _("the total of %(what)s in %(currency)s is missing."),
            what=what,
            currency=currency,
        )


def day_or_none(text: str) -> date | None:
    """The day of an optional cell. Raises Problem."""
    return bank_files.day(text) if text else None
