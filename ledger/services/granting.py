"""Vouchers and the like given by staff."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.locking import lock_customer
from ledger.models import InvoicingEntity, Lot, Product
from ledger.services.operators import CONTROL, require_operator
from ledger.services.recharge import grant


@transaction.atomic
def grant_by_staff(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    reference: str,
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> Lot:
    """`recharge.grant`, by a person of the staff who may control the books.

    Raises `not_permitted`, `four_eyes` for somebody who acts for the customer, and what `grant`
    raises.
    """
    customer = lock_customer(customer.pk)
    require_operator(by, CONTROL, customer)
    return grant(
        customer=customer,
        fund=fund,
        amount=amount,
        reference=f"staff:{reference}",
        at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
