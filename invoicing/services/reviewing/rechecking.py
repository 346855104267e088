"""What a new certification means for applications that still wait for review (SC-25)."""

from accounts.models import CustomerAccount
from accounts.queries.workdays import calendar_after
from accounts.services.requests.certifying import in_force
from invoicing.domain import profiles, review
from invoicing.domain.title_rules import title_matches
from invoicing.models import InvoiceApplication


def recheck_pending(*, customer: CustomerAccount) -> None:
    """Applications whose title was the certified name and no longer is wait for a person.

    Their review is due as if it had been so from the start. The customer is locked by the caller.
    """
    certified = in_force(customer)
    pending = InvoiceApplication.objects.select_for_update(no_key=True, of=("self",)).filter(
        customer=customer,
        status=InvoiceApplication.Status.PENDING_APPROVAL,
        title_matches=True,
    )
    for application in pending.order_by("pk"):
        if certified and title_matches(certified.name, application.buyer["name"]):
            continue
        policy = profiles.get(application.profile, application.profile_version)
        at, tz = application.submitted_at, customer.tz
        wishes = application.auto_review_at is None  # a person looks already
        application.title_matches = False
        application.auto_review_at = review.auto_review_at(policy, False, at, wishes=wishes)
        application.review_due_at = review.review_due_at(
            policy, False, at, calendar_after(at, tz), tz, wishes=wishes
        )
        application.save(update_fields=["title_matches", "auto_review_at", "review_due_at"])
