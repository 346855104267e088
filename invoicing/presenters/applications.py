"""Applications and invoices in words: status, what happens next, history, what can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from finance_console.doors.refusals import Link, remedy, sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy
from invoicing.domain.standing import shown
from invoicing.models import Invoice, InvoiceApplication, InvoiceFile, StatusChange
from invoicing.presenters.standing import Badge, application_badge, progress
from invoicing.presenters.types import type_label
from invoicing.services.actions import Action
from invoicing.services.crediting.invoice_actions import available_invoice_actions
from invoicing.services.reviewing.application_actions import ACTIONS
from invoicing.services.reviewing.clocks import expected_issue

Status = InvoiceApplication.Status
MOST_PARCELS = 3


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action on offer; `reason` says why it is off ("" when it is on), `fix` where that is put right."""

    name: str
    reason: str
    code: str = ""
    fix: Link | None = None


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    application: InvoiceApplication
    number: str
    type: str
    amount: Decimal
    badge: Badge
    progress: str
    next: str
    files: Sequence[tuple[Invoice, InvoiceFile]]
    actions: Sequence[ActionRow]
    parcels: Sequence[tuple[Invoice, str]] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the history, or one that is still to come (`state` "")."""

    words: str
    note: str
    state: str


def in_order(files: Iterable[InvoiceFile]) -> list[InvoiceFile]:
    """PDF, OFD, XML."""
    return sorted(files, key=lambda file: InvoiceFile.Format.values.index(file.format))


def application_row(application: Any, actor: User, at: datetime) -> ApplicationRow:
    """One line of a list; `application` comes from `listings.applications`."""
    policy = profiles.get(application.profile, application.profile_version)
    return ApplicationRow(
        application=application,
        number=application.number,
        type=type_label(application.kind, application.medium),
        amount=application.total.amount,
        badge=application_badge(application),
        progress=progress(application),
        next=next_step(application, policy, at),
        files=[
            (invoice, file)
            for invoice in sorted(application.invoices.all(), key=lambda row: row.position)
            for file in invoice.files.all()
            if file.format == InvoiceFile.Format.PDF
        ],
        actions=action_rows(application, actor, at),
        parcels=parcels(application, policy),
    )


def parcels(application: Any, policy: Policy) -> list[tuple[Invoice, str]]:
    """The first paper invoices that were sent, each with its status in words (B58)."""
    sent = [row for row in application.invoices.all() if row.tracking_number]
    sent.sort(key=lambda row: row.position)
    return [(row, gettext(policy.labels[row.status])) for row in sent[:MOST_PARCELS]]


def receivable(application: Any, actor: User, at: datetime) -> set[int]:
    """The invoices (ids) of which this person may say that they have arrived."""
    return {
        row.pk
        for row in application.invoices.all()
        for action in available_invoice_actions(row, actor, at)
        if action.name == "receive" and action.allowed
    }


def action_rows(
    application: InvoiceApplication, actor: User, at: datetime, name: str = "withdraw"
) -> list[ActionRow]:
    """Whether this person may do `name` with it; an action that is off says why, and who can help."""
    action = ACTIONS.offered(name, application, actor, at)
    return [_action_row(application, action)] if action else []


def _action_row(application: InvoiceApplication, action: Action) -> ActionRow:
    if action.allowed:
        return ActionRow(action.name, "")
    refusal = DomainError(action.reason, **action.values)
    return ActionRow(
        action.name,
        sentence(refusal),
        refusal.code,
        remedy(refusal, about=application.number),
    )


def next_step(application: Any, policy: Policy, at: datetime) -> str:
    """What happens next after `at`, with a date where there is one."""
    statuses = [invoice.status for invoice in application.invoices.all()]
    if shown(application.status, statuses) == Invoice.Status.CREDITING:
        return gettext("A credit note was asked for")
    return NEXT[application.status](application, policy, at)


def _pending(application: Any, policy: Policy, at: datetime) -> str:
    return _review(application)


def _review(application: Any) -> str:
    due = _moment(application.review_due_at)
    if application.is_claimed:
        return gettext("A reviewer is working on it, decision by %(due)s") % {"due": due}
    if application.auto_review_at is not None:
        return gettext("Automatic review by %(due)s") % {"due": due}
    return gettext("Review by %(due)s") % {"due": due}


def _approved(application: Any, policy: Policy, at: datetime) -> str:
    due = expected_issue(application)
    if is_late(application, at):
        return gettext("It takes too long: contact support and name %(number)s") % {
            "number": application.number
        }
    if due is None:
        return gettext("Being issued")
    return gettext("Issued by %(due)s") % {"due": _moment(due)}


def is_late(application: Any, at: datetime) -> bool:
    """Approved, and not issued when it was promised: support helps (A60, SC-113)."""
    late_after = application.issue_breach_at
    waiting = application.status == Status.APPROVED
    return waiting and late_after is not None and late_after < at


def _issued(application: Any, policy: Policy, at: datetime) -> str:
    to_ship = [
        row.ship_due_at
        for row in application.invoices.all()
        if row.status == Invoice.Status.ISSUED and row.ship_due_at is not None
    ]
    if to_ship:
        due = timezone.localtime(min(to_ship)).date()
        if due < timezone.localdate(at):
            return gettext("To be sent, was due on %(due)s") % {"due": f"{due}"}
        return gettext("To be sent by %(due)s") % {"due": f"{due}"}
    if any(row.filing_problem for row in application.invoices.all()):
        return gettext("The files are delayed")
    if not all(_has_pdf(row) for row in application.invoices.all()):
        return gettext("The files are being prepared")
    return gettext("Ready to download")


def _has_pdf(invoice: Invoice) -> bool:
    return any(file.format == InvoiceFile.Format.PDF for file in invoice.files.all())


def _shipped(application: Any, policy: Policy, at: datetime) -> str:
    if all(row.received_at for row in application.invoices.all() if row.stage == "shipped"):
        return gettext("It was received")
    return gettext("On its way by courier")


def _credited(application: Any, policy: Policy, at: datetime) -> str:
    return gettext("Taken back in full by credit notes")


def _rejected(application: Any, policy: Policy, at: datetime) -> str:
    return str(application.reason)


def _withdrawn(application: Any, policy: Policy, at: datetime) -> str:
    if application.customer.is_closed:
        return gettext("The amount lapses, because the account is closed")
    return gettext("The amount can be invoiced again")


NEXT = {
    Status.PENDING_APPROVAL: _pending,
    Status.APPROVED: _approved,
    Status.ISSUED: _issued,
    Status.SHIPPED: _shipped,
    Status.CREDITED: _credited,
    Status.REJECTED: _rejected,
    Status.WITHDRAWN: _withdrawn,
}


BY_CODE = {
    "changed": _("asked for anew with other terms"),
    "refund": _("a refund changed what it was about"),
}
"""Reasons that the system writes; people write theirs in their own words."""


def timeline(application: Any, changes: Sequence[StatusChange]) -> list[Step]:
    """What happened, and what is still to come."""
    policy = profiles.get(application.profile, application.profile_version)
    steps = [_past(change, policy, last=change is changes[-1]) for change in changes]
    if application.status == Status.PENDING_APPROVAL:
        steps.append(Step(_approval_words(policy), _review(application), ""))
    if application.status in (Status.PENDING_APPROVAL, Status.APPROVED):
        due = expected_issue(application)
        note = gettext("expected by %(due)s") % {"due": _moment(due)} if due else ""
        steps.append(Step(gettext(policy.labels["issued"]), note, ""))
    return steps


def _past(change: StatusChange, policy: Policy, *, last: bool) -> Step:
    words = gettext("Submitted") if not change.before else gettext(policy.labels[change.after])
    if change.after == Status.APPROVED and change.actor is not None:
        words = _approval_words(policy)
    reason = str(BY_CODE.get(change.reason, change.reason))
    parts = [_moment(change.at), _who(change), reason]
    return Step(words, ", ".join(part for part in parts if part), "now" if last else "done")


def _approval_words(policy: Policy) -> str:
    """The decision of a reviewer, also where the status before and after it is called the same."""
    label = policy.labels["approved"]
    return gettext("Reviewed") if label == policy.labels["pending_approval"] else gettext(label)


def _who(change: StatusChange) -> str:
    if change.actor is None:
        return gettext("automatically")
    if change.after in (Status.APPROVED, Status.REJECTED):
        return gettext("by a reviewer")
    return _name(change.actor)


def _name(user: User) -> str:
    """Chinese names are written family name first, without a space."""
    if user.last_name and not user.last_name.isascii():
        return f"{user.last_name}{user.first_name}"
    return user.get_full_name() or user.get_username()


def _moment(value: datetime) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
