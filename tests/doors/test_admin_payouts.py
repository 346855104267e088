"""The cashiers' desk: the queue of withdrawals, one page to decide, holds placed and lifted."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Membership
from ledger.models import Hold, Withdrawal
from ledger.services.payouts.withdrawing import request_withdrawal
from tests.builders import at, make_story, yuan
from tests.doors.admin_data import administrator, checksum, observer
from tests.doors.console import text
from tests.ledger.withdrawing import make_cashier

pytestmark = pytest.mark.django_db
LIST = "/admin/ledger/withdrawal/"
HOLDS = "/admin/ledger/hold/"


@pytest.fixture
def story():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    return story


@pytest.fixture
def asked(story):
    return request_withdrawal(
        customer=story.customer,
        amount=yuan("60.00"),
        idempotency_key="W",
        by=story.user,
        at=at("2026-03-02 12:00"),
    )


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def cashier(name="cashier", **fields):
    from django.contrib.auth.models import Permission

    user = make_cashier(name)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_withdrawal", "view_hold"])
    )
    return type(user).objects.get(pk=user.pk)


def act(client, withdrawal, name, words="", seen=None):
    sent = {"seen": withdrawal.status if seen is None else seen, "text": words}
    return client.post(f"{LIST}{withdrawal.pk}/do/{name}/", sent)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_it_is_reviewed_and_paid_from_the_queue(asked):
    client = client_of(cashier())
    assert "Withdrawals to review or to pay" in text(client.get("/admin/"))
    assert str(asked) in text(client.get(LIST, {"waiting": "yes"}))
    assert "¥60.00" in text(client.get(f"{LIST}{asked.pk}/change/"))
    assert said(act(client, asked, "review")) == [f"{asked} is reviewed: it can be paid."]
    asked = Withdrawal.objects.get()
    assert act(client, asked, "pay", "BANK-7").status_code == 302
    paid = Withdrawal.objects.get()
    assert (paid.status, paid.bank_reference) == ("paid", "BANK-7")
    client.get(LIST)  # reads what was said
    assert str(asked) not in text(client.get(LIST, {"waiting": "yes"}))


@pytest.mark.parametrize(("name", "status"), [("reject", "rejected"), ("fail", "failed")])
def test_it_is_given_back_with_a_reason(asked, name, status):
    client = client_of(cashier())
    if name == "fail":
        act(client, asked, "review")
        asked = Withdrawal.objects.get()
    before = checksum()
    assert said(act(client, asked, name))[-1].startswith("Say why")
    assert checksum() == before
    act(client, asked, name, "The account is closed.")
    ended = Withdrawal.objects.get()
    assert (ended.status, ended.reason) == (status, "The account is closed.")


def test_whoever_saw_another_state_decides_nothing(asked):
    client = client_of(cashier())
    act(client, asked, "review")
    before = checksum()
    answer = act(client, asked, "reject", "Too late", seen="requested")
    assert said(answer)[-1] == "It changed since you opened it. Nothing was done."
    assert checksum() == before


def test_a_second_person_pays_above_the_threshold(asked, settings):
    settings.WITHDRAWAL_TWO_REVIEWERS_ABOVE = yuan("50.00")
    first, second = client_of(cashier()), client_of(cashier("second"))
    act(first, asked, "review")
    asked = Withdrawal.objects.get()
    assert "another one pays it" in text(first.get(f"{LIST}{asked.pk}/change/"))
    answer = act(first, asked, "pay", "BANK-7")
    assert said(answer)[-1] == "The person who asked for it cannot also approve it."
    act(second, asked, "pay", "BANK-7")
    assert Withdrawal.objects.get().status == "paid"


def test_only_by_post_and_only_with_the_right(asked):
    before = checksum()
    looking = client_of(observer())
    assert "nothing for you to decide" in text(looking.get(f"{LIST}{asked.pk}/change/"))
    assert act(looking, asked, "review").status_code == 403
    deciding = client_of(administrator())
    assert deciding.get(f"{LIST}{asked.pk}/do/review/").status_code == 405
    assert act(deciding, asked, "melt").status_code == 404
    assert client_of(observer_without_rights()).get(LIST).status_code == 403
    assert {
        k: v for k, v in checksum().items() if not k.startswith(("accounts_user", "auth_"))
    } == {k: v for k, v in before.items() if not k.startswith(("accounts_user", "auth_"))}


def observer_without_rights():
    from tests.builders import make_user

    return make_user("nobody", is_staff=True)


def hold(client, story, **fields):
    sent = {"customer": story.customer.code, "amount": "40", "reason": "Court order", "source": "7"}
    return client.post(f"{HOLDS}place/", sent | fields)


def test_staff_hold_money_with_a_reason_and_lift_it(story):
    client = client_of(cashier())
    assert "Hold money" in text(client.get(HOLDS))
    assert client.get(f"{HOLDS}place/").status_code == 200
    assert hold(client, story).status_code == 302
    placed = Hold.objects.get()
    assert (placed.amount, placed.reason, placed.source) == (yuan("40"), "Court order", "staff:7")
    page = client.get(f"{HOLDS}{placed.pk}/change/").content.decode()
    assert f"{HOLDS}{placed.pk}/lift/" in page
    assert client.get(f"{HOLDS}{placed.pk}/lift/").status_code == 405
    client.post(f"{HOLDS}{placed.pk}/lift/")
    assert Hold.objects.get().lifted_at is not None


def test_a_hold_is_refused_in_words(story):
    user = cashier()
    client = client_of(user)
    assert "no customer with this number" in text(hold(client, story, customer="X"))
    assert "This field is required" in text(hold(client, story, reason=""))
    assert "not a valid amount" in text(hold(client, story, amount="x"))
    Membership.objects.create(user=user, customer=story.customer)
    assert "cannot also approve it" in text(hold(client, story))
    assert not Hold.objects.exists()
    assert hold(client_of(observer()), story).status_code == 403


def test_what_the_system_holds_is_not_lifted_by_hand(story):
    client = client_of(cashier())
    placed = Hold.objects.create(
        customer=story.customer, currency="USD", amount=1, reason="x", source="other", placed_at=at("2026-03-01 09:00")
    )  # fmt: skip
    assert "/lift/" not in client.get(f"{HOLDS}{placed.pk}/change/").content.decode()
    assert client.post(f"{HOLDS}{placed.pk}/lift/").status_code == 404
