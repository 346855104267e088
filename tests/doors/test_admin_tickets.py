"""Staff and tickets: the queue, answering what was seen, drafts and seals, copies, addresses, closing."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.domain.file_content import CleanFile
from accounts.models import CustomerAccount, Membership, Ticket, UploadedFile, User
from accounts.services import tickets
from invoicing.models import InvoiceCopy, Proforma
from invoicing.queries.closing import checklist
from invoicing.services.overseas.proforma import confirm_proforma
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import at, make_reviewer, make_story, make_user
from tests.doors.console import NOW, text
from tests.invoicing.test_mailing import NEW, OLD
from tests.invoicing.test_mailing import asked as asked_for_paper
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
FILE = CleanFile("loss.pdf", "application/pdf", PDF)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def opened(story, key="K", when=NOW, **wish) -> Ticket:
    said = {"topic": "other", "subject": f"Question {key}", "text": "How?"} | wish
    return tickets.open_ticket(
        customer=story.customer, by=story.user, idempotency_key=key, at=when, **said
    )


def url(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def answer(client: Client, ticket: Ticket, seen="open.1", **data):
    sent = {"text": "Like this.", "submission": "one-answer", "seen": seen} | data
    return client.post(url("accounts_ticket_answer", ticket.pk), sent)


def test_the_queue_has_what_waits_for_us_oldest_first():
    story, support = make_story(), make_support()
    late = opened(story, "late", at("2026-03-03 09:00"))
    early = opened(story, "early", at("2026-03-01 09:00"))
    done = opened(story, "done", at("2026-02-01 09:00"))
    tickets.close(ticket=done, by=support, at=NOW)
    client = signed_in(support)
    assert "Tickets to answer" in text(client.get("/admin/"))
    page = text(client.get(url("accounts_ticket_changelist") + "?waiting=yes"))
    assert page.index(early.number) < page.index(late.number)
    assert done.number not in page


def test_an_answer_is_written_once_and_only_on_what_was_seen():
    story, support = make_story(), make_support()
    ticket, client = opened(story), signed_in(support)
    assert "How?" in text(client.get(url("accounts_ticket_change", ticket.pk)))
    tickets.ask_again(ticket=ticket, text="Wait!", by=story.user, idempotency_key="B", at=NOW)
    before = fingerprint()
    stale = answer(client, ticket)
    assert (stale.status_code, fingerprint()) == (422, before)
    assert "Something changed since you looked." in text(stale)
    for _ in range(2):
        file = SimpleUploadedFile("how.pdf", PDF)
        assert answer(client, ticket, "open.2", attachments=file).status_code == 302
        file.seek(0)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == ("answered", 3)
    client.post(url("accounts_ticket_close", ticket.pk))
    ticket.refresh_from_db()
    assert ticket.status == "closed"


def test_staff_without_the_right_look_but_neither_answer_nor_act():
    story = make_story()
    ticket = opened(story, files=[FILE], topic="lost_invoice")
    observer = make_user("observer", is_staff=True)
    observer.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    nobody = make_user("nobody", is_staff=True)
    posts = [
        url("accounts_ticket_answer", ticket.pk),
        url("accounts_ticket_close", ticket.pk),
        url("invoicing_proforma_make", ticket.pk),
        url("invoicing_proforma_seal", 1),
        url("invoicing_invoicecopy_grant", ticket.pk),
        url("invoicing_invoiceapplication_address", 1),
        url("accounts_customeraccount_close", story.customer.pk),
    ]
    page = url("accounts_ticket_change", ticket.pk)
    file = url("accounts_ticket_file", ticket.pk, UploadedFile.objects.get().pk)
    for client, seen in ((signed_in(observer), 200), (signed_in(nobody), 403)):
        before = fingerprint()
        assert [client.post(one, {}).status_code for one in posts] == [403] * len(posts)
        assert [client.get(one).status_code for one in (page, file)] == [seen] * 2
        assert fingerprint() == before


def test_an_insider_is_refused_in_words():
    story, support = make_story(), make_support()
    Membership.objects.create(user=support, customer=story.customer, role="viewer")
    ticket = opened(story)
    refusal = answer(signed_in(support), ticket)
    assert "cannot also approve it" in text(refusal)
    assert Ticket.objects.get().status == "open"


def test_staff_draft_and_seal_from_the_ticket():
    story, support = make_story(region="HK"), make_support()
    story.recharge("100", "2026-03-01 09:00")
    bill = story.bill("40.00", "2026-03-01 10:00")
    ticket, client = opened(story, topic="proforma", about=bill.number), signed_in(support)
    page = url("accounts_ticket_change", ticket.pk)
    assert "Make a draft" in text(client.get(page))
    make = url("invoicing_proforma_make", ticket.pk)
    wrong = client.post(make, {"bill": "BILL-0", "form": "proforma"}, follow=True)
    assert "This customer has no bill and no order BILL-0." in text(wrong)
    client.post(make, {"bill": bill.number, "form": "proforma"})
    proforma = Proforma.objects.get()
    seal = url("invoicing_proforma_seal", proforma.pk)
    early = client.post(seal, {"scan": SimpleUploadedFile("s.pdf", PDF)}, follow=True)
    assert "It is To be confirmed" in text(early)
    confirm_proforma(proforma=proforma, by=story.user, at=NOW)
    bad = client.post(seal, {"scan": SimpleUploadedFile("s.pdf", b"<svg/>")}, follow=True)
    assert "it is neither PDF nor PNG nor JPEG" in text(bad)
    client.post(seal, {"scan": SimpleUploadedFile("s.pdf", PDF)})
    proforma.refresh_from_db()
    assert (proforma.status, proforma.sealed_scan.name) == ("sealed", "s.pdf")


def test_staff_allow_a_copy_from_the_ticket():
    story, support = make_story(), make_support()
    story.recharge("100", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 09:30")
    application = story.issue(story.ask("2026-03-01 10:00", amount="100.00"), "2026-03-01 11:00")
    number = application.invoices.get().number
    ticket = opened(story, topic="lost_invoice", about=number, files=[FILE])
    client, grant = signed_in(support), url("invoicing_invoicecopy_grant", ticket.pk)
    assert "loss.pdf" in text(client.get(url("accounts_ticket_change", ticket.pk)))
    wrong = client.post(grant, {"invoice": number, "certificate": 0}, follow=True)
    assert "Materials are missing" in text(wrong)
    client.post(grant, {"invoice": number, "certificate": UploadedFile.objects.get().pk})
    assert InvoiceCopy.objects.get().granted_by == support
    page = text(client.get(url("accounts_ticket_change", ticket.pk)))
    assert f"The customer may download a copy of {number}." in page


def test_a_reviewer_changes_the_address_and_the_page_shows_what_it_was():
    _story, application = asked_for_paper()
    client = signed_in(make_reviewer())
    page = url("invoicing_invoiceapplication_change", application.pk)
    change = url("invoicing_invoiceapplication_address", application.pk)
    assert "Change the mailing address" in text(client.get(page))
    recipient, phone, line = NEW.split(", ")
    client.post(change, {"recipient": recipient})
    application.refresh_from_db()
    assert application.mailing_address == OLD
    client.post(change, {"recipient": recipient, "phone": phone, "line": line})
    application.refresh_from_db()
    assert application.mailing_address == NEW
    shown = client.get(page).content.decode()
    assert f"<del>{OLD}</del>" in shown
    assert f"<ins>{NEW}</ins>" in shown


def test_an_operator_closes_an_account_with_a_reason():
    story = make_story()
    story.recharge("10", "2026-03-01 09:00")
    operator = make_user("operator", is_staff=True)
    rights = Permission.objects.filter(codename__endswith="_customeraccount")
    operator.user_permissions.set(rights)
    client, close = signed_in(operator), url("accounts_customeraccount_close", story.customer.pk)
    link = url("accounts_customeraccount_change", story.customer.pk)
    assert close in client.get(link).content.decode()
    assert "¥10.00" in text(client.get(close))
    client.post(close, {"seen": checklist(story.customer, NOW).token, "reason": ""})
    assert not CustomerAccount.objects.get().is_closed
    client.post(close, {"seen": "old", "reason": "Asked by letter"})
    assert not CustomerAccount.objects.get().is_closed
    client.post(close, {"seen": checklist(story.customer, NOW).token, "reason": "Asked by letter"})
    assert CustomerAccount.objects.get().is_closed
    assert close not in client.get(link).content.decode()
