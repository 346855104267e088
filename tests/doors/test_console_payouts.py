"""Money that leaves, in the console: why not more, confirm, follow; transfers inside an organization."""

import pytest

from ledger.models import Charge, LedgerAccount, MemberTransfer, Withdrawal
from ledger.services.orders import refunding
from tests.builders import at, make_story, yuan
from tests.doors.console import fields, sign_in, text, viewer
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
LIST, NEW = "withdrawals/", "withdrawals/new/"
TRANSFER = "transfers/new/"


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("2000", "2026-03-01 09:00")
    return story


def with_deficit(story):
    """1,000.00 ordered and invoiced, 300.00 of it refunded."""
    order = story.order("1000.00", "2026-03-02 09:00")
    asked = story.ask("2026-03-02 10:00", method="order", sources=(order.number,))
    story.issue(asked, "2026-03-02 11:00")
    refunding.refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("300.00"),
        reason="refund",
        reference="RF",
        at=at("2026-03-03 09:00"),
    )


def test_the_page_explains_what_can_be_withdrawn_and_why_not_more(story):
    with_deficit(story)
    client = sign_in(story)
    page = text(client.get(LIST))
    assert "Can be withdrawn ¥1,000.00 Cash balance 1,300.00 Held an invoiced purchase was" in page
    assert "Have that invoice credited, or keep consuming" in page
    assert "−300.00 Can be withdrawn 1,000.00" in page.replace("\u2212", "−")
    overview = text(client.get(""))
    assert "¥1,000.00 can be withdrawn" in overview
    assert "Held, −300.00: an invoiced purchase was refunded." in overview.replace("\u2212", "−")


def test_a_withdrawal_is_confirmed_once_and_followed(story):
    client = sign_in(story)
    confirm = client.get(NEW, {"amount": "1,500", "route": "original"})
    assert "Back to the recharge R1 (Bank transfer) 1,500.00" in text(confirm)
    assert not Withdrawal.objects.exists()
    sent = fields(confirm)
    answer = client.post(NEW, sent)
    assert (answer.status_code, answer["Location"]) == (302, client.at(LIST))
    client.post(NEW, sent)  # a double click
    made = Withdrawal.objects.get()
    assert (made.amount.amount, made.requested_by) == (yuan("1500.00"), story.user)
    page = text(client.get(LIST))
    assert f"{made} Requested ¥1,500.00" in page
    assert "1,500.00 more is set aside" in page.replace("¥", "")
    assert "Requested 2026-03-20 12:00 Review by a person, on the next working day" in page


@pytest.mark.parametrize(
    ("amount", "sentence", "status"),
    [
        ("2000.01", "and 2,000.01 is more. Ask for less.", 422),
        ("0.50", "The smallest amount is 1.00", 422),
        ("ten", "ten is not a valid amount in CNY", 200),
    ],
)
def test_a_refusal_is_said_and_nothing_happens(story, amount, sentence, status):
    client = sign_in(story)
    before = fingerprint()
    for send in (client.get, client.post):
        answer = send(NEW, {"amount": amount, "route": "original", "key": "k"})
        assert (sentence.replace("¥", "") in text(answer), answer.status_code) == (True, status)
    assert fingerprint() == before


def test_what_is_held_is_refused_with_the_two_ways_out(story):
    with_deficit(story)
    answer = sign_in(story).post(NEW, {"amount": "1000.01", "route": "original", "key": "k"})
    assert "Only 1,000.00 can leave the account: an invoiced purchase was refunded." in text(answer)
    assert "until new consumption of the same tax category offsets the refund." in text(answer)
    assert not Withdrawal.objects.exists()


def test_readers_see_the_list_and_ask_for_nothing(story):
    client = viewer(story)
    page = client.get(LIST).content.decode()
    assert NEW not in page
    assert client.post(NEW, {"amount": "5", "route": "bank"}).status_code == 403
    assert client.post(TRANSFER, {"amount": "5", "taker": "1"}).status_code == 403


def test_withdrawals_of_others_are_not_shown(story):
    client = sign_in(story)
    client.post(NEW, fields(client.get(NEW, {"amount": "10", "route": "bank"})))
    assert "No withdrawals yet." in text(sign_in(make_story(name="Other Ltd")).get(LIST))


def test_the_transfer_page_is_for_organizations(story):
    client = sign_in(story)
    assert TRANSFER not in client.get("").content.decode()
    assert "There is no account you may transfer to" in text(client.get(TRANSFER))
    make_story(name="Member Ltd", parent=story.customer)
    assert TRANSFER in client.get("").content.decode()


def test_cash_moves_to_a_member_after_confirming(story):
    member = make_story(name="Member Ltd", parent=story.customer)
    client = sign_in(story)
    confirm = client.get(TRANSFER, {"taker": member.customer.pk, "amount": "30"})
    assert f"To account Member Ltd ({member.customer.code}) Amount ¥30.00" in text(confirm)
    assert not MemberTransfer.objects.exists()
    sent = fields(confirm)
    assert client.post(TRANSFER, sent).status_code == 302
    client.post(TRANSFER, sent)
    assert MemberTransfer.objects.get().moved_by == story.user
    cash = LedgerAccount.objects.filter(bucket="cash").order_by("customer")
    assert [str(row.balance) for row in cash] == ["1970.00", "30.00"]
    assert "Member Ltd 30.00" in text(client.get(TRANSFER))


def test_cash_never_moves_to_an_account_outside_the_organization(story):
    make_story(name="Member Ltd", parent=story.customer)
    other = make_story(name="Other Ltd")
    answer = sign_in(story).post(TRANSFER, {"taker": other.customer.pk, "amount": "30", "key": "k"})
    assert "is not one of the available choices" in text(answer)
    assert not MemberTransfer.objects.exists()
