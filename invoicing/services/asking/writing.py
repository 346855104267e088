"""The one writer of applications, for one or many at once: a statement per table.

Rows are copied in with keys drawn beforehand. The database checks at the end of the transaction
that heads are the sums of their lines, and lines of their claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models

from accounts.models import CustomerAccount, User
from accounts.ports.paper import for_paper
from accounts.queries.workdays import calendar_after
from invoicing.domain import review
from invoicing.domain.planning import PlannedInvoice, PlannedLine
from invoicing.domain.review import Calendar
from invoicing.domain.title_rules import PARTY_FIELDS
from invoicing.models import (
    Claim,
    Invoice,
    InvoiceApplication,
    InvoiceLine,
    StatusChange,
)
from invoicing.models.tables import Row, copy_rows, draw_keys
from invoicing.queries.catalogue import Catalogue
from invoicing.services.asking.previewing import Preview
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.offsetting import write_offsets
from invoicing.services.items.amounts import move_amounts, summed

TABLES = (InvoiceApplication, StatusChange, Invoice, InvoiceLine, Claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An application to be written: what was planned, for whom, and who asked (None: the system)."""

    customer: CustomerAccount
    preview: Preview
    idempotency_key: str
    source: str
    actor: User | None = None
    corrects: Invoice | None = None

    @property
    def account_ids(self) -> set[int]:
        """The customer, and the members whose consumption it is."""
        return {self.customer.pk, *self.preview.ask.members}


def write_application(submission: Submission, *, at: datetime) -> InvoiceApplication:
    """Write one: a batch of one. Raises what `write_applications` raises."""
    catalogue = Catalogue()
    (pk,) = write_applications([submission], at=at, catalogue=catalogue)
    _require_printable(catalogue)
    application = InvoiceApplication.objects.get(pk=pk)
    application.customer = submission.customer
    return application


def _require_printable(catalogue: Catalogue) -> None:
    """What sellers and tax categories say can be printed: nothing else reaches the issuing channel."""
    for category in catalogue.categories.values():
        seller = (getattr(category.entity, name) for name in PARTY_FIELDS)
        for text in (category.short_name, category.content, *seller):
            for_paper(text)


def write_applications(
    submissions: Sequence[Submission], *, at: datetime, catalogue: Catalogue
) -> list[int]:
    """Write what was planned: applications, offsets, invoices, claims. Returns their ids in order.

    In the caller's transaction, under the locks of all accounts that they cover. Items of claims
    and offsets move, and holds follow deficits. Raises `remarks_too_long`, and writes nothing then.
    """
    for submission in submissions:
        submission.preview.check_texts()
    batch = _Batch(submissions, at, catalogue)
    for model in TABLES:
        copy_rows(model, batch.rows[model])
    write_offsets(
        pairs=[
            (pair, pk)
            for pk, submission in zip(batch.ids, submissions, strict=True)
            for pair in submission.preview.plan.offsets
        ],
        at=at,
    )
    claims = ((claim["item_id"], claim["amount"]) for claim in batch.rows[Claim])
    move_amounts({"reserved": summed(claims)})
    offset = [
        submission_written.account_ids
        for submission_written in submissions
        if submission_written.preview.plan.offsets
    ]
    follow_deficits(customer_ids=set().union(*offset), at=at)
    return batch.ids


class _Batch:
    """The rows of some applications, table by table."""

    def __init__(
        self, submissions: Sequence[Submission], at: datetime, catalogue: Catalogue
    ) -> None:
        invoices = [invoice for one in submissions for invoice in one.preview.plan.invoices]
        lines = [line for invoice in invoices for line in invoice.lines]
        catalogue.learn({line.key.category_id for line in lines})
        self.at, self.catalogue = at, catalogue
        self.calendars: dict[ZoneInfo, Calendar] = {}
        self.ids = draw_keys(InvoiceApplication, len(submissions))
        self.invoice_ids = iter(draw_keys(Invoice, len(invoices)))
        self.line_ids = iter(draw_keys(InvoiceLine, len(lines)))
        self.rows: dict[type[models.Model], list[Row]] = {model: [] for model in TABLES}
        for pk, submission in zip(self.ids, submissions, strict=True):
            self._application(pk, submission)
            for position, planned in enumerate(submission.preview.plan.invoices, start=1):
                self._invoice(pk, position, planned, submission.preview)

    def _calendar(self, tz: ZoneInfo) -> Calendar:
        """Working days from the moment of submission on."""
        if tz not in self.calendars:
            self.calendars[tz] = calendar_after(self.at, tz)
        return self.calendars[tz]

    def _application(self, pk: int, submission: Submission) -> None:
        preview, customer = submission.preview, submission.customer
        ask, terms, plan, policy = preview.ask, preview.terms, preview.plan, preview.policy
        matches, wishes = preview.title_matches, bool(preview.wishes)
        actor_id = submission.actor.pk if submission.actor else None
        self.rows[InvoiceApplication].append(
            {
                "id": pk,
                "customer_id": customer.pk,
                "source": submission.source,
                "corrects_id": submission.corrects.pk if submission.corrects else None,
                "method": ask.method,
                "kind": ask.kind,
                "medium": terms.medium,
                "buyer": terms.buyer,
                "recipient_email": terms.recipient_email,
                "mailing_address": terms.mailing_address,
                "remarks": preview.remarks,
                "model": ask.model,
                "members": sorted(set(ask.members)),
                "by_member": ask.by_member,
                "total": plan.total,
                "currency": plan.currency,
                "offset_total": plan.offset,
                "plan_hash": preview.hash,
                "idempotency_key": submission.idempotency_key,
                "fingerprint": ask.fingerprint,
                "profile": policy.code,
                "profile_version": policy.version,
                "title_matches": matches,
                "submitted_at": self.at,
                "submitted_by_id": actor_id,
                "auto_review_at": review.auto_review_at(policy, matches, self.at, wishes=wishes),
                "review_due_at": review.review_due_at(
                    policy,
                    matches,
                    self.at,
                    self._calendar(customer.tz),
                    customer.tz,
                    wishes=wishes,
                ),
            }
        )
        self.rows[StatusChange].append(
            {
                "application_id": pk,
                "after": InvoiceApplication.Status.PENDING_APPROVAL.value,
                "actor_id": actor_id,
                "at": self.at,
            }
        )

    def _invoice(
        self, application_id: int, position: int, planned: PlannedInvoice, preview: Preview
    ) -> None:
        pk = next(self.invoice_ids)
        self.rows[Invoice].append(
            {
                "id": pk,
                "application_id": application_id,
                "position": position,
                "entity_id": planned.entity_id,
                "kind": preview.ask.kind,
                "medium": planned.medium,
                "rate": planned.rate,
                "why": planned.why,
                "period": planned.period or "",
                "months": list(planned.periods),
                "member_id": planned.member_id,
                "net": planned.net,
                "tax": planned.tax,
                "gross": planned.gross,
                "currency": preview.plan.currency,
            }
        )
        for number, line in enumerate(planned.lines, start=1):
            self._line(pk, number, line)

    def _line(self, invoice_id: int, position: int, line: PlannedLine) -> None:
        pk, key = next(self.line_ids), line.key
        self.rows[InvoiceLine].append(
            {
                "id": pk,
                "invoice_id": invoice_id,
                "position": position,
                "tax_category_id": key.category_id,
                "tax_code": key.tax_code,
                "short_name": self.catalogue.categories[key.category_id].short_name,
                "content": key.content,
                "rate": key.rate,
                "net": line.net,
                "tax": line.tax,
                "gross": line.gross,
            }
        )
        self.rows[Claim] += (
            {"line_id": pk, "item_id": item_id, "amount": amount} for item_id, amount in line.claims
        )
