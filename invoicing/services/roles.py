"""Who may do what with applications and invoices: members of the customer, reviewers, who ships."""

from accounts.models import Membership, User
from invoicing.models import InvoiceApplication

REVIEW = "invoicing.review_application"


def is_member(application: InvoiceApplication, actor: User | None) -> bool:
    """Whether the actor acts for the customer with the right to change things.

    Read through the actor, so that a list of applications asks once when they are prefetched.
    """
    if actor is None:
        return False
    wanted = (application.customer_id, Membership.Role.FINANCE)
    return any((row.customer_id, row.role) == wanted for row in actor.memberships.all())
