"""Closing a customer account, with what hangs on it (A58, C32, SC-108).

Nothing is left dangling: an application that is in work is reviewed and issued as it was asked for,
a bill stays owed, cash can still be withdrawn. So staff and the system may close at any time; a
customer who closes alone is asked to finish what is in work first, also what the account that
manages it has asked for.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.closing import mark_closed
from accounts.services.customers.locking import lock_customer
from accounts.services.customers.roles import acts_for, require_staff
from finance_console.kernel.errors import DomainError
from invoicing.models import AutoInvoicing
from invoicing.queries.closing import checklist

PERMISSION = "accounts.change_customeraccount"


@transaction.atomic
def close_account(
    *, customer: CustomerAccount, by: User | None, at: datetime, reason: str = "", seen: str = ""
) -> CustomerAccount:
    """Close it for good and switch auto-invoicing off. Closed already: nothing happens.

    `by` None is the system. `seen` is the token of the checklist that the person looked at. Raises
    `closing_unfinished` and `closing_covered` (for the customer), `changed_meanwhile`, `explanation_required` (staff),
    `not_permitted`, `four_eyes`.
    """
    customer = lock_customer(customer.pk)
    alone = by is not None and acts_for(by, customer)
    if by is not None and not alone:
        require_staff(by, PERMISSION, customer)
    if customer.is_closed:
        return customer
    if by is not None and not alone and not reason.strip():
        raise DomainError("explanation_required")
    checklist_now = checklist(customer, at)
    if alone and checklist_now.unfinished:
        raise DomainError("closing_unfinished", what=", ".join(checklist_now.unfinished))
    if alone and checklist_now.covering:
        assert customer.parent is not None, "it made them"
        numbers = ", ".join(row.number for row in checklist_now.covering)
        raise DomainError("closing_covered", manager=customer.parent.name, numbers=numbers)
    if seen and seen != checklist_now.token:
        raise DomainError("changed_meanwhile")
    AutoInvoicing.objects.filter(customer=customer, enabled=True).update(
        enabled=False,
        paused_at=at,
        pause_reason=AutoInvoicing.PauseReason.CLOSED,
        changed_at=at,
    )
    return mark_closed(customer, by=by, reason=reason.strip()[:200], at=at)
