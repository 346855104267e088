"""Copies of lost invoices: only with the certificate, only of one's own, and the original stays."""

import pytest

from accounts.domain.file_content import CleanFile
from accounts.models import OutboxMessage, UploadedFile
from accounts.services import tickets
from invoicing.models import Invoice, InvoiceCopy
from invoicing.services.issuing.copying import grant_copy
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import at, make_story
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 09:00")
CERTIFICATE = CleanFile("loss.pdf", "application/pdf", PDF)


def issued(story) -> Invoice:
    story.recharge("100", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 09:30")
    application = story.issue(story.ask("2026-03-01 10:00", amount="100.00"), "2026-03-01 11:00")
    return application.invoices.get()


def lost(story, number, key="K"):
    return tickets.open_ticket(
        customer=story.customer, topic="lost_invoice", subject="Lost", text="", about=number,
        files=[CERTIFICATE], by=story.user, idempotency_key=key, at=NOW,
    )  # fmt: skip


def test_a_copy_is_granted_once_and_the_customer_is_told():
    story, support = make_story(), make_support()
    invoice = issued(story)
    ticket = lost(story, invoice.number)
    certificate = UploadedFile.objects.get()
    granted = {
        "ticket": ticket, "number": f" {invoice.number} ", "certificate_id": certificate.pk,
        "by": support, "at": NOW,
    }  # fmt: skip
    copy = grant_copy(**granted)
    assert grant_copy(**granted) == copy
    assert (copy.invoice, copy.certificate, copy.granted_by) == (invoice, certificate, support)
    invoice.refresh_from_db()
    ticket.refresh_from_db()
    assert (invoice.status, ticket.status) == ("issued", "answered")
    assert OutboxMessage.objects.filter(topic="copy_granted").count() == 3


def test_what_is_missing_or_foreign_is_refused():
    story, other, support = make_story(), make_story(name="Other Ltd"), make_support()
    invoice, foreign = issued(story), issued(other)
    ticket = lost(story, invoice.number)
    certificate = UploadedFile.objects.get().pk
    by_staff = tickets.answer(
        ticket=ticket, text="?", files=[CERTIFICATE], by=support, idempotency_key="A", at=NOW
    ).files.get()

    def grant(number=invoice.number, file=certificate, by=support):
        return lambda: grant_copy(ticket=ticket, number=number, certificate_id=file, by=by, at=NOW)

    refused("materials_missing", grant(file=by_staff.pk))
    refused("materials_missing", grant(file=0))
    refused("not_found", grant(number=foreign.number))
    refused("not_permitted", grant(by=story.user))
    assert InvoiceCopy.objects.count() == 0
