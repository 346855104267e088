"""Where applications and invoices stand, in the words of the billing centre: badges and counts."""

from dataclasses import dataclass

from django.utils.translation import gettext

from invoicing.domain.standing import counted, shown
from invoicing.models import Invoice, InvoiceApplication

Status = InvoiceApplication.Status
STATES = {
    "pending_approval": "pending",
    "approved": "approved",
    "planned": "approved",
    "failed": "pending",
    "issued": "issued",
    "shipped": "issued",
    "received": "issued",
    "crediting": "pending",
    "credited": "cancelled",
    "rejected": "rejected",
    "withdrawn": "cancelled",
    "dropped": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Badge:
    state: str
    words: str


def application_badge(application: InvoiceApplication) -> Badge:
    """Where it stands: with the least advanced of its invoices (D25)."""
    statuses = [invoice.status for invoice in application.invoices.all()]
    status = shown(application.status, statuses)
    return Badge(STATES[status], application.word_for(status))


def invoice_badge(invoice: Invoice) -> Badge:
    """The status of one invoice: its application's while that is undecided, or was returned."""
    return Badge(STATES[invoice.shown_status], invoice.status_word)


def progress(application: InvoiceApplication) -> str:
    """2 of 4 issued, 1 of 3 credited, in the words of the billing centre; "" for a single invoice."""
    stages = [invoice.stage for invoice in application.invoices.all()]
    if len(stages) < 2 or application.status not in (Status.APPROVED, *InvoiceApplication.WHOLE):
        return ""
    return ", ".join(
        gettext("%(count)s of %(all)s %(status)s")
        % {
            "count": count,
            "all": len(stages),
            "status": application.word_for(stage).lower(),
        }
        for stage, count in counted(stages)
    )
