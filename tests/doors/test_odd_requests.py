"""What once answered 500, one by one: each is refused in one sentence, or works."""

import hashlib
import hmac
import json

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as RedisGone

from ledger.services.funds import redeeming
from tests.builders import make_story, yuan
from tests.controllers import make_controller
from tests.doors.console import NOW, sign_in
from tests.ledger.paying import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    return make_story("standard")


@pytest.mark.parametrize(
    "query",
    ["month=9999-12", "month=0001-01", "month=2026-13", "first=0001-01-01", "last=9999-12-31"],
)
@pytest.mark.parametrize("kind", ["statement", "orders", "usage", "bills"])
def test_a_day_of_no_business_is_no_file(story, kind, query):
    assert sign_in(story).get(f"export/{kind}.csv?{query}").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["auto-invoicing/%00/", "orders/?q=%00", "/console/%00/", "/verify/%00", "/admin/%00/"],
)
def test_an_address_with_a_nul_names_nothing(story, address):
    assert sign_in(story).get(address).status_code == 404


def test_a_code_is_redeemed_while_the_cache_is_away(story, monkeypatch):
    def gone(*_given, **_more):
        raise RedisGone("no server")

    by = make_controller()
    (code,) = redeeming.create_codes(
        count=1, fund="gift", amount=yuan("5"), valid_until=NOW.replace(year=2027), by=by, at=NOW
    )
    for name in ("add", "incr", "decr", "get", "set"):
        monkeypatch.setattr(cache, name, gone)
    answer = sign_in(story).post("funds/redeem/", {"code": code})
    assert answer.status_code == 302
    assert story.customer.lots.get().amount == yuan("5")


def called(story, body: bytes) -> int:
    start(story, when="2026-03-20 11:50")
    timestamp = str(int(NOW.timestamp()))
    signature = hmac.new(
        settings.PAYMENT_SANDBOX_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    headers = {"X-Sandbox-Timestamp": timestamp, "X-Sandbox-Signature": signature}
    return (
        Client()
        .post("/payments/sandbox/callback", body, content_type="application/json", headers=headers)
        .status_code
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "\ud800"},
        {"payment": "\ud800"},
        {"event": "\0"},
        {"amount": "\ud800"},
        {"event": [[]]},
    ],
)
def test_a_signed_call_that_no_database_can_hold_is_not_believed(story, changes):
    said = {"event": "E", "payment": "P", "outcome": "paid", "amount": "1.00", "currency": "CNY"}
    assert called(story, json.dumps(said | changes).encode()) == 400


@pytest.mark.parametrize("body", [b"[" * 3_000, b'{"a":' * 700, b"", b"\xff", b'"\\ud800"'])
def test_a_signed_call_that_is_no_object_is_not_believed(story, body):
    assert called(story, body) == 400
