"""Questions about paper: preview, application, invoice, what may be done, auto-invoicing runs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import CustomerAccount
from finance_console.kernel.errors import SENTENCES
from finance_console.simulation.language import (
    Answer,
    NotYet,
    month,
    optional,
    question,
    required,
    thing,
)
from finance_console.simulation.questions.money import moment_or_null
from finance_console.simulation.story import Malformed, Story, yuan
from finance_console.simulation.verbs.paper import ASK, ask_of, reviewer_named
from invoicing.domain import profiles, review
from invoicing.domain.planning import PlannedInvoice
from invoicing.models import AutoInvoicing, AutoInvoicingRun, Invoice, InvoiceApplication
from invoicing.services import applying
from invoicing.services.actions import Action, available_actions
from invoicing.services.offering import apply_action
from ledger.models import InvoicingEntity, TaxCategory

Status = InvoiceApplication.Status
NAMES = {"withdraw": "cancel"}
"""What the language calls an action differently, because money is withdrawn too."""


@question("preview", **ASK)
def preview(
    story: Story,
    *,
    account: CustomerAccount,
    idempotency_key: str | None,
    plan: str | None,
    confirm_amount: Decimal | None,
    members: None,
    **wish: Any,
) -> Answer:
    seen = applying.preview(customer=account, ask=ask_of(account=account, **wish), at=story.now)
    return {
        "invoices": [_planned(story, invoice) for invoice in seen.plan.invoices],
        "total": yuan(seen.plan.total),
        "offset": yuan(seen.plan.offset),
        "left_open": yuan(seen.plan.left_open),
        "plan": seen.plan.hash,
    }


def _planned(story: Story, invoice: PlannedInvoice) -> Answer:
    keys = TaxCategory.objects.in_bulk([line.key.category_id for line in invoice.lines])
    return {
        "entity": story.ref_of(InvoicingEntity.objects.get(pk=invoice.entity_id)),
        "rate": _rate(invoice.rate),
        "medium": invoice.medium,
        "net": yuan(invoice.net),
        "tax": yuan(invoice.tax),
        "gross": yuan(invoice.gross),
        "lines": [
            {
                "tax_key": story.ref_of(keys[line.key.category_id]),
                "net": yuan(line.net),
                "tax": yuan(line.tax),
                "gross": yuan(line.gross),
            }
            for line in invoice.lines
        ],
    }


def _rate(rate: Decimal) -> str:
    """As people write it: 0.06, 0.135."""
    return f"{rate:.4f}".removesuffix("0").removesuffix("0")


@question("application", application=required(thing("application")))
def application(story: Story, *, application: InvoiceApplication) -> Answer:
    invoices = list(application.invoices.select_related("application").order_by("position"))
    issued = sum(invoice.status == Invoice.Status.ISSUED for invoice in invoices)
    return {
        "status": application.status,
        "label": _label(application, application.status),
        "progress": f"{issued} of {len(invoices)} issued",
        "due_at": moment_or_null(_due_at(application)),
        "invoices": [story.ref_of(invoice) for invoice in invoices],
    }


def _label(application: InvoiceApplication, status: str) -> str:
    return profiles.get(application.profile, application.profile_version).labels[status]


def _due_at(application: InvoiceApplication) -> datetime | None:
    """By when the customer may expect the next step; None when there is none to come."""
    if application.status == Status.PENDING_APPROVAL:
        return application.review_due_at
    if application.status != Status.APPROVED or application.decided_at is None:
        return None
    policy = profiles.get(application.profile, application.profile_version)
    medium, approved_at = application.medium, application.decided_at
    return review.issue_target_at(policy, medium, approved_at) or review.issue_breach_at(
        policy,
        medium,
        submitted_at=application.submitted_at,
        approved_at=approved_at,
        calendar={},
        tz=application.customer.tz,
    )


@question("invoice", invoice=required(thing("invoice")))
def invoice(story: Story, *, invoice: Invoice) -> Answer:
    asked = invoice.application
    waiting = invoice.status == Invoice.Status.PLANNED and asked.status == Status.PENDING_APPROVAL
    lines = invoice.lines.select_related("tax_category").order_by("position")
    return {
        "status": invoice.status,
        "label": _label(asked, asked.status if waiting else invoice.status),
        "number": invoice.number,
        "date": invoice.invoice_date and invoice.invoice_date.isoformat(),
        "net": yuan(invoice.net.amount),
        "tax": yuan(invoice.tax.amount),
        "gross": yuan(invoice.gross.amount),
        "credited": "0.00",
        "lines": [
            {
                "tax_key": story.ref_of(line.tax_category),
                "net": yuan(line.net),
                "tax": yuan(line.tax),
                "gross": yuan(line.gross),
            }
            for line in lines
        ],
        "of": None,
    }


@question(
    "actions",
    application=optional(thing("application")),
    invoice=optional(thing("invoice")),
    account=optional(thing("account")),
)
def actions(
    story: Story,
    *,
    application: InvoiceApplication | None,
    invoice: Invoice | None,
    account: CustomerAccount | None,
) -> Answer:
    """What the customer may do, and for an application what a reviewer may do."""
    if invoice is not None:
        raise NotYet("asking for the actions of an invoice")
    if (application is None) == (account is None):
        raise Malformed('name either "application" or "account"')
    if account is not None:
        return {"actions": [_action(apply_action(customer=account, at=story.now))]}
    assert application is not None
    clerk = application.customer.users.order_by("pk").first()
    reviewer = reviewer_named(story, "reviewer")
    found = [
        action
        for actor in (clerk, reviewer)
        for action in available_actions(application, actor, story.now)
    ]
    return {"actions": [_action(action) for action in found]}


def _action(action: Action) -> Answer:
    answer: Answer = {
        "action": NAMES.get(action.name, action.name),
        "allowed": action.allowed,
        "reason": action.reason or None,
        "message": SENTENCES[action.reason] % action.values if action.reason else None,
    }
    if "short" in action.values:
        answer["short"] = yuan(action.values["short"])
    return answer


@question("auto_runs", month=required(month))
def auto_runs(story: Story, *, month: str) -> Answer:
    """Every run of the month; who has switched it off without a run is `disabled`."""
    runs = AutoInvoicingRun.objects.filter(period=month).select_related("customer").order_by("pk")
    off = AutoInvoicing.objects.filter(enabled=False).exclude(customer__auto_runs__period=month)
    return {
        "runs": [
            {
                "account": story.ref_of(run.customer),
                "result": run.result,
                "reason": run.reason or None,
                "total": yuan(run.total),
            }
            for run in runs
        ]
        + [
            {
                "account": story.ref_of(settings.customer),
                "result": "disabled",
                "reason": None,
                "total": "0.00",
            }
            for settings in off.select_related("customer").order_by("pk")
        ]
    }
