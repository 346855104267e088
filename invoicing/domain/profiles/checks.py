"""What makes no sense in a profile although every value has the right type."""

from collections.abc import Callable, Mapping

from finance_console.kernel.errors import DomainError
from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy
from invoicing.domain.remarks import PARTS

RANGES: Mapping[str, tuple[int, int]] = {
    "postpaid_hour": (0, 23),
    "bill_day": (1, 28),
    "overdue_days": (1, 365),
    "max_requests_per_month": (1, 1),
    "auto_review_minutes": (0, 1440),
    "auto_review_promise_minutes": (0, 1440),
    "review_days": (0, 60),
    "issue_after_minutes": (0, 1440),
    "issue_target_minutes": (1, 10_000),
    "issue_breach_hours": (1, 1000),
    "issue_breach_days": (1, 365),
    "paper_issue_days": (1, 365),
    "paper_ship_days": (0, 365),
    "credit_promise_minutes": (1, 10_000),
    "credit_days": (1, 365),
    "marketplace_wait_days": (0, 365),
    "marketplace_issue_days": (1, 365),
    "auto_invoice_day": (1, 28),
}
"""Least and most, both inclusive; every month has the days up to 28."""

FUNDS = {"voucher", "coupon", "rebate", "gift", "cash"}
LONGEST_LABEL = 40


def check(policy: Policy) -> None:
    """Raises `profile_value` with the key and what is wrong with it."""
    for key, (least, most) in RANGES.items():
        value = getattr(policy, key)
        if value is not None and not least <= value <= most:
            raise DomainError("profile_range", key=key, least=least, most=most)
    for key, wrong, problem in RULES:
        if wrong(policy):
            raise DomainError("profile_value", key=key, problem=problem)


def _reviewed_in_order(policy: Policy) -> bool:
    days = policy.title_review_days
    return days is None or 1 <= days[0] <= days[1] <= 60


def _run_before_the_bill(policy: Policy) -> bool:
    day = policy.auto_invoice_day
    return day is not None and policy.settlement == "monthly" and day < policy.bill_day


RULES: tuple[tuple[str, Callable[[Policy], bool], str], ...] = (
    ("methods", lambda p: not p.methods, _("there must be a way to ask for invoices")),
    ("media", lambda p: not p.media["general"], _("general invoices need a medium")),
    (
        "spending_order",
        lambda p: len(p.spending_order) != len(FUNDS) or set(p.spending_order) != FUNDS,
        _("every fund must be named exactly once"),
    ),
    (
        "invoiceable_funds",
        lambda p: p.invoiceable_funds != {"cash"},
        _("only cash can be invoiced, under every profile"),
    ),
    (
        "title_review_days",
        lambda p: not _reviewed_in_order(p),
        _("the second number must not be smaller than the first"),
    ),
    (
        "title_review_days",
        lambda p: p.individual_title == "after_approval" and p.title_review_days is None,
        _("a title that needs approval needs a promise of days"),
    ),
    ("auto_invoice_day", _run_before_the_bill, _("it must not come before the day of the bill")),
    (
        "default_remarks",
        lambda p: not set(p.default_remarks) <= set(PARTS),
        _("only what a title has can be printed"),
    ),
    (
        "labels",
        lambda p: not all(0 < len(word.strip()) <= LONGEST_LABEL for word in p.labels.values()),
        _("every status needs a word that is not too long"),
    ),
)
"""Key, what would be wrong with it, and how that is said."""
