"""An organization's accounts at work at the same moment, and the locks they take."""

import contextlib
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.services.customers.locking import lock_customer
from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceableItem, InvoiceApplication
from invoicing.services.asking.terms import Ask
from invoicing.services.crediting import requests
from invoicing.services.reviewing import giving_way
from ledger.models import Order
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, make_story, yuan


def organization():
    """A management account and a member that consumed 100.00; the member has the lower key."""
    member, parent = make_story("alibaba", "Member Ltd"), make_story("alibaba", "Group Ltd")
    member.customer.parent = parent.customer
    member.customer.save()
    member.recharge("100.00", "2026-03-01 09:00")
    order = member.order("100.00", "2026-03-01 10:00")
    return parent, member, order


def apply_for(parent, member, key="K"):
    ids = (member.customer.pk, parent.customer.pk)
    return parent.ask("2026-03-02 10:00", key=key, amount="100.00", members=ids)


def in_thread(work):
    """Run `work` in a thread of its own with a connection of its own; its exception, if any."""
    problems = []

    def run():
        try:
            work()
        except (AssertionError, DatabaseError, DomainError) as error:
            problems.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, problems


def refund(order, amount="10.00", reference="R"):
    return refund_charge(
        charge=order.charge,
        amount=yuan(amount),
        reason="refund",
        reference=reference,
        at=at("2026-03-02 11:00"),
    )


def clean():
    return [result for result in run_audit() if result.rows] == []


@pytest.mark.django_db(transaction=True)
def test_a_refund_never_waits_for_the_managing_account_and_the_sweep_cancels_what_clashes():
    parent, member, order = organization()
    application = apply_for(parent, member)
    held, done = threading.Event(), threading.Event()

    def busy():
        with transaction.atomic():
            lock_customer(parent.customer.pk)
            held.set()
            assert done.wait(20)

    thread, problems = in_thread(busy)
    assert held.wait(20)
    refund(order)  # would wait for ever, or in a circle, for the lock that the thread holds
    application.refresh_from_db()
    assert application.status == "pending_approval"
    assert InvoiceableItem.objects.get().net == yuan("-10.00")
    assert giving_way.clashing() == [application.pk]
    done.set()
    thread.join(20)
    assert problems == []
    assert giving_way.cancel_clashes(at=at("2026-03-02 11:01")) == 1
    application.refresh_from_db()
    assert (application.status, giving_way.clashing()) == ("withdrawn", [])
    assert giving_way.cancel_clashes(at=at("2026-03-02 11:02")) == 0
    assert clean()


@pytest.mark.django_db(transaction=True)
def test_refunds_and_applications_of_one_organization_never_deadlock():  # R08
    parent, member, _order = organization()
    other = make_story("alibaba", "Second Ltd")
    other.customer.parent = parent.customer
    other.customer.save()
    other.recharge("600.00", "2026-03-01 09:00")
    member.recharge("600.00", "2026-03-01 09:00")
    ids = (member.customer.pk, other.customer.pk)
    orders = [who.order("100.00", "2026-03-01 11:00") for who in (member, other) for _ in range(3)]

    def apply():
        for n in range(4):
            with contextlib.suppress(DomainError):  # nothing is left
                parent.ask("2026-03-02 10:00", key=f"K{n}", amount="650.00", members=ids)

    def give_back():
        for n, order in enumerate(orders):
            refund(Order.objects.get(pk=order.pk), reference=f"R{n}")

    threads = [in_thread(apply), in_thread(give_back)]
    for thread, _problems in threads:
        thread.join(60)
    assert [problems for _thread, problems in threads] == [[], []]
    giving_way.cancel_clashes(at=at("2026-03-02 12:00"))
    assert not giving_way.clashing()
    assert clean()


@pytest.mark.django_db(transaction=True)
def test_two_accounts_asking_for_one_consumption_get_it_once():
    parent, member, _order = organization()
    start = threading.Barrier(2)
    codes = []

    def ask(work):
        start.wait(10)
        try:
            work()
            codes.append("accepted")
        except DomainError as refusal:
            codes.append(refusal.code)

    mine = in_thread(lambda: ask(lambda: member.ask("2026-03-02 10:00", amount="100.00")))
    theirs = in_thread(lambda: ask(lambda: apply_for(parent, member)))
    for thread, problems in (mine, theirs):
        thread.join(30)
        assert problems == []
    assert sorted(codes) == ["accepted", "insufficient_invoiceable"]
    assert clean()


@pytest.mark.django_db
def test_every_later_act_locks_the_accounts_in_order(django_capture_queries):
    parent, member, _order = organization()
    application = parent.issue(apply_for(parent, member), "2026-03-02 12:00")
    expected = sorted([parent.customer.pk, member.customer.pk])
    with django_capture_queries() as queries, transaction.atomic():
        requests.lock_invoice(application.invoices.get().pk)
    locks = [q["sql"] for q in queries if "accounts_customeraccount" in q["sql"]]
    assert len(locks) == 1
    assert all(str(pk) in locks[0] for pk in expected)
    assert "ORDER BY" in locks[0]


@pytest.fixture
def django_capture_queries():
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


@pytest.mark.django_db
def test_a_repeated_wish_for_members_is_the_same_application():
    parent, member, _order = organization()
    first = apply_for(parent, member)
    assert apply_for(parent, member) == first
    wish = Ask(method="amount", amount=yuan("100.00"), members=(member.customer.pk,))
    assert wish.fingerprint != first.fingerprint
    assert InvoiceApplication.objects.get().members == sorted(
        [member.customer.pk, parent.customer.pk]
    )
