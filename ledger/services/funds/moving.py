"""Lots of cash that leaves a balance for no charge, and the very same lots coming back."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import CustomerAccount
from ledger.models import LedgerAccount, Lot, LotUse
from ledger.services.funds.lots import Take, repay_credit, use_lot

CASH = LedgerAccount.Bucket.CASH


def free_cash_lots(customer: CustomerAccount) -> QuerySet[Lot]:
    """Cash that may leave: lots with something left that are not bound to a product or entity."""
    return Lot.objects.filter(
        customer=customer,
        fund=CASH,
        currency=customer.currency,
        remaining__gt=0,
        product=None,
        entity=None,
    ).select_related("source__recharge")


def plan(customer: CustomerAccount, amount: Decimal, *, newest_first: bool) -> list[Take]:
    """Which lots `amount` would come out of. Changes nothing.

    Newest first is for money that goes back to where it came from: payment channels return a
    recent payment, not an old one. Oldest first is the order in which money is spent.
    """
    order = ("-received_at", "-pk") if newest_first else ("received_at", "pk")
    takes: list[Take] = []
    for lot in free_cash_lots(customer).order_by(*order):
        if part := min(amount, lot.remaining):
            takes.append((lot, part))
            amount -= part
    return takes


def take(takes: list[Take], transfer_id: int) -> None:
    """After the transfer moved the money: take it out of the planned lots.

    Runs in the transaction that planned, under the customer's lock.
    """
    for lot, part in takes:
        use_lot(lot, part, transfer_id)


def restore(*, customer: CustomerAccount, undone_id: int, transfer_id: int, at: datetime) -> None:
    """After one transfer brought back what `undone_id` took: into exactly the lots it came from.

    Credit that was used meanwhile is repaid with it.
    """
    for used in LotUse.objects.filter(transfer=undone_id).select_related("lot").order_by("pk"):
        use_lot(used.lot, -used.amount, transfer_id)
    repay_credit(customer, transfer_id, at)
