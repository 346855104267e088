"""What a person may do with an application now, and if not, why not. Every door draws from here."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services.actions import Actions
from invoicing.services.roles import REVIEW, is_member

Status = InvoiceApplication.Status


def _is_reviewer(application: InvoiceApplication, actor: User | None) -> bool:
    return actor is not None and actor.is_active and actor.has_perm(REVIEW)


def _may_decide(application: InvoiceApplication, actor: User | None) -> bool:
    return actor is None or _is_reviewer(application, actor)


def _belongs(application: InvoiceApplication, actor: User) -> bool:
    """Whether the actor is of the customer, in any role; read through the actor, as in `is_member`."""
    return any(row.customer_id == application.customer_id for row in actor.memberships.all())


def _check_pending(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    if application.status != Status.PENDING_APPROVAL:
        raise DomainError("wrong_state", state=application.status_word)


def _check_decision(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """Maker and checker differ: not the submitter, nobody who belongs to the customer (R42)."""
    _check_pending(application, actor, at)
    if actor is None:
        return
    if _belongs(application, actor) or actor.pk == application.submitted_by_id:
        raise DomainError("four_eyes")


def _check_withdraw(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """By the profile's window: until claimed, until issued, or never (B16, B17, A28, K14)."""
    policy = profiles.get(application.profile, application.profile_version)
    window = WINDOWS[policy.cancel_window[application.medium]]
    if not window and application.status in (Status.PENDING_APPROVAL, Status.APPROVED):
        state = application.status_word
        raise DomainError("wrong_state", says="withdraw_never", state=state)
    if application.status not in window:
        raise DomainError("wrong_state", state=application.status_word)
    if application.is_claimed and Status.APPROVED not in window:
        raise DomainError("claimed_by_reviewer")
    if any(row.number or row.asked_at for row in application.invoices.all()):
        raise DomainError("wrong_state", state=application.word_for(Invoice.Status.ISSUED))


def _check_change(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """While nobody has claimed it, whatever the window to take it back is: it is asked for in the same act (B54)."""
    _check_pending(application, actor, at)
    if application.is_claimed:
        raise DomainError("claimed_by_reviewer")


def _check_cancel(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """What the customer cannot withdraw alone: until an invoice of it exists, or may (B17)."""
    if application.status not in (Status.PENDING_APPROVAL, Status.APPROVED):
        raise DomainError("wrong_state", state=application.status_word)
    if any(row.number or row.asked_at for row in application.invoices.all()):
        raise DomainError("wrong_state", state=application.word_for(Invoice.Status.ISSUED))
    if actor is not None and _belongs(application, actor):
        raise DomainError("four_eyes")


def _concerns_address(application: InvoiceApplication, actor: User | None) -> bool:
    on_paper = application.medium == InvoiceApplication.Medium.PAPER
    return on_paper and (_is_reviewer(application, actor) or is_member(application, actor))


def _check_address(application: InvoiceApplication, actor: User | None, at: datetime) -> None:
    """Staff only, not for their own account, and only while nothing was sent (B49, SC-77)."""
    over = application.status in (Status.REJECTED, Status.WITHDRAWN)
    if over or any(row.shipped_at for row in application.invoices.all()):
        raise DomainError("wrong_state", state=application.status_word)
    if not _is_reviewer(application, actor):
        raise DomainError("address_fixed")
    if actor is not None and _belongs(application, actor):
        raise DomainError("four_eyes")


WINDOWS: Mapping[str, frozenset[str]] = {
    "until_claimed": frozenset({Status.PENDING_APPROVAL}),
    "until_issued": frozenset({Status.PENDING_APPROVAL, Status.APPROVED}),
    "never": frozenset(),
}
ACTIONS = Actions[InvoiceApplication](
    {
        "claim": (_is_reviewer, _check_decision),
        "approve": (_may_decide, _check_decision),
        "reject": (_is_reviewer, _check_decision),
        "withdraw": (is_member, _check_withdraw),
        "change": (is_member, _check_change),
        "cancel_for_customer": (_is_reviewer, _check_cancel),
        "change_address": (_concerns_address, _check_address),
    }
)
"""Reviewers see claim, approve, reject and cancel_for_customer; members of the customer see withdraw and change; both see
change_address, which is for reviewers, where paper is sent. The system may approve what approves itself."""
