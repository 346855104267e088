"""The endpoint that the payment channel calls: answers, forgers, closed accounts."""

import pytest
from django.test import Client

from accounts.messages import texts
from accounts.models import OutboxMessage
from finance_console.kernel import clock
from ledger.channels.sandbox import SIGNATURE
from ledger.models import Bill
from ledger.services.payouts.withdrawing import request_withdrawal
from tests.builders import at, close, make_story, yuan
from tests.doors.admin_data import administrator
from tests.doors.console import Clock
from tests.ledger.paying import NOON, cash, signed, start

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def story():
    return make_story()


@pytest.fixture
def still_clock(monkeypatch):
    monkeypatch.setattr(clock, "datetime", Clock)


def post(headers, body, channel="sandbox"):
    return Client(enforce_csrf_checks=True).post(
        f"/payments/{channel}/callback", body, content_type="application/json", headers=headers
    )


@pytest.mark.usefixtures("still_clock")
def test_the_endpoint_says_ok_once_and_again_and_nothing_to_a_forger(story):
    payment = start(story)
    headers, body = signed(payment)
    assert [post(headers, body).status_code for _ in range(2)] == [200, 200]
    assert cash(story) == yuan("100")
    forged = post({**headers, SIGNATURE: "0" * 64}, body)
    assert (forged.status_code, forged.content) == (400, b"")
    old, same = signed(payment, when="2026-03-20 11:00")
    assert post(old, same).status_code == 400
    assert post(headers, body, "other").status_code == 404
    assert Client().get("/payments/sandbox/callback").status_code == 405


@pytest.mark.usefixtures("still_clock")
def test_money_for_a_closed_account_is_kept_for_its_owner_and_found_by_staff(story):
    payment = start(story)
    story.bill("30.00", NOON)
    close(story.customer)
    assert [post(*signed(payment)).status_code for _ in range(2)] == [200, 200]
    payment.refresh_from_db()
    assert (payment.status, payment.recharge.amount.amount) == ("paid", yuan("100.00"))
    assert Bill.objects.get().status == "settled"
    assert cash(story) == yuan("70.00")
    told = OutboxMessage.objects.filter(topic="recharge_after_closing", channel="inbox").get()
    said = texts.subject(told.topic, told.values)
    assert said == "¥100.00 arrived after your account was closed"

    staff = Client()
    staff.force_login(administrator())
    assert "Payments left on closed accounts" in staff.get("/admin/").content.decode()
    desk = "/admin/ledger/payment/?left=yes"
    assert payment.token in staff.get(desk).content.decode()
    request_withdrawal(
        customer=story.customer,
        amount=yuan("70.00"),
        idempotency_key="W",
        by=story.user,
        at=at("2026-03-20 13:00"),
    )
    assert payment.token not in staff.get(desk).content.decode()
