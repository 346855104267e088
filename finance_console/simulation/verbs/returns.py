"""Verbs about invoices that come back: asking for credit, the original by mail, deciding, reissuing."""

from collections.abc import Sequence
from decimal import Decimal

from finance_console.kernel.money import parse_amount
from finance_console.simulation.language import (
    Answer,
    choice,
    flag,
    list_of,
    new_ref,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Story, fresh, yuan
from finance_console.simulation.verbs.paper import clerk_of, reviewer_named
from invoicing.models import CreditRequest, Invoice, InvoiceTitle
from invoicing.services.crediting import originals, reissuing, requests

FORM = choice("invoice", "deduction", "rejection")


@verb(
    "request_credit",
    ref=required(new_ref),
    invoice=required(thing("invoice")),
    reason=optional(choice(*CreditRequest.Reason.values), CreditRequest.Reason.ISSUE_ERROR),
    amount=optional(number),
    note=optional(text, ""),
    form_number=optional(text, ""),
    recorded=optional(flag, False),
    certified=optional(flag, False),
)
def request_credit(
    story: Story,
    *,
    ref: str,
    invoice: Invoice,
    reason: str,
    amount: Decimal | None,
    note: str,
    form_number: str,
    recorded: bool,
    certified: bool,
) -> Answer:
    story.require_new("credit", ref)
    currency = invoice.gross.currency.code
    request = requests.request_credit(
        invoice=invoice,
        reason=reason,
        amount=None if amount is None else parse_amount(str(amount), currency),
        note=note,
        form_number=form_number,
        recorded=recorded,
        certified=certified,
        actor=clerk_of(invoice.application.customer),
        at=story.now,
        idempotency_key=story.number("KEY"),
    )
    story.name("credit", ref, request)
    return {"status": request.status}


@verb(
    "receive_return",
    credit=required(thing("credit")),
    forms=required(list_of(FORM)),
    freight_collect=optional(flag, False),
)
def receive_return(
    story: Story, *, credit: CreditRequest, forms: Sequence[str], freight_collect: bool
) -> Answer:
    originals.receive_original(
        invoice=credit.invoice,
        forms=forms,
        freight_collect=freight_collect,
        actor=reviewer_named(story, "mailroom"),
        at=story.now,
    )
    return {"status": fresh(credit).status}


@verb(
    "decide_credit",
    credit=required(thing("credit")),
    approve=required(flag),
    reviewer=optional(text, "reviewer"),
    reason=optional(text, ""),
)
def decide_credit(
    story: Story, *, credit: CreditRequest, approve: bool, reviewer: str, reason: str
) -> Answer:
    who = reviewer_named(story, reviewer)
    if not approve:
        refused = requests.refuse_credit(request=credit, reviewer=who, reason=reason, at=story.now)
        return {"status": refused.status, "number": None}
    note = requests.approve_credit(request=credit, reviewer=who, at=story.now)
    return {"status": fresh(credit).status, "number": note.number}


@verb(
    "reissue",
    ref=required(new_ref),
    invoice=required(thing("invoice")),
    title=optional(thing("title")),
    remarks=optional(text),
)
def reissue(
    story: Story,
    *,
    ref: str,
    invoice: Invoice,
    title: InvoiceTitle | None,
    remarks: str | None,
) -> Answer:
    """Prints what `apply` prints: the reference names the new application."""
    application = reissuing.reissue(
        invoice=invoice,
        actor=clerk_of(invoice.application.customer),
        at=story.now,
        idempotency_key=story.number("KEY"),
        title_id=title.pk if title else None,
        remarks=remarks,
    )
    story.name("application", ref, application)
    invoices = application.invoices.select_related("application").order_by("position")
    return {
        "application": ref,
        "total": yuan(application.total.amount),
        "invoices": [story.ref_of(row) for row in invoices],
    }
