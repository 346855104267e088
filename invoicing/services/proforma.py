"""Proforma invoices for customers overseas: a document of a bill, consuming nothing (B13, D14)."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from djmoney.money import Money

from accounts.services.locking import lock_customer
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import minor_unit
from invoicing.documents import pdf
from invoicing.documents.snapshot import Party, ProformaLine, ProformaSnapshot
from invoicing.models import Proforma
from invoicing.services.filing import store
from invoicing.services.freezing import seller
from ledger.models import Bill, BillLine, InvoicingEntity

DUE_DAYS = 30


@transaction.atomic
def make_proformas(*, bill: Bill, at: datetime) -> list[Proforma]:
    """The proformas of a bill, one per selling entity, made once: asking again returns the first.

    Raises `not_permitted` for a customer in mainland China, who applies for a VAT invoice, and
    `below_minimum` for a bill of nothing.
    """
    customer = lock_customer(bill.customer_id)
    existing = list(Proforma.objects.filter(bill=bill).order_by("pk"))
    if existing:
        return existing
    if not customer.is_overseas:
        raise DomainError("not_permitted")
    lines: dict[InvoicingEntity, list[BillLine]] = defaultdict(list)
    for line in _lines(bill):
        lines[line.tax_category.entity].append(line)
    if not lines:
        raise DomainError("below_minimum", minimum=minor_unit(bill.total.currency.code))
    return [_make(bill, entity, lines[entity], at) for entity in lines]


def _lines(bill: Bill) -> QuerySet[BillLine]:
    return (
        bill.lines.filter(payable__gt=0)
        .select_related("tax_category__entity", "product")
        .order_by("tax_category__entity", "-payable", "pk")
    )


def _make(bill: Bill, entity: InvoicingEntity, lines: list[BillLine], at: datetime) -> Proforma:
    snapshot = _snapshot(bill, entity, lines, at)
    content = pdf.render_proforma(snapshot)
    return Proforma.objects.create(
        customer=bill.customer,
        bill=bill,
        entity=entity,
        number=snapshot.number,
        total=Money(snapshot.total, snapshot.currency),
        snapshot=snapshot.to_json(),
        sha256=store(content),
        size=len(content),
        issued_at=at,
    )


def _snapshot(
    bill: Bill, entity: InvoicingEntity, lines: list[BillLine], at: datetime
) -> ProformaSnapshot:
    customer = bill.customer
    today = at.astimezone(customer.tz).date()
    certified = customer.certifications.order_by("-version").first()
    address = customer.addresses.order_by("-is_default", "pk").first()
    return ProformaSnapshot(
        number=f"PF-{bill.period.replace('-', '')}-{bill.pk:06d}-{entity.pk}",
        issued_on=today,
        due_on=today + timedelta(days=DUE_DAYS),
        seller=seller(entity),
        buyer=Party(
            name=certified.name if certified else customer.name,
            tax_id=certified.tax_id if certified else "",
            address=address.line if address else "",
            country=customer.region,
        ),
        period=bill.period,
        lines=tuple(
            ProformaLine(
                description=line.product.name if line.product else line.tax_category.content,
                amount=line.payable,
                period=bill.period,
            )
            for line in lines
        ),
        total=sum((line.payable for line in lines), Decimal(0)),
        currency=bill.total.currency.code,
    )
