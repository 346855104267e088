"""What invoicing does when the ledger tells: items, deficits. Inside the ledger's transaction."""

from datetime import datetime
from typing import Any

from accounts.services import opening
from accounts.services.locking import lock_customers
from accounts.signals import certification_changed
from invoicing import policies
from invoicing.domain import profiles
from invoicing.models import AutoInvoicing
from invoicing.queries import certified_account
from invoicing.services import (
    auto_invoicing,
    holding,
    items,
    offsetting,
    rechecking,
    refund_clashes,
    titles,
)
from ledger import payout, signals
from ledger.habits import Habits, provide


def connect() -> None:
    """Listen to the ledger, and answer for the profiles it must not import."""
    signals.charge_recorded.connect(_charges_recorded, dispatch_uid="items")
    signals.charge_delivered.connect(_charges_delivered, dispatch_uid="items")
    signals.charge_refunded.connect(_charges_refunded, dispatch_uid="items")
    signals.charge_credit_changed.connect(_credit_changed, dispatch_uid="items")
    certification_changed.connect(_certified, dispatch_uid="titles")
    provide(_habits)
    profiles.load_with(policies.load)
    opening.number_versions_with(policies.version_in_force)
    payout.provide(certified_account)


def _habits(profile: str, version: int) -> Habits:
    policy = profiles.get(profile, version)
    return Habits(
        spending_order=policy.spending_order,
        bill_day=policy.bill_day,
        settlement=policy.settlement,
        overdue_days=policy.overdue_days,
        payer_invoices=policy.third_party_paid_right == "payer",
    )


def _charges_recorded(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(customer_ids=items.add_items(charge_ids=charge_ids), at=at)


def _charges_delivered(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(customer_ids=items.refresh_availability(charge_ids=charge_ids), at=at)


def _charges_refunded(refund_ids: list[int], at: datetime, **_: Any) -> None:
    customer_ids = items.take_refunds(refund_ids=refund_ids)
    refund_clashes.cancel_what_clashes(refund_ids=refund_ids, at=at)
    items.refresh_owed(refund_ids=refund_ids)
    offsetting.offset_eagerly(customer_ids=customer_ids, at=at)
    holding.follow_deficits(customer_ids=customer_ids, at=at)


def _credit_changed(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(customer_ids=items.refresh_availability(charge_ids=charge_ids), at=at)


def _certified(customer_ids: list[int], at: datetime, **_: Any) -> None:
    locked = lock_customers(customer_ids)
    reason = AutoInvoicing.PauseReason.CERTIFICATION
    auto_invoicing.pause(customer_ids=locked, reason=reason, at=at)
    for customer in locked.values():
        titles.add_first_title(customer=customer, at=at)
        rechecking.recheck_pending(customer=customer)
