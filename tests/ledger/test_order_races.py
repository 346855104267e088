"""Orders in many threads: opposite payments, and one order given up or renewed by everybody at once."""

import threading
from datetime import date

import pytest
from django.db import connection

from ledger.models import Order, Refund
from ledger.queries.balances import fund_balances
from ledger.services.orders import changing, paying
from tests.builders import at, make_story, yuan

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def together(work) -> list[object]:
    """Run `work(n)` in many threads at once; what each returned. A failure of one fails the test."""
    results, failures, gate = [], [], threading.Barrier(THREADS)

    def run(n):
        try:
            gate.wait()
            results.append(work(n))
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


def pay(number, customer, payer, amount="1.00") -> Order:
    placed = paying.pay_order(
        number=number,
        customer=customer.customer,
        payer=payer.customer,
        amount=yuan(amount),
        tax_category=payer.key,
        starts_on=date(2026, 4, 1),
        ends_on=date(2026, 4, 30),
        at=at("2026-03-20 10:00"),
    )
    return paying.deliver_order(order=placed, at=at("2026-03-20 10:00"))


@pytest.fixture
def pair():
    stories = make_story("baidu"), make_story("baidu")
    for story in stories:
        story.recharge("100.00", "2026-03-01 09:00")
    return stories


def cash(story) -> str:
    return str(fund_balances(story.customer)["cash"])


def test_accounts_that_pay_for_each_other_never_wait_for_each_other(pair):
    def work(n):
        one, other = pair if n % 2 else pair[::-1]
        for turn in range(5):
            placed = pay(f"ORD-{n}-{turn}", one, other)
            changing.unsubscribe(order=placed, at=at("2026-04-15 12:00"))

    together(work)
    assert Order.objects.filter(status="unsubscribed").count() == THREADS * 5
    assert [cash(story) for story in pair] == ["92.50", "92.50"]


def test_an_order_given_up_by_everybody_is_given_up_once(pair):
    story = pair[0]
    placed = pay("ORD-1", story, story, "30.00")
    refunds = together(lambda n: changing.unsubscribe(order=placed, at=at("2026-04-15 12:00")))
    assert {refund.pk for refund in refunds} == {Refund.objects.get().pk}
    assert cash(story) == "85.00"


def test_an_order_renewed_by_everybody_is_renewed_once(pair):
    story = pair[0]
    placed = pay("ORD-1", story, story, "30.00")
    renewals = together(
        lambda n: changing.renew(
            order=placed,
            number="RN-1",
            amount=yuan("30.00"),
            ends_on=date(2026, 5, 31),
            at=at("2026-04-15 12:00"),
        )
    )
    assert {renewal.pk for renewal in renewals} == {Order.objects.get(renews=placed).pk}
    assert cash(story) == "40.00"
