"""Whether only certified customers can ask is a key of the profile (K09, C21)."""

import pytest

from accounts.models import Certification
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from tests.builders import at, make_story, yuan
from tests.refusing import refused
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def uncertified(profile):
    story = make_story(profile)
    story.recharge("500.00", "2026-01-01 09:00")
    story.order("100.00", "2026-01-10 10:00")
    with unguarded() as cursor:
        Certification.objects.all().delete()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return story


def test_k09_kingsoft_asks_for_a_title_an_address_and_an_amount():
    story = uncertified("kingsoft")
    ask = Ask(method="month", months=("2026-01",))
    made = applying.submit(
        customer=story.customer, ask=ask, at=at("2026-02-04 00:00"), actor=story.user,
        idempotency_key="K", confirm_amount=yuan("100.00"),
    )  # fmt: skip
    assert str(made.total.amount) == "100.00"


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_c21_elsewhere_the_certification_comes_first(profile):
    story = uncertified(profile)
    refused("certification_required", lambda: story.ask("2026-03-20 00:00", amount="10.00"))
