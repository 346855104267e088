"""The desk for orders: delivered, failed, a part given back; by whoever may, once, as it was seen."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Membership
from ledger.models import Order
from ledger.queries.balances import fund_balances
from ledger.services.orders import deciding as order_desk
from ledger.services.orders import paying
from tests.builders import at, make_story, make_user, yuan
from tests.doors.admin_data import administrator, checksum, observer
from tests.doors.console import fields, text
from tests.refusing import refused

pytestmark = pytest.mark.django_db
LIST = "/admin/ledger/order/"
PREVIEWED = ("return", "price", "unsubscribe", "fail")


@pytest.fixture
def story():
    made = make_story()
    made.recharge("100.00", "2026-03-01 09:00")
    made.grant("coupon", "10.00", "2026-03-01 09:00")
    return made


@pytest.fixture
def placed(story):
    return story.order("60.00", "2026-03-02 10:00", delivered=False)


def clerk(name="clerk"):
    user = make_user(name, is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_order", "change_order"])
    )
    return type(user).objects.get(pk=user.pk)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def preview(client, placed, name, amount=""):
    """The page that says what a decision would do."""
    return client.get(f"{LIST}{placed.pk}/preview/{name}/", {"amount": amount})


def act(client, placed, name, amount=""):
    """Press a button of the page as it is now, and confirm what it leads to."""
    url = f"{LIST}{placed.pk}/do/{name}/"
    if name not in PREVIEWED:
        shown = client.get(f"{LIST}{placed.pk}/change/").context
        return client.post(url, {"seen": shown["seen"] if shown else ""})
    page = preview(client, placed, name, amount)
    return client.post(url, fields(page)) if page.status_code == 200 else page


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)][-1]


def cash(story):
    return fund_balances(story.customer)["cash"]


def test_the_page_tells_of_the_order_and_its_money(story, placed):
    shown = text(client_of(clerk()).get(f"{LIST}{placed.pk}/change/"))
    assert "Price 60.00 Paid in cash 50.00 Cash returned 0.00" in shown
    assert re.search(r"Cash Recharge \S+ 50\.00 0\.00 Coupons Grant \S+ 10\.00 0\.00", shown)
    assert "Resources are being created" in shown


def test_it_is_delivered(story, placed):
    client = client_of(clerk())
    assert said(act(client, placed, "deliver")) == f"{placed} is delivered."
    assert Order.objects.get().status == "delivered"
    assert LogEntry.objects.get().user.username == "clerk"
    shown = client.get(f"{LIST}{placed.pk}/change/").content.decode()
    assert "/do/deliver/" not in shown
    assert "/do/fail/" not in shown
    assert said(act(client, placed, "fail")) == "It is Delivered, so this is no longer possible."
    assert cash(story) == yuan("50.00")


def test_it_fails_and_every_fund_gets_its_money_back(story, placed):
    client = client_of(clerk())
    assert said(act(client, placed, "fail")).endswith("The money is back on the balance.")
    assert Order.objects.get().status == "failed"
    assert (cash(story), fund_balances(story.customer)["coupon"]) == (yuan("100.00"), yuan("10.00"))
    assert "nothing for you to decide" in text(client.get(f"{LIST}{placed.pk}/change/"))


def test_a_part_is_given_back_by_amount_or_by_price(story, placed):
    client = client_of(clerk())
    act(client, placed, "deliver")
    act(client, placed, "return", "5.00")
    assert cash(story) == yuan("55.00")
    act(client, placed, "price", "40.00")
    assert cash(story) == yuan("70.00")
    reasons = list(placed.charge.refunds.order_by("pk").values_list("reason", "amount"))
    assert reasons == [("refund", yuan("5.00")), ("downgrade", yuan("15.00"))]


@pytest.mark.parametrize(
    ("name", "amount", "words"),
    [
        ("return", "50.01", "At most 50.00"),
        ("return", "ten", "not a valid amount"),
        ("return", "0.001", "not a valid amount"),
        ("return", "-5", "not a valid amount"),
        ("price", "60.00", "not a valid amount"),
        ("price", "", "not a valid amount"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(placed, name, amount, words):
    client, before = client_of(clerk()), checksum()
    assert words in said(act(client, placed, name, amount))
    assert checksum() == before


def test_whoever_saw_another_state_decides_nothing(story, placed):
    client = client_of(clerk())
    url, seen = f"{LIST}{placed.pk}/do/return/", fields(preview(client, placed, "return", "5.00"))
    first = client.post(url, seen)
    before = checksum()
    assert client.post(url, seen)["Location"] == first["Location"]  # the same form again
    assert checksum() == before
    stale = {**seen, "submission": "another-form"}
    assert "It changed since you opened it" in said(client.post(url, stale))
    assert checksum() == before
    assert cash(story) == yuan("55.00")


def test_only_by_post_and_only_with_the_right(placed):
    looking, deciding, nobody = (
        client_of(user)
        for user in (observer(), administrator(), make_user("nobody", is_staff=True))
    )
    before = checksum()
    assert "nothing for you to decide" in text(looking.get(f"{LIST}{placed.pk}/change/"))
    assert act(looking, placed, "deliver").status_code == 403
    assert deciding.get(f"{LIST}{placed.pk}/do/deliver/").status_code == 405
    assert act(deciding, placed, "melt").status_code == 404
    assert deciding.post(f"{LIST}999999/do/deliver/").status_code == 404
    assert nobody.get(LIST).status_code == 403
    assert nobody.post(f"{LIST}{placed.pk}/do/deliver/").status_code == 403
    assert checksum() == before


@pytest.mark.parametrize("whose", ["customer", "payer"])
def test_nobody_decides_for_an_account_of_their_own(story, whose):
    payer = make_story("alibaba", "Agent Ltd")
    payer.recharge("60.00", "2026-03-01 09:00")
    placed = paying.pay_order(
        number="ORD-9",
        customer=story.customer,
        payer=payer.customer,
        amount=yuan("60.00"),
        tax_category=story.key,
        at=at("2026-03-02 10:00"),
    )
    insider = clerk("insider")
    Membership.objects.create(user=insider, customer=getattr(placed, whose), role="viewer")
    for name in ("deliver", "fail"):
        assert "cannot also approve it" in said(act(client_of(insider), placed, name))
    assert Order.objects.get().status == "paid"
    when = at("2026-03-03 09:00")
    refused("four_eyes", lambda: order_desk.fail_by_staff(order=placed, by=insider, at=when))
    refused("not_permitted", lambda: order_desk.fail_by_staff(order=placed, by=story.user, at=when))
