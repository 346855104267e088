"""Titles and recipients in the console."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.requests.certifying import certify
from invoicing.models import InvoiceTitle, TitleApplication
from invoicing.services.auto import settings
from invoicing.services.titles.corporate import apply_for_title, approve_title, reject_title
from tests.builders import make_story
from tests.doors.console import NOW, fields, sign_in, text
from tests.doors.test_console_certification import licence
from tests.invoicing.title_stage import OTHER_ID, TAX_ID, decider, individual

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def test_the_titles_page_says_what_a_special_invoice_needs_and_hides_bank_accounts():  # R57
    story = make_story()
    InvoiceTitle.objects.filter(pk=story.title.pk).update(phone="", bank="")
    page = text(sign_in(story).get("titles/"))
    assert "A special invoice still needs: registered phone, bank name" in page
    assert "•••• 0001" in page
    assert "6200000000000001" not in page


def test_the_titles_page_counts_what_uses_a_title_and_asks_a_bounded_number_of_queries():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    story.ask("2026-03-02 09:00", amount="10.00")
    story.ask("2026-03-02 09:00", amount="10.00")
    settings.enable(
        customer=story.customer, title=story.title, kind="general", medium="electronic",
        recipient_email="", at=NOW,
    )  # fmt: skip
    client = sign_in(story)
    with CaptureQueriesContext(connection) as few:
        page = text(client.get("titles/"))
    assert "2 applications Auto-invoicing Change Delete" in page
    for number in range(20):
        InvoiceTitle.objects.create(customer=story.customer, type="enterprise", name=f"T{number}")
        story.customer.addresses.create(recipient="W", phone="1", line=f"{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("titles/")
    assert len(many) == len(few) <= 22


def test_a_title_is_made_default_and_deleted_after_a_question():
    story = make_story()
    client = sign_in(story)
    second = InvoiceTitle.objects.create(customer=story.customer, type="enterprise", name="Second")
    client.post(f"titles/{second.pk}/default/")
    second.refresh_from_db()
    assert second.is_default
    assert "Delete Second?" in text(client.get(f"titles/{second.pk}/delete/"))
    assert client.post(f"titles/{second.pk}/delete/")["Location"] == client.at("titles/")
    assert story.customer.titles.get() == story.title


def test_a_title_that_auto_invoicing_uses_is_kept_and_the_page_says_why():
    story = make_story("alibaba")
    settings.enable(
        customer=story.customer, title=story.title, kind="general", medium="electronic",
        recipient_email="", at=NOW,
    )  # fmt: skip
    answer = sign_in(story).post(f"titles/{story.title.pk}/delete/")
    assert answer.status_code == 422
    assert "It is still used: auto-invoicing. Choose another one there first." in text(answer)


def test_an_old_tax_id_that_staff_entered_survives_a_change_of_the_phone():
    story = make_story()
    InvoiceTitle.objects.filter(pk=story.title.pk).update(tax_id="110108123456789")
    client, url = sign_in(story), f"titles/{story.title.pk}/"
    sent = fields(client.get(url)) | {"phone": "0571-5555 0199"}
    assert client.post(url, sent).status_code == 302
    answer = client.post(url, fields(client.get(url)) | {"tax_id": "110108123456780"})
    assert "open a ticket to have an old number" in text(answer)


def test_titles_follow_the_latest_real_name_information_with_one_button():
    story = make_story()
    client = sign_in(story)
    assert "Update to latest real-name information" not in text(client.get("titles/"))
    certify(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID, at=NOW
    )
    assert "Update to latest real-name information" in text(client.get("titles/"))
    assert "1 title was updated." in text(client.post("titles/update/", follow=True))
    assert story.customer.titles.get().name == "Acme Group Ltd"


def test_sc_24_a_title_that_differs_leads_to_the_change_of_name_or_subject():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(name="Acme Limited")
    page = text(sign_in(story).get("titles/"))
    assert "The title Acme Limited differs from your certification Acme Ltd." in page
    from finance_console.doors import addresses, refusals
    from finance_console.kernel.errors import DomainError

    remedy = refusals.remedy(DomainError("title_mismatch", title="A", certified="B"))
    assert remedy is not None
    with addresses.nowhere():
        addresses.enter("C1")
        assert remedy.href == "/console/C1/certification/"


def test_an_address_is_changed_and_an_email_made_default_and_deleted():
    story = make_story()
    client = sign_in(story)
    address = story.customer.addresses.get()
    url = f"addresses/{address.pk}/"
    client.post(url, fields(client.get(url)) | {"line": "9 Hill Road"})
    address.refresh_from_db()
    assert (address.line, address.is_default) == ("9 Hill Road", True)
    client.post("emails/new/", {"email": "second@acme.example"})
    second = story.customer.emails.get(email="second@acme.example")
    client.post(f"emails/{second.pk}/default/")
    first = story.customer.emails.get(is_default=False)
    assert "Delete" in text(client.get(f"emails/{first.pk}/delete/"))
    client.post(f"emails/{first.pk}/delete/")
    assert story.customer.emails.get() == second
    assert client.post(f"addresses/{address.pk}/delete/").status_code == 302
    assert not story.customer.addresses.exists()


# Corporate titles


def test_sc_22_an_individual_applies_reads_the_reason_resubmits_and_deletes():  # A12
    story = individual()
    client = sign_in(story)
    page = client.get("titles/corporate/new/")
    assert "We review it within 3 to 5 working days" in text(page)
    sent = fields(page) | {"type": "enterprise", "name": "Example Trading Co.", "tax_id": OTHER_ID}
    answer = client.post("titles/corporate/new/", sent | {"documents": licence()})
    assert answer["Location"] == client.at("titles/")
    application = TitleApplication.objects.get()
    page = text(client.get("titles/"))
    assert "Decided between 2026-03-25 and 2026-03-27" in page
    reject_title(application=application, by=decider(), reason="The letter is not signed.", at=NOW)
    page = client.get("titles/")
    assert "View reason The letter is not signed. Resubmit Delete" in text(page)
    link = f"titles/corporate/new/?again={application.pk}"
    assert link in page.content.decode()
    assert fields(client.get(link))["name"] == ["Example Trading Co."]
    client.post(f"titles/corporate/{application.pk}/delete/")
    assert "The letter is not signed." not in text(client.get("titles/"))


def test_sc_22_an_approved_title_can_be_chosen_on_the_confirm_page():  # B54
    story = individual()
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    application = apply_for_title(
        customer=story.customer, type="enterprise", name="Example Trading Co.", tax_id=OTHER_ID,
        by=story.user, idempotency_key="K", at=NOW,
    )  # fmt: skip
    client = sign_in(story)
    confirm = "invoices/new/confirm/?method=amount&amount=10.00"
    assert "Example Trading Co." not in text(client.get(confirm))
    title = approve_title(application=application, by=decider(), at=NOW).title
    page = client.get(confirm).content.decode()
    assert f'name="title" value="{title.pk}">' in page


def test_a_company_is_told_why_it_cannot_apply_for_a_corporate_title():
    answer = sign_in(make_story("alibaba")).get("titles/corporate/new/")
    assert answer.status_code == 422
    assert "Only individuals apply for a company's title." in text(answer)
