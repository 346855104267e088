"""The confirm page: the customer's own choices are no surprise, what moved is named, the review is promised truly."""

import pytest

from accounts.services.recipients import printed
from invoicing.models import InvoiceApplication, InvoiceTitle
from tests.builders import make_story
from tests.doors.console import confirm, sign_in, submit, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("200000", "2026-01-01 09:00")
    return story


def another_title(story, name="Acme Ltd", **fields):
    details = {"tax_id": "91330106MA2CFLT7XP", "address": "9 Hill Road", "phone": "0571-1"}
    return InvoiceTitle.objects.create(
        customer=story.customer, type="enterprise", name=name, **details | fields
    )


@pytest.mark.parametrize("choice", ["title", "model", "type"])
def test_what_the_customer_chose_on_the_page_is_no_surprise(story, choice):
    story.order("60.00", "2026-01-10 09:00")
    client, other = sign_in(story), another_title(story)
    page = confirm(client, method="amount", amount="60.00")
    chosen = {"title": str(other.pk), "model": "none", "type": "general-paper"}[choice]
    answer = submit(client, page, **{choice: chosen})
    made = InvoiceApplication.objects.get()
    assert answer["Location"] == client.at(f"applications/{made.pk}/submitted/")
    wanted = {
        "title": (made.buyer["address"], "9 Hill Road"),
        "model": (made.model, "none"),
        "type": (made.medium, "paper"),
    }
    assert wanted[choice][0] == wanted[choice][1]


@pytest.mark.parametrize("choice", [{}, {"model": "none"}])
def test_what_moved_without_the_customer_is_named(story, choice):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(address="2 Other Road")
    answer = submit(client, page, **choice)
    assert answer.status_code == 409
    words = text(answer)
    assert "This changed since you looked: the title. The total is 60.00, as before." in words
    assert not InvoiceApplication.objects.exists()
    assert submit(client, answer, **choice).status_code == 302


def test_another_title_does_not_hide_that_the_invoices_moved(story):
    story.order("60.00", "2026-01-10 09:00")
    story.order("40.00", "2026-01-11 09:00")
    client, other = sign_in(story), another_title(story)
    page = confirm(client, method="amount", amount="50.00")
    story.ask("2026-01-12 09:00", amount="20.00")
    answer = submit(client, page, title=str(other.pk))
    assert "This changed since you looked: the invoices." in text(answer)
    assert InvoiceApplication.objects.count() == 1


def test_a45_the_customer_knows_before_submitting_that_a_person_reviews_it():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-01-01 09:00")
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    assert "Review automatic" in text(page)
    answer = submit(client, page, remarks="尽快")
    assert answer.status_code == 422
    words = text(answer)
    assert "Your remarks contain “尽快”: a person will review the application" in words
    assert "Review by a person, within 3 working days" in words
    assert not InvoiceApplication.objects.exists()
    assert submit(client, answer, remarks="尽快").status_code == 302
    assert InvoiceApplication.objects.get().auto_review_at is None


def test_the_promised_review_is_the_one_that_holds_for_this_title():
    story = make_story("baidu", kind="individual", name="Li Ming")
    story.recharge("100.00", "2026-01-01 09:00")
    story.order("60.00", "2026-01-10 09:00")
    client, other = sign_in(story), another_title(story, "Example Trading Co.")
    page = confirm(client, method="amount", amount="60.00")
    assert "Review within 10 minutes" in text(page)
    answer = submit(client, page, title=str(other.pk), update="1")
    assert "Review by a person, within 3 working days" in text(answer)


def test_paper_names_the_address_it_goes_to_and_no_file(story):
    story.order("60.00", "2026-01-10 09:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    assert "PDF" in text(page)
    answer = submit(client, page, type="general-paper", update="1")
    said = text(answer)
    assert f"Sent by courier to {printed(story.customer.addresses.get())}" in said
    assert "printed, and sent within" in said
    assert "PDF" not in said
    assert 'name="recipient_email"' not in answer.content.decode()


def test_paper_without_an_address_asks_for_one():
    story = make_story("standard")
    story.recharge("100.00", "2026-01-01 09:00")
    story.order("60.00", "2026-01-10 09:00")
    story.customer.addresses.all().delete()
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    answer = submit(client, page, type="general-paper")
    assert answer.status_code == 422
    assert "Paper invoices go by courier: add a mailing address first." in text(answer)
    assert "No mailing address yet." in text(answer)
    assert not InvoiceApplication.objects.exists()
