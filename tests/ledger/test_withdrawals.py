"""Withdrawals: frozen, reviewed by four eyes, paid, or back in the very lots they came from."""

import pytest

from accounts.models import Membership, OutboxMessage
from ledger.models import LedgerAccount, Lot, LotUse, Recharge
from ledger.queries.balances import withdrawable
from ledger.services.payouts.withdrawing import (
    fail_withdrawal,
    preview_withdrawal,
    reject_withdrawal,
)
from tests.builders import at, close, give_credit, make_user, yuan
from tests.ledger.withdrawing import NOON, ask, make_cashier, pay, review, two_recharges
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return two_recharges()


@pytest.fixture
def cashier():
    return make_cashier()


def balances(story):
    rows = LedgerAccount.objects.filter(customer=story.customer)
    return {row.bucket: str(row.balance) for row in rows if row.bucket != "funding"}


def lots(story):
    rows = Lot.objects.filter(customer=story.customer).order_by("pk")
    return [str(lot.remaining) for lot in rows]


def topics(story):
    rows = OutboxMessage.objects.filter(customer=story.customer, channel="inbox").order_by("pk")
    return [row.topic for row in rows]


def test_a_request_freezes_the_newest_money_and_says_where_it_goes(story):
    asked = ask(story)
    first, second = Recharge.objects.order_by("pk")
    assert (asked.status, str(asked.amount.amount)) == ("requested", "120.00")
    assert asked.destination == [
        {"recharge": second.pk, "channel": "bank_transfer", "reference": "R2", "amount": "50.00"},
        {"recharge": first.pk, "channel": "bank_transfer", "reference": "R1", "amount": "70.00"},
    ]
    assert balances(story) == {"cash": "30.00", "frozen": "120.00"}
    assert lots(story) == ["30.00", "0.00"]
    found = withdrawable(story.customer)
    assert (str(found.available), str(found.pending)) == ("30.00", "120.00")
    assert topics(story) == ["withdrawal_requested"]


def test_by_bank_it_goes_to_the_account_of_the_certified_name(story):
    asked = ask(story, route="bank")
    assert asked.destination == [
        {
            "recharge": None,
            "channel": "bank_account",
            "name": "Acme Ltd",
            "bank": "Harbour Bank",
            "account": "6200000000000001",
            "amount": "120.00",
        }
    ]


def test_money_never_goes_to_an_account_of_another_name(story):
    story.customer.titles.update(name="Another Ltd")
    refused("no_certified_account", lambda: ask(story, route="bank"))


def test_the_same_key_is_the_same_withdrawal_and_another_amount_is_refused(story):
    assert ask(story) == ask(story)
    refused("reference_conflict", lambda: ask(story, "110.00"))
    assert balances(story) == {"cash": "30.00", "frozen": "120.00"}


def test_it_is_reviewed_and_paid(story, cashier):
    paid = pay(review(ask(story), cashier), cashier)
    assert (paid.status, paid.bank_reference, paid.released_by) == ("paid", "BANK-1", cashier)
    assert balances(story) == {"cash": "30.00", "frozen": "0.00", "withdrawn": "120.00"}
    assert pay(paid, cashier) == paid
    assert topics(story) == ["withdrawal_requested", "withdrawal_paid"]
    refused("wrong_state", lambda: pay(paid, cashier, "BANK-2"))
    refused("wrong_state", lambda: review(paid, cashier))


@pytest.mark.parametrize("end", ["failed", "rejected"])
def test_what_is_not_paid_is_back_in_exactly_the_lots_it_came_from(story, cashier, end):
    asked = review(ask(story), cashier)
    give_back = fail_withdrawal if end == "failed" else reject_withdrawal
    back = give_back(withdrawal=asked, reason="The account is closed.", by=cashier, at=NOON)
    assert (back.status, back.reason) == (end, "The account is closed.")
    assert back.settlement.reverses == back.freeze
    assert balances(story) == {"cash": "150.00", "frozen": "0.00"}
    assert lots(story) == ["100.00", "50.00"]
    uses = LotUse.objects.order_by("pk").values_list("lot__source__reference", "amount")
    assert [(name, str(amount)) for name, amount in uses] == [
        ("recharge:R2", "50.00"),
        ("recharge:R1", "70.00"),
        ("recharge:R2", "-50.00"),
        ("recharge:R1", "-70.00"),
    ]
    assert topics(story) == ["withdrawal_requested", f"withdrawal_{end}"]


def test_money_that_comes_back_settles_what_is_owed(story, cashier):
    asked = ask(story, "150.00")
    owed = story.bill("80.00", "2026-03-02 12:30")
    reject_withdrawal(withdrawal=asked, reason="Not you.", by=cashier, at=NOON)
    owed.refresh_from_db()
    assert owed.status == "settled"
    assert balances(story)["cash"] == "70.00"


def test_credit_used_meanwhile_is_repaid_by_what_comes_back(story, cashier):
    asked = ask(story, "150.00")
    give_credit(story, "60.00")
    story.order("40.00", "2026-03-02 12:30")
    reject_withdrawal(withdrawal=asked, reason="Not you.", by=cashier, at=at("2026-03-02 13:00"))
    assert balances(story)["cash"] == "110.00"
    assert sum(map(yuan, lots(story))) == yuan("110.00")


def test_credit_other_funds_and_frozen_money_cannot_be_withdrawn(story):
    give_credit(story, "500.00")
    story.grant("gift", "70.00", "2026-03-02 09:00")
    ask(story, "100.00")
    error = refused("insufficient_balance", lambda: ask(story, "50.01", "W2"))
    assert (error.values["balance"], error.values["needed"]) == (yuan("50.00"), yuan("50.01"))


def test_cash_bound_to_an_entity_stays(story):
    Lot.objects.filter(source__reference="recharge:R1").update(entity=story.key.entity)
    found = withdrawable(story.customer)
    assert [(line.code, str(line.amount)) for line in found.lines] == [
        ("cash", "150.00"),
        ("bound", "-100.00"),
    ]
    refused("insufficient_balance", lambda: ask(story, "50.01"))
    assert lots(story) == ["100.00", "50.00"]
    ask(story, "50.00")
    assert lots(story) == ["100.00", "0.00"]


@pytest.mark.parametrize(
    ("amount", "code"), [("0.99", "below_minimum"), ("0.00", "invalid_amount")]
)
def test_small_amounts_are_refused(story, amount, code):
    refused(code, lambda: ask(story, amount))


def test_half_cents_are_refused(story):
    refused("invalid_amount", lambda: ask(story, "10.005"))


def test_a_day_has_limits_of_count_and_amount(story, settings, cashier):
    settings.WITHDRAWAL_DAILY_COUNT, settings.WITHDRAWAL_DAILY_AMOUNT = 2, yuan("100.00")
    first = ask(story, "60.00", "W1")
    error = refused("daily_limit", lambda: ask(story, "40.01", "W2"))
    assert error.values == {"count": 2, "amount": yuan("100.00")}
    ask(story, "40.00", "W2")
    refused("daily_limit", lambda: ask(story, "1.00", "W3"))
    reject_withdrawal(withdrawal=first, reason="Typing error.", by=cashier, at=NOON)
    ask(story, "60.00", "W3")
    refused("daily_limit", lambda: ask(story, "1.00", "W4", at("2026-03-02 23:59")))
    ask(story, "1.00", "W4", at("2026-03-03 00:00"))


def test_only_members_who_may_act_ask(story):
    viewer = make_user("viewer")
    Membership.objects.create(user=viewer, customer=story.customer, role="viewer")
    refused("not_permitted", lambda: ask(story, by=viewer))
    refused("not_permitted", lambda: ask(story, by=make_user("stranger")))


def test_whoever_asks_or_belongs_to_the_customer_does_not_decide(story, cashier):
    asked = ask(story)
    refused("not_permitted", lambda: review(asked, make_user("clerk", is_staff=True)))
    Membership.objects.create(user=cashier, customer=story.customer, role="viewer")
    for act in (review, pay):
        refused("four_eyes", lambda act=act: act(asked, cashier))
    refused(
        "four_eyes",
        lambda: reject_withdrawal(withdrawal=asked, reason="x", by=cashier, at=NOON),
    )
    asked.requested_by = other = make_cashier("other")
    asked.save()
    refused("four_eyes", lambda: review(asked, other))


def test_above_the_threshold_another_person_pays(story, cashier, settings):  # R42
    settings.WITHDRAWAL_TWO_REVIEWERS_ABOVE = yuan("119.99")
    asked = review(ask(story), cashier)
    refused("four_eyes", lambda: pay(asked, cashier))
    assert pay(asked, make_cashier("second")).status == "paid"


def test_up_to_the_threshold_one_person_does_both(story, cashier, settings):
    settings.WITHDRAWAL_TWO_REVIEWERS_ABOVE = yuan("120.00")
    assert pay(review(ask(story), cashier), cashier).status == "paid"


def test_steps_cannot_be_skipped_and_need_their_words(story, cashier):
    asked = ask(story)
    refused("wrong_state", lambda: pay(asked, cashier))
    refused(
        "wrong_state", lambda: fail_withdrawal(withdrawal=asked, reason="x", by=cashier, at=NOON)
    )
    refused(
        "reason_required",
        lambda: reject_withdrawal(withdrawal=asked, reason=" ", by=cashier, at=NOON),
    )
    review(asked, cashier)
    refused("bank_reference_required", lambda: pay(asked, cashier, " "))


def test_a_closed_account_gets_its_money_out(story, cashier):
    close(story.customer)
    assert pay(review(ask(story, "150.00"), cashier), cashier).status == "paid"


def test_a_preview_changes_nothing_and_refuses_what_asking_refuses(story):
    wish = {"customer": story.customer, "at": NOON}
    assert preview_withdrawal(amount=yuan("50.00"), **wish)[0]["amount"] == "50.00"
    refused("insufficient_balance", lambda: preview_withdrawal(amount=yuan("150.01"), **wish))
    assert balances(story) == {"cash": "150.00"}
