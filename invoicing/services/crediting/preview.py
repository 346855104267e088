"""What a credit or a refund would do, found out by doing it in a transaction that is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from invoicing.channels import SandboxChannel
from invoicing.models import CreditNote, CreditRequest, Invoice, PaperReturn
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.crediting import requests
from ledger.queries.balances import withdrawable


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Amounts in the invoice's currency: of the credit note (positive), and of the account around it."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    open_before: Decimal
    open_after: Decimal
    deficit_before: Decimal
    deficit_after: Decimal

    @property
    def opens(self) -> Decimal:
        """What can be invoiced again."""
        return self.open_after - self.open_before

    @property
    def clears(self) -> Decimal:
        """How much of a deficit it ends."""
        return self.deficit_before - self.deficit_after


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
) -> Effect:
    """The effect of the credit note that this request would end in. Nothing stays written.

    The numbers it draws come from the sandbox and are undone with the rest. Raises what
    `request_credit` raises.
    """

    def note() -> CreditNote:
        request = requests.request_credit(
            invoice=invoice,
            reason=reason,
            amount=amount,
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

    return _effect(invoice.application.customer, note, at)


def preview_approval(*, request: CreditRequest, at: datetime) -> Effect:
    """The effect of approving it. Nothing stays written. Raises what `approve_credit` raises."""
    return _effect(request.customer, lambda: _approved(request, at), at)


def _approved(request: CreditRequest, at: datetime) -> CreditNote:
    return requests.approve_credit(request=request, reviewer=None, at=at, channel=SandboxChannel())


def _effect(customer: CustomerAccount, make: Callable[[], CreditNote], at: datetime) -> Effect:
    with transaction.atomic():
        before, note = invoiceable(customer, at), make()
        after = invoiceable(customer, at)
        transaction.set_rollback(True)
    return Effect(
        net=-note.net.amount,
        tax=-note.tax.amount,
        gross=-note.gross.amount,
        open_before=before.open,
        open_after=after.open,
        deficit_before=before.deficit,
        deficit_after=after.deficit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An account after a refund, in its currency: what its deficits are, what it may withdraw."""

    deficit: Decimal
    withdrawable: Decimal


def preview_refund(
    *, customer: CustomerAccount, refund: Callable[[], object], at: datetime
) -> Outcome:
    """Where `refund` would leave the customer. Nothing stays written. Raises what `refund` raises."""
    with transaction.atomic():
        refund()
        found = Outcome(
            deficit=invoiceable(customer, at).deficit,
            withdrawable=withdrawable(customer).available,
        )
        transaction.set_rollback(True)
    return found
