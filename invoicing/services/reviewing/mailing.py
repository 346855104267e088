"""Where paper invoices go, once they are applied for: fixed for the customer, changed by staff on a ticket (B49)."""

from datetime import datetime

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.services.records import record
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceApplication
from invoicing.services.reviewing.application_actions import ACTIONS
from invoicing.services.transitions import lock_application

ACTION = "mailing_address"
LIMIT = 300


@transaction.atomic
def change_mailing_address(
    *, application: InvoiceApplication, address: str, by: User, at: datetime
) -> InvoiceApplication:
    """Send its paper invoices to `address` (recipient, phone, street): logged with old and new (SC-77).

    The same address again changes nothing. Raises `address_fixed` for the customer, `not_permitted`,
    `four_eyes`, `wrong_state` (over, or something was shipped), `no_address`, `text_too_long`.
    """
    application = lock_application(application.pk)
    ACTIONS.require("change_address", application, by, at)
    old, new = application.mailing_address, " ".join(address.split())
    if not new:
        raise DomainError("no_address")
    if len(new) > LIMIT:
        raise DomainError("text_too_long", limit=LIMIT)
    if new == old:
        return application
    application.mailing_address = new
    application.save(update_fields=["mailing_address"])
    written = record(
        customer=application.customer,
        actor=by,
        action=ACTION,
        about=application.number,
        before={"mailing_address": old},
        after={"mailing_address": new},
        at=at,
    )
    enqueue(
        customer=application.customer,
        topic="address_changed",
        about=f"{application.number}:{written.pk}",
        values={"application": application.number, "address": new},
        at=at,
    )
    return application
