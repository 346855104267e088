"""A pending application is changed from its page while nobody has claimed it: planned anew, as one act (B54)."""

import pytest

from invoicing.models import InvoiceApplication, InvoiceTitle
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.reviewing import deciding
from tests.builders import at, make_reviewer, make_story, yuan
from tests.doors.console import NOW, fields, sign_in, text
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
CONFIRM = "invoices/new/confirm/"


@pytest.fixture
def story():
    made = make_story("standard")
    made.recharge("1000.00", "2026-03-01 09:00")
    made.order("600.00", "2026-03-01 10:00")
    return made


def test_what_is_pending_is_changed_from_its_page_and_keeps_its_amount(story):
    asked = story.ask("2026-03-20 11:00", amount="600.00", remarks="Contract 7")
    client = sign_in(story)
    link = f"{client.at(CONFIRM)}?changes={asked.pk}"
    assert link in client.get(f"applications/{asked.pk}/").content.decode()
    before = fingerprint()
    page = client.get(link)  # nothing else is open, and yet all of it is on the page
    assert (page.status_code, fingerprint()) == (200, before)
    sent = fields(page)
    assert "Contract 7" in page.content.decode()
    assert sent["changes"] == [str(asked.pk)]
    answer = client.post(CONFIRM, {**sent, "remarks": "Contract 8"})
    assert answer.status_code == 302, text(answer)
    old, new = InvoiceApplication.objects.order_by("pk")
    assert (old.pk, old.status, new.status) == (asked.pk, "withdrawn", "pending_approval")
    assert (new.total, "Contract 8" in new.remarks) == (old.total, True)
    assert answer["Location"] == client.at(f"applications/{new.pk}/submitted/")
    assert old.changes.latest("pk").reason == "changed"
    page = text(client.get(f"applications/{old.pk}/"))
    assert "asked for anew with other terms" in page
    assert invoiceable(story.customer, NOW).available == 0
    again = client.post(CONFIRM, {**sent, "remarks": "Contract 8"})
    assert again["Location"] == answer["Location"]
    assert InvoiceApplication.objects.count() == 2


def test_with_another_title(story):
    asked = story.ask("2026-03-20 11:00", amount="600.00")
    other = InvoiceTitle.objects.create(
        customer=story.customer, type="enterprise", name=story.title.name, tax_id=story.title.tax_id,
        address="2 New Road", phone="1", bank="B", bank_account="2",
    )  # fmt: skip
    client = sign_in(story)
    sent = fields(client.get(f"{CONFIRM}?changes={asked.pk}"))
    client.post(CONFIRM, {**sent, "title": str(other.pk)})
    assert InvoiceApplication.objects.latest("pk").buyer["address"] == "2 New Road"


def test_what_a_reviewer_claimed_meanwhile_stays_as_it_is(story):
    asked = story.ask("2026-03-20 11:00", amount="600.00")
    client = sign_in(story)
    sent = fields(client.get(f"{CONFIRM}?changes={asked.pk}"))
    deciding.claim(application=asked, reviewer=make_reviewer(), at=at("2026-03-20 11:30"))
    before = fingerprint()
    answer = client.post(CONFIRM, {**sent, "remarks": "Late"})
    assert answer.status_code == 409 or answer.status_code == 422
    assert fingerprint() == before
    assert "changes=" not in client.get(f"applications/{asked.pk}/").content.decode()
    assert client.get(f"{CONFIRM}?changes={asked.pk}").status_code in {409, 422}


def test_an_application_of_somebody_else_does_not_exist(story):
    other = make_story("standard", "Other Ltd")
    other.recharge("100.00", "2026-03-01 09:00")
    other.order("60.00", "2026-03-01 10:00")
    asked = other.ask("2026-03-20 11:00", amount="60.00")
    client = sign_in(story)
    for number in (asked.pk, "0", "x", "9" * 30):
        assert client.get(f"{CONFIRM}?changes={number}").status_code == 404
    assert client.post(CONFIRM, {"changes": str(asked.pk)}).status_code == 404
    assert yuan("60.00") == InvoiceApplication.objects.get().total.amount
