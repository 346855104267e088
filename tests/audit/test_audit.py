"""The audit finds what was altered behind the services' back, and names the row."""

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import CertificationRequest
from accounts.services.requests.uploading import keep_upload, path_of
from finance_console.audit import run_audit
from invoicing.services.crediting import requests
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from tests.accounts.pictures import PDF
from tests.builders import at, make_story, yuan
from tests.unguarded import unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]


@pytest.fixture
def books():
    """A little of everything: recharge, grant, order, bill, refund, deficit, offset, invoice."""
    from ledger.services.orders.refunding import refund_charge

    story = make_story("baidu")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    first = story.order("300.00", "2026-03-01 10:00")
    story.bill("50.00", "2026-03-01 11:00")
    story.use("7.123456", "2026-03-01 11:30")
    application = story.ask("2026-03-02 12:00", amount="280.00")
    deciding.approve(application=application, reviewer=None, at=at("2026-03-02 12:10"))
    invoices.issue_application(application=application, at=at("2026-03-02 12:15"))
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
    "an offset pairs items": "UPDATE invoicing_invoiceableitem SET rate = 0.13 WHERE id IN (SELECT item_id FROM invoicing_offset)",
    "per customer and tax key": "UPDATE invoicing_invoiceableitem SET offset_given = offset_given + 0.01 WHERE offset_given > 0",
    "no item gives more": "UPDATE invoicing_invoiceableitem SET offset_given = cash + 1",
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
    "an application that is undecided": "UPDATE invoicing_invoiceapplication SET status = 'rejected'",
    "the log of an application": "UPDATE invoicing_statuschange SET after = 'rejected' WHERE after = 'approved'",
    "every application has a log": "DELETE FROM invoicing_statuschange WHERE application_id IS NOT NULL",
    "each issued or returned application": "DELETE FROM accounts_outboxmessage WHERE channel = 'sms'",
}


CREDIT_CORRUPTION = {
    "the head of a credit note is": "UPDATE invoicing_creditnote SET net = net - 1, tax = tax + 1",
    "a credit note line takes back": "UPDATE invoicing_release SET amount = amount - 0.01",
    "nothing is released that was not claimed": "UPDATE invoicing_claim SET amount = 0.01",
    "an invoice knows what its credit notes": "UPDATE invoicing_invoice SET credited_net = 0, credited_tax = 0, credited_gross = 0",
    "the frozen content of a credit note has": "UPDATE invoicing_creditnote SET snapshot = snapshot || ' '",
    "a request is credited exactly when": "UPDATE invoicing_creditrequest SET amount = amount + 1 WHERE status = 'credited'",
    "an invoice is being credited exactly": "UPDATE invoicing_invoice SET status = 'issued' WHERE status = 'crediting'",
    "an application is issued, shipped or credited": "UPDATE invoicing_invoiceapplication SET status = 'credited' WHERE status = 'issued'",
    "paper is credited only after": "UPDATE invoicing_creditrequest SET status = 'crediting' WHERE status = 'awaiting_original'",
    "nobody decided on a credit": "ALTER TABLE invoicing_creditrequest DROP CONSTRAINT credit_four_eyes; UPDATE invoicing_creditrequest SET decided_by_id = requested_by_id",
    "every credit request has a log": "DELETE FROM invoicing_statuschange WHERE credit_request_id IS NOT NULL",
    "the log of a credit request": "UPDATE invoicing_statuschange SET after = 'expired' WHERE credit_request_id IS NOT NULL",
    "each credit note owes": "DELETE FROM accounts_outboxmessage WHERE channel = 'sms' AND topic = 'invoice_credited'",
}


@pytest.fixture
def credits_too():
    """An electronic invoice credited in part, and a paper one on its way back."""
    story = make_story("baidu")
    story.recharge("1000.00", "2026-03-01 09:00")
    for number, (amount, medium) in enumerate([("100.00", "electronic"), ("50.00", "paper")]):
        order = story.order(amount, f"2026-03-01 1{number}:00")
        asked = story.ask(
            f"2026-03-02 1{number}:00", method="order", sources=(order.number,), medium=medium
        )
        invoice = story.issue(asked, f"2026-03-02 1{number}:30").invoices.get()
        request = requests.request_credit(
            invoice=invoice,
            reason="sales_return",
            amount=yuan("30.00"),
            actor=story.user,
            at=at(f"2026-03-03 1{number}:00"),
            idempotency_key=f"C{number}",
        )
        if medium == "electronic":
            requests.approve_credit(
                request=request, reviewer=None, at=at(f"2026-03-03 1{number}:30")
            )
    return story


def test_untouched_credits_pass(credits_too):
    assert [found for found in run_audit() if found.rows] == []


@pytest.mark.parametrize("sentence", CREDIT_CORRUPTION)
def test_a_planted_corruption_of_credits_is_found(credits_too, sentence):  # I12, I16
    _plant(CREDIT_CORRUPTION[sentence])
    broken = {result.name: result.rows for result in run_audit() if result.rows}
    assert any(name.startswith(sentence) for name in broken), f"only found: {list(broken)}"


def _plant(sql):
    with unguarded() as cursor:
        cursor.execute(sql)


def test_untouched_books_pass(books, capsys):
    call_command("audit")
    assert "invariants hold" in capsys.readouterr().out


@pytest.mark.parametrize("sentence", CORRUPTION)
def test_a_planted_corruption_is_found(books, sentence):  # I01, I04 to I06, I10, I11, I13, I14, I16
    _plant(CORRUPTION[sentence])
    broken = {result.name: result.rows for result in run_audit() if result.rows}
    found = [name for name in broken if name.startswith(sentence)]
    assert found, f"only found: {list(broken)}"
    assert all(broken[found[0]])


def test_an_uploaded_file_without_its_content_is_found(books):  # I20
    file = keep(books)
    default_storage.delete(path_of(file.sha256))
    (broken,) = [result for result in run_audit() if result.rows]
    assert broken.name == "every uploaded file has its content"
    assert broken.rows == (f"file {file.pk}, customer {books.customer.pk}",)


def test_an_uploaded_file_of_another_customer_is_found(books):  # I20
    request = CertificationRequest.objects.create(
        customer=books.customer, change="name", kind="enterprise", name="Acme Group Ltd",
        idempotency_key="K", submitted_at=at("2026-03-04 09:00"),
    )  # fmt: skip
    request.documents.add(keep(make_story()))
    (broken,) = [result for result in run_audit() if result.rows]
    assert broken.name.startswith("an uploaded file belongs to the customer")
    assert "attached_to certification" in broken.rows[0]


def keep(story):
    return keep_upload(
        customer=story.customer, name="licence.pdf", content=PDF, by=None, at=at("2026-03-04 09:00")
    )


def test_a_guard_that_was_switched_off_is_found(books):  # I21
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER append_only")
    (broken,) = [result for result in run_audit() if result.rows]
    assert broken.name.startswith("all guards are in place")


def test_the_command_names_the_rows_and_fails(books, capsys):  # R59
    _plant("UPDATE ledger_ledgeraccount SET balance = balance + 1 WHERE bucket = 'cash'")
    with pytest.raises(CommandError, match="invariants are broken"):
        call_command("audit")
    out = capsys.readouterr().out
    assert "BROKEN  a balance is the sum of its entries" in out
    assert "bucket cash" in out
