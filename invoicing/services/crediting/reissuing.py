"""Correcting an invoice: credited and asked for again in one transaction (B54, B55, SC-86)."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Candidate, make_plan
from invoicing.domain.remarks import compose, decompose
from invoicing.models import (
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
)
from invoicing.queries.planning import candidate
from invoicing.queries.policies import policy_of
from invoicing.services.asking.previewing import Preview
from invoicing.services.asking.terms import Ask, terms_of
from invoicing.services.asking.writing import Submission, write_application
from invoicing.services.crediting import rules
from invoicing.services.crediting.notes import lines_left
from invoicing.services.crediting.requests import approve_credit, lock_invoice, request_credit


@transaction.atomic
def reissue(
    *,
    invoice: Invoice,
    actor: User | None,
    at: datetime,
    idempotency_key: str,
    title_id: int | None = None,
    remarks: str | None = None,
) -> InvoiceApplication:
    """Credit what is left of an electronic invoice and apply for the same again, with another title or remark.

    The credit note, the release and the new reservation commit together, so that nobody else can
    take the amount in between. What was refunded meanwhile is left out. Idempotent by key. Raises
    `electronic_only` (paper must come back first), `credit_by_person` (D22: one rule with a plain request), what `request_credit` and `check_terms` raise,
    and `below_minimum` when nothing is left to invoice.
    """
    invoice = lock_invoice(invoice.pk)
    application = invoice.application
    customer = application.customer
    known = InvoiceApplication.objects.filter(corrects=invoice).first()
    if known is not None and known.idempotency_key == idempotency_key:
        return known
    if invoice.medium != InvoiceApplication.Medium.ELECTRONIC:
        raise DomainError("electronic_only")
    rules.check_asker(invoice, actor)
    rules.check_creditable(invoice)
    rules.check_at_once(invoice)
    amounts = _still_claimed(invoice)
    request = request_credit(
        invoice=invoice,
        reason=CreditRequest.Reason.ISSUE_ERROR,
        actor=actor,
        at=at,
        idempotency_key=f"reissue:{idempotency_key}",
    )
    approve_credit(request=request, reviewer=None, at=at)
    policy = policy_of(customer)
    words, parts = decompose(application.remarks, application.buyer)
    ask = Ask(
        method=application.method,
        kind=application.kind,
        medium=application.medium,
        members=tuple(application.members),
        by_member=application.by_member,
        model=application.model,
        title_id=title_id,
        remarks=words if remarks is None else remarks,
        remark_parts=parts,
        recipient_email=application.recipient_email or None,
    )
    plan = make_plan(
        policy=policy,
        candidates=_still_open(amounts, invoice.months),
        medium=invoice.medium,
        by_member=application.by_member,
        currency=invoice.gross.currency.code,
    )
    terms = terms_of(customer=customer, policy=policy, ask=ask)
    seen = Preview(
        ask=ask,
        plan=plan,
        policy=policy,
        terms=terms,
        remarks=compose(ask.remarks or "", parts, terms.buyer),
    )
    wanted = Submission(
        customer=customer,
        preview=seen,
        idempotency_key=idempotency_key,
        source=InvoiceApplication.Source.REISSUE,
        actor=actor,
        corrects=invoice,
    )
    return write_application(wanted, at=at)


def _still_claimed(invoice: Invoice) -> dict[int, Decimal]:
    """What the invoice is for, by item, without what was credited before."""
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines_left(invoice):
        for claim in line.claims:
            amounts[claim.item_id] += claim.amount
    return amounts


def _still_open(amounts: dict[int, Decimal], months: list[str]) -> list[Candidate]:
    """The items of the invoice as far as they are open, each at most what the invoice had of it.

    They stay with the `months` of the invoice, also what came to it of an earlier one (K07).
    """
    items = InvoiceableItem.objects.filter(pk__in=amounts, net__gt=0)
    rows = items.select_related("tax_category", "entity").order_by("paid_at", "pk")
    return [
        candidate(item, at_most=amounts[item.pk], month=_within(item.period, months))
        for item in rows
    ]


def _within(period: str, months: list[str]) -> str:
    return period if period in months else max(months, default=period)
