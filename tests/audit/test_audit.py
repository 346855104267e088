"""The audit finds what was altered behind the services' back, and names the row."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from finance_console.audit import run_audit
from invoicing.services import issuing, review
from tests.builders import at, make_story
from tests.unguarded import unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]


@pytest.fixture
def books():
    """A little of everything: recharge, grant, order, bill, refund, deficit, offset, invoice."""
    from ledger.services.refund import refund_charge

    story = make_story("baidu")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    first = story.order("300.00", "2026-03-01 10:00")
    story.bill("50.00", "2026-03-01 11:00")
    story.use("7.123456", "2026-03-01 11:30")
    application = story.ask("2026-03-02 12:00", amount="280.00")
    review.approve(application=application, reviewer=None, at=at("2026-03-02 12:10"))
    issuing.issue_application(application=application, at=at("2026-03-02 12:15"))
    refund_charge(
        charge=first.charge,
        amount=first.charge.cash / 2,
        reason="refund",
        reference="r",
        at=at("2026-03-03 10:00"),
    )
    story.order("80.00", "2026-03-03 11:00")
    return story


CORRUPTION = {
    "a balance is the sum of its entries": "UPDATE ledger_ledgeraccount SET balance = balance + 1 WHERE bucket = 'cash'",
    "every transfer sums to zero": "UPDATE ledger_entry SET amount = amount + 1 WHERE id = (SELECT min(id) FROM ledger_entry)",
    "every running balance": "UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE id = (SELECT min(id) FROM ledger_entry)",
    "every transfer has entries": "DELETE FROM ledger_entry WHERE transfer_id = (SELECT min(id) FROM ledger_transfer)",
    "a recharge moved exactly": "UPDATE ledger_recharge SET amount = amount + 1",
    "the funding of a charge": "UPDATE ledger_chargefunding SET amount = amount + 1 WHERE fund = 'cash'",
    "the charges of a transfer": "UPDATE ledger_charge SET amount = amount + 1",
    "what a charge was refunded": "UPDATE ledger_charge SET refunded = refunded - 1 WHERE refunded > 1",
    "a refund moved exactly": "UPDATE ledger_refund SET amount = amount - 1",
    "every order has one charge": "UPDATE ledger_order SET amount = amount + 1",
    "the total of a bill": "UPDATE ledger_bill SET total = total + 1",
    "settled bills have a charge": "DELETE FROM ledger_chargefunding f USING ledger_charge c WHERE c.id = f.charge_id AND c.bill_line_id IS NOT NULL; DELETE FROM ledger_lotuse u USING ledger_charge c WHERE c.id = u.charge_id AND c.bill_line_id IS NOT NULL; DELETE FROM invoicing_offset; DELETE FROM invoicing_invoiceableitem WHERE mode = 'postpaid'; DELETE FROM ledger_charge WHERE bill_line_id IS NOT NULL",
    "every charge has one item": "UPDATE invoicing_invoiceableitem SET cash = cash + 1",
    "reserved is what live applications claim": "UPDATE invoicing_invoiceableitem SET invoiced = invoiced - 1 WHERE invoiced > 0",
    "offsets given and received": "UPDATE invoicing_offset SET amount = amount - 0.01",
    "the tallies are the sums": "UPDATE invoicing_itemtally SET cash = cash + 1",
    "money is held exactly": "UPDATE ledger_hold SET lifted_at = now() WHERE source = 'deficit'",
    "the head of an invoice": "UPDATE invoicing_invoice SET net = net + 1, tax = tax - 1",
    "a line is the sum of its claims": "UPDATE invoicing_invoiceline SET net = net + 0.01, tax = tax - 0.01",
    "an invoice mixes nothing": "UPDATE invoicing_invoice SET rate = 0.13",
    "the invoices of an application": "UPDATE invoicing_invoiceapplication SET total = total + 1",
    "no invoice is above the cap": "UPDATE invoicing_invoice SET gross = 100000, net = 100000 - tax",
    "numbers are consecutive": "UPDATE invoicing_numberseries SET last = last + 1",
    "the frozen content of an issued invoice has": "UPDATE invoicing_invoice SET snapshot = snapshot || ' '",
    "the frozen content says": "UPDATE invoicing_invoice SET invoice_date = invoice_date + 1",
    "an application and its invoices": "UPDATE invoicing_invoiceapplication SET status = 'rejected'",
    "the log of an application": "UPDATE invoicing_statuschange SET after = 'rejected' WHERE after = 'approved'",
    "every application has a log": "DELETE FROM invoicing_statuschange WHERE application_id IS NOT NULL",
    "each issued or returned application": "DELETE FROM accounts_outboxmessage WHERE channel = 'sms'",
}


def _plant(sql):
    with unguarded() as cursor:
        cursor.execute(sql)


def test_untouched_books_pass(books, capsys):
    call_command("audit")
    assert "invariants hold" in capsys.readouterr().out


@pytest.mark.parametrize("sentence", CORRUPTION)
def test_a_planted_corruption_is_found(books, sentence):
    _plant(CORRUPTION[sentence])
    broken = {result.name: result.rows for result in run_audit() if result.rows}
    found = [name for name in broken if name.startswith(sentence)]
    assert found, f"only found: {list(broken)}"
    assert all(broken[found[0]])


def test_a_guard_that_was_switched_off_is_found(books):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER append_only")
    (broken,) = [result for result in run_audit() if result.rows]
    assert broken.name.startswith("all guards are in place")


def test_the_command_names_the_rows_and_fails(books, capsys):
    _plant("UPDATE ledger_ledgeraccount SET balance = balance + 1 WHERE bucket = 'cash'")
    with pytest.raises(CommandError, match="invariants are broken"):
        call_command("audit")
    out = capsys.readouterr().out
    assert "BROKEN  a balance is the sum of its entries" in out
    assert "bucket cash" in out
