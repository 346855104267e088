"""The accounts a management account may choose from, and what it asked for, in words (A40)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from accounts.models import CustomerAccount
from finance_console.doors.refusals import sentence
from invoicing.presenters.standing import Badge, application_badge
from invoicing.queries import listings
from invoicing.services.asking import members

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account to choose; `reason` says why it cannot be ("" when it can)."""

    id: int
    name: str
    code: str
    reason: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An application of the managing account, and how much of it is this customer's consumption."""

    number: str
    by: str
    at: datetime
    amount: Decimal
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The choice of accounts; `chosen` are those whose consumption the page shows."""

    rows: Sequence[AccountRow]
    chosen: Sequence[CustomerAccount]

    @property
    def several(self) -> bool:
        """Whether rows have to say whose they are."""
        return len(self.chosen) > 1


def accounts(customer: CustomerAccount, wanted: Collection[int]) -> Accounts:
    """The choice as it stands: what was `wanted` and may be, else the customer's own account."""
    offered = list(members.choices(customer))
    chosen = [account for account, refusal in offered if account.pk in wanted and refusal is None]
    chosen = chosen or [customer]
    ids = {account.pk for account in chosen}
    rows = [
        AccountRow(
            id=account.pk,
            name=gettext("Your own account") if account.pk == customer.pk else account.name,
            code=account.code,
            reason=sentence(refusal) if refusal else "",
            checked=account.pk in ids,
        )
        for account, refusal in offered
    ]
    return Accounts(rows=rows, chosen=chosen)


def asked_by_parent(customer: CustomerAccount) -> list[Asked]:
    """The newest applications of the managing account that have consumption of this customer."""
    if customer.parent_id is None:
        return []
    return [
        Asked(
            number=row.number,
            by=row.customer.name,
            at=row.submitted_at,
            amount=row.mine,  # type: ignore[attr-defined]  # annotated
            badge=application_badge(row),
        )
        for row in listings.asked_by_parent(customer)[:SHOWN]
    ]
