"""Batches beside each other, and the lock on the books beside postings, in threads."""

import threading
from datetime import date

import pytest
from django.db import connection

from finance_console.kernel.errors import DomainError
from ledger.models import Bill, Charge, Entry, LedgerAccount
from ledger.queries.balances import fund_balances
from ledger.services.bills.batching import NewBill, record_charges_in_batch
from ledger.services.control.locking_periods import lock_books
from ledger.services.posting import Leg, post
from tests.builders import at, make_story, yuan
from tests.controllers import make_controller

pytestmark = pytest.mark.django_db(transaction=True)
NINE = at("2026-03-01 09:00")
MARCH_31 = date(2026, 3, 31)


def together(*works):
    """Run all `works` at once, each in a thread; what each returned. A failure fails the test."""
    results, failures, gate = {}, [], threading.Barrier(len(works))

    def run(n):
        try:
            gate.wait()
            results[n] = works[n]()
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return [results[n] for n in range(len(works))]


def bills(stories, prefix, count):
    return [
        NewBill(
            number=f"{prefix}{n}",
            customer_id=stories[n % len(stories)].customer.pk,
            amount=yuan("1.00"),
            tax_category=stories[0].key,
        )
        for n in range(count)
    ]


@pytest.fixture
def stories():
    made = [make_story("alibaba") for _ in range(4)]
    for story in made:
        story.recharge("100.00", "2026-03-01 08:00")
    return made


def test_batches_for_the_same_customers_in_opposite_order_neither_deadlock_nor_lose_a_cent(stories):
    def intake(prefix, order):
        for turn in range(3):
            record_charges_in_batch(rows=bills(order, f"{prefix}{turn}-", 20), at=NINE)

    together(
        lambda: intake("A", stories),
        lambda: intake("B", stories[::-1]),
        lambda: intake("C", stories[2:] + stories[:2]),
    )
    assert Charge.objects.count() == Bill.objects.filter(status="settled").count() == 180
    assert [fund_balances(story.customer)["cash"] for story in stories] == [yuan("55.00")] * 4


def test_the_same_batch_from_many_clients_is_charged_once(stories):
    rows = bills(stories, "B", 12)
    answers = together(*[lambda: record_charges_in_batch(rows=rows, at=NINE)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert Charge.objects.count() == 12


def test_nothing_lands_in_a_period_that_was_locked_meanwhile():
    story, controller = make_story(), make_controller()
    legs = [Leg("funding", yuan("-1.00")), Leg("revenue", yuan("1.00"))]

    def postings(n):
        """Post on the last day of March until it is refused; how many got in."""
        for turn in range(400):
            try:
                post(
                    customer=story.customer,
                    reference=f"{n}-{turn}",
                    kind="recharge",
                    legs=legs,
                    currency="CNY",
                    at=at("2026-03-31 23:00"),
                )
            except DomainError as refusal:
                if refusal.code != "period_locked":
                    raise
                return turn
        return None

    def lock():
        """Lock March once there are postings; how many entries it has from then on."""
        while not Entry.objects.exists():
            pass
        lock_books(through=MARCH_31, reason="Audit", by=controller, at=at("2026-04-05 12:00"))
        return Entry.objects.filter(local_date__lte=MARCH_31).count()

    closed, *got_in = together(lock, *[lambda n=n: postings(n) for n in range(3)])
    assert Entry.objects.count() == closed == 2 * sum(got_in)
    revenue = LedgerAccount.objects.get(bucket="revenue")
    assert revenue.balance == sum(got_in)
