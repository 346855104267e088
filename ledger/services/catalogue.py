"""The catalogue: who sells, under which tax keys, which products."""

from decimal import Decimal

from django.db import transaction

from ledger.models import InvoicingEntity, Product, TaxCategory


@transaction.atomic
def add_entity(*, code: str, name: str, tax_id: str, **details: str) -> InvoicingEntity:
    """A company that sells and invoices. `details`: country, address, phone, bank, bank_account."""
    return InvoicingEntity.objects.create(code=code, name=name, tax_id=tax_id, **details)


@transaction.atomic
def add_tax_key(
    *, entity: InvoicingEntity, code: str, content: str, rate: Decimal, short_name: str = ""
) -> TaxCategory:
    """A tax key under `entity`; the one that exists already, if there is one. `rate`: 0.06 for 6 %."""
    key, _created = TaxCategory.objects.get_or_create(
        entity=entity, code=code, content=content, rate=rate, defaults={"short_name": short_name}
    )
    return key


@transaction.atomic
def add_product(
    *,
    sku: str,
    name: str,
    mode: str,
    tax_key: TaxCategory,
    marketplace: bool,
    self_operated: bool,
) -> Product:
    """A product; its SKU decides the entity and the tax key."""
    return Product.objects.create(
        sku=sku,
        name=name,
        mode=mode,
        tax_category=tax_key,
        marketplace=marketplace,
        self_operated=self_operated,
    )
