"""Taking an email or address away: not while auto-invoicing sends there."""

from datetime import datetime

from django.db import transaction

from accounts.models import Address, CustomerAccount, RecipientEmail, User
from accounts.services.customers.locking import lock_customer
from accounts.services.recipients import delete_recipient
from finance_console.kernel.errors import DomainError
from invoicing.models import AutoInvoicing, InvoiceApplication


@transaction.atomic
def delete_email(*, customer: CustomerAccount, email_id: int, by: User, at: datetime) -> None:
    """Delete a recipient email (A59). Raises `title_in_use` while auto-invoicing sends to it.

    Auto-invoicing that names no email sends to the default one, and needs one that is left. Raises
    also what `delete_recipient` raises.
    """
    customer = lock_customer(customer.pk)
    email = RecipientEmail.objects.filter(customer=customer, pk=email_id).first()
    settings = _enabled(customer, InvoiceApplication.Medium.ELECTRONIC)
    if settings and email:
        last = not customer.emails.exclude(pk=email.pk).exists()
        if settings.recipient_email == email.email or (last and not settings.recipient_email):
            raise DomainError("title_in_use", uses="auto-invoicing")
    delete_recipient(customer=customer, model=RecipientEmail, pk=email_id, by=by, at=at)


@transaction.atomic
def delete_address(*, customer: CustomerAccount, address_id: int, by: User, at: datetime) -> None:
    """Delete a mailing address. Raises `title_in_use` for the last one while auto-invoicing mails paper.

    Raises also what `delete_recipient` raises.
    """
    customer = lock_customer(customer.pk)
    others = customer.addresses.exclude(pk=address_id).exists()
    if not others and _enabled(customer, InvoiceApplication.Medium.PAPER):
        raise DomainError("title_in_use", uses="auto-invoicing")
    delete_recipient(customer=customer, model=Address, pk=address_id, by=by, at=at)


def _enabled(customer: CustomerAccount, medium: str) -> AutoInvoicing | None:
    settings = AutoInvoicing.objects.filter(customer=customer, enabled=True, medium=medium)
    return settings.first()
