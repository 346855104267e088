"""When a consumption becomes invoiceable, to the second, and what it waits for (C01 to C03, C27).

One named function per habit, looked up by the policy's key. Days are days of the customer's time zone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from finance_console.kernel.calendar import first_day, local_time, month_of, next_day, next_month
from invoicing.domain.profiles.policy import Policy

Reason = Literal[
    "resource_pending",
    "bill_not_generated",
    "not_yet_available",
    "marketplace_wait",
    "not_eligible",
    "credit_not_repaid",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What is known about one paid consumption. Moments are aware; `paid_at` of a bill is its settlement.

    `excluded`: what was sold cannot be invoiced here at all, such as some transactions of domains (A57).
    """

    mode: Literal["prepaid", "postpaid"]
    paid_at: datetime
    delivered_at: datetime | None = None
    generated_at: datetime | None = None
    marketplace: bool = False
    excluded: bool = False
    tz: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Invoiceable from `at` (inclusive); `reason` says why not before, or why not at all when `at` is None."""

    at: datetime | None
    reason: Reason


def availability(policy: Policy, fact: Fact) -> Availability:
    """Judge `fact` under `policy`. Asked again when something changes (delivered, bill generated)."""
    if fact.excluded:
        return Availability(at=None, reason="not_eligible")
    refusal = ELIGIBLE[policy.eligible](policy, fact)
    if refusal is not None:
        return refusal
    if fact.marketplace and policy.marketplace_wait_days is not None:
        return _marketplace_wait(policy.marketplace_wait_days, fact)
    if fact.mode == "prepaid":
        return PREPAID[policy.prepaid_trigger](policy, fact)
    return POSTPAID[policy.postpaid_strategy](policy, fact)


def provider_invoices(
    policy: Policy, *, self_operated: bool, sold_on: date, routed: bool = False
) -> bool:
    """Whether the provider of a marketplace product invoices it and answers questions about it (B12, K03).

    `sold_on` is local; the first day counts. Where a route (`routed`) says who sold it that day, that company is
    asked; without one the day itself decides.
    """
    first = policy.marketplace_provider_from
    return not self_operated and (routed or first is None or sold_on >= first)


def _any(policy: Policy, fact: Fact) -> Availability | None:
    """Everything counts (B30, A14)."""
    return None


def _subscription_after(policy: Policy, fact: Fact) -> Availability | None:
    """Only prepaid products delivered after the local day `eligible_after` (K08, SC-15)."""
    if fact.mode != "prepaid":
        return Availability(at=None, reason="not_eligible")
    if fact.delivered_at is None:
        return PENDING
    delivered_on = fact.delivered_at.astimezone(fact.tz).date()
    if policy.eligible_after is not None and delivered_on <= policy.eligible_after:
        return Availability(at=None, reason="not_eligible")
    return None


def _marketplace_wait(days: int, fact: Fact) -> Availability:
    """Exactly `days` times 24 hours after delivery; a bill counts as delivered when paid (B11, D10, SC-101)."""
    delivered_at = fact.delivered_at if fact.mode == "prepaid" else fact.paid_at
    if delivered_at is None:
        return PENDING
    waited = delivered_at.astimezone(UTC) + timedelta(days=days)
    return Availability(at=_later(waited, fact.paid_at), reason="marketplace_wait")


def _paid(policy: Policy, fact: Fact) -> Availability:
    """At payment (A17, SC-04)."""
    return Availability(at=fact.paid_at, reason="not_yet_available")


def _paid_and_delivered(policy: Policy, fact: Fact) -> Availability:
    """At payment or at delivery, whichever is later (B04, SC-02)."""
    if fact.delivered_at is None:
        return PENDING
    return Availability(at=_later(fact.paid_at, fact.delivered_at), reason="resource_pending")


def _statement(policy: Policy, fact: Fact) -> Availability:
    """The day after the statement of the month of payment, and not before delivery (K01, K05, D09, SC-13)."""
    if fact.delivered_at is None:
        return PENDING
    if fact.generated_at is not None:
        day = next_day(fact.generated_at, fact.tz)
    else:
        day = _after_bill_day(policy, next_month(month_of(fact.paid_at, fact.tz)))
    at = _later(local_time(day, 0, fact.tz), fact.delivered_at)
    return Availability(at=at, reason="not_yet_available")


def _next_day(policy: Policy, fact: Fact) -> Availability:
    """At `postpaid_hour` of the day after payment (B05, B07, SC-07)."""
    at = local_time(next_day(fact.paid_at, fact.tz), policy.postpaid_hour, fact.tz)
    return Availability(at=at, reason="not_yet_available")


def _bill_settled(policy: Policy, fact: Fact) -> Availability:
    """When the bill, which exists by then, is settled in full (A16, D08, SC-11)."""
    return Availability(at=fact.paid_at, reason="not_yet_available")


def _statement_after(policy: Policy, fact: Fact) -> Availability:
    """At 00:00 of the day after the bill was generated, and not before it is paid (K05, D09)."""
    if fact.generated_at is None:
        return Availability(at=None, reason="bill_not_generated")
    opened = local_time(next_day(fact.generated_at, fact.tz), 0, fact.tz)
    return Availability(at=_later(opened, fact.paid_at), reason="not_yet_available")


def _after_bill_day(policy: Policy, month: str) -> date:
    return first_day(month) + timedelta(days=policy.bill_day)


def _later(first: datetime, other: datetime) -> datetime:
    """The later moment, compared in UTC: two local times of one zone would be compared by the clock on the wall."""
    return max(first, other, key=lambda moment: moment.astimezone(UTC))


PENDING = Availability(at=None, reason="resource_pending")

Strategy = Callable[[Policy, Fact], Availability]
PREPAID: Mapping[str, Strategy] = {
    "paid": _paid,
    "paid_and_delivered": _paid_and_delivered,
    "statement": _statement,
}
POSTPAID: Mapping[str, Strategy] = {
    "next_day": _next_day,
    "bill_settled": _bill_settled,
    "statement_after": _statement_after,
}
ELIGIBLE: Mapping[str, Callable[[Policy, Fact], Availability | None]] = {
    "all": _any,
    "subscription_after": _subscription_after,
}
