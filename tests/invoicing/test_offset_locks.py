"""Offsetting what a payer's recharge makes available to somebody else never waits out of order (rule 3)."""

import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.services.customers.locking import lock_customer
from finance_console.audit import run_audit
from invoicing.domain import profiles
from invoicing.models import InvoiceableItem
from invoicing.services.deficits.offsetting import customers_with_deficit, offset_eagerly
from ledger.models import Charge
from ledger.services.orders import paying
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, give_credit, make_story, yuan

pytestmark = pytest.mark.django_db(transaction=True)
NOON = at("2026-03-03 12:00")


@pytest.fixture
def partner():
    """Whoever uses an order invoices it, though somebody else paid; deficits are offset at once."""
    policy = replace(profiles.get("baidu"), code="partner", third_party_paid_right="beneficiary")
    profiles.register(policy)
    yield policy.code
    profiles.forget(policy.code)


def owing_user_and_agent(profile):
    """The user has a deficit of 30.00, and an order of 100.00 that its agent paid on credit.

    The user was opened first: its lock comes before the agent's.
    """
    user, agent = make_story(profile, "User Ltd"), make_story(profile, "Agent Ltd")
    user.recharge("50.00", "2026-03-01 09:00")
    first = user.order("50.00", "2026-03-01 10:00")
    user.issue(
        user.ask("2026-03-01 11:00", method="order", sources=(first.number,)), "2026-03-01 12:00"
    )
    give_credit(agent, "100.00")
    paid = paying.pay_order(
        number="ORD-A",
        customer=user.customer,
        payer=agent.customer,
        amount=yuan("100.00"),
        tax_category=user.key,
        at=at("2026-03-02 10:00"),
    )
    paying.deliver_order(order=paid, at=at("2026-03-02 10:00"))
    refund_charge(
        charge=Charge.objects.get(order=first),
        amount=yuan("30.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-02 11:00"),
    )
    return user, agent


def deficits():
    return list(InvoiceableItem.objects.filter(net__lt=0).values_list("net", flat=True))


def clean():
    return [(found.name, found.rows) for found in run_audit() if found.rows] == []


def test_a_recharge_that_repays_credit_offsets_the_deficit_of_who_uses_it(partner):
    _user, agent = owing_user_and_agent(partner)
    assert deficits() == [yuan("-30.00")]
    agent.recharge("100.00", "2026-03-03 12:00")
    assert deficits() == []
    assert clean()


def test_a_recharge_does_not_wait_for_a_user_somebody_works_on_and_the_sweep_comes_back(partner):
    user, agent = owing_user_and_agent(partner)
    held, recharged, problems = threading.Event(), threading.Event(), []

    def work_on_both():
        """What takes the locks of both in their order, as an order of the user for the agent does."""
        try:
            with transaction.atomic():
                lock_customer(user.customer.pk)
                held.set()
                recharged.wait(5)
                lock_customer(agent.customer.pk)
        except DatabaseError as error:
            problems.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work_on_both)
    thread.start()
    assert held.wait(20)
    agent.recharge("100.00", "2026-03-03 12:00")  # holds the agent, and wants the user
    recharged.set()
    thread.join(30)
    assert problems == []
    assert deficits() == [yuan("-30.00")]
    assert offset_eagerly(customer_ids=customers_with_deficit(), at=NOON) == yuan("30.00")
    assert deficits() == []
    assert clean()
