"""Why something that was named cannot be invoiced: the refusal that tells the customer most."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import gate
from invoicing.domain.offsetting import KEYS
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceableItem
from invoicing.queries.planning import available_items, deficits
from ledger.models import Bill, Order
from ledger.queries.unbilled import unbilled


def explain_source(
    customers: Sequence[CustomerAccount], source: str, *, left: Decimal
) -> DomainError:
    """Why the order or bill with this number has nothing to invoice for `customers` now.

    `left` is what the rest of the selection still offers.
    """
    items = InvoiceableItem.objects.filter(customer__in=customers, source=source)
    waiting = items.filter(net__gt=0).order_by("pk").first()
    if waiting is not None:
        return _not_yet(waiting)
    given = items.filter(offset_given__gt=0).select_related("customer").first()
    if given is not None and (lacking := explain_deficit(given.customer)):
        return lacking
    if items.filter(cash__gt=0).exists():
        return DomainError("insufficient_invoiceable", available=left)
    if items.exists():
        return DomainError("not_invoiceable_fund")
    bills = Bill.objects.filter(customer__in=customers, number=source)
    if bills.filter(status=Bill.Status.UNSETTLED).exists():
        return DomainError("bill_not_settled")
    if Order.objects.filter(customer__in=customers, number=source).exists():
        return DomainError("not_payer")
    if Order.objects.filter(payer__in=customers, number=source).exists():
        return DomainError("not_beneficiary")
    return DomainError("not_found")


def explain_deficit(customer: CustomerAccount) -> DomainError | None:
    """Nothing is open because consumption went into deficits, and more of it is lacking (B62, SC-55).

    None without a deficit.
    """
    lacking = gate.uncovered(deficits(customer), {})
    if not lacking:
        return None
    error = gate.not_covered(lacking)
    return DomainError(error.code, **error.values, says="deficit_needs_more")


def explain_cover(
    error: DomainError, *, owners: Sequence[CustomerAccount], policy: Policy, at: datetime
) -> DomainError:
    """`deficit_not_covered` with the way out that there is (B62).

    Select more, where more is open under the same key; offset by hand, where that is the habit; else
    credit the invoice or buy more.
    """
    key = KEYS[policy.offset_key]
    owed = deficits(*owners)
    named = next(row.key for row in owed if row.key.category_id == error.values["category_id"])
    same = [row for row in owed if key(row.key) == key(named)]
    needed = sum((row.amount for row in same), ZERO)
    alike = available_items(owners[0], at, *owners[1:]).filter(
        customer__in={row.member_id for row in same},
        marketplace=False,
        entity=named.entity_id,
        tax_category__rate=named.rate,
    )
    if policy.offset_key == "entity_code_rate":
        alike = alike.filter(tax_category__code=named.tax_code)
    says = "deficit_needs_more"
    if alike.aggregate(sum=Sum("net", default=ZERO))["sum"] >= needed:
        says = "deficit_by_hand" if policy.offset_timing == "manual" else error.code
    return DomainError(error.code, **error.values, says=says)


def explain_months(
    customers: Sequence[CustomerAccount], months: tuple[str, ...], *, marketplace: bool = False
) -> DomainError:
    """Why these months, or the later ones of them, have nothing to invoice now (SC-13, A18).

    `marketplace`: what was bought there counts too.
    """
    items = InvoiceableItem.objects.filter(customer__in=customers, period__in=months, net__gt=0)
    if not marketplace:
        items = items.filter(marketplace=False)
    waiting = items.order_by("available_at", "pk").first()  # without a date last
    if waiting is not None:
        return _not_yet(waiting)
    if Bill.objects.filter(
        customer__in=customers, period__in=months, status=Bill.Status.UNSETTLED
    ).exists():
        return DomainError("bill_not_settled")
    for customer in customers:
        for used in unbilled(customer):
            if used.period in months:
                when = _written(used.billed_at, customer)
                return DomainError("bill_not_generated", available_at=when)
    return DomainError("nothing_selected")


def _not_yet(item: InvoiceableItem) -> DomainError:
    if item.available_at is None:
        return DomainError(item.waiting_reason)
    code = item.waiting_reason or "not_yet_available"
    return DomainError(code, available_at=_written(item.available_at, item.customer))


def _written(moment: datetime, customer: CustomerAccount) -> str:
    """Local time, with the seconds only where there are any."""
    local = moment.astimezone(customer.tz)
    return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
