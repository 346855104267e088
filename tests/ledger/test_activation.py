"""Activation codes: shown once, redeemed once, and nobody learns which ones exist."""

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from accounts.models import User
from ledger.models import ActivationCode
from ledger.queries.balances import fund_balances
from ledger.services.funds.redeeming import ALPHABET, create_codes, redeem
from tests.builders import at, close, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _no_tries_so_far():
    cache.clear()


@pytest.fixture
def controller():
    user = make_user("controller", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="control_books"))
    return User.objects.get(pk=user.pk)


def codes(controller, count=1, **changes):
    terms = {
        "fund": "voucher",
        "amount": yuan("20.00"),
        "valid_until": at("2026-03-31 00:00"),
        "days": 30,
    }
    return create_codes(count=count, by=controller, at=NOON, **terms | changes)


def test_a_code_is_readable_once_and_only_its_hash_is_kept(controller):
    made = codes(controller, 200)
    assert len(set(made)) == 200
    assert set("".join(made)) <= set(ALPHABET + "-")
    assert {len(code) for code in made} == {19}
    stored = str(list(ActivationCode.objects.values()))
    assert not any(code in stored or code.replace("-", "") in stored for code in made)
    assert ActivationCode.objects.filter(hint=made[0][-4:]).exists()


def test_a_code_gives_its_fund_for_its_days_however_it_is_typed(controller):
    story = make_story()
    (code,) = codes(controller)
    lot = redeem(customer=story.customer, code=f" {code.lower().replace('-', ' ')} ", at=NOON)
    assert fund_balances(story.customer)["voucher"] == yuan("20.00")
    assert lot.expires_at == at("2026-04-01 12:00")


def test_used_expired_foreign_and_invented_codes_get_the_same_answer(controller):
    story, other = make_story(), make_story()
    used, late, dollars = codes(controller, 2) + codes(controller, currency="USD")
    redeem(customer=other.customer, code=used, at=NOON)
    for code, when in (
        (used, NOON),
        (late, at("2026-03-31 00:00")),
        (dollars, NOON),
        ("AAAA-BBBB-CCCC-DDDD", NOON),
        ("", NOON),
    ):
        refused(
            "code_unknown", lambda c=code, w=when: redeem(customer=story.customer, code=c, at=w)
        )


def test_your_own_used_code_says_so(controller):
    story = make_story()
    (code,) = codes(controller)
    redeem(customer=story.customer, code=code, at=NOON)
    refused("code_used", lambda: redeem(customer=story.customer, code=code, at=NOON))
    assert fund_balances(story.customer)["voucher"] == yuan("20.00")


def test_ten_wrong_codes_an_hour_are_enough(controller):
    story, other = make_story(), make_story()
    (code,) = codes(controller)
    for _ in range(10):
        refused("code_unknown", lambda: redeem(customer=story.customer, code="WRONG", at=NOON))
    refused("too_many_tries", lambda: redeem(customer=story.customer, code=code, at=NOON))
    refused("code_unknown", lambda: redeem(customer=other.customer, code="WRONG", at=NOON))
    redeem(customer=story.customer, code=code, at=at("2026-03-02 13:00"))


def test_only_controllers_make_codes_and_only_sensible_ones(controller):
    refused("not_permitted", lambda: codes(make_user("clerk")))
    for wrong in (
        {"fund": "cash"},
        {"amount": yuan("0")},
        {"amount": yuan("1.001")},
        {"valid_until": NOON},
        {"count": 0},
        {"count": 10_001},
    ):
        refused("invalid_amount", lambda w=wrong: codes(controller, **w))


def test_a_closed_account_redeems_nothing(controller):
    story = make_story()
    (code,) = codes(controller)
    close(story.customer)
    refused("account_closed", lambda: redeem(customer=story.customer, code=code, at=NOON))
