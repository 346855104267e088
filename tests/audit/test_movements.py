"""The audit finds what was altered among payments, bank lines, withdrawals and adjustments, and in the chain."""

import pytest
from django.db import connection

from finance_console.audit import run_audit
from ledger.models import Entry, Recharge
from ledger.services.control.adjusting import approve_adjustment, request_adjustment
from ledger.services.control.reconciling import reconcile_days
from ledger.services.posting import Leg, post
from tests.builders import at, make_story, yuan
from tests.controllers import make_controller

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]
NOON = at("2026-03-05 12:00")


@pytest.fixture
def story():
    made = make_story()
    made.recharge("1000.00", "2026-03-01 09:00")
    made.order("300.00", "2026-03-02 10:00")
    made.order("40.00", "2026-03-03 10:00", delivered=False)
    made.recharge("5.00", "2026-03-01 23:00")
    one, two = make_controller("one"), make_controller("two")
    asked = request_adjustment(
        customer=made.customer, fund="cash", amount=yuan("7.00"), reason="x", by=one, at=NOON
    )
    approve_adjustment(adjustment=asked, by=two, at=NOON)
    legs = [Leg("funding", yuan("-3.00")), Leg("revenue", yuan("3.00"))]
    common = {"customer": made.customer, "kind": "reversal", "currency": "CNY", "at": NOON}
    first, _ = post(reference="o", legs=legs, **common)
    post(
        reference="r",
        legs=[Leg(leg.bucket, -leg.amount) for leg in legs],
        reverses_id=first,
        **common,
    )
    reconcile_days(at=at("2026-03-06 00:00"))
    return made


PAYMENT = """INSERT INTO ledger_payment (customer_id, token, channel, amount, currency, status, created_at,
    expires_at, paid_at, recharge_id) SELECT customer_id, 't', 's', amount + 1, currency, 'paid', now(), now(),
    now(), id FROM ledger_recharge LIMIT 1"""
LINE = """WITH s AS (INSERT INTO ledger_bankstatement (name, sha256, account, currency, lines_count,
    total, left_out, imported_at) VALUES ('s', 's', 'a', 'CNY', 2, 1000, 0, now()) RETURNING id)
    INSERT INTO ledger_bankline (statement_id, position, account, reference, amount, currency, booked_on,
    payer, payer_account, paid_into, remittance, status, reason, recharge_id)
    SELECT s.id, 1, 'a', 'b', r.amount, 'USD', '2026-03-01', '', '', '', '', 'matched', '', r.id
    FROM s, ledger_recharge r LIMIT 1"""
WITHDRAWAL = """INSERT INTO ledger_withdrawal (customer_id, amount, currency, route, destination, status,
    idempotency_key, requested_at, bank_reference, paid_from, reason, freeze_id, settlement_id)
    SELECT customer_id, 9, 'CNY', 'bank', '[]', '{status}', 'k', now(), 'B', '', '', min(id), {settlement}
    FROM ledger_transfer GROUP BY customer_id LIMIT 1"""
MEMBERS = """INSERT INTO ledger_membertransfer (giver_id, taker_id, amount, currency, moved_at, transfer_out_id,
    transfer_in_id) SELECT customer_id, customer_id, 9, 'CNY', now(), min(id), max(id) FROM ledger_transfer
    GROUP BY customer_id"""
CORRUPTION = {
    "an entry is late exactly": "UPDATE ledger_entry SET late = NOT late WHERE late",
    "an account knows the latest date": "UPDATE ledger_ledgeraccount SET last_date = '2026-01-01' WHERE bucket = 'cash'",
    "a paid online payment": PAYMENT,
    "a matched bank line": LINE,
    "what is frozen": WITHDRAWAL.format(status="requested", settlement="NULL"),
    "a withdrawal froze": WITHDRAWAL.format(status="requested", settlement="NULL"),
    "withdrawals paid out": WITHDRAWAL.format(status="paid", settlement="max(id)"),
    "a transfer between members": MEMBERS,
    "transfers between members sum": "UPDATE ledger_ledgeraccount SET bucket = 'members' WHERE bucket = 'adjustment'",
    "a posted adjustment": "UPDATE ledger_adjustment SET amount = amount + 1",
    "a reversal mirrors": "UPDATE ledger_entry SET amount = amount * 2 WHERE transfer_id = (SELECT max(id) FROM ledger_transfer)",
    "deferred revenue is": "UPDATE ledger_ledgeraccount SET balance = balance + 1 WHERE bucket = 'deferred'",
    "the totals of a reconciled day": """UPDATE ledger_reconciliation SET totals = jsonb_set(totals, '{buckets,cash}', '"1.00"')""",
}


def plant(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def broken():
    return {result.name: result.rows for result in run_audit() if result.rows}


def test_untouched_books_pass(story):
    assert broken() == {}


@pytest.mark.parametrize("sentence", CORRUPTION)
def test_a_planted_corruption_is_found(story, sentence):  # I22
    if "membertransfer" in CORRUPTION[sentence]:
        plant("ALTER TABLE ledger_membertransfer DROP CONSTRAINT member_transfer_of_two")
    plant(CORRUPTION[sentence])
    found = [name for name in broken() if name.startswith(sentence)]
    assert found, f"only found: {list(broken())}"


@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 1, balance_after = balance_after + 1",
        "balance_after = balance_after + 1",
        "local_date = '2026-02-01'",
    ],
)
@pytest.mark.parametrize("rehashed", [False, True])
def test_the_first_altered_entry_is_named_even_when_its_own_hash_was_made_to_fit(
    story, change, rehashed
):  # R58
    cash = Recharge.objects.earliest("pk").transfer.entries.get(account__bucket="cash").account
    entry = Entry.objects.get(account=cash, version=2)
    plant(f"UPDATE ledger_entry SET {change} WHERE id = {entry.pk}")
    if rehashed:
        plant(
            "UPDATE ledger_entry e SET chain = ledger_chain(p.chain, e.account_id, e.version, e.transfer_id,"
            " e.amount, e.balance_after, e.currency, e.local_date) FROM ledger_entry p"
            f" WHERE e.id = {entry.pk} AND p.account_id = e.account_id AND p.version = e.version - 1"
        )
    (row,) = broken()["the hash chain of an account is unbroken: the first altered entry is named"]
    assert row == f"account {cash.pk}, entry {entry.pk}, version 2"


def test_the_last_entry_with_a_new_hash_does_not_end_its_account(story):
    entry = Entry.objects.filter(account__bucket="cash").order_by("-version").first()
    plant(f"UPDATE ledger_entry SET chain = 'x' WHERE id = {entry.pk}")
    rows = broken()["an account ends where its chain ends: no entry was cut off"]
    assert rows == (f"account {entry.account_id}, entry {entry.pk}, version {entry.version}",)
