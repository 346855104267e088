"""A service that is cut off after any of its statements leaves the state exactly before or after (R11)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from invoicing.models import InvoiceApplication
from invoicing.services import auto_invoicing, issuing, review
from ledger.models import Order
from ledger.services import billing, order, order_changes, recharge, refund
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
    return review.approve(application=_application(story), reviewer=None, at=NOON)


def _recharge(story: Story) -> Callable[[], object]:
    story.bill("5000.00", "2026-04-04 10:00")
    return lambda: recharge.record_recharge(
        customer=story.customer,
        amount=yuan("9000.00"),
        channel="online",
        reference="cut",
        at=NOON,
    )


def _pay(story: Story) -> Callable[[], object]:
    return lambda: order.pay_order(
        number="CUT",
        customer=story.customer,
        amount=yuan("60.00"),
        tax_category=story.key,
        at=NOON,
    )


def _fail(story: Story) -> Callable[[], object]:
    placed = story.order("10.00", "2026-04-04 10:00", delivered=False)
    return lambda: order.fail_delivery(order=placed, at=NOON)


def _refund(story: Story) -> Callable[[], object]:
    charge = story.order("10.00", "2026-04-04 10:00").charge
    return lambda: refund.refund_charge(
        charge=charge, amount=yuan("4.00"), reason="refund", reference="cut", at=NOON
    )


def _termed(story: Story) -> Order:
    placed = order.pay_order(
        number="TERM",
        customer=story.customer,
        amount=yuan("30.00"),
        tax_category=story.key,
        starts_on=date(2026, 4, 1),
        ends_on=date(2026, 4, 30),
        at=at("2026-04-01 10:00"),
    )
    return order.deliver_order(order=placed, at=at("2026-04-01 10:00"))


def _renew(story: Story) -> Callable[[], object]:
    placed = _termed(story)
    return lambda: order_changes.renew(
        order=placed, number="CUT", amount=yuan("30.00"), ends_on=date(2026, 5, 31), at=NOON
    )


def _unsubscribe(story: Story) -> Callable[[], object]:
    placed = _termed(story)
    return lambda: order_changes.unsubscribe(order=placed, at=NOON)


def _close(story: Story) -> Callable[[], object]:
    return lambda: billing.close_months(at=NOON)


def _submit(story: Story) -> Callable[[], object]:
    return lambda: story.ask("2026-04-05 12:00", key="cut", amount="200.00")


def _reject(story: Story) -> Callable[[], object]:
    application, reviewer = _application(story), make_reviewer()
    return lambda: review.reject(application=application, reviewer=reviewer, reason="no", at=NOON)


def _issue(story: Story) -> Callable[[], object]:
    application = _approved(story)
    return lambda: issuing.issue_application(application=application, at=NOON)


def _auto(story: Story) -> Callable[[], object]:
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-01 12:00"),
    )
    return lambda: auto_invoicing.run_due(at=NOON)


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
def test_cut_after_any_statement_nothing_happened_and_the_retry_succeeds(name):
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
