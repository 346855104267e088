"""The amount of an application, checked again against the ledger as it is now.

The reservation should make every finding impossible; a reviewer sees it before the invoice is issued
if something slipped by all the same, or if money was refunded since.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from finance_console.kernel.money import ZERO
from invoicing.models import Claim, InvoiceableItem, InvoiceApplication
from ledger.models import Charge, Entry, LedgerAccount

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up, in a sentence."""

    text: str


def recheck(application: InvoiceApplication, at: datetime) -> list[Finding]:
    """What does not add up at `at`, at most `SHOWN` findings of a kind; empty when all is well."""
    claims = Claim.objects.filter(line__invoice__application=application)
    live = application.status in {
        InvoiceApplication.Status.PENDING_APPROVAL,
        InvoiceApplication.Status.APPROVED,
    }
    findings = _sums(application, claims)
    if live:
        findings += _items(claims)
    return findings + _cash(claims)


def _sums(application: InvoiceApplication, claims: Any) -> list[Finding]:
    """The application is the sum of its claims."""
    claimed = claims.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    if claimed == application.total.amount:
        return []
    text = _("The items add up to %(claimed)s, the application says %(total)s.")
    return [Finding(text % {"claimed": claimed, "total": application.total.amount})]


def _items(claims: Any) -> list[Finding]:
    """Every item still has in cash what is reserved for this application."""
    short = InvoiceableItem.objects.filter(pk__in=claims.values("item")).filter(
        Q(net__lt=0) | ~Q(charge__cash=F("cash")) | ~Q(charge__refunded=F("refunded"))
    )
    text = _(
        "%(source)s: %(refunded)s was refunded since; %(missing)s of the amount is no longer covered."
    )
    return [
        Finding(text % {"source": item.source, "refunded": item.refunded, "missing": item.deficit})
        for item in short.order_by("pk")[:SHOWN]
    ]


def _cash(claims: Any) -> list[Finding]:
    """The charges were paid in cash by entries of the books, to the cent."""
    charges = Charge.objects.filter(item__in=claims.values("item"))
    # Fetched, and not a sub-query of the next two: with old statistics the planner joined all with all.
    transfers = list(charges.values_list("transfer", flat=True).distinct())
    charged = dict(
        Charge.objects.filter(transfer__in=transfers)
        .values_list("transfer")
        .annotate(cash=Sum("cash"))
    )
    entries = Entry.objects.filter(
        transfer__in=transfers, account__bucket=LedgerAccount.Bucket.CASH
    )
    paid: dict[int, Decimal] = dict(entries.values_list("transfer").annotate(cash=-Sum("amount")))
    wrong = [key for key, cash in charged.items() if cash != paid.get(key, ZERO)]
    text = _("Transfer %(transfer)d moved %(paid)s in cash, its charges say %(charged)s.")
    return [
        Finding(text % {"transfer": key, "paid": paid.get(key, ZERO), "charged": charged[key]})
        for key in sorted(wrong)[:SHOWN]
    ]
