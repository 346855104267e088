"""Money that leaves or stays: withdrawals and what staff decide, transfers between members, holds."""

from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.simulation.language import (
    Answer,
    choice,
    new_ref,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Story, fresh, yuan
from finance_console.simulation.verbs.money import amount_of
from finance_console.simulation.verbs.paper import clerk_of
from finance_console.simulation.verbs.staff import staff
from ledger.models import Hold, Withdrawal
from ledger.queries.balances import fund_balances
from ledger.services.payouts import holding
from ledger.services.payouts import withdrawing as withdrawals
from ledger.services.payouts.transferring import transfer_to_member

CHANGE = "change_withdrawal"


@verb(
    "withdraw",
    account=required(thing("account")),
    amount=required(number),
    ref=optional(new_ref),
    decide=optional(choice("pay", "fail", "reject", "later"), "pay"),
    route=optional(choice(*Withdrawal.Route.values), Withdrawal.Route.ORIGINAL),
)
def withdraw(
    story: Story,
    *,
    account: CustomerAccount,
    amount: Decimal,
    ref: str | None,
    decide: str,
    route: str,
) -> Answer:
    """Asked for by the customer's person; staff decide at once, or `later`."""
    if ref:
        story.require_new("withdrawal", ref)
    asked = withdrawals.request_withdrawal(
        customer=account,
        amount=amount_of(amount, account),
        idempotency_key=story.number("WD"),
        by=clerk_of(account),
        route=route,
        at=story.now,
    )
    if decide != "later":
        _decide(story, asked, decide, "The bank said no.")
    if ref:
        story.name("withdrawal", ref, asked)
    return _answer(asked)


@verb(
    "decide_withdrawal",
    withdrawal=required(thing("withdrawal")),
    decide=required(choice("pay", "fail", "reject")),
    reason=optional(text, "The bank said no."),
)
def decide_withdrawal(story: Story, *, withdrawal: Withdrawal, decide: str, reason: str) -> Answer:
    _decide(story, withdrawal, decide, reason)
    return _answer(withdrawal)


def _decide(story: Story, asked: Withdrawal, decide: str, reason: str) -> None:
    """One person reviews it, another one pays it."""
    reviewer, cashier = staff(story, "reviewer", CHANGE), staff(story, "cashier", CHANGE)
    if decide == "reject":
        withdrawals.reject_withdrawal(withdrawal=asked, reason=reason, by=cashier, at=story.now)
        return
    if fresh(asked).status == Withdrawal.Status.REQUESTED:
        withdrawals.review_withdrawal(withdrawal=asked, by=reviewer, at=story.now)
    if decide == "fail":
        withdrawals.fail_withdrawal(withdrawal=asked, reason=reason, by=cashier, at=story.now)
        return
    withdrawals.pay_withdrawal(
        withdrawal=asked, bank_reference=story.number("BANK"), by=cashier, at=story.now
    )


def _answer(asked: Withdrawal) -> Answer:
    return {
        "status": fresh(asked).status,
        "balance": yuan(fund_balances(asked.customer)["cash"]),
    }


@verb(
    "member_transfer",
    account=required(thing("account")),
    to=required(thing("account")),
    amount=required(number),
)
def member_transfer(
    story: Story, *, account: CustomerAccount, to: CustomerAccount, amount: Decimal
) -> Answer:
    """Moved by the person of the organization, who acts for its parent account."""
    clerk = clerk_of(account.parent or account)
    assert clerk is not None
    transfer_to_member(
        giver=account,
        taker=to,
        amount=amount_of(amount, account),
        reference=story.number("MT"),
        by=clerk,
        at=story.now,
    )
    return {
        "balance": yuan(fund_balances(account)["cash"]),
        "to_balance": yuan(fund_balances(to)["cash"]),
    }


@verb(
    "hold",
    ref=required(new_ref),
    account=required(thing("account")),
    amount=optional(number),
    reason=required(text),
)
def hold(
    story: Story, *, ref: str, account: CustomerAccount, amount: Decimal | None, reason: str
) -> Answer:
    """Staff keep back `amount` of the cash; without it, all of it."""
    story.require_new("hold", ref)
    placed = holding.place_hold(
        customer=account,
        amount=None if amount is None else amount_of(amount, account),
        reason=reason,
        source=f"staff:{story.number('HOLD')}",
        by=staff(story, "cashier", "change_hold"),
        at=story.now,
    )
    story.name("hold", ref, placed)
    return {}


@verb("lift_hold", hold=required(thing("hold")))
def lift_hold(story: Story, *, hold: Hold) -> Answer:
    by = staff(story, "cashier", "change_hold")
    holding.lift_hold(customer=hold.customer, source=hold.source, by=by, at=story.now)
    return {}
