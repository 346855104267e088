"""Questions about paper: preview, application, invoice, what may be done, auto-invoicing runs."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Min

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.simulation.language import (
    Answer,
    month,
    optional,
    question,
    required,
    thing,
)
from finance_console.simulation.questions.money import moment_or_null
from finance_console.simulation.story import Malformed, Story, yuan
from finance_console.simulation.verbs.paper import ASK, ask_of, clerk_of, reviewer_named
from finance_console.simulation.verbs.sending import SHIPPER
from finance_console.simulation.verbs.staff import staff
from invoicing.domain import profiles
from invoicing.domain.planning import PlannedInvoice
from invoicing.domain.standing import counted, shown
from invoicing.models import (
    AutoInvoicing,
    AutoInvoicingRun,
    CreditNote,
    Invoice,
    InvoiceApplication,
)
from invoicing.services.actions import Action
from invoicing.services.asking import members, previewing
from invoicing.services.asking.gathering import still_open
from invoicing.services.asking.offering import offered
from invoicing.services.auto.running import PAUSED
from invoicing.services.auto.waiting import group_of
from invoicing.services.crediting.invoice_actions import available_invoice_actions
from invoicing.services.reviewing.application_actions import ACTIONS
from invoicing.services.reviewing.clocks import expected_issue
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
    **wish: Any,
) -> Answer:
    ask = ask_of(account=account, **wish)
    seen = previewing.preview(customer=account, ask=ask, at=story.now)
    owners = members.owners(account, ask.members)
    everything = replace(ask, amount=None)
    rest = still_open(owners=owners, policy=seen.policy, ask=everything, at=story.now)
    return {
        "invoices": [_planned(story, invoice) for invoice in seen.plan.invoices],
        "total": yuan(seen.plan.total),
        "offset": yuan(seen.plan.offset),
        "left_open": yuan(rest - seen.plan.total - seen.plan.offset),
        "plan": seen.token,
        "warnings": _warnings(seen),
    }


def _planned(story: Story, invoice: PlannedInvoice) -> Answer:
    keys = TaxCategory.objects.in_bulk([line.key.category_id for line in invoice.lines])
    return {
        "entity": story.ref_of(InvoicingEntity.objects.get(pk=invoice.entity_id)),
        "rate": _rate(invoice.rate),
        "medium": invoice.medium,
        "member": _member(story, invoice.member_id),
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


def _member(story: Story, member_id: int | None) -> str | None:
    """Whose consumption it is, where accounts are invoiced separately."""
    return story.ref_of(CustomerAccount.objects.get(pk=member_id)) if member_id else None


def _warnings(seen: previewing.Preview) -> list[Answer]:
    """What makes a person look, who may reject the application for it (A45)."""
    return [{"code": "irrelevant_remark", "words": seen.wishes}] if seen.wishes else []


def _rate(rate: Decimal) -> str:
    """As people write it: 0.06, 0.135."""
    return f"{rate:.4f}".removesuffix("0").removesuffix("0")


@question("application", application=required(thing("application")))
def application(story: Story, *, application: InvoiceApplication) -> Answer:
    invoices = list(application.invoices.select_related("application").order_by("position"))
    reached = counted([invoice.stage for invoice in invoices])
    standing = shown(application.status, [invoice.status for invoice in invoices])
    return {
        "status": application.status,
        "label": _label(application, standing),
        "progress": ", ".join(f"{count} of {len(invoices)} {stage}" for stage, count in reached),
        "due_at": moment_or_null(_due_at(application)),
        "invoices": [story.ref_of(invoice) for invoice in invoices],
    }


def _label(application: InvoiceApplication, status: str) -> str:
    return profiles.get(application.profile, application.profile_version).labels[status]


def _due_at(application: InvoiceApplication) -> datetime | None:
    """By when the customer may expect the next step; None when there is none to come.

    A review that takes no time is no step, and on paper review and issue are promised together
    (B45): then it is the issue that is expected. Paper that is issued is still to be shipped.
    """
    if application.status == Status.PENDING_APPROVAL:
        at_once = application.review_due_at == application.submitted_at
        if at_once or application.medium == InvoiceApplication.Medium.PAPER:
            return expected_issue(application) or application.review_due_at
        return application.review_due_at
    if application.status == Status.ISSUED:
        waiting = application.invoices.filter(status=Invoice.Status.ISSUED)
        due: datetime | None = waiting.aggregate(first=Min("ship_due_at"))["first"]
        return due
    return expected_issue(application) if application.status == Status.APPROVED else None


@question("invoice", invoice=required(thing("invoice_or_credit_note")))
def invoice(story: Story, *, invoice: Invoice | CreditNote) -> Answer:
    if isinstance(invoice, CreditNote):
        return _credit_note(story, invoice)
    lines = invoice.lines.select_related("tax_category").order_by("position")
    return {
        "status": invoice.status,
        "label": _label(invoice.application, invoice.shown_status),
        "number": invoice.number,
        "date": invoice.invoice_date and invoice.invoice_date.isoformat(),
        "net": yuan(invoice.net.amount),
        "tax": yuan(invoice.tax.amount),
        "gross": yuan(invoice.gross.amount),
        "credited": yuan(invoice.credited_gross),
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


def _credit_note(story: Story, note: CreditNote) -> Answer:
    """Negative amounts, and the invoice it takes back."""
    lines = note.lines.select_related("line__tax_category").order_by("position")
    status = Invoice.Status.ISSUED
    return {
        "status": status,
        "label": _label(note.invoice.application, status),
        "number": note.number,
        "date": note.invoice_date.isoformat(),
        "net": yuan(note.net.amount),
        "tax": yuan(note.tax.amount),
        "gross": yuan(note.gross.amount),
        "credited": "0.00",
        "lines": [
            {
                "tax_key": story.ref_of(line.line.tax_category),
                "net": yuan(line.net),
                "tax": yuan(line.tax),
                "gross": yuan(line.gross),
            }
            for line in lines
        ],
        "of": story.ref_of(note.invoice),
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
    """What the customer may do, and then what staff may do with an application or an invoice."""
    if sum(offered_action is not None for offered_action in (application, invoice, account)) != 1:
        raise Malformed('name either "application", "invoice" or "account"')
    if account is not None:
        return {
            "actions": [
                _action(offered_action)
                for offered_action in offered(customer=account, at=story.now)
            ]
        }
    if invoice is not None:
        return {"actions": [_action(action) for action in _invoice_actions(story, invoice)]}
    assert application is not None
    clerk = clerk_of(application.customer)
    reviewer = reviewer_named(story, "reviewer")
    allowed = [
        action
        for actor in (clerk, reviewer)
        for action in ACTIONS.available(application, actor, story.now)
    ]
    return {"actions": [_action(action) for action in allowed]}


def _invoice_actions(story: Story, invoice: Invoice) -> list[Action]:
    """Of the customer's person and of somebody who ships, each action once."""
    clerk = clerk_of(invoice.application.customer)
    shipper = staff(story, SHIPPER, "ship_invoice")
    by_name: dict[str, Action] = {}
    for actor in (clerk, shipper):
        for action in available_invoice_actions(invoice, actor, story.now):
            by_name.setdefault(action.name, action)
    return list(by_name.values())


def _action(action: Action) -> Answer:
    answer: Answer = {
        "action": NAMES.get(action.name, action.name),
        "allowed": action.allowed,
        "reason": action.reason or None,
        "message": str(DomainError(action.reason, **action.values)) if action.reason else None,
    }
    if "short" in action.values:
        answer["short"] = yuan(action.values["short"])
    return answer


@question("auto_runs", month=required(month))
def auto_runs(story: Story, *, month: str) -> Answer:
    """Every run of the month; who had it switched off or paused when it was due is `disabled`."""
    runs = AutoInvoicingRun.objects.filter(period=month).select_related("customer").order_by("pk")
    off = AutoInvoicing.objects.filter(enabled=False, first_period__lte=month)
    off = off.exclude(customer__auto_runs__period=month).select_related("customer")
    passed = [
        row.customer
        for row in off.order_by("pk")
        if (due := group_of(row.customer).due_at(month)) is not None and due <= story.now
    ]
    return {
        "runs": [_run(story, run) for run in runs]
        + [
            {
                "account": story.ref_of(customer),
                "result": "disabled",
                "reason": None,
                "total": "0.00",
            }
            for customer in passed
        ]
    }


def _run(story: Story, run: AutoInvoicingRun) -> Answer:
    """A month that was noted as missed in a pause was disabled when it was due."""
    missed = run.reason == PAUSED
    return {
        "account": story.ref_of(run.customer),
        "result": "disabled" if missed else run.result,
        "reason": None if missed else run.reason or None,
        "total": "0.00" if missed else yuan(run.total),
    }
