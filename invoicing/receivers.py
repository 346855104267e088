"""What invoicing does when the ledger tells: items, deficits. Inside the ledger's transaction."""

from datetime import datetime
from typing import Any

from accounts.services.customers.locking import lock_customers
from accounts.signals import certification_changed
from invoicing.models import AutoInvoicing
from invoicing.services.auto import pausing
from invoicing.services.deficits import holding, offsetting, telling
from invoicing.services.items import recording
from invoicing.services.reviewing import giving_way, rechecking
from invoicing.services.titles import keeping
from ledger import signals


def connect() -> None:
    """Listen to the ledger and to accounts."""
    signals.charge_recorded.connect(_charges_recorded, dispatch_uid="items")
    signals.charge_delivered.connect(_charges_delivered, dispatch_uid="items")
    signals.charge_refunded.connect(_charges_refunded, dispatch_uid="items")
    signals.charge_credit_changed.connect(_credit_changed, dispatch_uid="items")
    certification_changed.connect(_certified, dispatch_uid="titles")


def _charges_recorded(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(customer_ids=recording.add_items(charge_ids=charge_ids), at=at)


def _charges_delivered(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(
        customer_ids=recording.refresh_availability(charge_ids=charge_ids), at=at
    )


def _charges_refunded(refund_ids: list[int], at: datetime, **_: Any) -> None:
    customer_ids = recording.take_refunds(refund_ids=refund_ids)
    giving_way.cancel_what_clashes(refund_ids=refund_ids, at=at)
    recording.refresh_owed(refund_ids=refund_ids)
    offsetting.offset_eagerly(customer_ids=customer_ids, at=at)
    holding.follow_deficits(customer_ids=customer_ids, at=at)
    telling.tell_deficits(refund_ids=refund_ids, at=at)


def _credit_changed(charge_ids: list[int], at: datetime, **_: Any) -> None:
    offsetting.offset_eagerly(
        customer_ids=recording.refresh_availability(charge_ids=charge_ids), at=at
    )


def _certified(customer_ids: list[int], at: datetime, **_: Any) -> None:
    locked = lock_customers(customer_ids)
    reason = AutoInvoicing.PauseReason.CERTIFICATION
    pausing.pause(customer_ids=locked, reason=reason, at=at)
    for customer in locked.values():
        keeping.add_first_title(customer=customer, at=at)
        rechecking.recheck_pending(customer=customer)
