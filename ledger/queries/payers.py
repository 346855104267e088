"""Whose money a line of a bank statement may be, each with the reasons: what is remembered, written, or owed.

For many lines at once: the number of queries does not grow with them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.domain import bank_texts, confidence
from ledger.domain.confidence import Because
from ledger.models import BankLine, Bill

MOST = 5
WORDS = {
    Because.STRUCTURED: _("The structured reference is theirs"),
    Because.BILL_NUMBER: _("The number of their bill is in the text"),
    Because.CUSTOMER_NUMBER: _("Its customer number is in the text"),
    Because.ACCOUNT: _("Paid from this account before: {times} times"),
    Because.NAME: _("Paid under this name before: {times} times"),
    Because.AMOUNT: _("An open bill of this amount"),
}


class Payment(Protocol):
    """What is looked at of a line, of a file or of the books."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def payer(self) -> str: ...
    @property
    def payer_account(self) -> str: ...
    @property
    def remittance(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A customer, why the money may be theirs, and how sure that is (percent, never 100)."""

    customer: CustomerAccount
    reason: str | Promise
    confidence: int


@dataclass(slots=True)
class _Speaking:
    """What speaks for a customer; `times` they paid so before."""

    times: dict[Because, int] = field(default_factory=dict)

    @property
    def reason(self) -> str | Promise:
        said = [format_lazy(WORDS[because], times=count) for because, count in self.times.items()]
        return format_lazy("{}" + "; {}" * (len(said) - 1), *said)


def suggestions(line: BankLine) -> list[Suggestion]:
    """Customers who may have paid `line`, the surest first, each once, in its currency."""
    return suggestions_for([line], line.currency)[0]


def suggestions_for(lines: Sequence[Payment], currency: str) -> list[list[Suggestion]]:
    """As `suggestions`, for each of `lines`, of an account in `currency`."""
    known = _Known(lines, currency)
    return [known.suggest(line) for line in lines]


class _Known:
    """What the books know about the payers of some lines."""

    def __init__(self, lines: Sequence[Payment], currency: str) -> None:
        texts = [line.remittance for line in lines]
        numbers = set().union(*(bank_texts.numbers_in(text) for text in texts))
        references = set().union(*(bank_texts.references_in(text) for text in texts))
        open_bills = Bill.objects.filter(status=Bill.Status.UNSETTLED, currency=currency)
        self._bills = dict(
            Bill.objects.filter(number__in=numbers).values_list("number", "customer_id")
        )
        self._plain = (
            {
                bank_texts.plain(number): customer
                for number, customer in open_bills.values_list("number", "customer_id").iterator()
                if bank_texts.plain(number) in references
            }
            if references
            else {}
        )
        of_amount = open_bills.filter(total__in={line.amount for line in lines})
        self._owing = _listed(
            (bill.total.amount, bill.customer_id)
            for bill in of_amount.order_by("generated_at", "pk").iterator()
        )
        self._by_account = _history("payer_account", {line.payer_account for line in lines})
        self._by_name = _history("payer", {line.payer for line in lines})
        codes = CustomerAccount.objects.filter(code__in=numbers | references)
        self._codes = dict(codes.values_list("code", "pk"))
        people = {
            *self._codes.values(), *self._bills.values(), *self._plain.values(),
            *(pk for listed in self._owing.values() for pk in listed),
            *(pk for paid in (self._by_account, self._by_name) for times in paid.values() for pk in times),
        }  # fmt: skip
        self._customers = CustomerAccount.objects.filter(currency=currency, closed_at=None).in_bulk(
            people
        )

    def suggest(self, line: Payment) -> list[Suggestion]:
        """Who may have paid this one."""
        speaking: dict[int, _Speaking] = defaultdict(_Speaking)
        for because, customer, times in self._reasons(line):
            if customer in self._customers:
                speaking[customer].times.setdefault(because, times)
        sure = {
            customer: confidence.percent(said.times.keys(), max(said.times.values()))
            for customer, said in speaking.items()
        }
        suggested = [
            Suggestion(
                self._customers[customer],
                said.reason,
                confidence.among([sure[pk] for pk in sure if pk != customer], sure[customer]),
            )
            for customer, said in speaking.items()
        ]
        return sorted(suggested, key=lambda one: -sure[one.customer.pk])

    def _reasons(self, line: Payment) -> Iterable[tuple[Because, int, int]]:
        """Reason, customer, and how often they paid so before."""
        for body in bank_texts.references_in(line.remittance):
            for known in (self._plain, self._codes):
                if body in known:
                    yield Because.STRUCTURED, known[body], 0
        for number in bank_texts.numbers_in(line.remittance):
            if number in self._bills:
                yield Because.BILL_NUMBER, self._bills[number], 0
            if number in self._codes:
                yield Because.CUSTOMER_NUMBER, self._codes[number], 0
        for because, paid, said in (
            (Because.ACCOUNT, self._by_account, line.payer_account),
            (Because.NAME, self._by_name, line.payer),
        ):
            for customer, times in paid.get(said, {}).items():
                yield because, customer, times
        for customer in self._owing.get(line.amount, [])[:MOST]:
            yield Because.AMOUNT, customer, 0


def _listed(rows: Iterable[tuple[Decimal, int]]) -> dict[Decimal, list[int]]:
    listed: dict[Decimal, list[int]] = defaultdict(list)
    for amount, customer in rows:
        listed[amount].append(customer)
    return listed


def _history(column: str, values: set[str]) -> dict[str, dict[int, int]]:
    """By account or name: who was credited for earlier lines from it, and how often."""
    paid = (
        BankLine.objects.filter(
            Q(**{f"{column}__in": values - {""}}), status=BankLine.Status.MATCHED
        )
        .values_list(column, "recharge__customer")
        .annotate(times=Count("pk"))
        .order_by("-times", "recharge__customer")
    )
    history: dict[str, dict[int, int]] = defaultdict(dict)
    for value, customer, times in paid:
        if len(history[value]) < MOST:
            history[value][customer] = times
    return history
