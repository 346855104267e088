"""Money that leaves: a withdrawal, asked for by the customer's person and paid by staff at once."""

from decimal import Decimal

from django.contrib.auth.models import Permission

from accounts.models import CustomerAccount, User
from finance_console.simulation.language import Answer, number, required, thing, verb
from finance_console.simulation.story import Story, yuan
from finance_console.simulation.verbs.money import amount_of
from finance_console.simulation.verbs.paper import reviewer_named
from ledger.queries import fund_balances
from ledger.services import withdrawal as withdrawals


@verb("withdraw", account=required(thing("account")), amount=required(number))
def withdraw(story: Story, *, account: CustomerAccount, amount: Decimal) -> Answer:
    asked = withdrawals.request_withdrawal(
        customer=account,
        amount=amount_of(amount, account),
        idempotency_key=story.number("WD"),
        by=account.users.order_by("pk").first(),
        at=story.now,
    )
    withdrawals.review_withdrawal(withdrawal=asked, by=_cashier(story, "reviewer"), at=story.now)
    withdrawals.pay_withdrawal(
        withdrawal=asked,
        bank_reference=story.number("BANK"),
        by=_cashier(story, "cashier"),
        at=story.now,
    )
    return {"balance": yuan(fund_balances(account)["cash"])}


def _cashier(story: Story, name: str) -> User:
    """The member of staff of that name, who may also review and pay withdrawals."""
    user = reviewer_named(story, name)
    user.user_permissions.add(Permission.objects.get(codename="change_withdrawal"))
    return User.objects.get(pk=user.pk)
