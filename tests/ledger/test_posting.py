"""Posting: balanced, idempotent, never below the floor, in any order from many threads."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.services.customers.locking import lock_customer
from finance_console.kernel.errors import DomainError
from ledger.models import Entry, LedgerAccount, Transfer
from ledger.queries.balances import cash_statement
from ledger.services.posting import Leg, post
from tests.builders import at, make_story, yuan

NOON = at("2026-03-01 12:00")
IN = [Leg("funding", yuan("-10.00")), Leg("revenue", yuan("10.00"))]


def _post(story, reference, legs=IN, kind="recharge"):
    return post(
        customer=story.customer, reference=reference, kind=kind, legs=legs, currency="CNY", at=NOON
    )


def _earned(story):
    """The one account these tests move: lots and invoicing know nothing of it."""
    return LedgerAccount.objects.get(customer=story.customer, bucket="revenue").balance


@pytest.mark.django_db
def test_a_transfer_moves_money_and_keeps_a_running_balance():
    story = make_story()
    story.recharge("10.00", "2026-03-01 09:00")
    story.recharge("10.00", "2026-03-01 10:00")
    rows = [(e.version, e.amount, e.balance_after) for e in cash_statement(story.customer)]
    assert rows == [(2, yuan("10.00"), yuan("20.00")), (1, yuan("10.00"), yuan("10.00"))]


@pytest.mark.django_db
def test_the_same_reference_with_the_same_content_is_the_same_transfer():
    story = make_story()
    first, created = _post(story, "a")
    again, created_again = _post(story, "a")
    assert (created, created_again) == (True, False)
    assert first == again
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_the_same_reference_with_other_content_is_refused():
    story = make_story()
    _post(story, "a")
    other = [Leg("funding", yuan("-11.00")), Leg("revenue", yuan("11.00"))]
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        _post(story, "a", other)
    assert refusal.value.code == "reference_conflict"
    assert _earned(story) == yuan("10.00")


@pytest.mark.django_db
def test_a_fund_never_goes_below_zero_even_when_nobody_checked():
    story = make_story()
    with pytest.raises(IntegrityError, match="balance_above_floor"), transaction.atomic():
        _post(story, "a", [Leg("frozen", yuan("-0.01")), Leg("funding", yuan("0.01"))])
    assert not Transfer.objects.exists()


@pytest.mark.django_db
def test_an_unbalanced_transfer_is_refused_by_the_database():
    story = make_story()
    with pytest.raises(IntegrityError, match="unbalanced"), transaction.atomic():
        _post(story, "a", [Leg("funding", yuan("-10.00")), Leg("revenue", yuan("9.99"))])
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_entries_have_the_local_date_of_the_customer():
    story = make_story()
    post(
        customer=story.customer,
        reference="late",
        kind="recharge",
        legs=IN,
        currency="CNY",
        at=at("2026-03-31 23:59"),
    )
    assert {str(e.local_date) for e in Entry.objects.all()} == {"2026-03-31"}


def _in_threads(work: Callable[[int], None], count: int) -> list[BaseException]:
    failures: list[BaseException] = []

    def run(n: int) -> None:
        try:
            work(n)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_from_many_threads_is_posted_once():
    story = make_story()

    def work(n: int) -> None:
        with transaction.atomic():
            _post(story, f"shared-{n % 3}")

    assert _in_threads(work, 12) == []
    assert Transfer.objects.count() == 3
    assert _earned(story) == yuan("30.00")


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_of_other_accounts_at_the_same_moment_is_refused():
    story = make_story()
    _post(story, "accounts", [*IN, Leg("grants", yuan("-1.00")), Leg("payable", yuan("1.00"))])
    others = [Leg("grants", yuan("-10.00")), Leg("payable", yuan("10.00"))]
    meet = threading.Barrier(2)
    refused: list[str] = []

    def work(n: int) -> None:
        try:
            with transaction.atomic():
                meet.wait(timeout=20)
                _post(story, "a", [IN, others][n])
        except DomainError as refusal:
            refused.append(refusal.code)

    assert _in_threads(work, 2) == []
    assert refused == ["reference_conflict"]
    assert Transfer.objects.filter(reference="a").count() == 1


@pytest.mark.django_db(transaction=True)
def test_opposite_transfers_in_many_threads_neither_deadlock_nor_lose_a_cent():
    story = make_story()
    _post(story, "start", [Leg("revenue", yuan("1000.00")), Leg("funding", yuan("-1000.00"))])

    def work(n: int) -> None:
        sign = 1 if n % 2 else -1
        for turn in range(5):
            with transaction.atomic():
                lock_customer(story.customer.pk)
                one = Leg("revenue", Decimal(sign)), Leg("funding", Decimal(-sign))
                _post(story, f"{n}-{turn}", one[:: 1 if turn % 2 else -1], kind="grant")

    assert _in_threads(work, 8) == []
    assert _earned(story) == yuan("1000.00")
    for account in LedgerAccount.objects.all():
        assert account.version == account.entries.count()


@pytest.mark.django_db
def test_a_posting_never_reads_a_whole_table_also_when_it_was_planned_on_small_ones():
    story = make_story()
    _post(story, "a")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_ledgeraccount, ledger_transfer, ledger_entry; DISCARD PLANS")
        before = _whole_reads(cursor)
        _post(story, "b")
        assert _whole_reads(cursor) == before


def _whole_reads(cursor):
    cursor.execute(
        "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname IN"
        " ('ledger_ledgeraccount', 'ledger_transfer', 'ledger_entry') ORDER BY 1"
    )
    return cursor.fetchall()
