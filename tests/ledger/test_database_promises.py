"""What the database refuses, even from a shell."""

import pytest
from django.db import Error, connection, transaction

from ledger.models import Bill, Entry, LedgerAccount, Order, Transfer
from tests.builders import at, make_story
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db

REFUSED = {
    "an entry is updated": "UPDATE ledger_entry SET amount = amount + 1",
    "an entry is deleted": "DELETE FROM ledger_entry",
    "the entries are emptied": "TRUNCATE ledger_entry CASCADE",
    "a transfer is updated": "UPDATE ledger_transfer SET reference = 'x'",
    "a transfer is deleted": "DELETE FROM ledger_transfer",
    "a ledger account changes hands": "UPDATE ledger_ledgeraccount SET bucket = 'gift' WHERE bucket = 'cash'",
    "a ledger account is deleted": "DELETE FROM ledger_ledgeraccount",
    "a balance falls below its floor": "UPDATE ledger_ledgeraccount SET balance = -1 WHERE bucket = 'cash'",
    "an order jumps back": "UPDATE ledger_order SET status = 'paid', delivered_at = NULL",
    "more is refunded than was paid": "UPDATE ledger_charge SET refunded = cash + 1",
    "a settled bill is reopened": "UPDATE ledger_bill SET status = 'unsettled', settled_at = NULL",
    "an order starts delivered": """INSERT INTO ledger_order (number, description, amount, currency,
        status, paid_at, delivered_at, customer_id, payer_id, tax_category_id, transfer_id)
        SELECT 'X', '', 1, 'CNY', 'delivered', now(), now(), customer_id, customer_id, k.id, t.id
        FROM ledger_transfer t, ledger_taxcategory k LIMIT 1""",
}


@pytest.fixture
def story():
    made = make_story()
    made.recharge("100.00", "2026-03-01 09:00")
    made.order("60.00", "2026-03-01 10:00")
    made.bill("10.00", "2026-03-01 11:00")
    return made


@pytest.mark.parametrize("deed", REFUSED)
def test_the_database_refuses_when(story, deed):
    before = _everything()
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFUSED[deed])
    assert _everything() == before


def test_nobody_adds_an_entry_to_a_sealed_transfer(story):
    transfer = Transfer.objects.first()
    cash, gift = (
        LedgerAccount.objects.get(customer=story.customer, bucket="cash"),
        LedgerAccount.objects.create(
            customer=story.customer, bucket="gift", currency="CNY", floor=0
        ),
    )
    with unguarded() as cursor:  # the transfer of another database transaction
        cursor.execute("UPDATE ledger_transfer SET written_by = 1 WHERE id = %s", [transfer.pk])
    common = {
        "customer": story.customer,
        "transfer": transfer,
        "currency": "CNY",
        "local_date": "2026-03-01",
    }
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        Entry.objects.bulk_create(
            [
                Entry(account=cash, amount=-1, balance_after=0, version=98, **common),
                Entry(account=gift, amount=1, balance_after=1, version=99, **common),
            ]
        )


def _entry(story, transfer, account, amount, version):
    return Entry(
        customer=story.customer,
        transfer=transfer,
        account=account,
        amount=amount,
        currency="CNY",
        balance_after=amount,
        version=version,
        local_date="2026-03-01",
    )


def test_what_is_added_to_a_transfer_of_this_very_transaction_must_balance(story):
    """Writing entries for it one statement after the other is no way around the check."""
    transfer = Transfer.objects.last()  # the test is one transaction
    cash, revenue = (
        LedgerAccount.objects.get(customer=story.customer, bucket=bucket)
        for bucket in ("cash", "revenue")
    )
    for account, amount in ((cash, -1), (revenue, 1)):
        with pytest.raises(Error, match="unbalanced"), transaction.atomic():
            _entry(story, transfer, account, amount, version=99).save()
    with pytest.raises(Error, match="unbalanced"), transaction.atomic():
        Entry.objects.bulk_create(
            [_entry(story, transfer, cash, -1, 98), _entry(story, transfer, revenue, 2, 99)]
        )


def test_an_entry_is_of_the_customer_and_currency_of_its_account_and_transfer(story):
    other = make_story("standard", currency="USD", region="SG")
    other.recharge("5.00", "2026-03-01 09:00")
    transfer = Transfer.objects.filter(customer=story.customer).last()
    cash = LedgerAccount.objects.get(customer=story.customer, bucket="cash")
    theirs = LedgerAccount.objects.get(customer=other.customer, bucket="cash")
    gone = LedgerAccount(pk=theirs.pk + 1_000_000)
    of_theirs = Transfer.objects.filter(customer=other.customer).last()
    for moved, account in ((transfer, theirs), (transfer, gone), (of_theirs, cash)):
        with pytest.raises(Error, match="another customer or currency"), transaction.atomic():
            Entry.objects.bulk_create(
                [_entry(story, moved, cash, -1, 98), _entry(story, moved, account, 1, 99)]
            )


def test_a_transfer_without_entries_cannot_be_committed(story):
    def write():
        with transaction.atomic(), connection.cursor() as cursor:
            Transfer.objects.create(
                customer=story.customer,
                reference="empty",
                kind="recharge",
                fingerprint="",
                effective_at=at("2026-03-01 12:00"),
                written_by=1,
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(Error, match="no entries"):
        write()


def _everything():
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Transfer, Entry, LedgerAccount, Order, Bill)
    ]
