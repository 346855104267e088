"""The explanation of the amount: to the cent, whatever happened, and nothing is left out (B08, A36)."""

import contextlib
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.reviewing import deciding
from ledger.models import Charge
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, make_key, make_story

PROFILES = ("baidu", "alibaba", "kingsoft", "standard")
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["order", "undelivered", "bill", "voucher", "ask", "issue", "refund"]),
        st.integers(min_value=1, max_value=40_000),
        st.integers(min_value=0, max_value=60 * 24 * 20),
    ),
    min_size=1,
    max_size=9,
)


class History:
    """One customer over the turn of a year, and what has happened to it."""

    def __init__(self, profile: str, zone: str) -> None:
        self.story = make_story(profile, time_zone=zone)
        self.other_key = make_key(self.story.key.entity, "0.13", content="硬件")
        self.story.recharge("1000000.00", "2025-11-01 09:00")
        self.now = at("2025-12-20 09:00")
        self.asked = []
        self.references = 0

    @property
    def clock(self) -> str:
        return f"{self.now.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"

    def play(self, step: str, cents: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        amount = f"{Decimal(cents) / 100:.2f}"
        key = self.story.key if cents % 2 else self.other_key
        if step == "bill":
            self.story.bill(amount, self.clock, key)
        elif step == "voucher":
            self.story.grant("voucher", amount, self.clock)
        elif step in ("order", "undelivered"):
            self.story.order(amount, self.clock, key, delivered=step == "order")
        elif step == "refund":
            self._refund(Decimal(amount))
        elif step == "ask":
            self.asked.append(self.story.ask(self.clock, amount=amount))
        elif self.asked:
            self.story.issue(self.asked.pop(), self.clock)

    def _refund(self, amount: Decimal) -> None:
        charge = Charge.objects.order_by("pk").last()
        if charge is None or charge.cash == charge.refunded:
            return
        self.references += 1
        refund_charge(
            charge=charge,
            amount=min(amount, charge.cash - charge.refunded),
            reason="refund",
            reference=f"X{self.references}",
            at=self.now,
        )


def by_item_reason(found) -> Decimal:
    """What waits of items; usage, unsettled bills and other funds are no items."""
    others = {"bill_not_generated", "bill_not_settled", "not_invoiceable_fund", "not_payer"}
    return sum((row.amount for row in found.waiting if row.reason not in others), ZERO)


@pytest.mark.django_db
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(profile=st.sampled_from(PROFILES), zone=st.sampled_from(ZONES), steps=STEPS)
def test_the_explanation_sums_and_nothing_is_left_out(profile, zone, steps):
    with transaction.atomic():
        history = History(profile, zone)
        for step, cents, minutes in steps:
            with contextlib.suppress(DomainError), transaction.atomic():
                history.play(step, cents, minutes)
            check(history.story.customer, history.now)
        for days in (1, 5, 20, 45):  # over the end of the month and of the year
            check(history.story.customer, history.now + timedelta(days=days))
        transaction.set_rollback(True)  # the next example starts from nothing


def check(customer, now) -> None:
    """The sum at `now`, that each waiting amount opens exactly at its moment, and not before."""
    found = invoiceable(customer, now)
    assert sum((line.amount for line in found.explanation), ZERO) == found.open - found.deficit
    items = InvoiceableItem.objects.filter(customer=customer)
    everything = items.aggregate(sum=Sum("net", default=ZERO))["sum"]
    assert found.available + found.marketplace_open + by_item_reason(found) == everything
    dated = [
        row for row in found.waiting if row.available_at and row.reason != "bill_not_generated"
    ]
    for moment in {row.available_at for row in dated}:
        unlocked = sum((row.amount for row in dated if row.available_at <= moment), ZERO)
        before = invoiceable(customer, moment - timedelta(seconds=1))
        assert before.open < found.open + unlocked
        assert invoiceable(customer, moment).open == found.open + unlocked


@pytest.mark.django_db
def test_a_rejected_application_is_back_in_the_explanation():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    application = story.ask("2026-03-02 10:00", amount="40.00")
    now = at("2026-03-02 11:00")
    lines = {line.code: line.amount for line in invoiceable(story.customer, now).explanation}
    assert (lines["prepaid_cash"], lines["in_progress"]) == (Decimal("100.00"), Decimal("-40.00"))
    deciding.withdraw(application=application, actor=story.user, at=now)
    lines = {line.code: line.amount for line in invoiceable(story.customer, now).explanation}
    assert lines["in_progress"] == 0
