"""Deficits hold money: what was invoiced and refunded since cannot be withdrawn (B38 to B40, D11).

The hold follows the deficit in the same transaction: placed when one appears, placed again when
its amount changes, lifted the moment an offset or a credited invoice clears it.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from accounts.services.customers.locking import lock_customer
from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem
from invoicing.queries.policies import policy_of
from invoicing.services.deficits.telling import tell_released
from ledger.models import Hold
from ledger.services.payouts.holding import lift_hold, place_hold

SOURCE = REASON = "deficit"


def follow_deficits(*, customer_ids: Iterable[int], at: datetime) -> None:
    """Make the holds of these customers equal to their deficits. Call it after items changed.

    What is held (all of the balance, or the amount of the deficit) is the profile's
    `withdraw_block`. Costs two look-ups in partial indexes where there is neither.
    """
    for customer_id in sorted(set(customer_ids)):
        if _deficit(customer_id) or _is_held(customer_id):
            _follow(customer_id, at)


@transaction.atomic
def _follow(customer_id: int, at: datetime) -> None:
    customer = lock_customer(customer_id)
    deficit = _deficit(customer_id)
    if not deficit:
        if lifted := lift_hold(customer=customer, source=SOURCE, at=at):
            tell_released(hold=lifted, at=at)
        return
    everything = policy_of(customer).withdraw_block == "all"
    place_hold(
        customer=customer,
        amount=None if everything else deficit,
        reason=REASON,
        source=SOURCE,
        at=at,
    )


def _deficit(customer_id: int) -> Decimal:
    """What was invoiced but refunded since, marketplace included."""
    overdrawn = InvoiceableItem.objects.filter(customer=customer_id, net__lt=0)
    total: Decimal = -overdrawn.aggregate(sum=Sum("net", default=ZERO))["sum"]
    return total


def _is_held(customer_id: int) -> bool:
    return Hold.objects.filter(customer=customer_id, source=SOURCE, lifted_at=None).exists()
