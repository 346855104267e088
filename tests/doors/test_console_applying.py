"""Applying for invoices through the pages: exact amounts, refusals in words, nothing done twice."""

from decimal import Decimal

import pytest

from accounts.models import RecipientEmail
from invoicing.models import Claim, Invoice, InvoiceableItem, InvoiceApplication, InvoiceTitle
from tests.builders import close, make_entity, make_key, make_story
from tests.doors.console import confirm, sign_in, submit, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("200000", "2026-01-01 09:00")
    return story


def counts():
    return (
        InvoiceApplication.objects.count(),
        Invoice.objects.count(),
        Claim.objects.count(),
        sum(InvoiceableItem.objects.values_list("reserved", flat=True)),
    )


def amounts(application):
    return [
        (invoice.gross.amount, invoice.net.amount, invoice.tax.amount)
        for invoice in application.invoices.order_by("position")
    ]


def test_sc_01_through_the_pages():  # A32
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    client = sign_in(story)
    overview = text(client.get(""))
    assert "Invoiceable amount ¥60.00" in overview
    assert "Cash balance ¥40.00" in overview
    select = client.get("invoices/new/")
    number = story.customer.orders.get().number
    assert f'value="{number}"' in select.content.decode()
    assert "R1" not in text(select)
    page = confirm(client, method="order", source=number)
    assert "You will receive 1 invoice" in text(page)
    assert "6% 56.60 3.40 60.00" in text(page)
    answer = submit(client, page)
    application = InvoiceApplication.objects.get()
    assert answer["Location"] == client.at(f"applications/{application.pk}/submitted/")
    assert amounts(application) == [(Decimal("60.00"), Decimal("56.60"), Decimal("3.40"))]
    assert f"Application {application.number} is submitted" in text(client.get(answer["Location"]))


def two_months(story):
    story.order("1060.00", "2026-01-10 09:00")
    story.order("530.00", "2026-02-10 09:00")
    return sign_in(story)


def test_sc_29_months_consolidated(story):
    client = two_months(story)
    page = confirm(client, method="month", month=["2026-01", "2026-02"])
    assert "2026-01 至 2026-02</textarea>" in page.content.decode()
    remark = "2026-01 至 2026-02"
    submit(client, page, remarks=remark, remark_parts=[])
    application = InvoiceApplication.objects.get()
    assert application.remarks == remark
    assert amounts(application) == [(Decimal("1590.00"), Decimal("1500.00"), Decimal("90.00"))]


def test_sc_29_months_separate(story):
    client = two_months(story)
    page = confirm(client, method="month", month=["2026-01", "2026-02"], separate="on")
    assert "One invoice per month: 2026-01" in text(page)
    for month in ("2026-01", "2026-02"):  # A38: each remark as it will be printed
        assert f"云服务 Remarks: {month} 购买方地址、电话：1 River Road" in text(page)
    submit(client, page)
    assert amounts(InvoiceApplication.objects.get()) == [
        (Decimal("1060.00"), Decimal("1000.00"), Decimal("60.00")),
        (Decimal("530.00"), Decimal("500.00"), Decimal("30.00")),
    ]


def test_the_preview_says_why_invoices_are_separate_and_which_orders_are_on_which(story):
    other = make_key(make_entity("I2"), "0.13")
    story.order("100000.01", "2026-01-10 09:00")
    story.order("113.00", "2026-01-11 09:00", key=other)
    page = text(confirm(sign_in(story), method="amount", amount="100113.01"))
    assert "You will receive 3 invoices" in page
    assert "One invoice holds at most 99,999.99" in page
    assert "More of invoice 1" in page or "More of invoice 2" in page
    assert "Another company or tax rate" in page
    assert "Left to invoice after this 0.00" in page


def test_posting_twice_is_one_application(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    first, second = submit(client, page), submit(client, page)
    assert first["Location"] == second["Location"]
    assert counts() == (1, 1, 1, Decimal("60.00"))


def test_more_than_invoiceable_is_refused_in_words_and_the_amount_is_kept(story):
    story.order("60.00", "2026-01-10 09:00")
    before = counts()
    answer = confirm(sign_in(story), method="amount", amount="60.01")
    assert answer.status_code == 422
    assert "At most 60.00 can be invoiced." in text(answer)
    assert 'value="60.01"' in answer.content.decode()
    assert "?method=amount&amp;amount=60.00" in answer.content.decode()
    assert counts() == before


@pytest.mark.parametrize("amount", ["", "abc", "-5", "0", "1.001"])
def test_what_is_not_an_amount_is_refused(story, amount):
    story.order("60.00", "2026-01-10 09:00")
    assert confirm(sign_in(story), method="amount", amount=amount).status_code == 422
    assert counts() == (0, 0, 0, Decimal(0))


def test_what_changed_since_the_preview_shows_old_and_new(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="month", month="2026-01")
    story.order("40.00", "2026-01-11 09:00")
    answer = submit(client, page)
    assert answer.status_code == 409
    assert "You saw 60.00; it is 100.00 now." in text(answer)
    assert counts() == (0, 0, 0, Decimal(0))
    assert submit(client, answer).status_code == 302
    assert amounts(InvoiceApplication.objects.get()) == [
        (Decimal("100.00"), Decimal("94.34"), Decimal("5.66"))
    ]


def test_another_type_updates_the_preview_without_submitting(story):
    story.order("100000.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="100000")
    assert "You will receive 2 invoices" in text(page)
    answer = submit(client, page, type="general-paper", update="1")
    assert (answer.status_code, counts()) == (200, (0, 0, 0, Decimal(0)))
    assert "You will receive 1 invoice" in text(answer)
    assert submit(client, answer).status_code == 302
    assert InvoiceApplication.objects.get().medium == "paper"


def test_a_special_invoice_lists_what_the_title_lacks(story):
    story.order("60.00", "2026-01-10 09:00")
    InvoiceTitle.objects.update(bank="", bank_account="")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    answer = submit(client, page, type="special-electronic")
    assert answer.status_code == 422
    assert "The invoice title lacks: bank name, bank account." in text(answer)
    assert "titles/" in answer.content.decode()
    assert counts() == (0, 0, 0, Decimal(0))


def test_without_a_recipient_the_page_says_what_to_add(story):
    story.order("60.00", "2026-01-10 09:00")
    RecipientEmail.objects.all().delete()
    answer = confirm(sign_in(story), method="amount", amount="60")
    assert answer.status_code == 422
    assert "Add a recipient email first." in text(answer)


def test_remarks_with_wishes_are_warned_about_and_long_ones_refused(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    warned = submit(client, page, remarks="Urgent, please", update="1")
    assert "Your remarks contain “urgent”" in text(warned)
    answer = submit(client, page, remarks="x" * 231)
    assert answer.status_code == 422
    assert counts() == (0, 0, 0, Decimal(0))


def test_kingsoft_wants_the_amount_approved():
    story = make_story("kingsoft")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    assert "By order" not in text(client.get("invoices/new/"))
    page = confirm(client, method="month", month="2026-01")
    assert "I approve the amount of ¥60.00." in text(page)
    refused = submit(client, page)
    assert refused.status_code == 422
    assert "you approve the amount before it is submitted" in text(refused)
    assert counts() == (0, 0, 0, Decimal(0))
    assert submit(client, page, confirm_amount="60.00").status_code == 302
    again = text(client.get("invoices/new/"))
    assert "2026-01 is already invoiced: one invoice per month." in again


def test_each_type_says_whom_it_is_for(story):  # A42, B26, B27
    story.order("60.00", "2026-01-10 09:00")
    page = text(confirm(sign_in(story), method="amount", amount="60"))
    assert "For small-scale taxpayers and individuals, not deductible" in page
    assert "For general taxpayers, the input tax can be deducted" in page


def test_an_individual_sees_why_special_invoices_are_off():  # B25
    story = make_story("standard", kind="individual", name="Zhang Wei")
    story.recharge("100", "2026-01-01 09:00")
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    assert "Special VAT invoices need an enterprise certification." in text(page)
    assert submit(client, page, type="special-electronic").status_code == 422
    assert counts() == (0, 0, 0, Decimal(0))


def test_a_closed_account_is_refused_and_stays_readable(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    close(story.customer)
    answer = submit(client, page)
    assert answer.status_code == 422
    assert "This account is closed." in text(answer)
    assert counts() == (0, 0, 0, Decimal(0))


def test_the_title_of_another_customer_cannot_be_used(story):
    story.order("60.00", "2026-01-10 09:00")
    other = make_story("standard", "Other Ltd").title
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    for title in (other.pk, "9" * 5000, "\x00", ""):
        assert submit(client, page, title=title).status_code == 422
    assert counts() == (0, 0, 0, Decimal(0))


def test_the_order_of_another_customer_does_not_exist(story):
    other = make_story("standard", "Other Ltd")
    other.recharge("100", "2026-01-01 09:00")
    number = other.order("60.00", "2026-01-10 09:00").number
    answer = confirm(sign_in(story), method="order", source=number)
    assert answer.status_code == 404
    assert "It does not exist, or it belongs to another account." in text(answer)
    assert "60.00" not in text(answer)


def test_an_unknown_type_or_recipient_is_refused(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60")
    for change in ({"type": "golden"}, {"recipient_email": "x\x00@elsewhere.example"}):
        assert submit(client, page, **change).status_code == 422
    assert counts() == (0, 0, 0, Decimal(0))


def test_the_same_submission_with_another_wish_is_refused(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    submit(client, page)
    answer = submit(client, page, remarks="Project 7")
    assert answer.status_code == 409
    assert "with other content. Nothing more was done." in text(answer)
    assert counts() == (1, 1, 1, Decimal("60.00"))


@pytest.mark.parametrize(("profile", "offered"), [("standard", True), ("alibaba", False)])
def test_sentences_about_paper_are_for_those_who_can_have_it(profile, offered):
    story = make_story(profile)
    story.recharge("100", "2026-01-01 09:00")
    story.order("60.00", "2026-01-02 09:00")
    page = text(confirm(sign_in(story), method="amount", amount="60.00"))
    assert ("Paper and electronic invoices hold different amounts." in page) == offered
    assert "You also get a text message and an inbox notice." in page
