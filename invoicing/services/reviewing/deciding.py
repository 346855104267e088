"""Reviewing applications: claim, approve, return, withdraw; automatically where the profile says so."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles, review
from invoicing.models import Claim, Invoice, InvoiceApplication
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.undoing import undo_of_application
from invoicing.services.items.amounts import move_amounts, taken
from invoicing.services.reviewing.application_actions import ACTIONS
from invoicing.services.reviewing.clocks import issue_clock
from invoicing.services.transitions import lock_application, move, tell

Status = InvoiceApplication.Status
BATCH = 200


@transaction.atomic
def claim(*, application: InvoiceApplication, reviewer: User, at: datetime) -> InvoiceApplication:
    """A reviewer opens it: from now on the customer cannot withdraw it alone (D15).

    Opening it again, or by a second reviewer, changes nothing. Raises `not_permitted`, `wrong_state`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("claim", application, reviewer, at)
    if not application.is_claimed:
        application.claimed_by, application.claimed_at = reviewer, at
        application.save(update_fields=["claimed_by", "claimed_at"])
    return application


@transaction.atomic
def approve(
    *, application: InvoiceApplication, reviewer: User | None, at: datetime
) -> InvoiceApplication:
    """Accept the application: it will be issued shortly, and the clocks of the issue run from now.

    `reviewer` None is the automatic review.

    Raises `not_permitted`, `four_eyes`, `wrong_state`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("approve", application, reviewer, at)
    policy = profiles.get(application.profile, application.profile_version)
    clock = issue_clock(application, at)
    application.issue_target_at, application.issue_breach_at = clock.target, clock.breach
    due = review.issue_at(policy, application.medium, at)
    move(
        application,
        lambda: application.approve(by=reviewer, at=at, issue_at=due),
        actor=reviewer,
        at=at,
    )
    return application


@transaction.atomic
def reject(
    *, application: InvoiceApplication, reviewer: User, reason: str, at: datetime
) -> InvoiceApplication:
    """Return it to the customer with a reason; the amounts are open again at once (SC-73).

    Raises `reason_required`, `not_permitted`, `four_eyes`, `wrong_state`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("reject", application, reviewer, at)
    if not reason.strip():
        raise DomainError("reason_required")
    move(
        application,
        lambda: application.reject(by=reviewer, at=at, reason=reason),
        actor=reviewer,
        at=at,
        reason=reason,
    )
    release(application, reviewer, at)
    tell(application, "application_rejected", at=at, reason=reason)
    return application


@transaction.atomic
def withdraw(*, application: InvoiceApplication, actor: User, at: datetime) -> InvoiceApplication:
    """The customer takes it back, where the profile still allows it; amounts are open again (SC-70).

    Raises `claimed_by_reviewer`, `wrong_state`, `not_permitted`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("withdraw", application, actor, at)
    move(application, lambda: application.withdraw(at=at), actor=actor, at=at)
    release(application, actor, at)
    return application


@transaction.atomic
def cancel(
    *, application: InvoiceApplication, by: User, reason: str, at: datetime
) -> InvoiceApplication:
    """Staff take it back for the customer, who asked for it on a ticket; amounts are open again (B17).

    Until an invoice of it exists or may exist. The customer is told why. Raises `reason_required`,
    `not_permitted`, `four_eyes`, `wrong_state`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("cancel_for_customer", application, by, at)
    if not reason.strip():
        raise DomainError("reason_required")
    move(application, lambda: application.withdraw(at=at), actor=by, at=at, reason=reason)
    release(application, by, at)
    tell(application, "application_taken_back", at=at, reason=reason)
    return application


def give_way(*, application_id: int, at: datetime) -> None:
    """A refund took what an unclaimed application is about: it is cancelled, the customer is told (D03).

    Runs in the caller's transaction, under the customer's lock.
    """
    application = lock_application(application_id)
    move(application, lambda: application.withdraw(at=at), actor=None, at=at, reason="refund")
    release(application, None, at)
    tell(application, "application_cancelled", at=at)


def release(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """Drop the planned invoices and give their amounts back to the items."""
    invoices = Invoice.objects.select_for_update(no_key=True, of=("self",)).filter(
        application=application
    )
    for invoice in invoices.order_by("pk"):
        move(invoice, invoice.drop, actor=actor, at=at)
    move_amounts({"reserved": taken(claimed_by_item(application))})
    undo_of_application(application=application, at=at)
    follow_deficits(customer_ids=application.account_ids, at=at)


def claimed_by_item(application: InvoiceApplication) -> dict[int, Decimal]:
    """What the application claims of each item, by item id."""
    rows = Claim.objects.filter(line__invoice__application=application).values("item")
    return {row["item"]: row["sum"] for row in rows.annotate(sum=Sum("amount")).order_by("item")}


def review_automatically(*, at: datetime) -> int:
    """Approve what the profile approves by itself and whose moment has come. Returns how many.

    Each in a transaction of its own; one that was decided meanwhile is left alone.
    """
    due = InvoiceApplication.objects.filter(
        status=Status.PENDING_APPROVAL, auto_review_at__lte=at, claimed_at=None
    ).order_by("auto_review_at", "pk")
    done = 0
    for application in due[:BATCH]:
        try:
            approve(application=application, reviewer=None, at=at)
        except DomainError:
            continue
        done += 1
    return done
