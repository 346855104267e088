"""Cash moved between two accounts of one organization."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from djmoney.money import Money

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, Membership, User
from accounts.services.customers.locking import lock_customers, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from finance_console.kernel.writing import in_currency
from ledger.models import LedgerAccount, MemberTransfer, Transfer
from ledger.services.bills import generating
from ledger.services.funds import lots, moving
from ledger.services.payouts.rules import require_withdrawable
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket


def transfer_partners(customer: CustomerAccount, by: User) -> list[CustomerAccount]:
    """The accounts of the customer's organization that `by` may move the customer's cash to."""
    root = customer.parent_id or customer.pk
    partners = (
        CustomerAccount.objects.filter(
            Q(pk=root) | Q(parent=root),
            currency=customer.currency,
            status=CustomerAccount.Status.ACTIVE,
        )
        .exclude(pk=customer.pk)
        .order_by("code")
    )
    mine = set(
        by.memberships.filter(role=Membership.Role.FINANCE).values_list("customer", flat=True)
    )
    whole = root in mine
    return [
        partner for partner in partners if whole or (partner.pk in mine and customer.pk in mine)
    ]


@transaction.atomic
def transfer_to_member(
    *,
    giver: CustomerAccount,
    taker: CustomerAccount,
    amount: Decimal,
    reference: str,
    by: User,
    at: datetime,
) -> MemberTransfer:
    """Move `amount` of the giver's cash to the taker, in their common currency.

    Only cash that the giver could withdraw moves: no credit, nothing held, nothing bound to a
    product. It leaves the giver's oldest lots and is a lot of the taker from `at` on; the taker's
    unsettled bills are settled with it. Idempotent by `reference` within the giver.
    `by` acts for both accounts, or for the parent of the organization.
    Raises `invalid_amount`, `not_same_organization`, `not_permitted`, `account_closed`,
    `currency_mismatch`, `withdrawal_held`, `insufficient_balance`, `reference_conflict`.
    """
    locked = lock_customers({giver.pk, taker.pk})
    giver, taker = locked[giver.pk], locked[taker.pk]
    _require_allowed(giver, taker, by)
    known = MemberTransfer.objects.filter(
        transfer_out__customer=giver, transfer_out__reference=f"members:{reference}"
    ).first()
    if known:
        if (known.taker_id, known.amount.amount) != (taker.pk, amount):
            raise DomainError("reference_conflict", reference=reference)
        return known
    amount = parse_amount(str(amount), giver.currency)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=giver.currency)
    require_withdrawable(giver, amount)
    takes = moving.plan(giver, amount, newest_first=False)
    out_id = _post(giver, f"members:{reference}", -amount, at)
    moving.take(takes, out_id)
    in_id = _post(taker, f"members-in:{giver.pk}:{reference}", amount, at)
    lots.receive(customer=taker, fund=Bucket.CASH, amount=amount, transfer_id=in_id, at=at)
    moved = MemberTransfer.objects.create(
        giver=giver,
        taker=taker,
        amount=Money(amount, giver.currency),
        moved_by=by,
        moved_at=at,
        transfer_out_id=out_id,
        transfer_in_id=in_id,
    )
    _tell(moved, at)
    generating.settle_bills(customer=taker, at=at)
    return moved


def _require_allowed(giver: CustomerAccount, taker: CustomerAccount, by: User) -> None:
    roots = {giver.parent_id or giver.pk, taker.parent_id or taker.pk}
    if giver.pk == taker.pk or len(roots) != 1:
        raise DomainError("not_same_organization")
    mine = set(
        by.memberships.filter(role=Membership.Role.FINANCE).values_list("customer", flat=True)
    )
    if not by.is_active or not (roots <= mine or {giver.pk, taker.pk} <= mine):
        raise DomainError("not_permitted")
    require_open(giver)
    require_open(taker)
    if giver.currency != taker.currency:
        raise DomainError("currency_mismatch", one=giver.currency, other=taker.currency)


def _post(customer: CustomerAccount, reference: str, cash: Decimal, at: datetime) -> int:
    transfer_id, _created = post(
        customer=customer,
        reference=reference,
        kind=Transfer.Kind.MEMBERS,
        legs=[Leg(Bucket.CASH, cash), Leg(Bucket.MEMBERS, -cash)],
        currency=customer.currency,
        at=at,
    )
    return transfer_id


def _tell(moved: MemberTransfer, at: datetime) -> None:
    amount = in_currency(moved.amount.amount, moved.amount.currency.code)
    for customer, topic, other in (
        (moved.giver, "member_transfer_sent", moved.taker),
        (moved.taker, "member_transfer_received", moved.giver),
    ):
        enqueue(
            customer=customer,
            topic=topic,
            about=str(moved.pk),
            values={"amount": amount, "account": other.name},
            at=at,
        )
