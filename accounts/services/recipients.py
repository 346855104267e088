"""Where invoices go: emails and mailing addresses of a customer, at most one default each."""

from django.db import transaction

from accounts.models import Address, CustomerAccount, RecipientEmail
from accounts.services.locking import lock_customer, require_open


@transaction.atomic
def add_email(*, customer: CustomerAccount, email: str, is_default: bool) -> RecipientEmail:
    """Add an address for electronic invoices; the first one is the default. Known already: kept.

    Raises `account_closed`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    others = RecipientEmail.objects.filter(customer=customer)
    is_default = is_default or not others.exclude(email=email).filter(is_default=True).exists()
    if is_default:
        others.update(is_default=False)
    row, _created = RecipientEmail.objects.update_or_create(
        customer=customer, email=email, defaults={"is_default": is_default}
    )
    return row


@transaction.atomic
def add_address(
    *,
    customer: CustomerAccount,
    recipient: str,
    phone: str,
    line: str,
    postcode: str,
    is_default: bool,
) -> Address:
    """Add a mailing address for paper invoices; the first one is the default.

    Raises `account_closed`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    others = Address.objects.filter(customer=customer)
    is_default = is_default or not others.exists()
    if is_default:
        others.update(is_default=False)
    return Address.objects.create(
        customer=customer,
        recipient=recipient,
        phone=phone,
        line=line,
        postcode=postcode,
        is_default=is_default,
    )
