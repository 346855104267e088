"""A service that is cut off after any of its statements leaves the state exactly before or after (R11)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from invoicing.models import InvoiceApplication
from invoicing.services.auto import settings
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from ledger.models import Order
from ledger.services.bills import generating
from ledger.services.orders import changing, paying, refunding
from ledger.services.recharges import receiving
from tests.builders import Story, at, make_reviewer, make_story, yuan
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db
NOON = at("2026-04-05 12:00")


class CutError(BaseException):
    """Stands for a killed process: nothing after it runs, the connection is lost."""


def _cut_at(statement: int) -> Callable[..., Any]:
    count = 0

    def execute(run, sql, params, many, context):
        nonlocal count
        count += 1
        result = run(sql, params, many, context)
        if count == statement:
            raise CutError
        return result

    return execute


def _story() -> Story:
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("coupon", "5.00", "2026-03-01 09:00")
    story.order("300.00", "2026-03-02 10:00")
    story.use("12.345", "2026-03-03 10:00")
    return story


def _application(story: Story) -> InvoiceApplication:
    return story.ask("2026-04-04 12:00", amount="200.00")


def _approved(story: Story) -> InvoiceApplication:
    return deciding.approve(application=_application(story), reviewer=None, at=NOON)


def _recharge(story: Story) -> Callable[[], object]:
    story.bill("5000.00", "2026-04-04 10:00")
    return lambda: receiving.record_recharge(
        customer=story.customer,
        amount=yuan("9000.00"),
        channel="online",
        reference="cut",
        at=NOON,
    )


def _pay(story: Story) -> Callable[[], object]:
    return lambda: paying.pay_order(
        number="CUT",
        customer=story.customer,
        amount=yuan("60.00"),
        tax_category=story.key,
        at=NOON,
    )


def _fail(story: Story) -> Callable[[], object]:
    placed = story.order("10.00", "2026-04-04 10:00", delivered=False)
    return lambda: paying.fail_delivery(order=placed, at=NOON)


def _refund(story: Story) -> Callable[[], object]:
    charge = story.order("10.00", "2026-04-04 10:00").charge
    return lambda: refunding.refund_charge(
        charge=charge, amount=yuan("4.00"), reason="refund", reference="cut", at=NOON
    )


def _termed(story: Story) -> Order:
    placed = paying.pay_order(
        number="TERM",
        customer=story.customer,
        amount=yuan("30.00"),
        tax_category=story.key,
        starts_on=date(2026, 4, 1),
        ends_on=date(2026, 4, 30),
        at=at("2026-04-01 10:00"),
    )
    return paying.deliver_order(order=placed, at=at("2026-04-01 10:00"))


def _renew(story: Story) -> Callable[[], object]:
    placed = _termed(story)
    return lambda: changing.renew(
        order=placed, number="CUT", amount=yuan("30.00"), ends_on=date(2026, 5, 31), at=NOON
    )


def _unsubscribe(story: Story) -> Callable[[], object]:
    placed = _termed(story)
    return lambda: changing.unsubscribe(order=placed, at=NOON)


def _close(story: Story) -> Callable[[], object]:
    return lambda: generating.close_months(at=NOON)


def _submit(story: Story) -> Callable[[], object]:
    return lambda: story.ask("2026-04-05 12:00", key="cut", amount="200.00")


def _reject(story: Story) -> Callable[[], object]:
    application, reviewer = _application(story), make_reviewer()
    return lambda: deciding.reject(application=application, reviewer=reviewer, reason="no", at=NOON)


def _issue(story: Story) -> Callable[[], object]:
    application = _approved(story)
    return lambda: invoices.issue_application(application=application, at=NOON)


def _auto(story: Story) -> Callable[[], object]:
    settings.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-01 12:00"),
    )
    return lambda: settings.run_due(at=NOON)


ACTS = {
    "recharge": _recharge,
    "pay an order": _pay,
    "fail a delivery": _fail,
    "refund": _refund,
    "renew": _renew,
    "unsubscribe": _unsubscribe,
    "close the month": _close,
    "submit": _submit,
    "reject": _reject,
    "issue": _issue,
    "auto-invoice": _auto,
}


@pytest.mark.parametrize("name", ACTS)
def test_cut_after_any_statement_nothing_happened_and_the_retry_succeeds(name):  # R05, R19
    act = ACTS[name](_story())
    before = fingerprint()
    statement = 1
    while _is_cut(act, statement):
        assert fingerprint() == before, f"half done after statement {statement}"
        statement += 1
    assert statement > 5
    assert fingerprint() != before


def _is_cut(act: Callable[[], object], statement: int) -> bool:
    try:
        with transaction.atomic(), connection.execute_wrapper(_cut_at(statement)):
            act()
    except CutError:
        return True
    return False
