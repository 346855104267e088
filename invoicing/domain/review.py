"""The clocks of an application: reviewed when, issued when, late when (C15 to C17, A47, SC-67 to SC-69).

`calendar` maps local dates to False (holiday) or True (make-up working day); moments are aware.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from finance_console.kernel.workdays import add_working_days
from invoicing.domain.profiles.policy import Policy

Calendar = Mapping[date, bool]

AUTOMATIC: Mapping[str, Callable[[bool], bool]] = {
    "auto": lambda title_matches: True,
    "auto_if_title_matches": lambda title_matches: title_matches,
    "manual": lambda title_matches: False,
}
"""Whether nobody needs to look, by review mode."""


def by_itself(policy: Policy, *, title_matches: bool, wishes: bool) -> bool:
    """Whether the review is automatic; `wishes`: words that only a person can answer stand in the remarks (A45)."""
    return AUTOMATIC[policy.review_mode](title_matches) and not wishes


def auto_review_at(
    policy: Policy,
    title_matches: bool,  # noqa: FBT001
    submitted_at: datetime,
    *,
    wishes: bool = False,
) -> datetime | None:
    """When the application approves itself, inside the promised time (B42); None: a reviewer decides."""
    if not by_itself(policy, title_matches=title_matches, wishes=wishes):
        return None
    return _after_minutes(submitted_at, policy.auto_review_minutes)


def review_due_at(
    policy: Policy,
    title_matches: bool,  # noqa: FBT001
    submitted_at: datetime,
    calendar: Calendar,
    tz: ZoneInfo,
    *,
    wishes: bool = False,
) -> datetime:
    """When the review is promised: minutes if automatic (B42), else working days (B43, SC-68)."""
    if by_itself(policy, title_matches=title_matches, wishes=wishes):
        return _after_minutes(submitted_at, policy.auto_review_promise_minutes)
    return add_working_days(submitted_at, policy.review_days, tz, calendar)


def issue_at(policy: Policy, medium: str, approved_at: datetime) -> datetime:
    """When the desk issues it, electronic and paper alike; well inside the target (B59)."""
    return _after_minutes(approved_at, policy.issue_after_minutes)


def issue_target_at(
    policy: Policy,
    medium: str,
    approved_at: datetime,
    *,
    marketplace: bool = False,
) -> datetime | None:
    """When an electronic invoice is expected (B59), as shown to the customer; None without such a promise.

    What a marketplace provider has to issue takes its own time (A47), so minutes are not promised.
    """
    if _by_provider(policy, marketplace) or medium != "electronic":
        return None
    if policy.issue_target_minutes is None:
        return None
    return _after_minutes(approved_at, policy.issue_target_minutes)


def issue_breach_at(
    policy: Policy,
    medium: str,
    *,
    submitted_at: datetime,
    approved_at: datetime,
    calendar: Calendar,
    tz: ZoneInfo,
    marketplace: bool = False,
) -> datetime | None:
    """After this moment the invoice is late; None without such a promise.

    Electronic: hours or working days after approval (B44, A01). Paper: working days after submission, because the
    promise covers review and issue together (B45, K13, SC-69). `marketplace`: something of it was sold by a
    marketplace provider, which has working days of its own from submission (A47, SC-102); the later one counts.
    """
    own = _own_breach_at(policy, medium, submitted_at, approved_at, calendar, tz)
    if not _by_provider(policy, marketplace):
        return own
    assert policy.marketplace_issue_days is not None
    theirs = add_working_days(submitted_at, policy.marketplace_issue_days, tz, calendar)
    return theirs if own is None else max(own, theirs)


def _by_provider(policy: Policy, marketplace: bool) -> bool:  # noqa: FBT001
    return marketplace and policy.marketplace_issue_days is not None


def _own_breach_at(
    policy: Policy,
    medium: str,
    submitted_at: datetime,
    approved_at: datetime,
    calendar: Calendar,
    tz: ZoneInfo,
) -> datetime | None:
    if medium == "paper":
        days = policy.paper_issue_days
        return None if days is None else add_working_days(submitted_at, days, tz, calendar)
    if policy.issue_breach_hours is not None:
        return _after_minutes(approved_at, policy.issue_breach_hours * 60)
    if policy.issue_breach_days is not None:
        return add_working_days(approved_at, policy.issue_breach_days, tz, calendar)
    return None


def ship_due_at(
    policy: Policy, *, submitted_at: datetime, issued_at: datetime, calendar: Calendar, tz: ZoneInfo
) -> datetime | None:
    """When a paper invoice must be on its way (B45, K13, SC-69); None where nothing ships."""
    if policy.paper_ship_days is None:
        return None
    start = issued_at if policy.paper_ship_from == "issued" else submitted_at
    if policy.paper_ship_count == "working":
        return add_working_days(start, policy.paper_ship_days, tz, calendar)
    local = start.astimezone(tz)
    return local + timedelta(days=policy.paper_ship_days)


def _after_minutes(start: datetime, minutes: int) -> datetime:
    """Exact minutes later, in the time zone of `start` (across a clock change too)."""
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
