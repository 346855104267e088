"""Giving money back and crediting its invoice in one transaction: the way that leaves no deficit."""

from collections.abc import Callable, Container, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import Max

from accounts.models import Membership, User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.channels import IssuingChannel
from invoicing.models import (
    Claim,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    Offset,
    Release,
)
from invoicing.queries.providers import is_of_provider
from invoicing.services.crediting import rules
from invoicing.services.crediting.requests import approve_credit, request_credit
from invoicing.services.deficits.telling import untold
from invoicing.services.deficits.undoing import undo_newer
from ledger.models import Charge

Done = TypeVar("Done")


def creditable_at_once(charge: Charge, actor: User) -> list[tuple[Invoice, Decimal]]:
    """Invoices behind the charge that its refund can credit, newest first, and how much of each.

    Electronic ones that nobody has said are booked, of a customer whose money `actor` handles:
    paper must come back first, and a booked invoice needs its confirmation.
    """
    item = InvoiceableItem.objects.get(charge=charge)
    claims = Claim.objects.filter(
        item=item,
        line__invoice__status=Invoice.Status.ISSUED,
        line__invoice__medium=InvoiceApplication.Medium.ELECTRONIC,
        line__invoice__application__customer__in=actor.memberships.filter(
            role=Membership.Role.FINANCE
        ).values("customer"),
    ).exclude(line__invoice__credit_requests__recorded=True)
    rows = claims.select_related("line__invoice__application__customer", "line__invoice__entity")
    creditable = []
    for claim in rows.order_by("-line__invoice__issued_at", "-pk"):
        released = Release.objects.filter(line__line=claim.line, item=item)
        left = claim.amount - sum(released.values_list("amount", flat=True), ZERO)
        if left > 0 and not is_of_provider(claim.line.invoice):
            creditable.append((claim.line.invoice, left))
    return creditable


@transaction.atomic
def refund_and_credit(
    *,
    charge: Charge,
    give_back: Callable[[], Done],
    actor: User,
    at: datetime,
    reference: str,
    channel: IssuingChannel | None = None,
) -> Done:
    """Run `give_back`, a refund of the charge, and credit what it leaves as a deficit, at once.

    All or nothing: the deficits together are at every commit what they were before. The house
    gave the money back, so the credit needs no second decision. New consumption is not offset
    against it. Idempotent as far as `give_back` is. Raises `not_credited_at_once` when the
    invoices of `creditable_at_once` do not cover the deficit, and what `give_back` raises.
    """
    locked = lock_customers(_accounts(charge, actor))
    before = InvoiceableItem.objects.get(charge=charge)
    newest = Offset.objects.filter(deficit_item=before).aggregate(pk=Max("pk", default=0))["pk"]
    with untold():  # what opens here is gone before it ends
        done = give_back()
        undo_newer(deficit_item=before, than=newest, at=at)
        missing = InvoiceableItem.objects.get(charge=charge).deficit - before.deficit
        due = _shares(missing, creditable_at_once(charge, actor), locked)
        for number, (invoice, amount) in enumerate(due):
            request = request_credit(
                invoice=invoice,
                reason=CreditRequest.Reason.SALES_RETURN,
                amount=amount,
                actor=actor,
                at=at,
                idempotency_key=f"refund:{reference}:{number}",
            )
            approve_credit(request=request, reviewer=None, at=at, channel=channel)
    return done


def _shares(
    missing: Decimal, behind: Iterable[tuple[Invoice, Decimal]], locked: Container[int]
) -> list[tuple[Invoice, Decimal]]:
    """What to credit of which invoice, known before the first note is issued.

    An invoice that concerns an account that is not locked came up meanwhile: waiting for that
    lock now could be out of order. Raises `not_credited_at_once`.
    """
    shares: dict[int, tuple[Invoice, Decimal]] = {}
    for invoice, left in behind:
        _same, so_far = shares.get(invoice.pk, (invoice, ZERO))
        amount = min(missing, left, rules.left_to_credit(invoice) - so_far)
        if amount > 0 and all(pk in locked for pk in invoice.application.account_ids):
            shares[invoice.pk] = (invoice, so_far + amount)
            missing -= amount
    if missing > 0:
        raise DomainError("not_credited_at_once", missing=missing)
    return list(shares.values())


def _accounts(charge: Charge, actor: User) -> set[int]:
    """All that the refund and the credits concern: locked at once, in the fixed order."""
    ids = {charge.customer_id, InvoiceableItem.objects.get(charge=charge).customer_id}
    if charge.order is not None:
        ids.add(charge.order.customer_id)
    for invoice, _left in creditable_at_once(charge, actor):
        ids.update(invoice.application.account_ids)
    return ids
