"""Vouchers, coupons, rebates and gift balance: granted, or redeemed with a code."""

from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.money import parse_amount
from finance_console.simulation.language import (
    Answer,
    choice,
    moment,
    new_ref,
    number,
    optional,
    position,
    required,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, iso, yuan
from finance_console.simulation.verbs.money import OTHER_FUNDS, amount_of
from finance_console.simulation.verbs.staff import controller
from ledger.models import ActivationCode, InvoicingEntity, Product
from ledger.services.funds import granting, redeeming

FUND = required(choice(*OTHER_FUNDS))
SCOPE = {"product": optional(thing("product")), "entity": optional(thing("entity"))}
"""What a fund buys: one product, what one entity sells, or anything."""


@verb(
    "grant",
    account=required(thing("account")),
    fund=FUND,
    amount=required(number),
    expires_at=optional(moment),
    **SCOPE,
)
def grant(
    story: Story,
    *,
    account: CustomerAccount,
    fund: str,
    amount: Decimal,
    expires_at: datetime | None,
    product: Product | None,
    entity: InvoicingEntity | None,
) -> Answer:
    """It ends at `expires_at`: what is left then goes back when the clock passes it."""
    granting.grant(
        customer=account,
        fund=fund,
        amount=amount_of(amount, account),
        reference=story.number("G"),
        at=story.now,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
    return {}


@verb(
    "code",
    ref=required(new_ref),
    fund=FUND,
    amount=required(number),
    valid_until=required(moment),
    days=optional(position),
    **SCOPE,
)
def code(
    story: Story,
    *,
    ref: str,
    fund: str,
    amount: Decimal,
    valid_until: datetime,
    days: int | None,
    product: Product | None,
    entity: InvoicingEntity | None,
) -> Answer:
    """One activation code in CNY. What it says stays a secret: lines name it by its `ref`."""
    story.require_new("code", ref)
    if days is not None and not 0 < days < 32768:
        raise Malformed(f"days: {days} is not a number of days")
    (written,) = redeeming.create_codes(
        count=1,
        fund=fund,
        amount=parse_amount(str(amount), "CNY"),
        valid_until=valid_until,
        days=days,
        product=product,
        entity=entity,
        by=controller(story),
        at=story.now,
    )
    story.name("code", ref, ActivationCode.objects.latest("pk"))
    story.secrets[ref] = written
    return {}


@verb("redeem", account=required(thing("account")), code=required(thing("code")))
def redeem(story: Story, *, account: CustomerAccount, code: ActivationCode) -> Answer:
    lot = redeeming.redeem(customer=account, code=story.secrets[story.ref_of(code)], at=story.now)
    return {
        "fund": lot.fund,
        "amount": yuan(lot.amount),
        "expires_at": iso(lot.expires_at) if lot.expires_at else None,
    }
