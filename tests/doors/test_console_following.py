"""Following applications, downloading, taking back; bills, titles and auto-invoicing through the pages."""

from decimal import Decimal

import pytest

from accounts.models import Address, RecipientEmail
from invoicing.models import AutoInvoicing, Invoice, InvoiceApplication, InvoiceTitle, Proforma
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from invoicing.services.auto import settings as auto_invoicing
from invoicing.services.issuing import filing
from invoicing.services.reviewing import deciding
from tests.builders import at, make_reviewer, make_story
from tests.doors.console import sign_in, text, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("106.00", "2026-01-02 09:00")
    return story


def invoice_url(invoice):
    return f"invoices/{invoice.pk}/{invoice.number}.pdf"


def test_a_pdf_can_be_downloaded_once_it_is_issued_and_rendered(story):
    client = sign_in(story)
    application = story.ask("2026-01-03 09:00", amount="106.00")
    invoice = Invoice.objects.get()
    assert client.get(f"invoices/{invoice.pk}/None.pdf").status_code == 404
    story.issue(application, "2026-01-03 10:00")
    invoice.refresh_from_db()
    assert client.get(invoice_url(invoice)).status_code == 404
    page = client.get(f"applications/{application.pk}/")
    assert "The files are being prepared" in text(page)
    assert f"{invoice.number}.pdf" not in page.content.decode()
    filing.render_waiting(at=at("2026-01-03 10:05"))
    answer = client.get(invoice_url(invoice))
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"%PDF-")
    name = f"dzfp_{invoice.number}_AcmeLtd_20260103100000.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert invoice_url(invoice) in client.get("applications/").content.decode()


def test_the_application_page_tells_its_history(story):
    application = story.issue(story.ask("2026-01-03 09:00", amount="106.00"), "2026-01-03 10:00")
    page = text(sign_in(story).get(f"applications/{application.pk}/"))
    assert f"Submitted 2026-01-03 09:00, {story.user.username}" in page
    assert "Approved 2026-01-03 10:00, automatically" in page
    assert "6% 100.00 6.00 106.00" in page


def test_taking_an_application_back_asks_first(story):
    application = story.ask("2026-01-03 09:00", amount="106.00")
    client, url = sign_in(story), f"applications/{application.pk}/withdraw/"
    assert "106.00 can be invoiced again at once" in text(client.get(url))
    application.refresh_from_db()
    assert application.status == "pending_approval"
    answer = client.post(url, follow=True)
    assert f"{application.number} is withdrawn." in text(answer)
    assert InvoiceApplication.objects.get().status == "withdrawn"
    assert "Invoiceable amount ¥106.00" in text(client.get(""))


def test_what_cannot_be_taken_back_says_why(story):
    application = story.ask("2026-01-03 09:00", amount="106.00", medium="paper")
    deciding.claim(application=application, reviewer=make_reviewer(), at=at("2026-01-03 09:30"))
    client = sign_in(story)
    assert "A reviewer is already working on it" in text(client.get("applications/"))
    answer = client.post(f"applications/{application.pk}/withdraw/")
    assert answer.status_code == 409
    assert "It was not withdrawn. A reviewer is already working on it." in text(answer)
    assert InvoiceApplication.objects.get().status == "pending_approval"


def test_a_returned_application_can_be_asked_for_again_with_one_link(story):
    application = story.ask("2026-01-03 09:00", amount="100.00")
    deciding.reject(
        application=application,
        reviewer=make_reviewer(),
        reason="Wrong title.",
        at=at("2026-01-03 12:00"),
    )
    client = sign_in(story)
    page = client.get("")
    assert f"Application {application.number} was returned: Wrong title." in text(page)
    assert "invoices/new/?method=amount&amp;amount=100.00" in page.content.decode()


def returned(story):
    application = story.ask("2026-01-03 09:00", amount="100.00")
    return deciding.reject(
        application=application,
        reviewer=make_reviewer(),
        reason="Wrong title.",
        at=at("2026-01-03 12:00"),
    )


def test_its_page_offers_to_edit_and_resubmit_what_was_returned(story):
    application = returned(story)
    url = f"applications/{application.pk}/"
    page = sign_in(story).get(url)
    assert "Edit and resubmit" in text(page)
    assert "invoices/new/?method=amount&amp;amount=100.00" in page.content.decode()
    assert "Edit and resubmit" not in text(viewer(story).get(url))


def test_an_invoice_of_an_undecided_or_returned_application_has_no_status_of_its_own(story):
    application = story.ask("2026-01-03 09:00", amount="6.00")
    page = text(sign_in(story).get(f"applications/{application.pk}/"))
    assert "Invoice 1, no number yet Pending Approval" in page
    page = text(sign_in(story).get(f"applications/{returned(story).pk}/"))
    assert "Invoice 1, no number yet Rejected" in page


@pytest.mark.parametrize(
    ("issued", "words"),
    [
        ("2026-03-17 10:00", "To be sent by 2026-03-20"),
        ("2026-03-16 10:00", "To be sent, was due on 2026-03-19"),
    ],
)
def test_paper_says_by_when_it_is_sent_and_admits_being_late(story, issued, words):
    story.issue(story.ask("2026-01-03 09:00", amount="106.00", medium="paper"), issued)
    assert words in text(sign_in(story).get("applications/"))


def test_a_reviewers_approval_is_told_as_one_where_the_status_keeps_its_name():
    story = make_story("kingsoft")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("106.00", "2026-01-02 09:00")
    application = applying.submit(
        customer=story.customer,
        ask=Ask(method="month", months=("2026-01",)),
        at=at("2026-02-05 09:00"),
        actor=story.user,
        idempotency_key="K",
        confirm_amount=Decimal("106.00"),
    )
    page = text(sign_in(story).get(f"applications/{application.pk}/"))
    assert "Reviewed Review by 2026-02-10 09:00" in page
    deciding.approve(application=application, reviewer=make_reviewer(), at=at("2026-02-06 10:00"))
    page = text(sign_in(story).get(f"applications/{application.pk}/"))
    assert "Reviewed 2026-02-06 10:00, by a reviewer" in page


def test_the_explanation_adds_up_and_says_what_waits(story):
    story.grant("coupon", "50.00", "2026-01-03 09:00")
    story.order("80.00", "2026-01-03 10:00")
    story.order("20.00", "2026-01-04 10:00", delivered=False)
    story.use("5.004", "2026-03-10 10:00")
    story.ask("2026-01-05 09:00", amount="36.00")
    page = text(sign_in(story).get(""))
    assert "Prepaid, paid in cash 136.00" in page
    assert "Applications in progress −36.00" in page
    assert "Invoiceable 100.00" in page
    assert "Orders whose resources are still being created once they are created 20.00" in page
    assert "Usage that is not on a bill yet from 2026-04-03 5.00" in page
    assert "never: only cash is invoiced 50.00" in page


def test_the_statement_runs_with_the_balance(story):
    page = text(sign_in(story).get("statement/"))
    assert "+1,000.00 1,000.00" in page
    assert "−106.00 894.00" in page


def test_a_bill_shows_exact_usage_and_its_rounding(story):
    from ledger.services.bills import generating

    story.use("1.23456789", "2026-01-10 10:00")
    generating.close_months(at=at("2026-02-03 00:00"))
    bill = story.customer.bills.get()
    page = text(sign_in(story).get(f"bills/{bill.pk}/"))
    assert "1.23456789 −0.00456789 0.00 1.23" in page


def test_an_overseas_customer_gets_a_proforma_by_button():
    story = make_story("standard", region="SG", currency="USD")
    story.recharge("100", "2026-01-01 09:00")
    bill = story.bill("30.00", "2026-01-02 09:00")
    client = sign_in(story)
    assert "Request a proforma invoice" in text(client.get(f"bills/{bill.pk}/"))
    answer = client.post(f"bills/{bill.pk}/proforma/", follow=True)
    proforma = Proforma.objects.get()
    url = f"proformas/{proforma.pk}/{proforma.number}.pdf"
    assert url in answer.content.decode()
    assert b"".join(client.get(url).streaming_content).startswith(b"%PDF-")


def test_a_domestic_customer_gets_no_proforma(story):
    bill = story.bill("30.00", "2026-01-02 10:00")
    client = sign_in(story)
    assert "proforma" not in text(client.get(f"bills/{bill.pk}/")).lower()
    assert client.post(f"bills/{bill.pk}/proforma/").status_code == 403
    assert Proforma.objects.count() == 0


TITLE = {"type": "enterprise", "name": "Acme Ltd", "tax_id": "91330106MA2CFLT7XP"}


def test_a_title_needs_a_tax_id_whose_check_digit_is_right(story):
    client = sign_in(story)
    answer = client.post("titles/new/", TITLE | {"tax_id": "91330106MA2CFLT7XB"})
    assert answer.status_code == 422
    assert "is not a valid tax ID" in text(answer)
    assert InvoiceTitle.objects.count() == 1
    assert "A company or organization needs its tax ID." in text(
        client.post("titles/new/", TITLE | {"tax_id": ""})
    )


def test_a_new_default_title_takes_over(story):
    from stdnum.cn import uscc

    number = next(
        f"91330106MA2CFLT7X{last}"
        for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if uscc.is_valid(f"91330106MA2CFLT7X{last}")
    )
    answer = sign_in(story).post(
        "titles/new/", TITLE | {"name": "Acme Labs", "tax_id": number.lower(), "is_default": "on"}
    )
    assert answer.status_code == 302
    rows = InvoiceTitle.objects.order_by("pk").values_list("tax_id", "is_default")
    assert list(rows)[1:] == [(number, True)]
    assert rows[0][1] is False


def test_recipients_can_be_added(story):  # A34, A59, B48
    client = sign_in(story)
    client.post("emails/new/", {"email": "books@acme.example", "is_default": "on"})
    assert RecipientEmail.objects.get(is_default=True).email == "books@acme.example"
    assert client.post("emails/new/", {"email": "no"}).status_code == 422
    line = {"recipient": "Li Ming", "phone": "13800000000", "line": "2 River Road"}
    client.post("addresses/new/", line)
    assert Address.objects.get(line="2 River Road").is_default is False


def test_auto_invoicing_is_switched_on_and_off_with_a_question(story):
    client = sign_in(story)
    assert "it would run first on 2026-04-05, for 2026-03" in text(client.get("auto-invoicing/"))
    chosen = {
        "title": story.title.pk,
        "type": "special-electronic",
        "recipient_email": story.customer.emails.get().email,
    }
    page = client.post("auto-invoicing/on/", chosen)
    assert "Enable auto-invoicing?" in text(page)
    assert AutoInvoicing.objects.count() == 0
    client.post("auto-invoicing/on/", chosen | {"confirm": "yes"})
    settings = AutoInvoicing.objects.get()
    assert (settings.enabled, settings.kind, settings.first_period) == (True, "special", "2026-03")
    assert "Switch off auto-invoicing?" in text(client.get("auto-invoicing/off/"))
    assert AutoInvoicing.objects.get().enabled
    client.post("auto-invoicing/off/")
    assert not AutoInvoicing.objects.get().enabled


def test_auto_invoicing_refuses_a_title_that_lacks_what_special_invoices_need(story):
    InvoiceTitle.objects.update(bank="")
    chosen = {"title": story.title.pk, "type": "special-electronic", "recipient_email": ""}
    answer = sign_in(story).post("auto-invoicing/on/", chosen)
    assert answer.status_code == 422
    assert "The invoice title lacks: bank name." in text(answer)
    assert AutoInvoicing.objects.count() == 0


def test_a_failed_run_is_told_with_its_reason(story):
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-02-10 09:00"),
    )
    story.order("10.00", "2026-02-11 09:00")
    RecipientEmail.objects.all().delete()
    auto_invoicing.run_due(at=at("2026-03-05 02:00"))
    page = text(sign_in(story).get("auto-invoicing/"))
    assert "2026-02 Failed Add a recipient email first. 10.00" in page


def test_an_unpaid_bill_is_on_top_of_the_overview(story):
    story.bill("5000.00", "2026-02-10 09:00")
    page = text(sign_in(story).get(""))
    assert "is not settled: your balance does not cover 5,000.00." in page
    assert story.customer.bills.get().settled_at is None
    assert Decimal("5000.00") == story.customer.bills.get().total.amount
