"""What can be used once is used once, by however many customers and sessions at the same moment.

Each has two guards: the service, under a lock of one table, and the database. Each test plays the race with both, with
the database alone, and (the negative control) with neither.
"""

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from accounts.models import User
from ledger.models import (
    ActivationCode,
    PaymentEvent,
    Recharge,
    Transfer,
    Withdrawal,
)
from ledger.services.bank import deciding
from ledger.services.funds import redeeming
from ledger.services.payouts import withdrawing
from tests import locking
from tests.builders import at, make_story, make_user, yuan
from tests.ledger import banking, paying
from tests.ledger.waiting import at_once, unkept
from tests.ledger.withdrawing import ask, make_cashier, pay, review

pytestmark = pytest.mark.django_db(transaction=True)
NOON = at("2026-03-02 12:00")
MANY = 8


def stories(count=MANY):
    return [make_story() for _ in range(count)]


class TestCode:
    """One activation code, eight customers."""

    def race(self):
        cache.clear()
        controller = make_user("controller", is_staff=True)
        controller.user_permissions.add(Permission.objects.get(codename="control_books"))
        terms = {"fund": "voucher", "amount": yuan("20.00"), "valid_until": at("2026-03-31 00:00")}
        (code,) = redeeming.create_codes(
            count=1, by=User.objects.get(pk=controller.pk), at=NOON, **terms
        )
        works = [
            lambda own=story.customer: redeeming.redeem(customer=own, code=code, at=NOON)
            for story in stories()
        ]
        outcomes = at_once(*works, waiting_for=ActivationCode.objects.get())
        return outcomes, Transfer.objects.filter(kind="grant").count()

    def test_pays_one_of_them(self):
        assert self.race() == (["code_unknown"] * 7 + ["done"], 1)

    def test_the_database_alone_lets_it_pay_one(self, monkeypatch):
        monkeypatch.setattr(redeeming, "_locked", joined)
        with locking.unwatched():
            assert self.race() == (["IntegrityError"] * 7 + ["done"], 1)

    def test_without_guard_it_pays_all(self, monkeypatch):
        monkeypatch.setattr(redeeming, "_locked", joined)
        guards = {"ledger_activationcode": "set_once"}
        with (
            locking.unwatched(),
            unkept(triggers=guards, indexes=("transfer_code_once",)),
        ):
            assert self.race() == (["done"] * MANY, MANY)


def joined(written, currency):
    """The query as it must not be: what it joined is as it was before the wait."""
    codes = ActivationCode.objects.select_for_update(no_key=True, of=("self",))
    return codes.select_related("lot").filter(currency=currency).first()


class TestBankLine:
    """One line of a statement, matched to eight customers by eight desks."""

    def race(self):
        from tests import bank_files as files

        banking.run(files.csv_file(files.csv_line("B-1", "10")))
        clerk = banking.desk_person()
        works = [
            lambda own=story.customer: deciding.match_line(
                line=banking.line(), customer=own, by=clerk, at=at("2026-03-20 12:00")
            )
            for story in stories()
        ]
        return at_once(*works, waiting_for=banking.line()), Recharge.objects.count()

    def test_is_the_recharge_of_one(self):
        assert self.race() == (["done"] + ["wrong_state"] * 7, 1)

    def test_the_database_alone_lets_it_be_of_one(self, monkeypatch):
        monkeypatch.setattr(deciding, "lock_line", lambda line: line)
        assert self.race() == (["IntegrityError"] * 7 + ["done"], 1)

    def test_without_guard_it_is_of_all(self, monkeypatch):
        monkeypatch.setattr(deciding, "lock_line", lambda line: line)
        with unkept(triggers={"ledger_bankline": "set_once"}):
            assert self.race() == (["done"] * MANY, MANY)


class TestBankReference:
    """One payment of the bank, eight withdrawals of eight customers."""

    def race(self):
        cashier, asked = make_cashier(), []
        for story in stories():
            story.recharge("120.00", "2026-03-01 09:00")
            asked.append(review(ask(story), cashier))
        works = [lambda row=row: pay(row, cashier, "BANK-1") for row in asked]
        return at_once(*works), Withdrawal.objects.filter(status="paid").count()

    def test_pays_one_of_them(self):
        assert self.race() == (["bank_reference_used"] * 7 + ["done"], 1)

    def test_the_database_alone_lets_it_pay_one(self, monkeypatch):
        monkeypatch.setattr(withdrawing, "_require_unused", lambda *_: None)
        assert self.race() == (["IntegrityError"] * 7 + ["done"], 1)

    def test_without_guard_it_pays_all(self, monkeypatch):
        monkeypatch.setattr(withdrawing, "_require_unused", lambda *_: None)
        with unkept(indexes=("withdrawal_bank_reference_once",)):
            assert self.race() == (["done"] * MANY, MANY)


class TestEvent:
    """One event of a payment channel, said of eight payments of eight customers, or of one eight times."""

    def race(self, owners):
        payments = [paying.start(owner, key=f"K{n}") for n, owner in enumerate(owners)]
        works = [lambda paid=paid: paying.call(paid, event="E1") for paid in payments]
        return at_once(*works), Recharge.objects.count(), PaymentEvent.objects.count()

    def test_pays_one_of_them(self):
        assert self.race(stories()) == (["BadCallback"] * 7 + ["done"], 1, 1)

    def test_pays_one_payment_once_however_often_it_is_said(self):
        payment = paying.start(make_story())
        works = [lambda: paying.call(payment, event="E1")] * MANY
        assert at_once(*works) == ["done"] * MANY
        assert (Recharge.objects.count(), PaymentEvent.objects.count()) == (1, 1)

    def test_without_guard_it_pays_all(self, monkeypatch):
        with unkept(indexes=("payment_event_once",)):
            monkeypatch.setattr(PaymentEvent.objects, "get_or_create", always_new)
            assert self.race(stories()) == (["done"] * MANY, MANY, MANY)


def always_new(*, defaults, **named):
    return PaymentEvent.objects.create(**named, **defaults), True
