"""Importing tracking numbers: see what each line would do, then ship all of them or none (SC-76)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership, User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.sheets import Unreadable
from invoicing.domain import tracking_file
from invoicing.domain.tracking_file import Line
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services.crediting.invoice_actions import SHIP
from invoicing.services.shipping.sending import ship_many, tracking_number


class Outcome(StrEnum):
    """What becomes of a line."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    DUPLICATE = "duplicate"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Row:
    """A line, what becomes of it, its invoice where there is one, and why it is left out."""

    line: Line
    outcome: Outcome
    invoice: Invoice | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing does now."""

    rows: Sequence[Row]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many lines have each outcome; every outcome is present."""
        counted = Counter(row.outcome for row in self.rows)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def tracking(self) -> dict[int, str]:
        """The tracking numbers of what will be shipped, by invoice id."""
        return {
            row.invoice.pk: tracking_number(row.line.tracking)
            for row in self.rows
            if row.outcome == Outcome.MATCHED and row.invoice
        }


def read(content: bytes) -> list[Line]:
    """The lines of a CSV or XLSX file. Raises `file_rejected`."""
    try:
        return tracking_file.read(content)
    except Unreadable as error:
        problem = gettext(error.sentence) % error.values
        raise DomainError("file_rejected", problem=problem) from None


def preview(*, lines: Sequence[Line], by: User) -> Preview:
    """What becomes of each line now; writes nothing, in two queries. Raises `not_permitted`.

    Matched: a paper invoice that is issued and not sent. Duplicate: the same invoice came in an
    earlier line. Shipped: it is on its way already. Unmatched: anything else, and why.
    """
    if not (by.is_active and by.has_perm(SHIP)):
        raise DomainError("not_permitted")
    invoices = {
        invoice.number: invoice
        for invoice in Invoice.objects.filter(
            number__in={line.invoice for line in lines}
        ).select_related("application__customer")
    }
    own = set(Membership.objects.filter(user=by).values_list("customer", flat=True))
    seen: set[str] = set()
    rows = []
    for line in lines:
        if line.invoice in seen:
            rows.append(Row(line, Outcome.DUPLICATE, invoices.get(line.invoice)))
            continue
        seen.add(line.invoice)
        rows.append(_judge(line, invoices.get(line.invoice), own))
    return Preview(rows)


def _judge(line: Line, invoice: Invoice | None, own: set[int]) -> Row:
    if invoice is None:
        return Row(line, Outcome.UNMATCHED, None, gettext("No invoice has this number."))
    try:
        tracking_number(line.tracking)
        if invoice.medium != InvoiceApplication.Medium.PAPER:
            raise DomainError("paper_only")
        if invoice.shipped_at is not None:
            return Row(line, Outcome.SHIPPED, invoice, invoice.tracking_number)
        if invoice.status != Invoice.Status.ISSUED:
            raise DomainError("wrong_state", state=invoice.status_word)
        if invoice.application.customer_id in own:
            raise DomainError("four_eyes")
    except DomainError as error:
        why = gettext(error.sentence) % error.values
        return Row(line, Outcome.UNMATCHED, invoice, why)
    return Row(line, Outcome.MATCHED, invoice)


@transaction.atomic
def import_tracking(*, lines: Sequence[Line], by: User, at: datetime) -> Preview:
    """Ship what matches now, all of it or nothing; what became of each line.

    Lines that do not match are left out, as the preview showed. Importing again ships nothing.
    Raises `not_permitted`, and `wrong_state` when an invoice moved in this very moment.
    """
    previewed = preview(lines=lines, by=by)
    ship_many(tracking=previewed.tracking, actor=by, at=at)
    return previewed
