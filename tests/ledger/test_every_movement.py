"""A random walk over every movement of money on real PostgreSQL, against a plain dictionary (R11, I1 to I6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from ledger.models import Bill, Charge, Lot
from ledger.queries import fund_balances
from ledger.services import billing, order, recharge, refund, usage
from tests.builders import at, make_entity, make_key, make_story

AMOUNTS = st.decimals(min_value="0.01", max_value="500.00", places=2)
EXACT = st.decimals(min_value="-20", max_value="300", places=10)
OTHER_FUNDS = st.sampled_from(["voucher", "coupon", "rebate", "gift"])


class Money(RuleBasedStateMachine):
    """One customer; `cash` and `other` are what a child with a notebook would write down."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.story = make_story("baidu")
        self.keys = [self.story.key, make_key(make_entity("W2"), rate="0.13", content="硬件")]
        self.now = at("2026-01-05 09:00")
        self.count = 0
        self.cash = self.other = Decimal("0.00")
        self.pending: list = []  # orders not delivered yet

    def teardown(self) -> None:
        broken = {result.name: result.rows for result in run_audit() if result.rows}
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        assert broken == {}

    def name(self) -> str:
        self.count += 1
        self.now += timedelta(minutes=7)
        return f"N{self.count}"

    @staticmethod
    def expect(refusal: DomainError, code: str) -> None:
        """The only refusal a step may meet."""
        assert refusal.code == code

    def settled(self, before: int) -> None:
        """Bills settled by the step before took their money."""
        if Bill.objects.filter(status="settled").count() != before:
            balances = fund_balances(self.story.customer)
            self.cash = balances["cash"]
            self.other = sum(balances.values(), Decimal(0)) - self.cash

    @rule(amount=AMOUNTS)
    def recharge(self, amount: Decimal) -> None:
        before = Bill.objects.filter(status="settled").count()
        recharge.record_recharge(
            customer=self.story.customer,
            amount=amount,
            channel="online",
            reference=self.name(),
            at=self.now,
        )
        self.cash += amount
        self.settled(before)

    @rule(fund=OTHER_FUNDS, amount=AMOUNTS, days=st.none() | st.integers(1, 60))
    def grant(self, fund: str, amount: Decimal, days: int | None) -> None:
        recharge.grant(
            customer=self.story.customer,
            fund=fund,
            amount=amount,
            reference=self.name(),
            at=self.now,
            expires_at=self.now + timedelta(days=days) if days else None,
        )
        self.other += amount

    @rule(amount=AMOUNTS, key=st.integers(0, 1), delivered=st.booleans())
    def order(self, amount: Decimal, key: int, *, delivered: bool) -> None:
        number = self.name()
        try:
            with transaction.atomic():
                placed = order.pay_order(
                    number=number,
                    customer=self.story.customer,
                    amount=amount,
                    tax_category=self.keys[key],
                    at=self.now,
                )
        except DomainError as refusal:
            self.expect(refusal, "insufficient_balance")
            return
        self.cash -= placed.charge.cash
        self.other -= amount - placed.charge.cash
        if delivered:
            order.deliver_order(order=placed, at=self.now)
        else:
            self.pending.append(placed)

    @precondition(lambda self: self.pending)
    @rule(fails=st.booleans())
    def delivery(self, *, fails: bool) -> None:
        placed = self.pending.pop(0)
        self.name()
        if not fails:
            order.deliver_order(order=placed, at=self.now)
            return
        order.fail_delivery(order=placed, at=self.now)
        charge = Charge.objects.get(order=placed)
        self.cash += charge.cash
        self.other += charge.amount - charge.cash

    @rule(amount=AMOUNTS, key=st.integers(0, 1))
    def bill(self, amount: Decimal, key: int) -> None:
        before = Bill.objects.filter(status="settled").count()
        billing.raise_bill(
            number=self.name(),
            customer=self.story.customer,
            amount=amount,
            tax_category=self.keys[key],
            at=self.now,
        )
        self.settled(before)

    @rule(amount=EXACT, key=st.integers(0, 1))
    def use(self, amount: Decimal, key: int) -> None:
        self.name()
        usage.record_usage(
            customer=self.story.customer,
            amount=amount,
            tax_category=self.keys[key],
            used_at=self.now,
            at=self.now,
        )

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        before = Bill.objects.filter(status="settled").count()
        billing.close_months(at=self.now)
        self.settled(before)

    @precondition(lambda self: Charge.objects.filter(cash__gt=0).exists())
    @rule(data=st.data(), amount=AMOUNTS)
    def refund(self, data: st.DataObject, amount: Decimal) -> None:
        done = set(self.pending)
        charges = [c for c in Charge.objects.filter(cash__gt=0) if c.order not in done]
        if not charges:
            return
        charge = data.draw(st.sampled_from(charges))
        try:
            with transaction.atomic():
                refund.refund_charge(
                    charge=charge,
                    amount=amount,
                    reason="refund",
                    reference=self.name(),
                    at=self.now,
                )
        except DomainError as refusal:
            self.expect(refusal, "over_refund")
            assert amount > charge.cash - charge.refunded
            return
        self.cash += amount

    @invariant()
    def the_notebook_agrees(self) -> None:
        balances = fund_balances(self.story.customer)
        assert balances["cash"] == self.cash
        assert sum(balances.values(), Decimal(0)) == self.cash + self.other

    @invariant()
    def lots_explain_the_balances(self) -> None:
        for fund, balance in fund_balances(self.story.customer).items():
            held = Lot.objects.filter(customer=self.story.customer, fund=fund)
            assert sum((lot.remaining for lot in held), Decimal(0)) == balance


@pytest.mark.django_db
def test_any_sequence_of_movements_keeps_the_books() -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
