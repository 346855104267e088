"""Corruptions that the audit of the books names: funds, credit, codes, orders, usage and bills."""

from dataclasses import dataclass

import pytest

from finance_console.audit import run_audit
from ledger.models import UsageBatch
from ledger.services.bills import generating
from ledger.services.bills.credit_limits import set_credit_limit
from ledger.services.funds import redeeming
from ledger.services.orders import paying
from tests.builders import at, make_story, yuan
from tests.controllers import make_controller
from tests.unguarded import unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]


@pytest.fixture
def _story():
    """A redeemed code, an order that failed, one paid on credit, a month with credit and a usage file."""
    made, staff = make_story("alibaba"), make_controller()
    noon = at("2026-03-01 12:00")
    made.recharge("100.00", "2026-03-01 09:00")
    (code,) = redeeming.create_codes(
        count=1,
        fund="gift",
        amount=yuan("8.00"),
        valid_until=at("2026-04-01 00:00"),
        by=staff,
        at=noon,
    )
    redeeming.redeem(customer=made.customer, code=code, at=noon)
    paying.fail_delivery(order=made.order("30.00", "2026-03-01 13:00", delivered=False), at=noon)
    made.use("20.00", "2026-03-01 14:00")
    made.use("-2.00", "2026-03-01 14:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    set_credit_limit(customer=made.customer, limit=yuan("50.00"), by=staff, at=noon)
    made.order("120.00", "2026-04-03 10:00")
    UsageBatch.objects.create(
        customer=made.customer, name="u.csv", sha256="0", lines=0, total=0, currency="CNY", imported_at=noon
    )  # fmt: skip


@dataclass(frozen=True)
class Change:
    """`sql` alters rows; `without` is the constraint that would have stopped it."""

    sql: str
    without: tuple[str, str] | None = None


CODE = ("ledger_activationcode", "code_redeemed_has_lot")
CORRUPTION = {
    "an entry has the customer and currency": Change("UPDATE ledger_entry SET currency = 'USD' WHERE id = (SELECT min(id) FROM ledger_entry)"),
    "no balance is below its floor": Change("UPDATE ledger_ledgeraccount SET floor = NULL WHERE bucket = 'gift'"),
    "cash may go as far below zero": Change("UPDATE accounts_customeraccount SET credit_limit = credit_limit - 1"),
    "the lots of a fund sum": Change("UPDATE ledger_lot SET remaining = remaining + 1 WHERE fund = 'cash'"),
    "what a lot has left": Change("UPDATE ledger_lot SET amount = amount + 1 WHERE fund = 'cash'"),
    "no charge used more": Change("UPDATE ledger_lotuse SET amount = amount + 300 WHERE charge_id IS NOT NULL"),
    "a failed order got all": Change("UPDATE ledger_charge c SET refunded = 0 FROM ledger_order o WHERE o.id = c.order_id AND o.status = 'failed'"),
    "a line of a monthly or daily bill": Change("UPDATE ledger_billline SET exact = exact + 0.001, rounding = rounding - 0.001"),
    "usage is billed to its own": Change("UPDATE ledger_usagerecord SET period = '2026-01'"),
    "credit on a bill": Change("UPDATE ledger_billline SET credit = credit + 5, payable = payable - 5"),
    "a usage file has all": Change("UPDATE ledger_usagebatch SET lines = 1"),
    "while a customer owes credit": Change("UPDATE invoicing_invoiceableitem SET available_at = now()"),
}  # fmt: skip
CODES = [
    Change("UPDATE ledger_activationcode SET amount = amount + 1"),
    Change("UPDATE ledger_activationcode SET redeemed_at = NULL, lot_id = NULL"),
    Change("UPDATE ledger_activationcode SET lot_id = NULL", CODE),
    Change("UPDATE ledger_activationcode SET redeemed_at = NULL", CODE),
    Change(
        "UPDATE ledger_activationcode SET lot_id = (SELECT min(id) FROM ledger_lot WHERE fund = 'cash')"
    ),
]


def broken_by(change):
    with unguarded() as cursor:
        if change.without:
            cursor.execute("ALTER TABLE {} DROP CONSTRAINT {}".format(*change.without))
        cursor.execute(change.sql)
    return [result.name for result in run_audit() if result.rows]


@pytest.mark.usefixtures("_story")
def test_untouched_books_pass():
    assert [result.name for result in run_audit() if result.rows] == []


@pytest.mark.usefixtures("_story")
@pytest.mark.parametrize("sentence", CORRUPTION)
def test_a_planted_corruption_is_named(sentence):
    names = broken_by(CORRUPTION[sentence])
    assert [name for name in names if name.startswith(sentence)], names


@pytest.mark.usefixtures("_story")
@pytest.mark.parametrize("change", CODES, ids=range(len(CODES)))
def test_a_code_without_its_lot_and_a_lot_without_its_code_are_named(change):
    assert broken_by(change) == [
        "a redeemed code gave its fund and amount, and only a redeemed one gave anything"
    ]
