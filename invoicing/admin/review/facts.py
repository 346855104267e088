"""Everything a reviewer needs on one page to decide about an application, in a bounded number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Certification, User
from accounts.queries.workdays import calendar_after
from finance_console.kernel.money import ZERO
from invoicing.admin.review.comparison import Row, compare
from invoicing.admin.review.queue import newest_certifications
from invoicing.admin.review.recheck import Finding, recheck
from invoicing.models import Claim, Invoice, InvoiceableItem, InvoiceApplication
from invoicing.presenters.deadline import Deadline, deadline

SHOWN_INVOICES = 50
SHOWN_CLAIMS = 300
Status = InvoiceApplication.Status


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """One invoice of the application, with the claims of its lines as far as they are shown."""

    invoice: Invoice
    claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history. `who` is empty where the system did it."""

    what: str
    at: datetime
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """`hidden_invoices` and `hidden_claims` are not shown, but counted in the totals; amounts in the
    application's currency."""

    certification: Certification | None
    comparison: Sequence[Row]
    planned: Sequence[PlannedInvoice]
    hidden_invoices: int
    hidden_claims: int
    paid: Decimal
    left: Decimal
    findings: Sequence[Finding]
    checked_at: datetime
    history: Sequence[Event]
    deadline: Deadline | None

    @property
    def differing(self) -> int:
        """How many certified fields differ."""
        return sum(row.differs for row in self.comparison)


def review_facts(application: InvoiceApplication, at: datetime) -> ReviewFacts:
    """Read it as it is at `at`. Writes nothing: opening is not claiming."""
    certified = newest_certifications({application.customer_id}).get(application.customer_id)
    pending = application.status == Status.PENDING_APPROVAL
    claims = Claim.objects.filter(line__invoice__application=application).count()
    planned = _planned(application)
    behind = _behind(application)
    return ReviewFacts(
        certification=certified,
        comparison=compare(application.buyer, certified, _last_buyer(application)),
        planned=planned,
        hidden_invoices=application.invoices.count() - len(planned),
        hidden_claims=claims - sum(len(row.claims) for row in planned),
        paid=behind["paid"],
        left=behind["left"],
        findings=recheck(application, at),
        checked_at=timezone.localtime(at),
        history=_history(application),
        deadline=_deadline(application, at) if pending else None,
    )


def _deadline(application: InvoiceApplication, at: datetime) -> Deadline:
    tz = application.customer.tz
    return deadline(application.review_due_at, at, tz, calendar_after(at, tz))


def _behind(application: InvoiceApplication) -> dict[str, Decimal]:
    """Cash paid for the items behind the application, and what is left of them after it."""
    claimed = Claim.objects.filter(line__invoice__application=application).values("item")
    items = InvoiceableItem.objects.filter(pk__in=claimed)
    return items.aggregate(paid=Sum("cash", default=ZERO), left=Sum("net", default=ZERO))


def _planned(application: InvoiceApplication) -> list[PlannedInvoice]:
    invoices = list(
        application.invoices.select_related("entity").order_by("position")[:SHOWN_INVOICES]
    )
    claims = (
        Claim.objects.filter(line__invoice__in=invoices)
        .select_related("line", "item__customer", "item__entity", "item__charge__product")
        .order_by("line__invoice__position", "line__position", "pk")[:SHOWN_CLAIMS]
    )
    by_invoice: dict[int, list[Claim]] = {invoice.pk: [] for invoice in invoices}
    for claim in claims:
        by_invoice[claim.line.invoice_id].append(claim)
    return [PlannedInvoice(invoice, by_invoice[invoice.pk]) for invoice in invoices]


def _last_buyer(application: InvoiceApplication) -> dict[str, str] | None:
    issued = InvoiceApplication.objects.filter(
        customer=application.customer_id,
        status__in=InvoiceApplication.WHOLE,
        pk__lt=application.pk,
    )
    return issued.order_by("-pk").values_list("buyer", flat=True).first()


def _history(application: InvoiceApplication) -> list[Event]:
    labels = dict(Status.choices)
    events = [
        Event(
            what=str(labels[change.after]) if change.before else _("Submitted"),
            at=change.at,
            who=person(change.actor),
            why=change.reason,
        )
        for change in application.changes.select_related("actor").order_by("pk")
    ]
    if application.claimed_at:
        opened = Event(_("Review started"), application.claimed_at, person(application.claimed_by))
        events.append(opened)
    return sorted(events, key=lambda event: event.at)


def person(user: User | None) -> str:
    """A person's name as shown to colleagues; the system's own word when there is none."""
    if user is None:
        return _("automatically")
    return user.get_full_name() or user.get_username()
