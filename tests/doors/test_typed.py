"""What is typed in: full-width figures are read, limits are named beforehand, a refusal speaks of the act at hand."""

from decimal import Decimal

import pytest

from accounts.models import Ticket
from finance_console.kernel.money import parse_amount
from invoicing.models import InvoiceTitle
from ledger.models import Payment, Withdrawal
from tests.builders import make_story
from tests.doors.console import fields, sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
COMPANY = {"type": "enterprise", "name": "Bolt Ltd", "tax_id": "91110108MA0123456G"}


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("1000.00", "2026-03-01 09:00")
    return story


@pytest.mark.parametrize(
    "typed", ["1234.5", "1,234.50", "１２３４．５", "１，２３４．５０", " 1234.50 "]
)
def test_an_amount_is_read_however_its_figures_are_typed(typed):
    assert parse_amount(typed) == Decimal("1234.50")


def test_the_limits_of_a_withdrawal_are_named_before_they_are_hit(story):
    said = text(sign_in(story).get("withdrawals/new/"))
    assert "At least ¥1.00. A day allows 10 withdrawals and ¥1,000,000.00 in all." in said


def test_a_withdrawal_of_too_much_is_not_told_to_recharge(story):
    client = sign_in(story)
    answer = client.get("withdrawals/new/?amount=1000.01&route=original")
    said = text(answer)
    assert "Only 1,000.00 of the cash can leave the account, and 1,000.01 is more." in said
    assert "Recharge first" not in said
    assert "Nothing was submitted" not in said
    assert not Withdrawal.objects.exists()


def test_a_recharge_with_full_width_figures_is_a_recharge(story):
    client = sign_in(story)
    page = client.get("recharge/")
    assert "At least ¥0.01." in text(page)
    assert client.post("recharge/pay/", fields(page) | {"amount": "１２．５０"}).status_code == 302
    assert Payment.objects.get().amount.amount == Decimal("12.50")


def test_a_ticket_names_something_of_the_customers_own(story):
    order, other = story.order("10.00", "2026-03-02 09:00"), make_story("standard")
    other.recharge("10.00", "2026-03-01 09:00")
    theirs = other.order("10.00", "2026-03-02 09:00")
    client = sign_in(story)
    typed = fields(client.get("tickets/new/")) | {"topic": "other", "subject": "S", "text": "T"}
    for number in (theirs.number + "X", "ORD-NOWHERE"):
        answer = client.post("tickets/new/", typed | {"about": number})
        assert answer.status_code == 422
        assert f"You have nothing with the number {number}" in text(answer)
    assert not Ticket.objects.exists()
    assert client.post("tickets/new/", typed | {"about": order.number}).status_code == 302
    assert Ticket.objects.get().about == order.number


def test_a_title_that_exists_is_not_doubled(story):
    client = sign_in(story)
    page = "titles/new/"
    assert client.post(page, fields(client.get(page)) | COMPANY).status_code == 302
    before = InvoiceTitle.objects.count()
    again = client.post(page, fields(client.get(page)) | COMPANY | {"phone": "010-55550100"})
    assert again.status_code == 422
    assert "You have this title already: change that one" in text(again)
    assert InvoiceTitle.objects.count() == before


def test_the_same_tax_id_under_two_names_warns(story):
    client = sign_in(story)
    page = "titles/new/"
    client.post(page, fields(client.get(page)) | COMPANY)
    saved = client.post(
        page, fields(client.get(page)) | COMPANY | {"name": "Blot Ltd"}, follow=True
    )
    assert "Your title Bolt Ltd has the same tax ID: one of the two may be wrong." in text(saved)


def test_what_may_be_uploaded_is_said_beforehand(story):
    said = text(sign_in(story).get("certification/name/new/"))
    assert "PDF, PNG or JPEG, up to 6 files of 10 MB each." in said
