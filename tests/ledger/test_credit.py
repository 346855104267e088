"""Credit: how far it goes, how it is repaid, and that what it paid is invoiced only afterwards."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import Membership, User
from invoicing.models import InvoiceableItem
from invoicing.queries.invoiceable import invoiceable
from ledger.models import LedgerAccount, LotUse
from ledger.queries.balances import fund_balances
from ledger.services.bills.credit_limits import set_credit_limit
from ledger.services.orders import refunding
from ledger.services.payouts import withdrawing
from tests.builders import at, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NINE = at("2026-03-01 09:00")


@pytest.fixture
def controller():
    user = make_user("controller", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="control_books"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def story(controller):
    """Alibaba: what is paid and delivered is invoiceable at once."""
    story = make_story()
    story.recharge("50.00", "2026-03-01 08:00")
    allow(story, "100.00", controller)
    return story


def allow(story, limit, by):
    story.customer = set_credit_limit(customer=story.customer, limit=yuan(limit), by=by, at=NINE)


def cash(story):
    return fund_balances(story.customer)["cash"]


def open_at(story, when):
    return invoiceable(story.customer, at(when)).available


def test_an_order_may_use_the_credit_to_its_last_cent_and_no_further(story):
    story.order("150.00", "2026-03-01 10:00")
    assert cash(story) == yuan("-100.00")
    refused("insufficient_balance", lambda: story.order("0.01", "2026-03-01 10:01"))


def test_what_credit_paid_is_invoiceable_once_it_is_repaid(story):
    story.order("30.00", "2026-03-01 10:00")
    owed = story.order("60.00", "2026-03-01 11:00")
    assert open_at(story, "2026-03-02 00:00") == yuan("30.00")
    item = InvoiceableItem.objects.get(charge=owed.charge)
    assert (item.available_at, item.waiting_reason) == (None, "credit_not_repaid")
    story.recharge("39.99", "2026-03-05 09:00")
    assert (cash(story), open_at(story, "2026-03-06 00:00")) == (yuan("-0.01"), yuan("30.00"))
    story.recharge("10.00", "2026-03-07 09:00")
    assert open_at(story, "2026-03-07 08:59") == yuan("30.00")
    assert open_at(story, "2026-03-07 09:00") == yuan("90.00")
    parts = LotUse.objects.filter(charge=owed.charge).order_by("pk")
    assert list(parts.values_list("amount", flat=True)) == [
        yuan("20.00"),
        yuan("39.99"),
        yuan("0.01"),
    ]


def test_the_oldest_purchase_is_repaid_first(story):
    first = story.order("100.00", "2026-03-01 10:00")
    second = story.order("40.00", "2026-03-01 11:00")
    story.recharge("60.00", "2026-03-05 09:00")
    ready = InvoiceableItem.objects.exclude(available_at=None).values_list("charge", flat=True)
    assert list(ready) == [first.charge.pk]
    assert LotUse.objects.get(charge=second.charge).amount == yuan("10.00")


def test_a_refund_cancels_what_was_owed_for_it_first(story):
    owed = story.order("80.00", "2026-03-01 10:00")
    refunding.refund_charge(
        charge=owed.charge,
        amount=yuan("30.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-02 09:00"),
    )
    assert cash(story) == yuan("0.00")
    assert open_at(story, "2026-03-03 00:00") == yuan("50.00")


def test_money_back_from_a_failed_withdrawal_repays_what_was_bought_meanwhile(story):
    asked = withdrawing.request_withdrawal(
        customer=story.customer, amount=yuan("50.00"), idempotency_key="W", by=None, at=NINE
    )
    story.order("30.00", "2026-03-01 10:00")
    assert open_at(story, "2026-03-02 00:00") == yuan("0.00")
    reviewer = make_user("cashier", is_staff=True, is_superuser=True)
    withdrawing.reject_withdrawal(
        withdrawal=asked, reason="closed bank account", by=reviewer, at=at("2026-03-02 09:00")
    )
    assert cash(story) == yuan("20.00")
    assert open_at(story, "2026-03-02 09:00") == yuan("30.00")


def test_a_refund_of_paid_cash_repays_what_others_owe(story):
    paid = story.order("50.00", "2026-03-01 10:00")
    owed = story.order("70.00", "2026-03-01 11:00")
    refunding.refund_charge(
        charge=paid.charge,
        amount=yuan("20.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-02 09:00"),
    )
    assert cash(story) == yuan("-50.00")
    assert LotUse.objects.get(charge=owed.charge).amount == yuan("20.00")
    assert open_at(story, "2026-03-03 00:00") == yuan("30.00")


def test_a_bill_may_use_it_and_a_new_limit_settles_what_waits(story, controller):
    waiting = story.bill("180.00", "2026-03-01 10:00")
    assert waiting.status == "unsettled"
    allow(story, "130.00", controller)
    waiting.refresh_from_db()
    assert (waiting.status, cash(story)) == ("settled", yuan("-130.00"))


def test_the_limit_cannot_go_below_what_is_owed(story, controller):
    story.order("80.00", "2026-03-01 10:00")
    error = refused("credit_in_use", lambda: allow(story, "29.99", controller))
    assert error.values == {"used": yuan("30.00")}
    allow(story, "30.00", controller)
    floor = LedgerAccount.objects.get(customer=story.customer, bucket="cash").floor
    assert floor == yuan("-30.00")


def test_who_may_set_a_limit_and_which(story, controller):
    clerk, insider = make_user("clerk"), make_story().user
    insider.user_permissions.add(Permission.objects.get(codename="control_books"))
    Membership.objects.create(user=insider, customer=story.customer)
    refused("not_permitted", lambda: allow(story, "1.00", clerk))
    refused("four_eyes", lambda: allow(story, "1.00", User.objects.get(pk=insider.pk)))
    refused("invalid_amount", lambda: allow(story, "-1.00", controller))
    refused("invalid_amount", lambda: allow(story, "1.001", controller))


def test_a_limit_holds_from_the_first_cent_of_a_new_customer(controller):
    story = make_story()
    allow(story, "10.00", controller)
    story.order("10.00", "2026-03-01 10:00")
    refused("insufficient_balance", lambda: story.order("0.01", "2026-03-01 10:01"))
