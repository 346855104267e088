"""Reading credit: who uses it, what was paid with it, and when it was repaid."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Max, Q, Sum

from ledger.models import Charge, LedgerAccount, LotUse

CASH = LedgerAccount.Bucket.CASH


def in_debt(customer_ids: Iterable[int]) -> set[int]:
    """Those of the customers whose cash is below zero: they use credit."""
    accounts = LedgerAccount.objects.filter(
        customer__in=set(customer_ids), bucket=CASH, balance__lt=0
    )
    return set(accounts.values_list("customer_id", flat=True))


def unfunded(charge_ids: Iterable[int]) -> dict[int, Decimal]:
    """The cash of charges that is still owed: no lot paid it so far. Only where there is some."""
    charges = Charge.objects.filter(pk__in=list(charge_ids)).annotate(
        drawn=Sum("lot_uses__amount", filter=Q(lot_uses__lot__fund=CASH), default=Decimal(0))
    )
    rows = charges.annotate(owed=F("cash") - F("refunded") - F("drawn")).filter(owed__gt=0)
    return dict(rows.values_list("pk", "owed"))


def funded_at(charge_ids: Iterable[int]) -> dict[int, datetime]:
    """When the last money for each charge came out of a lot: at payment, or when credit was repaid."""
    uses = LotUse.objects.filter(charge__in=list(charge_ids), amount__gt=0)
    rows = uses.values("charge").annotate(last=Max("transfer__effective_at")).order_by()
    return dict(rows.values_list("charge", "last"))
