"""What the customer may hold in hand: items, applications, invoices, credit notes, files."""

from invoicing.models.application import Claim, InvoiceApplication
from invoicing.models.auto import AutoInvoicing, AutoInvoicingRehearsal, AutoInvoicingRun
from invoicing.models.credit import (
    CreditNote,
    CreditNoteLine,
    CreditRequest,
    Release,
)
from invoicing.models.files import InvoiceCopy, InvoiceFile, Proforma
from invoicing.models.invoice import LIVE_STATUSES, Invoice, InvoiceLine, NumberSeries
from invoicing.models.item import InvoiceableItem, Offset
from invoicing.models.profiles import ProfileVersion
from invoicing.models.returns import PaperReturn
from invoicing.models.sandbox import SandboxReceipt
from invoicing.models.status import StatusChange
from invoicing.models.tally import ItemTally
from invoicing.models.title import InvoiceTitle, TitleApplication

__all__ = [
    "LIVE_STATUSES",
    "AutoInvoicing",
    "AutoInvoicingRehearsal",
    "AutoInvoicingRun",
    "Claim",
    "CreditNote",
    "CreditNoteLine",
    "CreditRequest",
    "Invoice",
    "InvoiceApplication",
    "InvoiceCopy",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceTitle",
    "InvoiceableItem",
    "ItemTally",
    "NumberSeries",
    "Offset",
    "PaperReturn",
    "ProfileVersion",
    "Proforma",
    "Release",
    "SandboxReceipt",
    "StatusChange",
    "TitleApplication",
]
