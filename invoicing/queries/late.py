"""Promises that are broken: reviews, issues, shipments and credits past their moment, and what was given up (B43 to B45).

Each kind is a sorted list that an index serves; pages, the first page of the admin and the metrics
draw from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from invoicing.models import CreditNote, CreditRequest, Invoice, InvoiceApplication

Status = InvoiceApplication.Status
COUNT_LIMIT = 99


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of delay: `rows` at a moment, the longest overdue by `due` first."""

    code: str
    label: Any
    due: str
    rows: Callable[[datetime], QuerySet[Any]]


def _reviews(at: datetime) -> QuerySet[InvoiceApplication]:
    pending = InvoiceApplication.objects.filter(status=Status.PENDING_APPROVAL)
    return pending.filter(review_due_at__lt=at)


def _issues(at: datetime) -> QuerySet[InvoiceApplication]:
    approved = InvoiceApplication.objects.filter(status=Status.APPROVED)
    return approved.filter(issue_breach_at__lt=at)


def _parked(at: datetime) -> QuerySet[InvoiceApplication]:
    return InvoiceApplication.objects.filter(status=Status.APPROVED, issue_at=None)


def _shipments(at: datetime) -> QuerySet[Invoice]:
    return Invoice.objects.filter(status=Invoice.Status.ISSUED, ship_due_at__lt=at)


def _credits(at: datetime) -> QuerySet[CreditRequest]:
    asked = CreditRequest.objects.filter(status=CreditRequest.Status.CREDITING)
    return asked.filter(decide_by__lt=at)


def _files(at: datetime) -> QuerySet[Invoice]:
    """Issued, and a file could not be made; made as soon as the cause is gone."""
    lacking = Invoice.objects.filter(number__isnull=False, filed=False)
    return lacking.exclude(filing_problem="")


def _credit_files(at: datetime) -> QuerySet[CreditNote]:
    return CreditNote.objects.filter(filed=False).exclude(filing_problem="")


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("review", _("Review late"), "review_due_at", _reviews),
        Kind("issue", _("Issue late"), "issue_breach_at", _issues),
        Kind("parked", _("Given up: to be tried again"), "decided_at", _parked),
        Kind("shipping", _("Shipping late"), "ship_due_at", _shipments),
        Kind("credit", _("Credit late"), "decide_by", _credits),
        Kind("files", _("Files cannot be made"), "issued_at", _files),
        Kind("credit_files", _("Files of credit notes cannot be made"), "issued_at", _credit_files),
    )
}


def late(kind: Kind, at: datetime) -> QuerySet[Any]:
    """What is late of a kind, the longest overdue first."""
    return kind.rows(at).order_by(kind.due, "pk")


def behind(kind: Kind, rows: QuerySet[Any], last: Any) -> QuerySet[Any]:
    """Those behind `last` in that order: the next page."""
    due = getattr(last, kind.due)
    return rows.filter(Q(**{f"{kind.due}__gt": due}) | Q(**{kind.due: due}, pk__gt=last.pk))


def counts(at: datetime) -> dict[str, int]:
    """How many of each kind, counted no further than one above `COUNT_LIMIT`. A query per kind."""
    return {code: kind.rows(at)[: COUNT_LIMIT + 1].count() for code, kind in KINDS.items()}


def oldest_pending() -> datetime | None:
    """When the application was submitted that waits longest for its review; None without one (R29)."""
    pending = InvoiceApplication.objects.filter(status=Status.PENDING_APPROVAL)
    return pending.order_by("submitted_at").values_list("submitted_at", flat=True).first()
