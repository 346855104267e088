"""Why something that was named cannot be invoiced: the refusal that tells the customer most."""

from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import first_day, local_time, next_month
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceableItem
from ledger.habits import habits
from ledger.models import Bill, Order
from ledger.queries import unbilled_usage


def explain_source(customer: CustomerAccount, source: str, *, left: Decimal) -> DomainError:
    """Why the order or bill with this number has nothing to invoice for `customer` now.

    `left` is what the rest of the selection still offers.
    """
    items = InvoiceableItem.objects.filter(customer=customer, source=source)
    waiting = items.filter(net__gt=0).order_by("pk").first()
    if waiting is not None:
        return _not_yet(waiting)
    if items.filter(cash__gt=0).exists():
        return DomainError("insufficient_invoiceable", available=left)
    if items.exists():
        return DomainError("not_invoiceable_fund")
    if Bill.objects.filter(customer=customer, number=source, status=Bill.Status.UNSETTLED).exists():
        return DomainError("bill_not_settled")
    if Order.objects.filter(customer=customer, number=source).exists():
        return DomainError("not_payer")
    return DomainError("not_found")


def explain_months(customer: CustomerAccount, months: tuple[str, ...]) -> DomainError:
    """Why these months, or the later ones of them, have nothing to invoice now (SC-13, A18)."""
    items = InvoiceableItem.objects.filter(
        customer=customer, period__in=months, net__gt=0, marketplace=False
    )
    waiting = items.order_by("available_at", "pk").first()  # without a date last
    if waiting is not None:
        return _not_yet(waiting)
    if Bill.objects.filter(
        customer=customer, period__in=months, status=Bill.Status.UNSETTLED
    ).exists():
        return DomainError("bill_not_settled")
    unbilled = [month for month in unbilled_usage(customer) if month in months]
    if unbilled:
        day = first_day(next_month(unbilled[0])).replace(day=habits(customer.profile).bill_day)
        moment = local_time(day, 0, customer.tz)
        return DomainError("bill_not_generated", available_at=_written(moment, customer))
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
