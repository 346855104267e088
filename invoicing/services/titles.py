"""Invoice titles: adding the name blocks that a customer may put on its invoices."""

from django.db import transaction

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customer, require_open
from invoicing.models import InvoiceTitle


@transaction.atomic
def add_title(
    *,
    customer: CustomerAccount,
    type: str,  # noqa: A002
    name: str,
    is_default: bool,
    **details: str,
) -> InvoiceTitle:
    """Add a title; the first one is the default. `details`: tax_id, address, phone, bank, bank_account.

    Whether the profile allows the name is judged when it is used. Raises `account_closed`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    others = InvoiceTitle.objects.filter(customer=customer)
    is_default = is_default or not others.exists()
    if is_default:
        others.update(is_default=False)
    return InvoiceTitle.objects.create(
        customer=customer, type=type, name=name, is_default=is_default, **details
    )
