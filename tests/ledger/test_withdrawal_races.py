"""R10: a withdrawal that races the refund of an invoiced order is never paid while money is held."""

import threading

import pytest
from django.db import connection

from finance_console.kernel.errors import DomainError
from ledger.models import Charge, Hold, Withdrawal
from ledger.services.orders.refunding import refund_charge
from ledger.services.payouts.withdrawing import (
    pay_withdrawal,
    request_withdrawal,
    review_withdrawal,
)
from tests.builders import at, make_story, yuan
from tests.ledger.withdrawing import make_cashier

NOON = at("2026-03-02 12:00")
pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*works):
    """Run all at once; the codes of the refusals, and whatever else went wrong."""
    barrier, codes, failures = threading.Barrier(len(works)), [], []

    def run(work):
        try:
            barrier.wait()
            work()
        except DomainError as error:
            codes.append(error.code)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return codes


def invoiced(profile):
    story = make_story(profile)
    story.recharge("2000.00", "2026-03-01 09:00")
    order = story.order("1000.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-01 11:00", method="order", sources=(order.number,))
    story.issue(asked, "2026-03-01 12:00")
    return story


def ask(story):
    """All of the cash: after the refund 300.00 are back and 300.00 are held, so nothing is left."""
    return request_withdrawal(
        customer=story.customer, amount=yuan("1000.00"), idempotency_key="W", by=None, at=NOON
    )


def refund(story):
    refund_charge(
        charge=Charge.objects.get(customer=story.customer),
        amount=yuan("300.00"),
        reason="refund",
        reference="RF",
        at=NOON,
    )


@pytest.mark.parametrize("profile", ["baidu", "standard"])
def test_r10_the_payment_races_the_refund(profile):  # I07
    cashier = make_cashier()
    for turn in range(6):
        story = invoiced(profile)
        asked = review_withdrawal(withdrawal=ask(story), by=cashier, at=NOON)

        def pay(asked=asked, turn=turn):
            pay_withdrawal(withdrawal=asked, bank_reference=f"B{turn}", by=cashier, at=NOON)

        works = [pay, lambda story=story: refund(story)]
        codes = in_threads(*works[:: (-1) ** turn])
        hold = Hold.objects.get(customer=story.customer, lifted_at=None)
        asked.refresh_from_db()
        if profile == "standard":  # the refund itself covers what is held
            assert (codes, asked.status, hold.amount) == ([], "paid", yuan("300.00"))
        elif asked.status == "paid":
            charge = Charge.objects.get(customer=story.customer)
            assert codes == []  # paid before it was held
            assert asked.settlement_id < charge.refunds.get().transfer_id
        else:
            assert (codes, asked.status, hold.amount) == (["withdrawal_held"], "reviewing", None)


def test_r10_the_request_races_the_refund():
    cashier = make_cashier()
    for turn in range(6):
        story = invoiced("baidu")
        works = [lambda story=story: ask(story), lambda story=story: refund(story)]
        codes = in_threads(*works[:: (-1) ** turn])
        asked = Withdrawal.objects.filter(customer=story.customer).first()
        if asked is None:
            assert codes == ["withdrawal_held"]
            continue
        assert codes == []  # it came first: it is frozen, and cannot be paid
        review_withdrawal(withdrawal=asked, by=cashier, at=NOON)
        with pytest.raises(DomainError, match="can leave the account"):
            pay_withdrawal(withdrawal=asked, bank_reference="B", by=cashier, at=NOON)


def test_many_requests_at_once_never_freeze_more_than_there_is():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")

    def part(n):
        request_withdrawal(
            customer=story.customer, amount=yuan("30.00"), idempotency_key=f"W{n}", by=None, at=NOON
        )

    codes = in_threads(*(lambda n=n: part(n) for n in range(8)))
    assert codes == ["insufficient_balance"] * 5
    assert Withdrawal.objects.count() == 3
