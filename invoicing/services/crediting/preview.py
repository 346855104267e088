"""What a credit or a refund would do, found out by doing it in a transaction that is undone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from accounts.models import CustomerAccount, User
from finance_console.kernel.money import ZERO
from invoicing.channels import SandboxChannel
from invoicing.models import CreditNote, CreditRequest, Invoice, InvoiceableItem, PaperReturn
from invoicing.queries.statements import held, later_items
from invoicing.services.crediting import requests
from ledger.models import Charge
from ledger.queries.balances import withdrawable

CLOSED = Q(customer__status=CustomerAccount.Status.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where accounts stand, whatever it is, the marketplace included: what is open, owed, and offset.

    `lapsed`: what would be open, but its account is closed (D13). `later`: what of the open amount goes with a
    statement that is still to come, by its month and day (K15).
    """

    open: Decimal
    lapsed: Decimal
    deficit: Decimal
    offset: Decimal
    later: Mapping[tuple[str, datetime], Decimal]


def _standing(customer_ids: Iterable[int], at: datetime) -> Standing:
    items = InvoiceableItem.objects.filter(customer__in=list(customer_ids))
    sums = items.aggregate(
        open=Sum("net", filter=Q(net__gt=0) & ~CLOSED, default=ZERO),
        lapsed=Sum("net", filter=Q(net__gt=0) & CLOSED, default=ZERO),
        deficit=-Sum("net", filter=Q(net__lt=0), default=ZERO),
        offset=Sum("offset_received", default=ZERO),
    )
    customers = [
        customer
        for customer in CustomerAccount.objects.filter(pk__in=list(customer_ids))
        if not customer.is_closed
    ]
    later: dict[tuple[str, datetime], Decimal] = defaultdict(lambda: ZERO)
    for item in held(later_items(customers).values(), at):
        later[item.month, item.opens_at] += item.amount
    return Standing(**sums, later=later)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Amounts in the invoice's currency: of the credit note (positive), and of the accounts around it."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    before: Standing
    after: Standing

    @property
    def opens(self) -> Decimal:
        """What can be invoiced again."""
        return self.after.open - self.before.open

    @property
    def lapses(self) -> Decimal:
        """What nobody can invoice again, because the account is closed (D13)."""
        return self.after.lapsed - self.before.lapsed

    @property
    def clears(self) -> Decimal:
        """How much of a deficit it ends."""
        return self.before.deficit - self.after.deficit

    @property
    def later(self) -> list[tuple[str, datetime, Decimal]]:
        """What of it can be invoiced with which later statement only, from when."""
        more = {
            key: amount - self.before.later.get(key, ZERO)
            for key, amount in self.after.later.items()
        }
        return [(month, day, amount) for (month, day), amount in sorted(more.items()) if amount > 0]


def preview_credit(
    *,
    invoice: Invoice,
    reason: str,
    amount: Decimal | None,
    form_number: str,
    recorded: bool,
    certified: bool,
    actor: User,
    at: datetime,
    note: str = "",
) -> Effect:
    """The effect of the credit note that this request would end in. Nothing stays written.

    The numbers it draws come from the sandbox and are undone with the rest. Raises what
    `request_credit` raises.
    """

    def written() -> CreditNote:
        request = requests.request_credit(
            invoice=invoice,
            reason=reason,
            amount=amount,
            note=note,
            form_number=form_number,
            recorded=recorded,
            certified=certified,
            actor=actor,
            at=at,
            idempotency_key="preview",
        )
        if request.status == CreditRequest.Status.AWAITING_ORIGINAL:
            PaperReturn.objects.create(invoice=invoice, request=request, received_at=at)
            request.original_received()
            request.save()
        return _approved(request, at)

    return _effect(invoice, written, at)


def preview_approval(*, request: CreditRequest, at: datetime) -> Effect:
    """The effect of approving it. Nothing stays written. Raises what `approve_credit` raises."""
    return _effect(request.invoice, lambda: _approved(request, at), at)


def _approved(request: CreditRequest, at: datetime) -> CreditNote:
    return requests.approve_credit(
        request=request, reviewer=None, at=at, channel=SandboxChannel(seconds=0)
    )


def _effect(invoice: Invoice, make: Callable[[], CreditNote], at: datetime) -> Effect:
    accounts = invoice.application.account_ids
    with transaction.atomic():
        before, note = _standing(accounts, at), make()
        after = _standing(accounts, at)
        transaction.set_rollback(True)
    return Effect(
        net=-note.net.amount,
        tax=-note.tax.amount,
        gross=-note.gross.amount,
        before=before,
        after=after,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """After a refund, in the currency of the account: what its deficits are, what it may withdraw.

    `opened`: what is invoiced or applied for beyond what stays consumed, more than before; of whoever may
    ask for the invoice of what was refunded (B31). Some of it may be offset at once.
    """

    deficit: Decimal
    withdrawable: Decimal
    opened: Decimal


def preview_refund(
    *, customer: CustomerAccount, charge: Charge, refund: Callable[[], object], at: datetime
) -> Outcome:
    """Where `refund` of the charge would leave the customer. Nothing stays written. Raises what `refund` raises."""
    owner = [InvoiceableItem.objects.get(charge=charge).customer_id]
    with transaction.atomic():
        before = _standing(owner, at)
        refund()
        after = _standing(owner, at)
        outcome = Outcome(
            deficit=_standing([customer.pk], at).deficit,
            withdrawable=withdrawable(customer).available,
            opened=after.deficit + after.offset - before.deficit - before.offset,
        )
        transaction.set_rollback(True)
    return outcome
