"""Certification: the name a customer is registered under. A change is a new version."""

from datetime import datetime

from django.db import transaction

from accounts.models import Certification, CustomerAccount
from accounts.services.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError

Kind = CustomerAccount.Kind


@transaction.atomic
def certify(
    *, customer: CustomerAccount, kind: str, name: str, tax_id: str, at: datetime
) -> Certification:
    """Record a checked certification, or a change of name or subject, in force from now (B52, A07).

    The same content again returns the version in force. Raises `account_closed`, and
    `irreversible` for a company that wants to become an individual (A08, SC-23).
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    current = customer.certifications.order_by("-version").first()
    if current and (current.kind, current.name, current.tax_id) == (kind, name, tax_id):
        return current
    if current and kind == Kind.INDIVIDUAL and current.kind != Kind.INDIVIDUAL:
        raise DomainError("irreversible")
    certified = Certification.objects.create(
        customer=customer,
        version=current.version + 1 if current else 1,
        kind=kind,
        name=name,
        tax_id=tax_id,
        certified_at=at,
    )
    customer.kind = kind
    customer.save(update_fields=["kind"])
    return certified
