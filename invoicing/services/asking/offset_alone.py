"""A selection that deficits eat whole: its offset without any invoice, exactly as it was seen (B40, D07)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customers
from accounts.services.customers.roles import require_member
from invoicing.services.asking.plan_tokens import changed, digest_of
from invoicing.services.asking.previewing import preview
from invoicing.services.asking.terms import Ask
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.offsetting import write_offsets


@transaction.atomic
def offset_selected(
    *, customer: CustomerAccount, ask: Ask, at: datetime, actor: User | None, plan_hash: str
) -> Decimal:
    """Offset what `ask` selects against the deficits it is eaten by. Returns the sum.

    `plan_hash` is the token of the preview that the person looked at. Raises `not_permitted`, what `preview`
    raises, and `plan_changed` when anything moved, or invoices would come out after all.
    """
    locked = lock_customers({customer.pk, *ask.members})
    customer = locked[customer.pk]
    require_member(actor, customer)
    seen = preview(customer=customer, ask=ask, at=at)
    if seen.plan.invoices or digest_of(plan_hash) != seen.hash:
        raise changed(plan_hash, seen.plan.total, customer.currency)
    write_offsets(pairs=[(pair, None) for pair in seen.plan.offsets], at=at)
    follow_deficits(customer_ids=[*ask.members] or [customer.pk], at=at)
    return seen.plan.offset
