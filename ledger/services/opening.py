"""Opening the books with those of another system: customers, a transfer per fund, open orders; all or nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import CustomerAccount, User
from accounts.services.customers.opening import open_customer
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import opening_files
from ledger.domain.opening_files import Books
from ledger.models import LedgerAccount, Order, Product
from ledger.services.control.adjusting import approve_adjustment, request_adjustment
from ledger.services.operators import require_another, require_controller
from ledger.services.orders.paying import pay_order

CASH = LedgerAccount.Bucket.CASH


class BooksError(DomainError):
    """The books were refused and nothing of them was kept; `lines` are the first faults, as sentences."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("file_rejected", problem=lines[0])


@transaction.atomic
def open_books(
    *,
    contents: Mapping[str, bytes],
    by: User,
    approved_by: User,
    at: datetime,
    only_look: bool = False,
) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Bring in the tables `contents` (`customers`, `balances`, `orders`, `totals`) as of `at`; counts and sums.

    Each balance is an adjustment that `by` asked for and `approved_by` approved. Open orders were
    paid elsewhere and are not delivered: their price comes as cash and pays them at once; so a
    balance is what is left beside them. `only_look` does all of it and keeps nothing.
    Raises `BooksError` (code `file_rejected`) for anything that is wrong with the tables or that
    does not tie, `not_permitted`, `four_eyes`, and what the services below raise.
    """
    require_controller(by)
    require_controller(approved_by)
    require_another(approved_by, by.pk)
    books = _read(contents)
    _require_new(books)
    customers = _customers(books, at)
    prices: dict[str, Decimal] = defaultdict(Decimal)
    for _number, line in books.tables["orders"]:
        prices[line["customer"]] += Decimal(line["amount"])
    money: dict[tuple[str, str], Decimal] = {(code, CASH): sum_ for code, sum_ in prices.items()}
    rest: dict[tuple[str, str], Decimal] = {}
    for _number, line in books.tables["balances"]:
        place = (line["customer"], line["fund"])
        target = money if line["fund"] == CASH else rest
        target[place] = target.get(place, ZERO) + Decimal(line["amount"])
    reason = gettext("Opening balance")
    # cash first, which pays the orders; other funds come when nothing is left to be paid with them
    for step in (money, rest):
        for (code, fund), amount in sorted(step.items()):
            asked = request_adjustment(
                customer=customers[code], fund=fund, amount=amount, reason=reason, by=by, at=at
            )
            approve_adjustment(adjustment=asked, by=approved_by, at=at)
        if step is money:
            _orders(books, customers, at)
    if only_look:
        transaction.set_rollback(True)
    return opening_files.sums(books)


def _read(contents: Mapping[str, bytes]) -> Books:
    funds = [fund.value for fund in LedgerAccount.FUNDS]
    books = opening_files.read(contents, funds, CustomerAccount.Kind.values)
    if books.faults:
        raise BooksError(
            [
                gettext("%(table)s, line %(line)s: %(problem)s")
                % {
                    "table": fault.table,
                    "line": fault.line,
                    "problem": gettext(fault.problem.sentence) % fault.problem.values,
                }
                for fault in books.faults
            ]
        )
    return books


def _require_new(books: Books) -> None:
    """Raises `BooksError` for customers or orders that are here already, and for products that are not."""
    codes = [line["code"] for _number, line in books.tables["customers"]]
    numbers = [line["number"] for _number, line in books.tables["orders"]]
    skus = {line["product"] for _number, line in books.tables["orders"]}
    known = [
        *CustomerAccount.objects.filter(code__in=codes).values_list("code", flat=True),
        *Order.objects.filter(number__in=numbers).values_list("number", flat=True),
    ]
    if known:
        raise BooksError([gettext("%(number)s is here already.") % {"number": known[0]}])
    missing = skus - set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    if missing:
        words = gettext("The product %(sku)s is not in the catalogue.")
        raise BooksError([words % {"sku": sku} for sku in sorted(missing)])


def _customers(books: Books, at: datetime) -> dict[str, CustomerAccount]:
    customers: dict[str, CustomerAccount] = {}
    for number, line in books.tables["customers"]:
        try:
            customers[line["code"]] = open_customer(
                code=line["code"],
                name=line["name"],
                kind=line["kind"],
                profile=line["profile"] or None,
                region=line["region"].upper(),
                currency=line["currency"],
                parent=customers.get(line["parent"]),
                at=at,
            )
        except LookupError:
            words = gettext("customers, line %(line)s: the profile %(profile)s is not in force.")
            raise BooksError([words % {"line": number, "profile": line["profile"]}]) from None
    return customers


def _orders(books: Books, customers: Mapping[str, CustomerAccount], at: datetime) -> None:
    for _number, line in books.tables["orders"]:
        pay_order(
            number=line["number"],
            customer=customers[line["customer"]],
            amount=Decimal(line["amount"]),
            product=Product.objects.get(sku=line["product"]),
            description=line["description"],
            starts_on=opening_files.day_or_none(line["starts_on"]),
            ends_on=opening_files.day_or_none(line["ends_on"]),
            at=at,
        )
