"""What holds the rest up."""

import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from invoicing.models import Invoice, InvoiceableItem, InvoiceApplication
from invoicing.services.asking import applying
from ledger.models import Entry, Transfer
from tests.builders import at, make_story, yuan


def two_submits(story, number):
    """Two concurrent requests for the same order; what each got, and the barrier they met at."""
    outcomes = []
    start = threading.Barrier(2)

    def tab(key):
        try:
            start.wait(10)
            story.ask("2026-03-02 10:00", key=key, method="order", sources=(number,))
            outcomes.append("accepted")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        except DatabaseError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=(f"tab-{n}",)) for n in range(2)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join(30)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_sc_114_two_tabs_and_one_order():  # R01, R12
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    assert two_submits(story, number) == ["accepted", "insufficient_invoiceable"]
    assert InvoiceApplication.objects.get().total.amount == yuan("1000.00")
    item = InvoiceableItem.objects.get()
    assert (item.reserved, item.net) == (yuan("1000.00"), yuan("0.00"))
    assert [result for result in run_audit() if result.rows] == []


@pytest.mark.django_db(transaction=True)
def test_sc_114_without_the_customer_lock_both_tabs_see_the_order_open(monkeypatch):
    """The negative control: the race is real, and only the database's own promise is left."""
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    planned, plan = threading.Barrier(2), applying.preview

    def both_plan_first(**wish):
        seen = plan(**wish)
        planned.wait(10)  # with the lock the second tab would still wait for the first
        return seen

    monkeypatch.setattr(applying, "lock_customers", lambda ids: {story.customer.pk: story.customer})
    monkeypatch.setattr(applying, "preview", both_plan_first)
    outcomes = two_submits(story, number)
    assert "insufficient_invoiceable" not in outcomes  # nobody was told in words
    assert outcomes == ["IntegrityError", "accepted"]  # the check constraint had to stop it


@pytest.mark.django_db
def test_sc_116_the_database_refuses_to_change_what_is_posted_or_issued():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    application = story.issue(story.ask("2026-03-01 11:00", amount="60.00"), "2026-03-01 11:30")
    invoices = Invoice.objects.filter(application=application)
    changes = [
        lambda: Entry.objects.update(amount=1),
        lambda: Transfer.objects.update(effective_at=at("2026-01-01 00:00")),
        lambda: Entry.objects.all()._raw_delete("default"),
        lambda: invoices.update(why="cap"),
        lambda: invoices.update(gross=yuan("1.00"), net=yuan("1.00"), tax=yuan("0.00")),
        lambda: invoices._raw_delete("default"),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert invoices.get().gross.amount == yuan("60.00")


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
@pytest.mark.parametrize("seed", [1, 2])
def test_sc_115_the_master_invariant_holds_after_every_step(stage, profile, seed):
    """Random business of one account: after each step every check of the audit holds (C33)."""
    dice = random.Random(seed)
    story = stage(profile, start="2026-03-01 09:00")
    story.recharge("100000.00")
    orders, asked = [], []
    accepted = 0
    for step in range(40):
        when = story.story.now + timedelta(minutes=dice.choice([0, 1, 30, 600]))
        amount = f"{dice.randint(1, 90000) / 100:.2f}"
        verb = dice.choice(
            ["order", "order", "bill", "refund", "apply", "apply", "cancel", "issue", "offset"]
        )
        fields = {
            "order": {
                "ref": f"O{step}",
                "account": "acme",
                "tax_key": dice.choice(["S6", "T6", "H13"]),
                "amount": amount,
            },
            "bill": {"ref": f"B{step}", "account": "acme", "tax_key": "S6", "amount": amount},
            "refund": {"order": dice.choice(orders or ["none"]), "amount": amount},
            "apply": {"ref": f"A{step}", "account": "acme", "method": "amount", "amount": amount},
            "cancel": {"application": dice.choice(asked or ["none"])},
            "issue": {
                "application": dice.choice(asked or ["none"]),
                "refuse": dice.choice([[], [1]]),
            },
            "offset": {"account": "acme"},
        }[verb]
        if "none" in fields.values():
            continue
        answer = story.line("do", verb, when.isoformat(), **fields)
        accepted += "ok" in answer
        if "ok" in answer and verb in ("order", "apply"):
            (orders if verb == "order" else asked).append(fields["ref"])
        story.clean()
        rows = story.ask("items", account="acme")["items"]
        assert all(Decimal(row["open"]) >= 0 for row in rows)
        assert all(
            Decimal(row["open"]) <= Decimal(row["cash"]) - Decimal(row["refunded"]) for row in rows
        )
        found = story.ask("invoiceable", account="acme")
        explained = sum(Decimal(row["amount"]) for row in found["explanation"])
        assert explained == Decimal(found["open"]) - Decimal(found["deficit"])
    assert accepted > 20
