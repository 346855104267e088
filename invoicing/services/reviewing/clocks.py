"""By when an application is promised to be issued: the rules of `domain.review` on today's calendar."""

from dataclasses import dataclass
from datetime import datetime

from accounts.queries.workdays import calendar_after
from invoicing.domain import profiles, review
from invoicing.models import InvoiceableItem, InvoiceApplication


@dataclass(frozen=True, slots=True)
class IssueClock:
    """`target`: expected by; `breach`: late after. None: no such promise."""

    target: datetime | None
    breach: datetime | None

    @property
    def shown(self) -> datetime | None:
        """The moment that customers are told: the expectation, else the promise (C16)."""
        return self.target or self.breach


def issue_clock(application: InvoiceApplication, approved_at: datetime) -> IssueClock:
    """The clocks of an application that is (or would be) approved at `approved_at`. Two queries.

    Working days are those of the customer's time zone and of the calendar as it is now. Something
    of a marketplace provider in it takes the provider's time (A47, SC-102).
    """
    policy = profiles.get(application.profile, application.profile_version)
    tz, medium = application.customer.tz, application.medium
    claimed = InvoiceableItem.objects.filter(claims__line__invoice__application=application)
    marketplace = claimed.filter(marketplace=True).exists()
    breach = review.issue_breach_at(
        policy,
        medium,
        submitted_at=application.submitted_at,
        approved_at=approved_at,
        calendar=calendar_after(application.submitted_at, tz),
        tz=tz,
        marketplace=marketplace,
    )
    target = review.issue_target_at(policy, medium, approved_at, marketplace=marketplace)
    return IssueClock(target, breach)


def expected_issue(application: InvoiceApplication) -> datetime | None:
    """By when it will be issued, as far as that is promised: the stored moment once it is approved.

    Before, as if the review took all the time it may (the automatic review its own).
    """
    if application.decided_at is not None:
        return application.issue_target_at or application.issue_breach_at
    return issue_clock(application, application.review_due_at).shown
