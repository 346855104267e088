"""Questions about the books: an account's statement, and which money paid for an order."""

from django.db.models import Q, Sum

from accounts.models import CustomerAccount
from finance_console.simulation.language import Answer, question, required, thing
from finance_console.simulation.story import Story, iso, yuan
from ledger.models import Lot, Order
from ledger.queries.balances import cash_statement

MOST = 1_000


@question("statement", account=required(thing("account")))
def statement(story: Story, *, account: CustomerAccount) -> Answer:
    """The last movements of the cash, newest first, each with the balance after it."""
    return {
        "statement": [
            {
                "kind": entry.transfer.kind,
                "amount": yuan(entry.amount),
                "balance": yuan(entry.balance_after),
                "at": iso(entry.transfer.effective_at),
            }
            for entry in cash_statement(account, size=MOST)
        ]
    }


@question("sources", order=required(thing("order")))
def sources(story: Story, *, order: Order) -> Answer:
    """Followed to what came in: which lot paid how much of the order, and what went back to it."""
    lots = (
        Lot.objects.filter(uses__charge=order.charge)
        .select_related("source")
        .annotate(paid=Sum("uses__amount", filter=Q(uses__amount__gt=0)), kept=Sum("uses__amount"))
        .order_by("pk")
    )
    return {
        "sources": [
            {
                "fund": lot.fund,
                "came": lot.source.kind,
                "at": iso(lot.received_at),
                "paid": yuan(lot.paid),
                "returned": yuan(lot.paid - lot.kept),
            }
            for lot in lots
        ]
    }
