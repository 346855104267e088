"""What the customer may hold in hand: items, applications, invoices, files."""

from invoicing.models.application import Claim, InvoiceApplication
from invoicing.models.auto import AutoInvoicing, AutoInvoicingRun
from invoicing.models.files import InvoiceFile, Proforma
from invoicing.models.invoice import Invoice, InvoiceLine, NumberSeries
from invoicing.models.item import InvoiceableItem, Offset
from invoicing.models.status import StatusChange
from invoicing.models.tally import ItemTally
from invoicing.models.title import InvoiceTitle

__all__ = [
    "AutoInvoicing",
    "AutoInvoicingRun",
    "Claim",
    "Invoice",
    "InvoiceApplication",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceTitle",
    "InvoiceableItem",
    "ItemTally",
    "NumberSeries",
    "Offset",
    "Proforma",
    "StatusChange",
]
