"""Why something that was named cannot be invoiced: the refusal that tells the customer most."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from invoicing.domain import gate
from invoicing.models import InvoiceableItem
from invoicing.queries.planning import deficits
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
    return gate.not_covered(lacking) if lacking else None


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
