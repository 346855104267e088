"""Taking a wrong recharge back: one transfer that reverses its own, while the money is still there."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.services.customers.locking import lock_customer
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from ledger.models import BankLine, LedgerAccount, Recharge, Transfer
from ledger.queries.balances import withdrawable
from ledger.services.funds import lots
from ledger.services.operators import require_controller, require_reason, require_stranger
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket


@transaction.atomic
def reverse_recharge(*, recharge: Recharge, reason: str, by: User, at: datetime) -> Recharge:
    """Take a wrong recharge back; a bank line it came from goes back to the desk.

    The recharge's own lot is emptied first, then the oldest. The customer gets a message.
    Raises `not_permitted`, `four_eyes` (`by` acts for the customer), `explanation_required`,
    `recharge_reversed` when it was reversed before, and `insufficient_balance` when the money is
    spent or held. Works on closed accounts too.
    """
    customer = lock_customer(recharge.customer_id)
    recharge = Recharge.objects.select_for_update(no_key=True).get(pk=recharge.pk)
    require_controller(by)
    require_stranger(by, customer)
    reason = require_reason(reason)
    if recharge.reversed_at:
        raise DomainError("recharge_reversed")
    amount = recharge.amount.amount
    free = withdrawable(customer).available
    if free < amount:
        raise DomainError(
            "insufficient_balance", says="takes_too_much", balance=free, needed=amount
        )
    transfer_id, _created = post(
        customer=customer,
        reference=f"reversal:{recharge.transfer.reference.partition(':')[2]}",
        kind=Transfer.Kind.REVERSAL,
        legs=[Leg(Bucket.CASH, -amount), Leg(Bucket.FUNDING, amount)],
        currency=customer.currency,
        at=at,
        reverses_id=recharge.transfer_id,
    )
    lots.release(
        customer=customer,
        fund=Bucket.CASH,
        transfer_id=transfer_id,
        at=at,
        first_id=recharge.transfer_id,
    )
    recharge.reversed_at, recharge.reversal_reason = at, reason
    recharge.save(update_fields=["reversed_at", "reversal_reason"])
    _back_to_the_desk(recharge)
    enqueue(
        customer=customer,
        topic="recharge_reversed",
        about=recharge.transfer.reference,
        values={
            "amount": in_currency(amount, recharge.amount.currency.code),
            "reason": recharge.reversal_reason,
        },
        at=at,
    )
    return recharge


def _back_to_the_desk(recharge: Recharge) -> None:
    lines: QuerySet[BankLine] = BankLine.objects.select_for_update(no_key=True, of=("self",))
    line = lines.filter(recharge=recharge).first()
    if line:
        line.reopen()
        line.save()
