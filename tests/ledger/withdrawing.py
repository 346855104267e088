"""Asking for cash back, deciding on it, and who does."""

from django.contrib.auth.models import Permission

from accounts.models import User
from ledger.services.payouts.withdrawing import (
    pay_withdrawal,
    request_withdrawal,
    review_withdrawal,
)
from tests.builders import at, make_story, make_user, yuan

NOON = at("2026-03-02 12:00")


def make_cashier(name="cashier"):
    user = make_user(name, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["change_withdrawal", "change_hold"])
    )
    return User.objects.get(pk=user.pk)


def ask(story, amount="120.00", key="W1", when=NOON, **fields):
    return request_withdrawal(
        customer=story.customer,
        amount=yuan(amount),
        idempotency_key=key,
        by=fields.pop("by", story.user),
        at=when,
        **fields,
    )


def review(withdrawal, by):
    return review_withdrawal(withdrawal=withdrawal, by=by, at=NOON)


def pay(withdrawal, by, reference="BANK-1"):
    return pay_withdrawal(withdrawal=withdrawal, bank_reference=reference, by=by, at=NOON)


def two_recharges():
    """A customer with 100.00 and, a day later, 50.00."""
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    story.recharge("50.00", "2026-03-02 09:00")
    return story
