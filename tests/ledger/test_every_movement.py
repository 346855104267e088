"""A random walk over every movement of money on real PostgreSQL, against a plain notebook (R11, I01 to I06).

Before each step the notebook says whether it can be, after it both accounts must agree with the
notebook to the cent, and after each walk the whole audit must pass.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from ledger.services.funds import granting, redeeming
from ledger.services.recharges import receiving
from tests.ledger.movement_consuming import Consuming
from tests.ledger.movement_rules import TWO_PEOPLE_ABOVE, Controlled, Leaving
from tests.ledger.movement_stage import AMOUNTS, NTH, OTHER_FUNDS, WHO, Stage

DAYS = st.none() | st.integers(1, 60)


class ComingIn(Stage):
    """Recharges, grants and activation codes."""

    @rule(who=WHO, amount=AMOUNTS)
    def recharge(self, who: int, amount: Decimal) -> None:
        made = receiving.record_recharge(
            customer=self.customers[who],
            amount=amount,
            channel="online",
            reference=self.name(),
            at=self.now,
        )
        page = self.pages[who]
        self.recharges.append([made, page, False])
        page.cash += amount
        page.settle(self.now)

    @rule(who=WHO, fund=st.sampled_from(OTHER_FUNDS), amount=AMOUNTS, days=DAYS)
    def grant(self, who: int, fund: str, amount: Decimal, days: int | None) -> None:
        number = self.name()
        ends = self.now + timedelta(days=days) if days else None
        granting.grant(
            customer=self.customers[who],
            fund=fund,
            amount=amount,
            reference=number,
            at=self.now,
            expires_at=ends,
        )
        self.slip(self.pages[who], fund, amount, ends)

    @rule(fund=st.sampled_from(OTHER_FUNDS), amount=AMOUNTS, days=DAYS)
    def make_code(self, fund: str, amount: Decimal, days: int | None) -> None:
        self.name()
        until = self.now + timedelta(days=15)
        (code,) = redeeming.create_codes(
            count=1,
            fund=fund,
            amount=amount,
            valid_until=until,
            days=days,
            by=self.controllers[0],
            at=self.now,
        )
        self.codes.append([code, fund, amount, days, until, None])

    @precondition(lambda self: self.codes)
    @rule(nth=NTH, who=WHO)
    def redeem(self, nth: int, who: int) -> None:
        self.name()
        row = self.codes[nth % len(self.codes)]
        code, fund, amount, days, until, owner = row

        def use() -> object:
            return redeeming.redeem(customer=self.customers[who], code=code, at=self.now)

        if owner is not None or until <= self.now:
            self.refused("code_used" if owner == who else "code_unknown", use)
            return
        use()
        row[5] = who
        self.slip(self.pages[who], fund, amount, self.now + timedelta(days=days) if days else None)


class Money(ComingIn, Consuming, Leaving, Controlled):
    """All of it."""


@pytest.fixture(autouse=True)
def _withdrawals(settings: object) -> None:
    """No daily limits; two people from a small amount on."""
    for name, value in {
        "WITHDRAWAL_MINIMUM": Decimal("0.01"),
        "WITHDRAWAL_DAILY_COUNT": 10**6,
        "WITHDRAWAL_DAILY_AMOUNT": Decimal(10**9),
        "WITHDRAWAL_TWO_REVIEWERS_ABOVE": TWO_PEOPLE_ABOVE,
    }.items():
        setattr(settings, name, value)


@pytest.mark.django_db
def test_any_sequence_of_movements_keeps_the_books() -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


TOUR = """
recharge 0 90.00; make_code gift 8.00 -; redeem 0 0; redeem 0 0; redeem 0 1; grant 0 voucher 50.00 20
grant 0 coupon 30.00 -; pay_order 0 0 60.00 0 +; pay_order 1 0 40.00 1 -; delivery +; pay_order 0 0 99.00 0 -
downgrade 1 5.00; downgrade 1 199.00; delivery -; renew 1 70.00; renew 1 70.00; unsubscribe 1; unsubscribe 2
renew 1 71.00; use 0 12.3456789 0; use 1 -7.00 1; use 1 20.00 0; bill 1 150.00 1; refund_a_bill 0 10.00
refund_a_bill 0 199.00; withdraw 0 120.00 -; decide 0 pay 0; decide 0 review 0; decide 0 review 0
decide 0 pay 0; decide 0 pay 1; withdraw 0 10.00 -; decide 0 reject 0; transfer 0 100.00
adjust 0 cash 7.00 approve -; adjust 0 cash 2.00 reject +; adjust 0 cash 1.00 alone -
adjust 0 rebate 3.00 approve -; adjust 0 rebate 2.00 approve +; adjust 0 rebate 9.00 approve +
lock; lock; days_pass 20 -; pay_order 0 0 10.00 0 -; delivery -; days_pass 20 +; lock; unsubscribe 0

withdraw 1 0.01 +; withdraw 1 1.00 -; transfer 1 1.00; pay_order 1 1 100.00 0 +; bill 1 40.00 0
decide 0 review 1; decide 0 fail 0; withdraw 1 0.01 +; lend 1 200.00; pay_order 1 1 150.00 0 +; lend 1 50.00
recharge 1 10.00; reverse 1; renew 4 199.00; bill 1 199.00 0; bill 1 1.00 1; recharge 1 200.00; recharge 1 199.00
unsubscribe 4; lend 1 0.00; reverse 0; reverse 0
"""


@pytest.mark.django_db
def test_a_tour_of_every_movement_keeps_the_books() -> None:
    """Each step at least once as it is meant to be, and once too often."""
    money = Money()
    try:
        for step in TOUR.replace("\n", ";").split(";"):
            if step.strip():
                _play(money, *step.split())
    finally:
        money.teardown()


def _play(money: Money, word: str, *given: str) -> None:
    """A step as the tour writes it: numbers, "+" and "-" for yes and no, "-" for no days."""
    names = {
        "recharge": "who amount", "grant": "who fund amount days", "make_code": "fund amount days",
        "redeem": "nth who", "pay_order": "who payer amount key delivered", "delivery": "fails",
        "downgrade": "nth amount", "unsubscribe": "nth", "renew": "nth amount", "bill": "who amount key",
        "use": "who amount key", "refund_a_bill": "nth amount", "withdraw": "who amount everything",
        "decide": "nth step by", "transfer": "giver amount", "reverse": "nth",
        "adjust": "who fund amount end takes", "lend": "who limit", "lock": "", "days_pass": "days swept",
    }  # fmt: skip
    values = dict(zip(names[word].split(), map(_value, given), strict=True))
    if values.get("days") is False:
        values["days"] = None
    getattr(money, word)(**values)
    money.the_books_say_what_the_notebook_says()
    money.what_is_owed_is_what_the_notebook_owes()
    money.lots_explain_the_balances()


def _value(text: str) -> object:
    if text in "+-":
        return text == "+"
    if text.lstrip("-")[0].isdigit():
        return Decimal(text) if "." in text else int(text)
    return text
