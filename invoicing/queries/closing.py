"""What a customer should look at before the account is closed for good (A58, C32, SC-108)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount, Ticket
from invoicing.models import AutoInvoicing, CreditRequest, InvoiceApplication
from invoicing.queries.invoiceable import Waiting, invoiceable
from ledger.models import Bill, Withdrawal
from ledger.queries.balances import active_holds, fund_balances

IN_WORK = (InvoiceApplication.Status.PENDING_APPROVAL, InvoiceApplication.Status.APPROVED)
ON_THE_WAY = (Withdrawal.Status.REQUESTED, Withdrawal.Status.REVIEWING)
CREDITING = (CreditRequest.Status.AWAITING_ORIGINAL, CreditRequest.Status.CREDITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """What is on the account now; amounts in its currency.

    What is `unfinished` has to end first when the customer closes, and so have the `covering`
    applications, which the managing account made for it; the rest is lost or stays behind: `open` and `waiting` can never be invoiced afterwards, `funds` other than cash never be spent.
    """

    funds: Mapping[str, Decimal]
    holds: int
    open: Decimal
    marketplace_open: Decimal
    deficit: Decimal
    waiting: Sequence[Waiting]
    applications: Sequence[InvoiceApplication]
    covering: Sequence[InvoiceApplication]
    bills: Sequence[Bill]
    withdrawals: Sequence[Withdrawal]
    credit_requests: int
    tickets: int
    auto_invoicing: bool

    @property
    def unfinished(self) -> list[str]:
        """What is in work, in words that doors translate."""
        parts = {
            "pending applications": self.applications,
            "unsettled bills": self.bills,
            "withdrawals": self.withdrawals,
        }
        return [words for words, rows in parts.items() if rows]

    @property
    def left_behind(self) -> bool:
        """Something would be given up: the customer has to say that this is meant."""
        given_up = (self.open, self.marketplace_open, self.deficit, *self.funds.values())
        return any(given_up) or bool(self.waiting)

    @property
    def token(self) -> str:
        """What was seen: closing is refused when it changed meanwhile."""
        seen = (
            sorted(self.funds.items()),
            (self.open, self.marketplace_open, self.deficit),
            [(row.reason, row.amount) for row in self.waiting],
            self.unfinished,
            [row.pk for row in self.covering],
        )
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def checklist(customer: CustomerAccount, at: datetime) -> Checklist:
    """Read everything that closing would end, as it is at `at`."""
    amounts = invoiceable(customer, at)
    credit = CreditRequest.objects.filter(invoice__application__customer=customer)
    return Checklist(
        funds=fund_balances(customer),
        holds=active_holds(customer).count(),
        open=amounts.open,
        marketplace_open=amounts.marketplace_open,
        deficit=amounts.deficit,
        waiting=[row for row in amounts.waiting if row.reason not in NEVER],
        applications=list(customer.applications.filter(status__in=IN_WORK).order_by("pk")),
        covering=_covering(customer),
        bills=list(customer.bills.filter(status=Bill.Status.UNSETTLED).order_by("pk")),
        withdrawals=list(customer.withdrawals.filter(status__in=ON_THE_WAY).order_by("pk")),
        credit_requests=credit.filter(status__in=CREDITING).count(),
        tickets=customer.tickets.exclude(status=Ticket.Status.CLOSED).count(),
        auto_invoicing=AutoInvoicing.objects.filter(customer=customer, enabled=True).exists(),
    )


def _covering(customer: CustomerAccount) -> list[InvoiceApplication]:
    """Applications in work of the account that manages this one, for consumption of this one (A40)."""
    if customer.parent_id is None:
        return []
    made = InvoiceApplication.objects.filter(customer=customer.parent_id, status__in=IN_WORK)
    return list(made.filter(members__contains=[customer.pk]).order_by("pk"))


NEVER = frozenset({"not_invoiceable_fund", "not_eligible", "bill_not_settled"})
"""What waits for nothing that closing could cut off, or stands on the list already."""
