"""The charges behind an invoice: as a document of its own and as a spreadsheet file."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from finance_console.kernel.errors import DomainError
from invoicing.documents.detail import MAX_LINES, DetailLine, DetailSnapshot, render_detail
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import Claim, Invoice
from ledger.exports.writing import Column, csv_lines


def charges_behind(invoice: Invoice) -> QuerySet[Claim]:
    """What an invoice is made of, in the order in which it was paid."""
    return (
        Claim.objects.filter(line__invoice=invoice)
        .select_related("line", "item__charge__product")
        .order_by("item__paid_at", "item_id", "pk")
    )


def detail_pdf(invoice: Invoice) -> bytes:
    """The list of an issued invoice as PDF; the same invoice gives the same bytes.

    Raises `detail_too_long` for more charges than one document takes.
    """
    frozen = InvoiceSnapshot.from_json(invoice.snapshot)
    claims = list(charges_behind(invoice)[: MAX_LINES + 1])
    if len(claims) > MAX_LINES:
        raise DomainError("detail_too_long", maximum=MAX_LINES)
    return render_detail(
        DetailSnapshot(
            number=frozen.number,
            issued_on=frozen.issued_on,
            seller=frozen.seller.name,
            buyer=frozen.buyer.name,
            currency=frozen.currency,
            specimen=frozen.specimen,
            lines=tuple(
                DetailLine(claim.item.source, product(claim), claim.item.period, claim.amount)
                for claim in claims
            ),
        )
    )


def detail_csv(invoice: Invoice) -> Iterator[str]:
    """The list as CSV, line by line, whatever its length."""
    return csv_lines(COLUMNS, charges_behind(invoice))


def product(claim: Claim) -> str:
    """What was consumed, in one line: the product, else what the order says, else the content of the invoice line."""
    known = claim.item.charge.product
    words = known.name if known else claim.item.description or claim.line.content
    return " ".join(words.split())


COLUMNS = (
    Column(_("Order or bill"), lambda claim: claim.item.source),
    Column(_("Product"), product),
    Column(_("Content on the invoice"), lambda claim: claim.line.content),
    Column(_("Month"), lambda claim: claim.item.period),
    Column(_("Paid at"), lambda claim: claim.item.paid_at),
    Column(_("Tax rate"), lambda claim: claim.line.rate),
    Column(_("Amount"), lambda claim: claim.amount),
    Column(_("Currency"), lambda claim: claim.item.currency),
)
