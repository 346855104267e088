"""A customer of the console with one of everything that has an address, and those addresses."""

from collections.abc import Iterable
from typing import Any

from accounts.domain.file_content import CleanFile
from accounts.services.requests.certifying import request_certification
from finance_console.doors.addresses import url
from invoicing.models import AutoInvoicingRun, Invoice, InvoiceApplication, Offset, TitleApplication
from invoicing.services.crediting.requests import request_credit
from invoicing.services.deficits.offsetting import offset_now
from invoicing.services.issuing import filing
from invoicing.services.overseas.proforma import confirm_proforma, request_proforma, seal_proforma
from ledger.models import Bill, Order, Payment
from ledger.services.orders.refunding import refund_charge
from ledger.services.recharges import online
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import Story, at, make_story, yuan
from tests.doors.console import NOW


def one_of_everything() -> Story:
    """An overseas customer with one of everything that has an address (issued while at home)."""
    story = make_story("standard")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("60.00", "2026-01-02 09:00")
    story.bill("30.00", "2026-01-03 09:00")
    story.issue(story.ask("2026-01-04 09:00", amount="60.00"), "2026-01-04 10:00")
    filing.render_waiting(at=at("2026-01-04 11:00"))
    _credit_and_offset(story)
    story.customer.region = "SG"
    story.customer.save()
    online.start_payment(
        customer=story.customer, amount=yuan("5"), channel="sandbox", key="K", at=NOW
    )
    _sealed_proforma(story)
    _asked_for(story)
    return story


def _credit_and_offset(story: Story) -> None:
    """A refund of what was invoiced, offset with an older bill; then the invoice is to be credited."""
    order = Order.objects.get(customer=story.customer)
    refund_charge(
        charge=order.charge, amount=yuan("5.00"), reason="refund", reference="R",
        at=at("2026-01-04 12:00"),
    )  # fmt: skip
    offset_now(customer=story.customer, at=at("2026-02-10 12:00"))
    request_credit(
        invoice=Invoice.objects.get(), reason="sales_return", actor=story.user, amount=yuan("10.00"),
        at=at("2026-02-10 13:00"), idempotency_key="K",
    )  # fmt: skip


def _sealed_proforma(story: Story) -> None:
    """With its ticket, and the scan on it."""
    (made,) = request_proforma(sold=Bill.objects.get(), by=story.user, at=at("2026-01-05 09:00"))
    confirm_proforma(proforma=made, by=story.user, at=at("2026-01-05 10:00"))
    scan = CleanFile("sealed.pdf", "application/pdf", PDF)
    seal_proforma(proforma=made, scan=scan, by=make_support(), at=at("2026-01-05 11:00"))


def _asked_for(story: Story) -> None:
    """A certification and a corporate title that wait for staff; a month that auto-invoicing failed on."""
    AutoInvoicingRun.objects.create(
        customer=story.customer, period="2025-01", result="failed", reason="no_recipient",
        ran_at=at("2025-02-05 02:00"),
    )  # fmt: skip
    request_certification(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id="91330106MA2CFLT7XP",
        by=story.user, idempotency_key="K", at=NOW,
    )  # fmt: skip
    TitleApplication.objects.create(
        customer=story.customer, type="enterprise", name="Example Co.", tax_id="91110108MA0123456G",
        idempotency_key="K", submitted_at=NOW, due_from=NOW, due_by=NOW,
    )  # fmt: skip


def arguments(story: Story) -> dict[str, list[Any]]:
    """The arguments of each address that has some."""
    application = InvoiceApplication.objects.get(customer=story.customer)
    invoice = Invoice.objects.get(application=application)
    bill = Bill.objects.get(customer=story.customer)
    proforma = bill.proformas.get()
    payment = Payment.objects.get(customer=story.customer)
    order = Order.objects.get(customer=story.customer)
    customer = story.customer
    email, address = [customer.emails.get().pk], [customer.addresses.get().pk]
    return {
        "accounts:certification_cancel": [customer.certification_requests.get().pk],
        "accounts:upload": [customer.uploads.first().pk],
        "invoicing:auto_run": ["2025-01"],
        "invoicing:auto_again": ["2025-01"],
        "invoicing:title_default": [story.title.pk],
        "invoicing:title_delete": [story.title.pk],
        "invoicing:title_application_delete": [customer.title_applications.get().pk],
        "invoicing:email_default": email,
        "invoicing:email_delete": email,
        "invoicing:address_edit": address,
        "invoicing:address_default": address,
        "invoicing:address_delete": address,
        "ledger:order": [order.pk],
        "ledger:renew": [order.pk],
        "invoicing:unsubscribe": [order.pk],
        "ledger:lot": [story.customer.lots.get().pk],
        "ledger:bill": [bill.pk],
        "ledger:payment": [payment.token],
        "ledger:payment_go": [payment.token],
        "ledger:sandbox": [payment.token],
        "ledger:export": ["statement"],
        "invoicing:invoice_file": [invoice.pk, invoice.number, "ofd"],
        "invoicing:invoice_details": [invoice.pk, invoice.number, "pdf"],
        "invoicing:invoice_copy": [invoice.pk, invoice.number],
        "invoicing:credit_note_file": [invoice.pk, invoice.number, "pdf"],
        "invoicing:certificate": [invoice.pk, "loss"],
        "invoicing:application": [application.pk],
        "invoicing:submitted": [application.pk],
        "invoicing:withdraw": [application.pk],
        "invoicing:received": [invoice.pk],
        "invoicing:credit_ask": [invoice.pk],
        "invoicing:reissue": [invoice.pk],
        "invoicing:credit": [invoice.credit_requests.get().pk],
        "invoicing:credit_cancel": [invoice.credit_requests.get().pk],
        "invoicing:offset_undo": [Offset.objects.get().pk],
        "invoicing:get_proforma": [bill.pk],
        "invoicing:get_order_proforma": [order.pk],
        "invoicing:proforma_file": [proforma.pk, proforma.number, "pdf"],
        "invoicing:proforma_confirm": [proforma.pk],
        "invoicing:proforma_scan": [proforma.pk, proforma.number],
        "accounts:ticket": [proforma.ticket_id],
        "accounts:ticket_write": [proforma.ticket_id],
        "accounts:ticket_close": [proforma.ticket_id],
        "accounts:ticket_file": [proforma.ticket_id, proforma.sealed_scan_id],
        "invoicing:title_edit": [story.title.pk],
    }


def addresses(story: Story, names: Iterable[str], of: str = "") -> dict[str, str]:
    """Where each of these pages is for this customer, or would be in the console `of` another one."""
    given = arguments(story)
    number = of or story.customer.code
    return {name: url(name, *given.get(name, ()), of=number) for name in names}
