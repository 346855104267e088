"""Online payments started, and the channel's signed calls about them."""

from django.conf import settings

from ledger.channels.base import PAID
from ledger.channels.sandbox import Sandbox
from ledger.models import Payment
from ledger.queries.balances import fund_balances
from ledger.services.recharges import online
from tests.builders import at, yuan

NOON = "2026-03-20 12:00"


def start(story, amount="100.00", key="K1", when=NOON) -> Payment:
    return online.start_payment(
        customer=story.customer, amount=yuan(amount), channel="sandbox", key=key, at=at(when)
    )


def signed(payment, outcome=PAID, event="E1", when=NOON, secret=None):
    channel = Sandbox(secret or settings.PAYMENT_SANDBOX_SECRET)
    return channel.call(event_id=event, payment=payment, outcome=outcome, at=at(when))


def call(payment, outcome=PAID, event="E1", when=NOON, at_=None):
    headers, body = signed(payment, outcome, event, when)
    return online.take_callback(channel="sandbox", headers=headers, body=body, at=at_ or at(when))


def cash(story):
    return fund_balances(story.customer)["cash"]
