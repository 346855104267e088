"""What nobody can change on an invoice: content, quantity and rate follow from what was bought (A25, SC-43)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.models import AuditRecord, User
from accounts.services.records import record
from invoicing.models import InvoiceApplication, InvoiceLine

FIXED = frozenset(
    {
        "content",
        "gross",
        "name",
        "net",
        "price",
        "quantity",
        "rate",
        "short_name",
        "tax",
        "tax_code",
        "tax_rate",
        "unit",
        "unit_price",
    }
)
LONGEST, SHOWN_LINES = 100, 20


def log_fixed_fields(
    *,
    application: InvoiceApplication,
    sent: Mapping[str, Sequence[str]],
    by: User | None,
    at: datetime,
) -> AuditRecord | None:
    """Log that a form came with fields it does not have; the document stays as it is.

    `sent` are all fields with their values. None when it was an ordinary form.
    """
    foreign = {name: _plain(sent[name]) for name in sorted(FIXED & sent.keys())}
    if not foreign:
        return None
    lines = InvoiceLine.objects.filter(invoice__application=application).order_by("pk")
    kept = [
        {"content": content, "rate": str(rate)}
        for content, rate in lines.values_list("content", "rate")[:SHOWN_LINES]
    ]
    return record(
        customer=application.customer,
        actor=by,
        action="fixed_fields",
        about=application.number,
        before={"lines": kept},
        after={"sent": foreign},
        at=at,
    )


def _plain(values: Sequence[str]) -> list[str]:
    """A few short values without the character that a database cannot keep."""
    return [value.replace("\0", "")[:LONGEST] for value in values[:3]]
