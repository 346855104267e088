"""The facts in the words of the review page: grouped amounts, why invoices are separate, what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import money
from invoicing.admin.review.comparison import advice
from invoicing.admin.review.decisions import CancelForm, RejectForm
from invoicing.admin.review.facts import PlannedInvoice, ReviewFacts, person, review_facts
from invoicing.domain import profiles, remarks
from invoicing.models import Claim, Invoice, InvoiceApplication
from invoicing.presenters.selection import Provider, provider_of
from invoicing.queries.listings import covered
from invoicing.services.crediting.invoice_actions import ACTIONS as INVOICES
from invoicing.services.reviewing.application_actions import ACTIONS

WHY: Mapping[str, Any] = {
    "entity_or_rate": _("another company or tax rate"),
    "cap": _("above the limit of one invoice"),
    "month": _("one invoice per month"),
    "member": _("another member account"),
    "only": "",
}


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """An item behind an invoice: paid in cash, on this application, left after it; `account`: the member's."""

    source: str
    period: str
    account: str
    paid: str
    amount: str
    left: str


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A planned invoice as the table shows it; `provider` answers for what it sold in the marketplace."""

    invoice: Invoice
    rate: str
    why: Any
    gross: str
    tax: str
    provider: Provider | None
    claims: list[ClaimRow]


@dataclass(frozen=True, slots=True)
class Button:
    """An action on offer; `sentence` says why not when it is not allowed."""

    allowed: bool
    sentence: str


def review_page(
    application: InvoiceApplication,
    user: User,
    at: datetime,
    form: RejectForm | CancelForm | None,
) -> dict[str, Any]:
    """The context of the page to decide; `form` when it comes back with errors."""
    prefetch_related_objects([application], "invoices")
    prefetch_related_objects([user], "memberships")
    facts, several = review_facts(application, at), bool(application.members)
    return {
        "facts": facts,
        "planned": [_invoice_row(row, several=several) for row in facts.planned],
        "members": [(member, money(amount)) for member, amount in covered(application)],
        "total": money(application.total.amount),
        "offset": money(application.offset_total) if application.offset_total else "",
        "paid": money(facts.paid),
        "left": money(facts.left),
        "wishes": ", ".join(_wishes(application)),
        "reviewer": person(application.claimed_by),
        "form": form
        if isinstance(form, RejectForm)
        else RejectForm(initial=_suggestion(application, facts), label_suffix=""),
        "cancel_form": form if isinstance(form, CancelForm) else CancelForm(label_suffix=""),
        "creditable": _creditable(application, user, at),
        **_buttons(application, user, at),
    }


def _wishes(application: InvoiceApplication) -> list[str]:
    """The words in the customer's own remarks that made a person look (A45)."""
    policy = profiles.get(application.profile, application.profile_version)
    words, _boxes = remarks.decompose(application.remarks, application.buyer)
    return remarks.lint(words, policy.remark_words)


def _creditable(application: InvoiceApplication, user: User, at: datetime) -> list[Invoice]:
    """Its invoices that this person may ask to be credited for the customer now (B17)."""
    if application.status not in InvoiceApplication.WHOLE:
        return []
    rows = application.invoices.select_related("application__customer", "entity")
    offers = (
        (row, INVOICES.offered("credit_for_customer", row, user, at))
        for row in rows.order_by("position")
    )
    return [row for row, offer in offers if offer is not None and offer.allowed]


def _buttons(application: InvoiceApplication, user: User, at: datetime) -> dict[str, Button]:
    """By name of the action; without a name: this person is not offered it."""
    return {
        action.name: Button(
            action.allowed,
            "" if action.allowed else sentence(DomainError(action.reason, **action.values)),
        )
        for action in ACTIONS.available(application, user, at)
    }


def _invoice_row(planned: PlannedInvoice, *, several: bool) -> InvoiceRow:
    invoice = planned.invoice
    return InvoiceRow(
        invoice=invoice,
        rate=f"{invoice.rate:.0%}",
        why=WHY.get(invoice.why, ""),
        gross=money(invoice.gross.amount),
        tax=money(invoice.tax.amount),
        provider=provider_of(invoice.entity, [claim.item for claim in planned.claims]),
        claims=[_claim_row(claim, several=several) for claim in planned.claims],
    )


def _claim_row(claim: Claim, *, several: bool) -> ClaimRow:
    item = claim.item
    return ClaimRow(
        source=item.source,
        period=item.period,
        account=item.customer.name if several else "",
        paid=money(item.cash),
        amount=money(claim.amount),
        left=money(item.net),
    )


def _suggestion(application: InvoiceApplication, facts: ReviewFacts) -> dict[str, str]:
    """The reason that the comparison suggests, and the character it is about."""
    name, tax_id = facts.comparison[0], facts.comparison[1]
    if tax_id.differs:
        return {"code": "tax_id", "message": advice(application.buyer, facts.certification)}
    return {"code": "title"} if name.differs else {}
