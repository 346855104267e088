"""The catalogue: who sells, under which tax keys, which products, from which day on.

The name of a product says nothing: two entities may sell products of one name, and one product
may change hands. Only SKU and date decide (A26).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from accounts.ports.paper import for_paper
from finance_console.kernel.errors import DomainError
from ledger.models import (
    BillLine,
    InvoicingEntity,
    Order,
    Product,
    ProductRoute,
    TaxCategory,
    UsageRecord,
)

_EASTERNMOST = ZoneInfo("Pacific/Kiritimati")  # where a day begins first


@transaction.atomic
def add_entity(
    *,
    code: str,
    name: str,
    tax_id: str,
    electronic: bool = True,
    paper: bool = True,
    **details: str,
) -> InvoicingEntity:
    """A company that sells and invoices, and in which media. `details`: country, address, phone,
    bank, bank_account, return_recipient, return_address, return_postcode, return_phone. Raises what `for_paper` raises: they are printed.
    """
    printed = {field: for_paper(text) for field, text in details.items()}
    return InvoicingEntity.objects.create(
        code=code,
        name=for_paper(name),
        tax_id=tax_id,
        electronic=electronic,
        paper=paper,
        **printed,
    )


@transaction.atomic
def add_tax_key(
    *, entity: InvoicingEntity, code: str, content: str, rate: Decimal, short_name: str = ""
) -> TaxCategory:
    """A tax key under `entity`; the one that exists already, if there is one. `rate`: 0.06 for 6 %.

    Raises what `for_paper` raises: `content` and `short_name` are printed.
    """
    key, _created = TaxCategory.objects.get_or_create(
        entity=entity,
        code=code,
        content=for_paper(content),
        rate=rate,
        defaults={"short_name": for_paper(short_name)},
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
    invoiceable: bool = True,
) -> Product:
    """A product; its SKU decides the entity and the tax key. `invoiceable`: customers can invoice it (A57).

    Raises what `for_paper` raises: `name` is printed.
    """
    return Product.objects.create(
        sku=sku,
        name=for_paper(name),
        mode=mode,
        tax_category=tax_key,
        marketplace=marketplace,
        self_operated=self_operated,
        invoiceable=invoiceable,
    )


def tax_key_for(product: Product, on: date) -> TaxCategory:
    """The tax key, and with it the entity, that sells `product` on the local day `on`.

    Of the newest route that has begun by then (its first day included), else the product's own.
    """
    begun = ProductRoute.objects.filter(product=product, valid_from__lte=on)
    route = begun.select_related("tax_category__entity").order_by("-valid_from").first()
    return route.tax_category if route else product.tax_category


def sold_under(product: Product | None, tax_category: TaxCategory | None, on: date) -> TaxCategory:
    """The tax key of a sale on the local day `on`: the product decides where one is named.

    Raises ValueError when neither is named.
    """
    if product is not None:
        return tax_key_for(product, on)
    if tax_category is None:
        raise ValueError("A sale names a product or a tax key.")
    return tax_category


class Routes:
    """`tax_key_for` for many lines: reads the routes once, then answers from memory."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._own = {product.pk: product.tax_category_id for product in products}
        self._planned: dict[int, list[tuple[date, int]]] = {}
        rows = ProductRoute.objects.filter(product__in=self._own).order_by("-valid_from")
        for product_id, begins, key_id in rows.values_list(
            "product_id", "valid_from", "tax_category_id"
        ):
            self._planned.setdefault(product_id, []).append((begins, key_id))

    def key_id(self, product_id: int, at: datetime, tz: ZoneInfo) -> int:
        """The primary key of the tax key at the moment `at`, by the local day in `tz`."""
        planned = self._planned.get(product_id)
        if planned is None:
            return self._own[product_id]
        on = at.astimezone(tz).date()
        return next((key for begins, key in planned if begins <= on), self._own[product_id])


def last_sold_on(product: Product) -> date | None:
    """The latest local day, anywhere, on which `product` was ordered, billed or used."""
    moments = (
        Order.objects.filter(product=product).aggregate(at=Max("paid_at")),
        UsageRecord.objects.filter(product=product).aggregate(at=Max("used_at")),
        BillLine.objects.filter(product=product, usage=None).aggregate(
            at=Max("bill__generated_at")
        ),
    )
    days = [row["at"].astimezone(_EASTERNMOST).date() for row in moments if row["at"]]
    return max(days, default=None)


def require_unsold_from(product: Product, day: date) -> None:
    """A route that begins on `day` may still be planned, changed or dropped.

    Raises `route_in_use` when the product was sold on that day or later: what was sold stays with
    whom it was sold by.
    """
    last = last_sold_on(product)
    if last is not None and day <= last:
        raise DomainError("route_in_use", first=f"{last + timedelta(days=1):%Y-%m-%d}")


@transaction.atomic
def plan_route(*, product: Product, tax_key: TaxCategory, valid_from: date) -> ProductRoute:
    """From the local day `valid_from` on, `product` is sold under `tax_key` and by its entity.

    Planned twice for a day, the later plan counts. Raises `route_in_use`.
    """
    require_unsold_from(product, valid_from)
    route, _created = ProductRoute.objects.update_or_create(
        product=product, valid_from=valid_from, defaults={"tax_category": tax_key}
    )
    return route
