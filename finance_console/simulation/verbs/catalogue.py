"""Verbs that set the stage: profiles, entities, tax keys, products, and the clock."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from stdnum.cn import uscc

from finance_console.simulation.language import (
    Answer,
    NotYet,
    choice,
    flag,
    mapping,
    moment,
    new_ref,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, iso
from invoicing.domain import profiles
from ledger.domain.focus import product_sku
from ledger.models import InvoicingEntity, Product, TaxCategory
from ledger.services import catalogue


@verb("profile", name=required(new_ref), base=required(text), set=optional(mapping, {}))
def profile(story: Story, *, name: str, base: str, set: Mapping[str, Any]) -> Answer:  # noqa: A002
    """A variant for this story: it ends with it, so it cannot be kept."""
    if story.kept:
        raise NotYet("a profile of its own in a story that is kept")
    try:
        profiles.register(profiles.variant(base, name, set))
    except (LookupError, ValueError) as error:
        raise Malformed(str(error)) from None
    story.variants.append(name)
    return {}


@verb(
    "entity",
    ref=required(new_ref),
    name=optional(text),
    tax_id=optional(text),
    electronic=optional(flag, True),
    paper=optional(flag, True),
    country=optional(text, "CN"),
    address=optional(text, "1 Seller Street"),
    phone=optional(text, "010-5555 0100"),
    bank=optional(text, "Seller Bank"),
    bank_account=optional(text, "1100000000000001"),
)
def entity(
    story: Story,
    *,
    ref: str,
    name: str | None,
    tax_id: str | None,
    electronic: bool,
    paper: bool,
    **details: str,
) -> Answer:
    """Entities are told apart by tax ID, so each gets one of its own."""
    story.require_new("entity", ref)
    if tax_id and InvoicingEntity.objects.filter(tax_id=tax_id).exists():
        raise Malformed(f"tax_id: another entity has this tax ID, {tax_id}")
    made = catalogue.add_entity(
        code=story.number("ENT"),
        name=name or f"{ref} Cloud Ltd",
        tax_id=tax_id or _tax_id(InvoicingEntity.objects.count()),
        electronic=electronic,
        paper=paper,
        **details,
    )
    story.name("entity", ref, made)
    return {}


def _tax_id(n: int) -> str:
    """An invented 18-digit number with a valid check digit, in a region that does not exist."""
    first = f"91990000MA{n:06d}X"
    return first + uscc.calc_check_digit(first)


@verb(
    "tax_key",
    ref=required(new_ref),
    entity=required(thing("entity")),
    rate=required(number),
    tax_code=optional(text),
    content=optional(text),
)
def tax_key(
    story: Story,
    *,
    ref: str,
    entity: InvoicingEntity,
    rate: Decimal,
    tax_code: str | None,
    content: str | None,
) -> Answer:
    """Without a code of its own a key gets one that no other key has."""
    story.require_new("tax_key", ref)
    if not 0 <= rate < 1 or rate != rate.quantize(Decimal("0.0001")):
        raise Malformed(f"rate: {rate} is not a tax rate")
    made = catalogue.add_tax_key(
        entity=entity,
        code=tax_code or f"304{TaxCategory.objects.count() + 1:04d}000000000000",
        content=content or ref,
        rate=rate,
    )
    story.name("tax_key", ref, made)
    return {}


@verb(
    "product",
    ref=required(new_ref),
    tax_key=required(thing("tax_key")),
    mode=optional(choice(*Product.Mode.values), "prepaid"),
    marketplace=optional(flag, False),
    self_operated=optional(flag, False),
    invoiceable=optional(flag, True),
    issuer=optional(text),
    service=optional(text),
)
def product(
    story: Story,
    *,
    ref: str,
    tax_key: TaxCategory,
    mode: str,
    marketplace: bool,
    self_operated: bool,
    invoiceable: bool,
    issuer: str | None,
    service: str | None,
) -> Answer:
    """`issuer` and `service` are what usage files call it."""
    story.require_new("product", ref)
    if (issuer is None) != (service is None):
        raise Malformed('"issuer" and "service" go together')
    sku = product_sku(issuer, service) if issuer and service else story.number("SKU")
    if Product.objects.filter(sku=sku).exists():
        raise Malformed(f"there is already a product that {issuer} bills as {service}")
    made = catalogue.add_product(
        sku=sku,
        name=ref,
        mode=mode,
        tax_key=tax_key,
        marketplace=marketplace,
        self_operated=self_operated,
        invoiceable=invoiceable,
    )
    story.name("product", ref, made)
    return {}


@verb("advance", to=required(moment))
def advance(story: Story, *, to: datetime) -> Answer:
    """Only moves the clock."""
    return {"ran": [[job, iso(at)] for job, at in story.move_to(to)]}
