"""Whose money a line at the desk may be, each with the reason: what is remembered, written, or owed."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.models import BankLine, Bill

MOST = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A customer and why the money may be theirs."""

    customer: CustomerAccount
    reason: str | Promise


def suggestions(line: BankLine) -> list[Suggestion]:
    """Customers who may have paid `line`, the best reason first, each once, in its currency."""
    by_customer: dict[int, Suggestion] = {}
    for suggestion in (*_remembered(line), *_numbered(line), *_owing(line)):
        if suggestion.customer.currency == line.currency and not suggestion.customer.is_closed:
            by_customer.setdefault(suggestion.customer.pk, suggestion)
    return list(by_customer.values())


def _remembered(line: BankLine) -> Iterator[Suggestion]:
    """Who was credited for earlier lines from this account, then under this name."""
    for field, value, words in (
        ("payer_account", line.payer_account, _("Paid from this account before: {times} times")),
        ("payer", line.payer, _("Paid under this name before: {times} times")),
    ):
        if not value:
            continue
        paid = (
            BankLine.objects.filter(status=BankLine.Status.MATCHED, **{field: value})
            .values("recharge__customer")
            .annotate(times=Count("pk"))
            .order_by("-times", "recharge__customer")[:MOST]
        )
        times = {row["recharge__customer"]: row["times"] for row in paid}
        customers = CustomerAccount.objects.in_bulk(times)
        for pk, count in times.items():
            yield Suggestion(customers[pk], format_lazy(words, times=count))


def _numbered(line: BankLine) -> Iterator[Suggestion]:
    """Whose customer number stands in what the payer wrote."""
    written = {word.strip(".,;:()#").upper() for word in line.remittance.split()}
    for customer in CustomerAccount.objects.filter(code__in=written).order_by("pk")[:MOST]:
        yield Suggestion(customer, _("Its customer number is in the text"))


def _owing(line: BankLine) -> Iterator[Suggestion]:
    """Who has an open bill of exactly this amount."""
    bills = Bill.objects.filter(
        status=Bill.Status.UNSETTLED, total=line.amount, currency=line.currency
    ).select_related("customer")
    for bill in bills.order_by("generated_at", "pk")[:MOST]:
        yield Suggestion(bill.customer, _("An open bill of this amount"))
