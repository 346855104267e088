"""Planned invoices become rows, and what they claim is taken from the items. Under the customer's lock."""

from collections import defaultdict
from decimal import Decimal

from djmoney.money import Money

from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Plan, PlannedLine
from invoicing.models import Claim, Invoice, InvoiceApplication, InvoiceLine
from invoicing.services.items.amounts import move_amounts
from ledger.models import TaxCategory


def write_invoices(application: InvoiceApplication, plan: Plan) -> None:
    """The planned invoices of a new application, their lines and claims; what they claim is reserved."""
    currency = plan.currency
    invoices = Invoice.objects.bulk_create(
        Invoice(
            application=application,
            position=position,
            entity_id=planned.entity_id,
            kind=application.kind,
            medium=planned.medium,
            rate=planned.rate,
            why=planned.why,
            member_id=planned.member_id,
            period=planned.period or "",
            months=list(planned.periods),
            net=Money(planned.net, currency),
            tax=Money(planned.tax, currency),
            gross=Money(planned.gross, currency),
        )
        for position, planned in enumerate(plan.invoices, start=1)
    )
    planned_lines = [line for planned in plan.invoices for line in planned.lines]
    names = TaxCategory.objects.in_bulk({line.key.category_id for line in planned_lines})
    lines = InvoiceLine.objects.bulk_create(
        _line(invoice, position, line, names[line.key.category_id])
        for invoice, planned in zip(invoices, plan.invoices, strict=True)
        for position, line in enumerate(planned.lines, start=1)
    )
    reserved: dict[int, Decimal] = defaultdict(lambda: ZERO)
    claims = []
    for row, planned_line in zip(lines, planned_lines, strict=True):
        for item_id, amount in planned_line.claims:
            claims.append(Claim(line=row, item_id=item_id, amount=amount))
            reserved[item_id] += amount
    Claim.objects.bulk_create(claims)
    move_amounts({"reserved": reserved})


def _line(invoice: Invoice, position: int, line: PlannedLine, category: TaxCategory) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        position=position,
        tax_category=category,
        tax_code=line.key.tax_code,
        short_name=category.short_name,
        content=line.key.content,
        rate=line.key.rate,
        net=line.net,
        tax=line.tax,
        gross=line.gross,
    )
