"""The customer's invoice titles: add, change, choose the default."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceTitle


@transaction.atomic
def save_title(
    *,
    customer: CustomerAccount,
    fields: Mapping[str, str],
    is_default: bool,
    title_id: int | None = None,
) -> InvoiceTitle:
    """Add a title, or change the one with `title_id`; the first one is the default.

    Applications keep the title as it was when they were submitted. Raises `account_closed`, and
    `not_found` for a title of somebody else.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    titles = InvoiceTitle.objects.filter(customer=customer)
    title = titles.filter(pk=title_id).first() if title_id else InvoiceTitle(customer=customer)
    if title is None:
        raise DomainError("not_found")
    others = titles.exclude(pk=title.pk)
    is_default = is_default or not others.filter(is_default=True).exists()
    if is_default:
        others.update(is_default=False)
    for name, value in fields.items():
        setattr(title, name, value)
    title.is_default = is_default
    title.save()
    return title
