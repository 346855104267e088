"""Writing a credit note: number, negative lines, released amounts, undone offsets. One transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Sum
from djmoney.money import Money

from accounts.messages.outbox import enqueue
from accounts.models import User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from invoicing.channels import (
    NO_ANSWER,
    ChannelTimeout,
    Issued,
    IssueRequest,
    IssuingChannel,
    configured_channel,
)
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.domain.crediting import ClaimLeft, LineCredit, LineLeft, spread
from invoicing.models import (
    Claim,
    CreditNote,
    CreditNoteLine,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    Release,
)
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.undoing import undo_needless
from invoicing.services.issuing import drafting
from invoicing.services.issuing.freezing import freeze_credit
from invoicing.services.items.amounts import move_amounts, summed, taken
from invoicing.services.transitions import follow_invoices, move


def lines_left(invoice: Invoice) -> list[LineLeft]:
    """The lines of an issued invoice with what can still be credited of each, in order."""
    credited = {
        row["line"]: (-row["net"], -row["tax"])
        for row in CreditNoteLine.objects.filter(line__invoice=invoice)
        .values("line")
        .annotate(net=Sum("net"), tax=Sum("tax"))
    }
    claims = _claims_left(invoice)
    return [
        LineLeft(
            line_id=line.pk,
            rate=line.rate,
            net=line.net,
            tax=line.tax,
            gross=line.gross,
            credited_net=credited.get(line.pk, (ZERO, ZERO))[0],
            credited_tax=credited.get(line.pk, (ZERO, ZERO))[1],
            claims=tuple(claims[line.pk]),
        )
        for line in invoice.lines.order_by("position")
    ]


def _claims_left(invoice: Invoice) -> dict[int, list[ClaimLeft]]:
    released = {
        (row["line__line"], row["item"]): row["sum"]
        for row in Release.objects.filter(line__line__invoice=invoice)
        .values("line__line", "item")
        .annotate(sum=Sum("amount"))
    }
    left: dict[int, list[ClaimLeft]] = defaultdict(list)
    rows = Claim.objects.filter(line__invoice=invoice).select_related("item").order_by("pk")
    for row in rows:
        amount = row.amount - released.get((row.line_id, row.item_id), ZERO)
        if amount:
            left[row.line_id].append(
                ClaimLeft(item_id=row.item_id, amount=amount, owed=row.item.deficit)
            )
    return left


def write_credit_note(
    *,
    request: CreditRequest,
    invoice: Invoice,
    by: User | None,
    at: datetime,
    channel: IssuingChannel | None = None,
) -> CreditNote:
    """Credit what the (locked) request asks of the (locked) invoice: the amount is open again at once.

    The invoice becomes CREDITED when nothing is left, else it goes back to where it was. Offsets
    that covered what the credit now covers are undone (SC-60). Raises `over_credit`,
    `channel_refused`, and what `for_paper` raises before the channel is asked.
    """
    application, tz = invoice.application, invoice.application.customer.tz
    parts = spread(lines_left(invoice), request.amount, invoice.gross.currency.code)
    drafting.require_printable(
        freeze_credit(request, invoice, parts, drafting.NUMBER, at.astimezone(tz).date())
    )
    issued = _issue(request, invoice, channel or configured_channel(), at)
    day = issued.issued_at.astimezone(tz).date()
    frozen = freeze_credit(request, invoice, parts, issued.number, day)
    note = _write_rows(request, invoice, parts, frozen, issued.issued_at)
    _take_back(parts, at)
    move(request, lambda: request.credit(by=by, at=at), actor=by, at=at)
    move(invoice, invoice.credit if _is_all(invoice) else kept(invoice), actor=by, at=at)
    follow_invoices(application.pk, actor=by, at=at)
    enqueue(
        customer=application.customer,
        topic="invoice_credited",
        about=note.number,
        values={
            "invoice": invoice.number,
            "number": note.number,
            "amount": in_currency(request.amount, invoice.gross.currency.code),
        },
        at=at,
    )
    return note


def _issue(
    request: CreditRequest, invoice: Invoice, channel: IssuingChannel, at: datetime
) -> Issued:
    """Number and moment from the channel. The serial is ours, so that asking again is asking once."""
    try:
        answer = channel.issue(
            IssueRequest(
                serial=request.number,
                position=1,
                entity_id=invoice.entity_id,
                kind=invoice.kind,
                medium=invoice.medium,
                at=at,
                issued_on=at.astimezone(invoice.application.customer.tz).date(),
                gross=request.amount,
                credit=True,
            )
        )
    except ChannelTimeout:
        raise DomainError("channel_refused", problem=NO_ANSWER) from None
    if not isinstance(answer, Issued):
        raise DomainError("channel_refused", problem=answer.problem)
    return answer


def kept(invoice: Invoice) -> Callable[[], None]:
    """The transition that puts an invoice back where it was before its credit was asked for."""
    if invoice.received_at:
        return invoice.keep_received
    return invoice.keep_shipped if invoice.shipped_at else invoice.keep_issued


def _is_all(invoice: Invoice) -> bool:
    return invoice.credited_gross == invoice.gross.amount


def _write_rows(
    request: CreditRequest,
    invoice: Invoice,
    parts: Sequence[LineCredit],
    frozen: InvoiceSnapshot,
    at: datetime,
) -> CreditNote:
    currency = invoice.gross.currency
    net, tax = sum((p.net for p in parts), ZERO), sum((p.tax for p in parts), ZERO)
    note = CreditNote.objects.create(
        request=request,
        invoice=invoice,
        position=invoice.credit_notes.count() + 1,
        entity_id=invoice.entity_id,
        kind=invoice.kind,
        medium=invoice.medium,
        rate=invoice.rate,
        net=Money(-net, currency),
        tax=Money(-tax, currency),
        gross=Money(-net - tax, currency),
        number=frozen.number,
        issued_at=at,
        invoice_date=frozen.issued_on,
        snapshot=frozen.to_json(),
        snapshot_sha256=frozen.digest(),
    )
    lines = CreditNoteLine.objects.bulk_create(
        CreditNoteLine(
            credit_note=note,
            position=position,
            line_id=part.line_id,
            net=-part.net,
            tax=-part.tax,
            gross=-part.gross,
        )
        for position, part in enumerate(parts, start=1)
    )
    Release.objects.bulk_create(
        Release(line=line, item_id=item_id, amount=amount)
        for line, part in zip(lines, parts, strict=True)
        for item_id, amount in part.releases
    )
    invoice.credited_net += net
    invoice.credited_tax += tax
    invoice.credited_gross += net + tax
    return note


def _take_back(parts: Sequence[LineCredit], at: datetime) -> None:
    """Invoiced amounts become open again, offsets that are no longer needed are undone."""
    amounts = summed(release for part in parts for release in part.releases)
    move_amounts({"invoiced": taken(amounts)})
    undo_needless(item_ids=amounts, at=at)
    owners = InvoiceableItem.objects.filter(pk__in=amounts).values_list("customer", flat=True)
    follow_deficits(customer_ids=set(owners), at=at)
