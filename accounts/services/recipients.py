"""Where invoices go: emails and mailing addresses of a customer, at most one default each.

What auto-invoicing depends on is known above: deleting passes `invoicing.services.titles.recipients`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Address, CustomerAccount, RecipientEmail, User
from accounts.ports.paper import for_paper
from accounts.services.customers.locking import lock_customer, require_open
from accounts.services.customers.roles import require_member
from accounts.services.records import record
from finance_console.kernel.errors import DomainError

Recipient = Address | RecipientEmail
FIELDS = ("recipient", "phone", "line", "postcode")


def printed(address: Address) -> str:
    """An address as it stands on an application."""
    line = f"{address.recipient}, {address.phone}, {address.line} {address.postcode}"
    return line.strip()


def default_address(customer: CustomerAccount) -> str:
    """Where the customer's paper goes, as it is printed; "" without any address."""
    address = Address.objects.filter(customer=customer).order_by("-is_default", "pk").first()
    return printed(address) if address else ""


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

    Raises `account_closed`, and what `for_paper` raises.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    others = Address.objects.filter(customer=customer)
    is_default = is_default or not others.exists()
    if is_default:
        others.update(is_default=False)
    return Address.objects.create(
        customer=customer,
        recipient=for_paper(recipient),
        phone=for_paper(phone),
        line=for_paper(line),
        postcode=for_paper(postcode),
        is_default=is_default,
    )


@transaction.atomic
def change_address(
    *,
    customer: CustomerAccount,
    address_id: int,
    fields: Mapping[str, str],
    is_default: bool,
    by: User,
    at: datetime,
) -> Address:
    """Change one of the customer's own addresses; applications keep the one they were sent with.

    Raises `not_permitted`, `account_closed`, `not_found`, and what `for_paper` raises.
    """
    address = _own(Address, customer, address_id, by)
    assert isinstance(address, Address)
    before = _shown(address)
    for name in FIELDS:
        setattr(address, name, for_paper(fields[name]))
    if is_default and not address.is_default:
        _make_default(address)
    address.save()
    _log(address, "address_changed", before, _shown(address), by, at)
    return address


@transaction.atomic
def choose_default(
    *, customer: CustomerAccount, model: type[Recipient], pk: int, by: User, at: datetime
) -> Recipient:
    """Make this email or address the one that is used unless another is chosen (B48, A59).

    Raises `not_permitted`, `account_closed`, `not_found`.
    """
    row = _own(model, customer, pk, by)
    if not row.is_default:
        before = _shown(row)
        _make_default(row)
        row.save()
        _log(row, "recipient_default", before, _shown(row), by, at)
    return row


@transaction.atomic
def delete_recipient(
    *, customer: CustomerAccount, model: type[Recipient], pk: int, by: User, at: datetime
) -> None:
    """Delete an email or address; the oldest of the others becomes the default if it was that.

    Raises `not_permitted`, `account_closed`, `not_found`.
    """
    row = _own(model, customer, pk, by)
    before, was_default = _shown(row), row.is_default
    row.delete()
    _log(row, "recipient_deleted", before, {}, by, at)
    following = model._default_manager.filter(customer=row.customer).order_by("pk").first()
    if was_default and following:
        following.is_default = True
        following.save()


def _own(model: type[Recipient], customer: CustomerAccount, pk: int, by: User) -> Recipient:
    """The row of this customer, which is locked."""
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    require_open(customer)
    row: Recipient | None = model._default_manager.filter(customer=customer, pk=pk).first()
    if row is None:
        raise DomainError("not_found")
    return row


def _make_default(row: Recipient) -> None:
    rows = type(row)._default_manager.filter(customer=row.customer, is_default=True)
    rows.update(is_default=False)
    row.is_default = True


def _shown(row: Recipient) -> dict[str, Any]:
    names = FIELDS if isinstance(row, Address) else ("email",)
    return {name: getattr(row, name) for name in (*names, "is_default")}


def _log(
    row: Recipient,
    action: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: User,
    at: datetime,
) -> None:
    if before != after:
        record(
            customer=row.customer,
            actor=by,
            action=action,
            about=str(row)[:60],
            before=before,
            after=after,
            at=at,
        )
