"""The Funds page: what there is, until when, for what, where it went; codes; and what staff do about it."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

from accounts.models import CustomerAccount, Membership, User
from ledger.models import ActivationCode, Lot, Product
from ledger.queries.balances import fund_balances
from ledger.services.funds import granting
from ledger.services.funds.redeeming import create_codes
from tests.builders import at, make_story, make_user, yuan
from tests.doors.console import NOW, sign_in, text, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture(autouse=True)
def _no_tries_so_far():
    cache.clear()


@pytest.fixture
def controller():
    user = make_user("controller", is_staff=True)
    names = ("control_books", "view_lot", "view_activationcode")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def desk(controller):
    client = Client()
    client.force_login(controller)
    return client


@pytest.fixture
def story():
    story = make_story("standard")
    product = Product.objects.create(sku="db", name="Database", tax_category=story.key)
    story.recharge("100.00", "2026-03-01 09:00")
    granting.grant(
        customer=story.customer,
        fund="voucher",
        amount=yuan("30.00"),
        reference="spring",
        at=at("2026-03-01 09:00"),
        expires_at=at("2026-04-01 00:00"),
        product=product,
    )
    return story


def test_the_page_shows_balances_lots_expiry_and_scope(story):
    page = text(sign_in(story).get("funds/"))
    for words in ("Vouchers ¥30.00", "Cash ¥100.00", "2026-04-01 00:00", "Database", "Never"):
        assert words in page
    assert "Credit left" not in page


def test_credit_in_use_is_shown(story):
    CustomerAccount.objects.update(credit_limit=50)
    story.customer.ledger_accounts.filter(bucket="cash").update(floor=-50)
    story.order("120.00", "2026-03-02 09:00")
    assert "¥20.00 of ¥50.00 in use" in text(sign_in(story).get("funds/"))


def test_a_lot_is_followed_to_what_it_paid_for(story):
    placed = story.order("40.00", "2026-03-02 09:00")
    billed = story.bill("15.00", "2026-03-03 09:00")
    cash = Lot.objects.get(fund="cash")
    page = text(sign_in(story).get(f"funds/{cash.pk}/"))
    assert placed.number in page
    assert billed.number in page
    assert "¥45.00" in page


def test_a_code_is_redeemed_once(story, controller):
    (code,) = create_codes(
        count=1,
        fund="gift",
        amount=yuan("8.00"),
        valid_until=at("2026-06-01 00:00"),
        by=controller,
        at=NOW,
    )
    client = sign_in(story)
    answer = client.post("funds/redeem/", {"code": code.lower()}, follow=True)
    assert "¥8.00 were added to your funds: Gift balance." in text(answer)
    again = client.post("funds/redeem/", {"code": code})
    assert (again.status_code, "You redeemed this code already" in text(again)) == (422, True)
    assert fund_balances(story.customer)["gift"] == yuan("8.00")


def test_a_wrong_code_says_one_sentence_and_gives_nothing(story):
    client = sign_in(story)
    wrong = client.post("funds/redeem/", {"code": "nonsense"})
    assert wrong.status_code == 422
    assert "This code does not exist, has expired, or was used already." in text(wrong)
    assert client.post("funds/redeem/", {"code": ""}).status_code == 422
    assert viewer(story).post("funds/redeem/", {"code": "x"}).status_code == 403


def test_staff_grant_funds_once_per_reference(story, desk):
    form = {
        "customer": story.customer.code,
        "fund": "coupon",
        "amount": "12.50",
        "reference": "case-1",
        "expires_at": "2026-05-01T00:00",
    }
    for _ in range(2):
        assert desk.post("/admin/ledger/lot/grant/", form).status_code == 302
    lot = Lot.objects.get(fund="coupon")
    assert (lot.amount, lot.expires_at) == (yuan("12.50"), at("2026-05-01 00:00"))
    answer = desk.post("/admin/ledger/lot/grant/", form | {"amount": "13.00"})
    assert "was already used for something else" in text(answer)
    assert fund_balances(story.customer)["coupon"] == yuan("12.50")


def test_staff_set_a_credit_limit(story, desk):
    form = {"customer": story.customer.code, "limit": "500"}
    assert desk.post("/admin/ledger/lot/credit/", form).status_code == 302
    story.customer.refresh_from_db()
    assert story.customer.credit_limit == yuan("500.00")
    unknown = desk.post("/admin/ledger/lot/credit/", form | {"customer": "nobody"})
    assert "There is no customer with this number." in text(unknown)


def test_codes_come_once_as_a_file(desk):
    form = {
        "count": "3",
        "fund": "voucher",
        "amount": "5",
        "currency": "CNY",
        "valid_until": "2026-06-01T00:00",
        "days": "",
    }
    answer = desk.post("/admin/ledger/activationcode/create/", form)
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert answer["Content-Disposition"] == 'attachment; filename="activation-codes.csv"'
    assert (rows[0], len({row[0] for row in rows[1:]})) == (["code"], 3)
    assert ActivationCode.objects.count() == 3
    page = desk.get("/admin/ledger/activationcode/").content.decode()
    assert not any(row[0] in page for row in rows[1:])


def test_only_controllers_reach_these_forms_and_never_for_their_own_account(
    story, desk, controller
):
    observer = make_user("observer", is_staff=True)
    observer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(observer)
    pages = ("lot/grant", "lot/credit", "activationcode/create")
    for page in pages:
        assert client.get(f"/admin/ledger/{page}/").status_code == 403
        assert client.post(f"/admin/ledger/{page}/", {}).status_code == 403
        assert f"/admin/ledger/{page}/" not in client.get("/admin/ledger/lot/").content.decode()
        assert desk.get(f"/admin/ledger/{page}/").status_code == 200
    Membership.objects.create(user=controller, customer=story.customer)
    form = {"customer": story.customer.code, "limit": "500"}
    assert "cannot also approve" in text(desk.post("/admin/ledger/lot/credit/", form))
    story.customer.refresh_from_db()
    assert story.customer.credit_limit == 0
