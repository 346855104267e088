"""What controllers of the books do: credit, adjustments, locks, reconciliation."""

from datetime import date
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.simulation.language import (
    Answer,
    choice,
    day,
    flag,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Story, fresh, yuan
from finance_console.simulation.verbs.money import amount_of
from finance_console.simulation.verbs.staff import CONTROLLER, SECOND, controller
from ledger.models import LedgerAccount, Reconciliation
from ledger.queries.balances import fund_balances
from ledger.services.bills.credit_limits import credit_used, set_credit_limit
from ledger.services.control import adjusting, locking_periods, reconciling

FUNDS = tuple(fund.value for fund in LedgerAccount.FUNDS)


@verb("credit", account=required(thing("account")), limit=required(number))
def credit(story: Story, *, account: CustomerAccount, limit: Decimal) -> Answer:
    """How far below zero the cash may go; bills that fit now are settled at once."""
    customer = set_credit_limit(
        customer=account,
        limit=amount_of(limit, account),
        by=controller(story),
        at=story.now,
    )
    return {"used": yuan(credit_used(customer))}


@verb(
    "adjust",
    account=required(thing("account")),
    amount=required(number),
    fund=optional(choice(*FUNDS), LedgerAccount.Bucket.CASH),
    reason=optional(text, "Correction"),
    approve=optional(flag, True),
    by=optional(text, CONTROLLER),
    approver=optional(text, SECOND),
)
def adjust(
    story: Story,
    *,
    account: CustomerAccount,
    amount: Decimal,
    fund: str,
    reason: str,
    approve: bool,
    by: str,
    approver: str,
) -> Answer:
    """Asked for by one person; another one posts it, or says no."""
    asked = adjusting.request_adjustment(
        customer=account,
        fund=fund,
        amount=amount_of(amount, account),
        reason=reason,
        by=controller(story, by),
        at=story.now,
    )
    decide = adjusting.approve_adjustment if approve else adjusting.reject_adjustment
    decide(adjustment=asked, by=controller(story, approver), at=story.now)
    return {"status": fresh(asked).status, "balance": yuan(fund_balances(account)[fund])}


@verb("lock_books", through=required(day), reason=optional(text, "The month is closed."))
def lock_books(story: Story, *, through: date, reason: str) -> Answer:
    """Nothing is posted on that day or before it any more."""
    locking_periods.lock_books(through=through, reason=reason, by=controller(story), at=story.now)
    return {}


@verb("reconcile")
def reconcile(story: Story) -> Answer:
    """Compares every day that is over and was not compared yet, as the job does; all gaps so far."""
    made = reconciling.reconcile_days(at=story.now)
    rows = Reconciliation.objects.order_by("day", "currency")
    gaps = [
        {
            "day": f"{row.day}",
            "kind": gap["kind"],
            "about": gap["about"] or None,
            "ledger": gap["ledger"],
            "other": gap["other"],
        }
        for row in rows
        for gap in row.gaps
    ]
    return {"days": made, "gaps": gaps}
