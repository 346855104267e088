"""Recharging as a customer meets it: ask, pay (or not), come back; a bank account of one's own."""

import pytest

from ledger.models import DedicatedAccount, Payment, PaymentEvent, Recharge
from ledger.services.recharges import online
from tests.builders import at, make_story, yuan
from tests.doors.console import NOW, fields, sign_in, text, viewer
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
PAGE = "recharge/"


@pytest.fixture
def story():
    return make_story()


def ask(client, amount="1,000.50"):
    form = fields(client.get(PAGE))
    return client.post(f"{PAGE}pay/", {**form, "amount": amount})


def play(client, do: str):
    """Ask for a payment, let the sandbox `do` something, and come back."""
    url = client.get(ask(client)["Location"])["Location"]
    assert client.get(url).status_code == 200
    answer = client.post(url, {"do": do})
    assert answer["Location"] == client.at(f"{PAGE}{Payment.objects.get().token}/")
    return text(client.get(answer["Location"]))


def test_paying_leads_over_the_channel_back_to_a_higher_balance(story):
    client = sign_in(story)
    page = play(client, "pay")
    assert "The money is on your balance, which is now ¥1,000.50." in page
    assert "¥1,000.50 Paid" in text(client.get(PAGE))


@pytest.mark.parametrize(("do", "sentence", "status", "recharges", "events"), [
    ("twice", "which is now ¥1,000.50", "paid", 1, 1),
    ("late", "which is now ¥1,000.50", "paid", 1, 1),
    ("fail", "The payment failed. Nothing was taken from you", "failed", 0, 1),
    ("never", "The payment is not confirmed yet.", "created", 0, 0),
])  # fmt: skip
def test_the_sandbox_answers_twice_late_with_a_failure_or_never(
    story, do, sentence, status, recharges, events
):
    assert sentence in play(sign_in(story), do)
    assert Payment.objects.get().status == status
    assert (Recharge.objects.count(), PaymentEvent.objects.count()) == (recharges, events)


def test_a_failed_payment_can_be_tried_again(story):
    client = sign_in(story)
    assert "Continue to payment" in play(client, "fail")
    token = Payment.objects.get().token
    client.post(f"{PAGE}sandbox/{token}/", {"do": "pay"})
    assert "The money is on your balance" in text(client.get(f"{PAGE}{token}/"))


def test_an_expired_payment_says_that_late_money_is_credited(story):
    client = sign_in(story)
    play(client, "never")
    online.expire_due(at=at("2026-03-20 13:00"))
    page = text(client.get(f"{PAGE}{Payment.objects.get().token}/"))
    assert "The time to pay is over." in page
    assert "Continue to payment" not in page


def test_the_form_sent_twice_asks_once(story):
    client = sign_in(story)
    form = {**fields(client.get(PAGE)), "amount": "5"}
    answers = {client.post(f"{PAGE}pay/", form)["Location"] for _ in range(2)}
    assert (len(answers), Payment.objects.count()) == (1, 1)


@pytest.mark.parametrize(("amount", "sentence"), [
    ("", "This field is required."),
    ("abc", "abc is not a valid amount in CNY."),
    ("0", "0.00 is not a valid amount in CNY."),
    ("1.001", "1.001 is not a valid amount in CNY."),
    ("10000000.01", "10,000,000.01 is not a valid amount in CNY."),
])  # fmt: skip
def test_a_wrong_amount_is_said_on_the_page(story, amount, sentence):
    answer = ask(sign_in(story), amount)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert Payment.objects.count() == 0


def test_the_page_says_that_recharges_cannot_be_invoiced(story):  # A62
    assert "Recharges cannot be invoiced, consumption can." in text(sign_in(story).get(PAGE))


def test_a_customer_gets_an_account_number_to_transfer_to(story):
    client = sign_in(story)
    assert "Get my account number" in text(client.get(PAGE))
    assert client.post(f"{PAGE}account/")["Location"] == client.at(PAGE)
    page = text(client.get(PAGE))
    assert DedicatedAccount.objects.get().number in page
    assert "Harbour Bank, Demo Branch" in page
    assert "Cloudridge Computing Ltd" in page


def test_what_is_not_offered_is_not_offered(story, settings):
    client = sign_in(story)
    url = client.get(ask(client)["Location"])["Location"]
    settings.PAYMENT_SANDBOX, settings.BANK_TRANSFER_PREFIX = False, ""
    page = text(client.get(PAGE))
    assert "Online payment is not offered here." in page
    assert "Bank transfer is not offered here." in page
    before = fingerprint()
    for address in (url, f"{PAGE}pay/"):
        assert client.post(address, {"do": "pay", "amount": "5", "key": "K"}).status_code == 404
    assert client.post(f"{PAGE}account/").status_code == 404
    assert fingerprint() == before


def test_the_payment_of_another_customer_does_not_exist_and_cannot_be_played_with(story):
    ask(sign_in(story))
    token = Payment.objects.get().token
    stranger = sign_in(make_story(name="Other Ltd"))
    before = fingerprint()
    assert stranger.get(f"{PAGE}{token}/").status_code == 404
    assert stranger.get(f"{PAGE}sandbox/{token}/").status_code == 404
    assert stranger.post(f"{PAGE}sandbox/{token}/", {"do": "pay"}).status_code == 404
    assert fingerprint() == before
    assert token not in text(stranger.get(PAGE))


def test_a_reader_sees_payments_and_cannot_pay(story):
    ask(sign_in(story))
    token = Payment.objects.get().token
    client = viewer(story)
    before = fingerprint()
    assert client.get(f"{PAGE}{token}/").status_code == 200
    assert client.post(f"{PAGE}sandbox/{token}/", {"do": "pay"}).status_code == 403
    assert client.post(f"{PAGE}pay/", {"amount": "5", "key": "K"}).status_code == 403
    assert fingerprint() == before


def test_nonsense_for_the_sandbox_does_nothing(story):
    client = sign_in(story)
    url = client.get(ask(client)["Location"])["Location"]
    assert client.post(url, {"do": "steal"}).status_code == 404
    assert Payment.objects.get().status == "created"


def test_the_list_takes_few_queries_however_many_payments(story, django_assert_max_num_queries):
    for number in range(25):
        online.start_payment(
            customer=story.customer, amount=yuan("5"), channel="sandbox", key=f"K{number}", at=NOW
        )
    client = sign_in(story)
    with django_assert_max_num_queries(12):
        page = client.get(PAGE)
    assert len(page.context["page"].rows) == 20
    assert "?before=" in page.content.decode()
