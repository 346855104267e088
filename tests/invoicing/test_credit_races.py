"""Several people at the same invoice at the same moment, on real PostgreSQL (R09, R16).

Whoever comes first decides; whoever comes second is told so; the books agree afterwards.
"""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection

from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from invoicing.models import (
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    PaperReturn,
)
from invoicing.services import crediting, offsetting, reissuing, review
from invoicing.services.refund_credit import refund_and_credit
from ledger.models import Charge, Refund
from ledger.services.refund import refund_charge
from tests.builders import Story, at, make_story, yuan
from tests.invoicing.paper_stage import reviewer

pytestmark = pytest.mark.django_db(transaction=True)
WHEN = "2026-03-02 12:00"
NOON = at(WHEN)


def race(*acts: Callable[[], Any]) -> list[str]:
    """What each act came to when all begin together: "done", a refusal's code, or what broke."""
    start, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(20)
            act()
            outcomes[number] = "done"
        except DomainError as refusal:
            outcomes[number] = refusal.code
        except DatabaseError as error:
            outcomes[number] = f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def clean() -> None:
    assert [(found.name, found.rows) for found in run_audit() if found.rows] == []


def invoiced(profile: str = "standard", medium: str = "electronic") -> tuple[Story, Invoice]:
    """A customer with one issued invoice of 500.00."""
    story = make_story(profile)
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("500.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-01 11:00", method="order", sources=(order.number,), medium=medium)
    return story, story.issue(asked, "2026-03-01 11:30").invoices.get()


def ask(story: Story, invoice: Invoice, key: str = "K", amount: str = "500.00") -> CreditRequest:
    return crediting.request_credit(
        invoice=invoice,
        reason="sales_return",
        amount=yuan(amount),
        actor=story.user,
        at=NOON,
        idempotency_key=key,
    )


def refund(amount: str = "200.00", reference: str = "R") -> Refund:
    return refund_charge(
        charge=Charge.objects.get(),
        amount=yuan(amount),
        reason="refund",
        reference=reference,
        at=NOON,
    )


def approve(request: CreditRequest, by: Any) -> CreditNote:
    return crediting.approve_credit(request=request, reviewer=by, at=NOON)


def reissue(story: Story, invoice: Invoice, key: str) -> InvoiceApplication:
    return reissuing.reissue(
        invoice=invoice, actor=story.user, at=NOON, idempotency_key=key, remarks="corrected"
    )


def test_r16_a_credit_approved_twice_at_once_is_one_credit_note():
    story, invoice = invoiced()
    request, people = ask(story, invoice), [reviewer(), reviewer()]
    assert race(*[lambda by=by: approve(request, by) for by in people]) == ["done", "done"]
    assert CreditNote.objects.get().gross.amount == yuan("-500.00")
    assert InvoiceableItem.objects.get().open == yuan("500.00")
    clean()


def test_r16_one_approves_while_another_refuses():
    story, invoice = invoiced()
    request, first, second = ask(story, invoice), reviewer(), reviewer()
    outcomes = race(
        lambda: approve(request, first),
        lambda: crediting.refuse_credit(request=request, reviewer=second, reason="no", at=NOON),
    )
    assert sorted(outcomes) == ["done", "wrong_state"]
    credited = outcomes[0] == "done"
    assert CreditNote.objects.exists() == credited
    assert Invoice.objects.get().status == ("credited" if credited else "issued")
    clean()


def test_r16_asked_for_twice_at_once_is_one_request():
    story, invoice = invoiced()
    outcomes = race(*[lambda key=key: ask(story, invoice, key, "300.00") for key in "AB"])
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert CreditRequest.objects.count() == 1
    assert (
        race(
            *[lambda: ask(story, invoice, CreditRequest.objects.get().idempotency_key, "300.00")]
            * 2
        )
        == ["done"] * 2
    )
    assert CreditRequest.objects.count() == 1
    clean()


@pytest.mark.parametrize("profile", ["standard", "baidu"])
def test_r16_a_credit_racing_the_refund(profile):
    story, invoice = invoiced(profile)
    request, by = ask(story, invoice), reviewer()
    assert race(lambda: approve(request, by), refund) == ["done", "done"]
    item = InvoiceableItem.objects.get()
    assert (item.refunded, item.invoiced, item.net) == (
        yuan("200.00"), yuan("0.00"), yuan("300.00"),
    )  # fmt: skip
    clean()


def test_r16_a_refund_with_credit_racing_a_request_for_the_same_invoice():
    story, invoice = invoiced()

    def both() -> Refund:
        return refund_and_credit(
            charge=Charge.objects.get(),
            give_back=refund,
            actor=story.user,
            at=NOON,
            reference="R",
        )

    outcomes = race(both, lambda: ask(story, invoice))
    assert outcomes in (
        ["done", "over_credit"],  # only 300.00 was left
        ["not_credited_at_once", "done"],
    )
    assert InvoiceableItem.objects.get().deficit == yuan("0.00")
    assert Refund.objects.count() == CreditNote.objects.count() == (outcomes[0] == "done")
    clean()


def test_r16_two_reissues_of_one_invoice_at_once_are_one():
    story, invoice = invoiced()
    outcomes = race(*[lambda key=key: reissue(story, invoice, key) for key in "AB"])
    assert sorted(outcomes) == ["done", "wrong_state"]
    again = InvoiceApplication.objects.get(corrects=invoice)
    assert (again.total.amount, CreditNote.objects.count()) == (yuan("500.00"), 1)
    clean()


def test_r16_one_reissue_sent_twice_at_once_is_one():
    story, invoice = invoiced()
    assert race(*[lambda: reissue(story, invoice, "A")] * 2) == ["done", "done"]
    assert InvoiceApplication.objects.filter(corrects=invoice).count() == 1
    clean()


def test_r16_a_credit_racing_a_reissue():
    story, invoice = invoiced()
    outcomes = race(lambda: ask(story, invoice), lambda: reissue(story, invoice, "A"))
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert CreditRequest.objects.count() == 1
    clean()


def test_k24_the_original_and_the_request_arrive_at_once():
    story, invoice = invoiced(medium="paper")
    by = reviewer()
    arrive = {"forms": ["invoice"], "freight_collect": False, "actor": by, "at": NOON}
    outcomes = race(
        lambda: ask(story, invoice),
        lambda: crediting.receive_original(invoice=invoice, **arrive),
        lambda: crediting.receive_original(invoice=invoice, **arrive),
    )
    assert outcomes == ["done"] * 3
    request = CreditRequest.objects.get()
    assert (request.status, PaperReturn.objects.get().request) == ("crediting", request)
    clean()


@pytest.mark.parametrize("profile", ["standard", "alibaba", "baidu"])
def test_r09_a_refund_racing_an_application(profile):
    story = make_story(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    outcomes = race(
        lambda: story.ask(WHEN, method="order", sources=(number,)), lambda: refund("400.00")
    )
    assert outcomes == ["done", "done"]
    item = InvoiceableItem.objects.get()
    application = InvoiceApplication.objects.get()
    if application.status == "withdrawn":  # it came first, and gave way
        assert (item.reserved, item.net) == (yuan("0.00"), yuan("600.00"))
    else:
        assert (application.total.amount, item.net) == (yuan("600.00"), yuan("0.00"))
    assert item.deficit == yuan("0.00")
    clean()


def test_r09_a_refund_racing_the_approval():
    story = make_story("standard")
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    application = story.ask("2026-03-02 10:00", method="order", sources=(number,))
    by = reviewer()
    outcomes = race(
        lambda: review.approve(application=application, reviewer=by, at=NOON),
        lambda: refund("400.00"),
    )
    item = InvoiceableItem.objects.get()
    if outcomes == ["done", "done"]:  # approved first: the deficit stays
        assert (item.reserved, item.deficit) == (yuan("1000.00"), yuan("400.00"))
    else:
        assert outcomes == ["wrong_state", "done"]
        assert (item.reserved, item.open) == (yuan("0.00"), yuan("600.00"))
    clean()


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
        act = self.dice.choice([review.claim, review.approve, review.approve])
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
def test_four_people_at_one_customer_neither_break_nor_block_each_other(profile, seed):
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
