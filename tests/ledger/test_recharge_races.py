"""The same money from many sides at once is credited once."""

import pytest

from ledger.models import BankLine, BankStatement, Recharge, Transfer
from ledger.queries.balances import fund_balances
from ledger.services.bank.importing import import_statement
from ledger.services.recharges import online
from ledger.services.recharges.dedicated import assign_dedicated_account
from ledger.services.recharges.reversing import reverse_recharge
from tests import bank_files as files
from tests.builders import at, make_story, yuan
from tests.ledger.banking import operator
from tests.ledger.paying import call, start
from tests.ledger.test_withdrawal_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
NOON = at("2026-03-20 12:00")


def test_a_payment_that_is_called_about_and_expires_in_many_threads_is_credited_once():
    story = make_story()
    payment = start(story, when="2026-03-20 11:00")
    calls = [lambda event=event: call(payment, event=event) for event in ("E1", "E1", "E2", "E2")]
    assert in_threads(*calls, lambda: online.expire_due(at=NOON)) == []
    payment.refresh_from_db()
    assert (payment.status, Recharge.objects.count()) == ("paid", 1)
    assert fund_balances(story.customer)["cash"] == yuan("100")


def test_the_same_lines_in_several_files_at_once_are_credited_once():
    one, two = make_story(), make_story(name="Other Ltd")
    lines = [
        files.csv_line(
            "B-1", "10", paid_into=assign_dedicated_account(customer=one.customer).number
        ),
        files.csv_line(
            "B-2", "20", paid_into=assign_dedicated_account(customer=two.customer).number
        ),
    ]
    contents = [files.csv_file(*lines), files.csv_file(*lines), files.csv_file(*lines[::-1])]
    works = [
        lambda content=content: import_statement(
            name="x.csv", stream=files.stream(content), by=None, at=NOON
        )
        for content in contents
    ]
    assert in_threads(*works) == []
    assert (BankStatement.objects.count(), BankLine.objects.count()) == (2, 2)
    assert [fund_balances(s.customer)["cash"] for s in (one, two)] == [yuan("10"), yuan("20")]


def test_a_reversal_in_many_threads_happens_once():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    by, recharge = operator("control_books"), Recharge.objects.get()
    works = [
        lambda: reverse_recharge(recharge=recharge, reason="wrong", by=by, at=NOON)
        for _ in range(4)
    ]
    assert in_threads(*works) == ["recharge_reversed"] * 3
    assert Transfer.objects.filter(kind="reversal").count() == 1
    assert fund_balances(story.customer)["cash"] == yuan("0")
