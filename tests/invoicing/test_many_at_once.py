"""Several people at one customer do whatever they like: nothing breaks, nobody blocks another."""

import random
from typing import Any

import pytest

from finance_console.kernel.errors import DomainError
from invoicing.models import (
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
)
from invoicing.services.crediting.after_refund import refund_and_credit
from invoicing.services.deficits import offsetting
from invoicing.services.reviewing import deciding
from ledger.models import Charge, Refund
from ledger.services.orders.refunding import refund_charge
from tests.builders import Story, make_story, yuan
from tests.invoicing.at_once import NOON, WHEN, approve, ask, clean, race, reissue
from tests.invoicing.paper_stage import reviewer

pytestmark = pytest.mark.django_db(transaction=True)


class Actor:
    """Somebody who does one thing after the other to the customer that all others work on too."""

    def __init__(self, story: Story, seed: int, checker: Any) -> None:
        self.story, self.dice, self.checker = story, random.Random(seed), checker
        self.name, self.step, self.done = f"S{seed}", 0, 0

    def __call__(self) -> None:
        acts = [self.consume, self.consume, self.give_back, self.give_back_and_credit]
        acts += [self.apply, self.apply, self.decide, self.issue, self.issue]
        acts += [self.ask_credit, self.ask_credit, self.credit, self.reissue, self.offset]
        for _ in range(12):
            self.step += 1
            try:
                self.done += self.dice.choice(acts)() is not None
            except DomainError:
                continue

    @property
    def key(self) -> str:
        return f"{self.name}.{self.step}"

    def pick(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.dice.choice(found) if found else None

    def consume(self) -> Any:
        return self.story.order(f"{self.dice.randint(100, 30000) / 100:.2f}", WHEN)

    def _refund(self, charge: Charge) -> Refund:
        amount = yuan(f"{self.dice.randint(1, 100 * int(charge.cash)) / 100:.2f}")
        return refund_charge(
            charge=charge, amount=amount, reason="refund", reference=self.key, at=NOON
        )

    def give_back(self) -> Any:
        charge = self.pick(Charge.objects)
        return charge and self._refund(charge)

    def give_back_and_credit(self) -> Any:
        charge = self.pick(Charge.objects)
        return charge and refund_and_credit(
            charge=charge,
            give_back=lambda: self._refund(charge),
            actor=self.story.user,
            at=NOON,
            reference=self.key,
        )

    def apply(self) -> Any:
        return self.story.ask(WHEN, amount=f"{self.dice.randint(100, 20000) / 100:.2f}")

    def decide(self) -> Any:
        found = self.pick(InvoiceApplication.objects.filter(status="pending_approval"))
        act = self.dice.choice([deciding.claim, deciding.approve, deciding.approve])
        return found and act(application=found, reviewer=self.checker, at=NOON)

    def issue(self) -> Any:
        found = self.pick(
            InvoiceApplication.objects.filter(status__in=("pending_approval", "approved"))
        )
        return found and self.story.issue(found, WHEN)

    def ask_credit(self) -> Any:
        found = self.pick(Invoice.objects.filter(number__isnull=False))
        part = self.dice.choice(["10.00", "50.00", str(found.gross.amount)]) if found else ""
        return found and ask(self.story, found, self.key, part)

    def credit(self) -> Any:
        found = self.pick(CreditRequest.objects)
        return found and approve(found, self.checker)

    def reissue(self) -> Any:
        found = self.pick(Invoice.objects.filter(number__isnull=False))
        return found and reissue(self.story, found, self.key)

    def offset(self) -> Any:
        return offsetting.offset_now(customer=self.story.customer, at=NOON) or None


@pytest.mark.parametrize(("profile", "seed"), [("standard", 10), ("baidu", 20)])
def test_four_people_at_one_customer_neither_break_nor_block_each_other(profile, seed):  # R06
    story = make_story(profile)
    story.recharge("100000.00", "2026-03-01 09:00")
    for hour in range(10, 14):
        placed = story.order("400.00", f"2026-03-01 {hour}:00")
        asked = story.ask(f"2026-03-01 {hour}:10", method="order", sources=(placed.number,))
        story.issue(asked, f"2026-03-01 {hour}:20")
    actors = [Actor(story, seed + number, reviewer()) for number in range(4)]
    assert race(*actors) == ["done"] * 4
    assert sum(actor.done for actor in actors) >= 12
    for item in InvoiceableItem.objects.all():
        assert item.open <= item.cash - item.refunded
    clean()
