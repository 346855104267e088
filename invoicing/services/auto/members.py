"""Setting auto-invoicing up for several member accounts at once (A54, SC-100)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Certification, CustomerAccount, RecipientEmail, User
from accounts.services.customers.locking import lock_customers, require_open
from accounts.services.customers.roles import require_member
from finance_console.kernel.errors import DomainError
from invoicing.domain import eligibility
from invoicing.models import AutoInvoicing, InvoiceTitle
from invoicing.queries.policies import policy_of
from invoicing.services.asking import members
from invoicing.services.auto.settings import check_offered, switch_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A member account: its saved titles and emails, how it is set up, and why it cannot be chosen."""

    customer: CustomerAccount
    certified_as: str
    settings: AutoInvoicing | None
    titles: Sequence[InvoiceTitle]
    emails: Sequence[str]
    refusal: DomainError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A member account with the title and the email that were chosen out of its saved ones."""

    customer_id: int
    title_id: int
    email: str


def candidates(manager: CustomerAccount, members: Sequence[CustomerAccount]) -> list[Candidate]:
    """What can be chosen for these members of `manager`. Four queries."""
    ids = [member.pk for member in members]
    newest = Certification.objects.filter(customer__in=ids).order_by("customer", "-version")
    kinds = dict(newest.distinct("customer").values_list("customer", "kind"))
    titles: dict[int, list[InvoiceTitle]] = defaultdict(list)
    emails: dict[int, list[str]] = defaultdict(list)
    for title in InvoiceTitle.objects.filter(customer__in=ids).order_by("-is_default", "pk"):
        titles[title.customer_id].append(title)
    for row in RecipientEmail.objects.filter(customer__in=ids).order_by("-is_default", "pk"):
        emails[row.customer_id].append(row.email)
    settings = {row.customer_id: row for row in AutoInvoicing.objects.filter(customer__in=ids)}
    return [
        Candidate(
            customer=member,
            certified_as=kinds.get(member.pk, ""),
            settings=settings.get(member.pk),
            titles=titles[member.pk],
            emails=emails[member.pk],
            refusal=_why_not(
                manager,
                member,
                certified=member.pk in kinds,
                titled=bool(titles[member.pk]),
                reachable=bool(emails[member.pk]),
            ),
        )
        for member in members
    ]


def _why_not(
    manager: CustomerAccount,
    member: CustomerAccount,
    *,
    certified: bool,
    titled: bool,
    reachable: bool,
) -> DomainError | None:
    """Why auto-invoicing of a member cannot be set up by its manager; None: it can."""
    if refusal := members.why_not(manager, member):
        return refusal
    try:
        check_offered(member)
    except DomainError as error:
        return error
    if not certified:
        return DomainError("certification_required")
    if not titled:
        return DomainError("title_missing")
    return None if reachable else DomainError("no_recipient")


@transaction.atomic
def enable_for_members(
    *,
    manager: CustomerAccount,
    choices: Iterable[Choice],
    kind: str,
    medium: str,
    note: str,
    by: User,
    at: datetime,
) -> int:
    """Switch it on, or change it, for all chosen accounts or for none. Returns for how many.

    Raises `nothing_selected`, `not_permitted`, `account_closed`, `not_found` for an account or a
    title of somebody else, what speaks against a member, and what `enable` raises.
    """
    chosen = {choice.customer_id: choice for choice in choices}
    if not chosen:
        raise DomainError("nothing_selected")
    locked = lock_customers({manager.pk, *chosen})
    manager = locked[manager.pk]
    require_member(by, manager)
    require_open(manager)
    mine = [locked[pk] for pk in sorted(chosen) if locked[pk].parent_id == manager.pk]
    if len(mine) != len(chosen):
        raise DomainError("not_found")
    for candidate in candidates(manager, mine):
        if candidate.refusal:
            raise candidate.refusal
        choice = chosen[candidate.customer.pk]
        titles = {title.pk: title for title in candidate.titles}
        if choice.title_id not in titles:
            raise DomainError("not_found")
        policy = policy_of(candidate.customer)
        eligibility.check_kind(policy, candidate.certified_as, kind)
        eligibility.choose_medium(policy, kind, medium)
        switch_on(
            customer=candidate.customer,
            title=titles[choice.title_id],
            kind=kind,
            medium=medium,
            recipient_email=choice.email,
            note=note,
            by=by,
            at=at,
        )
    return len(mine)
