"""Orders of April, paid and delivered, and what is left of them."""

from datetime import date

from ledger.models import Order
from ledger.queries.balances import fund_balances
from ledger.services.orders import paying
from tests.builders import at, make_story, yuan

APRIL = {"starts_on": date(2026, 4, 1), "ends_on": date(2026, 4, 30)}


def pay(story, amount, when="2026-03-20 10:00", *, delivered=True, **fields) -> Order:
    placed = paying.pay_order(
        **{
            "number": f"ORD-{story.customer.code}-{next(story.numbers)}",
            "customer": story.customer,
            "amount": yuan(amount),
            "tax_category": story.key,
            "at": at(when),
        }
        | APRIL
        | fields
    )
    return paying.deliver_order(order=placed, at=at(when)) if delivered else placed


def rich(amount="1000.00", profile="baidu"):
    story = make_story(profile)
    story.recharge(amount, "2026-03-01 09:00")
    return story


def fresh(placed: Order) -> Order:
    return Order.objects.get(pk=placed.pk)


def cash(story) -> str:
    return str(fund_balances(story.customer)["cash"])
