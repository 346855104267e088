"""The invoices of an application as its page shows them: each with its status, files, and whom to ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from invoicing.models import Invoice, InvoiceableItem, InvoiceApplication, InvoiceFile
from invoicing.presenters.applications import in_order
from invoicing.presenters.selection import Provider, provider_of
from invoicing.presenters.standing import Badge, invoice_badge
from invoicing.services.crediting.rules import is_correctable


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCard:
    """One invoice of an application with its files; `provider` is who answers for what it sold in the
    marketplace, `whose` the member it is for ("" where it is not for a single one), `correctable` whether it can
    be credited and asked for again in one step."""

    invoice: Invoice
    badge: Badge
    files: Sequence[InvoiceFile]
    provider: Provider | None
    whose: str
    correctable: bool


def invoice_cards(application: InvoiceApplication) -> list[InvoiceCard]:
    """The invoices of an application; it comes from `listings.application_detail`."""
    return [
        InvoiceCard(
            invoice=invoice,
            badge=invoice_badge(invoice),
            files=in_order(invoice.files.all()),
            provider=provider_of(invoice.entity, items := _items(invoice)),
            correctable=is_correctable(invoice),
            whose=_whose(items) if application.members else "",
        )
        for invoice in application.invoices.all()
    ]


def _items(invoice: Invoice) -> list[InvoiceableItem]:
    return [claim.item for line in invoice.lines.all() for claim in line.claims.all()]


def _whose(items: Iterable[InvoiceableItem]) -> str:
    names = {item.customer.name for item in items}
    return names.pop() if len(names) == 1 else ""
