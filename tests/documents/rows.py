"""Rows of issued invoices and credit notes as the services leave them, written straight from snapshots: hundreds at once.

Nothing is claimed or released for them, so tests that use this are marked `corrupts`.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import chain

from djmoney.money import Money

from accounts.models import CustomerAccount
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import (
    CreditNote,
    CreditNoteLine,
    CreditRequest,
    Invoice,
    InvoiceApplication,
    InvoiceLine,
)
from ledger.models import InvoicingEntity, TaxCategory
from tests.unguarded import unguarded

PARTY = ("name", "tax_id", "address", "phone", "bank", "bank_account")
AMOUNTS = ("net", "tax", "gross")
Document = Invoice | CreditNote


def issued(snapshots: Sequence[InvoiceSnapshot], customer: CustomerAccount) -> list[Document]:
    """The row behind each snapshot: an invoice, or the credit note of an invoice that is wholly credited."""
    with unguarded():
        applications = InvoiceApplication.objects.bulk_create(
            _application(snapshot, customer) for snapshot in snapshots
        )
        keys = TaxCategory.objects.bulk_create(
            TaxCategory(entity=entity, code="1", content="-", rate=0)
            for entity in InvoicingEntity.objects.bulk_create(map(_entity, snapshots))
        )
        invoices = Invoice.objects.bulk_create(map(_invoice, snapshots, applications, keys))
        lines: dict[int, list[InvoiceLine]] = defaultdict(list)
        rows = chain.from_iterable(map(_lines, invoices, snapshots, keys))
        for line in InvoiceLine.objects.bulk_create(rows):
            lines[line.invoice_id].append(line)
        red = [pair for pair in zip(snapshots, invoices, strict=True) if pair[0].credit_of]
        requests = CreditRequest.objects.bulk_create(_request(*pair) for pair in red)
        notes = CreditNote.objects.bulk_create(
            _note(snapshot, request) for (snapshot, _), request in zip(red, requests, strict=True)
        )
        CreditNoteLine.objects.bulk_create(
            CreditNoteLine(
                credit_note=note,
                position=line.position,
                line=line,
                **{part: -getattr(line, part) for part in AMOUNTS},
            )
            for note in notes
            for line in lines[note.invoice_id]
        )
    noted = {note.invoice_id: note for note in notes}
    return [noted.get(invoice.pk, invoice) for invoice in invoices]


def _entity(snapshot: InvoiceSnapshot) -> InvoicingEntity:
    values = {field: getattr(snapshot.seller, field) for field in PARTY}
    return InvoicingEntity(code=snapshot.number, **values)


def _application(snapshot: InvoiceSnapshot, customer: CustomerAccount) -> InvoiceApplication:
    moment = _moment(snapshot)
    return InvoiceApplication(
        customer=customer,
        status="issued",
        method="amount",
        kind=snapshot.kind,
        medium=snapshot.medium,
        buyer={field: getattr(snapshot.buyer, field) for field in PARTY},
        remarks=snapshot.remarks,
        total=Money(abs(snapshot.gross), "CNY"),
        idempotency_key=snapshot.number,
        profile=customer.profile,
        profile_version=1,
        title_matches=True,
        submitted_at=moment,
        review_due_at=moment,
    )


def _invoice(
    snapshot: InvoiceSnapshot, application: InvoiceApplication, key: TaxCategory
) -> Invoice:
    """A blue one as it is; for a red one, its original, which needs no files here."""
    amounts = {part: abs(getattr(snapshot, part)) for part in AMOUNTS}
    own = {"status": "issued", "number": snapshot.number, "snapshot": snapshot.to_json()}
    if snapshot.credit_of:
        own = {"status": "credited", "number": snapshot.credit_of, "snapshot": "{}"}
        own |= {f"credited_{part}": value for part, value in amounts.items()}
    return Invoice(
        application=application,
        position=1,
        entity=key.entity,
        kind=snapshot.kind,
        medium=snapshot.medium,
        rate=snapshot.lines[0].rate,
        issued_at=_moment(snapshot),
        invoice_date=snapshot.issued_on,
        snapshot_sha256=snapshot.digest(),
        **{part: Money(value, "CNY") for part, value in amounts.items()},
        **own,
    )


def _lines(invoice: Invoice, snapshot: InvoiceSnapshot, key: TaxCategory) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice=invoice,
            position=position,
            tax_category=key,
            tax_code=row.tax_code,
            short_name=row.short_name,
            content=row.content,
            rate=row.rate,
            **{part: abs(getattr(row, part)) for part in AMOUNTS},
        )
        for position, row in enumerate(snapshot.lines, 1)
    ]


def _request(snapshot: InvoiceSnapshot, invoice: Invoice) -> CreditRequest:
    return CreditRequest(
        invoice=invoice,
        customer=invoice.application.customer,
        status="credited",
        reason="sales_return",
        amount=-snapshot.gross,
        form_number=snapshot.red_confirmation or "",
        idempotency_key=snapshot.number,
        requested_at=_moment(snapshot),
    )


def _note(snapshot: InvoiceSnapshot, request: CreditRequest) -> CreditNote:
    invoice = request.invoice
    return CreditNote(
        request=request,
        invoice=invoice,
        position=1,
        entity=invoice.entity,
        kind=snapshot.kind,
        medium=snapshot.medium,
        rate=invoice.rate,
        number=snapshot.number,
        issued_at=_moment(snapshot),
        invoice_date=snapshot.issued_on,
        snapshot=snapshot.to_json(),
        snapshot_sha256=snapshot.digest(),
        **{part: Money(getattr(snapshot, part), "CNY") for part in AMOUNTS},
    )


def _moment(snapshot: InvoiceSnapshot) -> datetime:
    return datetime.combine(snapshot.issued_on, time(4), UTC)
