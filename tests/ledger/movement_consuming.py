"""Rules of the random walk: orders with all that happens to them, usage, bills and refunds."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.models import Charge, Order
from ledger.services.bills import generating
from ledger.services.orders import changing, paying, refunding
from ledger.services.usage import metering
from tests.ledger.movement_stage import AMOUNTS, NTH, WHO, Stage
from tests.ledger.notebook import ZERO, Page, Paid

EXACT = st.decimals(min_value="-20", max_value="300", places=10)
KEY = st.integers(0, 1)
TERM = 30


@dataclass(eq=False)
class Placed:
    """An order in the notebook: how it was paid, what of the cash went back, the order it renews."""

    order: Order
    paid: Paid
    state: str
    renews: "Placed | None" = None
    refunded: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.paid.cash - self.refunded

    def give_back(self, amount: Decimal) -> None:
        self.refunded += amount
        self.paid.page.cash += amount


class Consuming(Stage):
    """Orders with all that happens to them, usage, bills and refunds."""

    def orders(self, *states: str) -> list[Placed]:
        return [one for one in self.placed if one.state in states]

    def renewal(self, placed: Placed) -> Placed | None:
        return next((one for one in self.orders("delivered") if one.renews is placed), None)

    @rule(who=WHO, payer=WHO, amount=AMOUNTS, key=KEY, delivered=st.booleans())
    def pay_order(
        self, who: int, payer: int, amount: Decimal, key: int, *, delivered: bool
    ) -> None:
        number, page = self.name(), self.pages[payer]
        today = self.now.date()

        def place() -> Order:
            return paying.pay_order(
                number=number,
                customer=self.customers[who],
                payer=self.customers[payer],
                amount=amount,
                tax_category=self.keys[key],
                starts_on=today,
                ends_on=today + timedelta(days=TERM - 1),
                at=self.now,
            )

        if amount > page.spendable(self.now):
            self.refused("insufficient_balance", place)
            return
        self.write(place(), page, "paid")
        if delivered:
            self.deliver(self.placed[-1])

    def write(self, made: Order, page: Page, state: str, renews: Placed | None = None) -> None:
        paid = page.pay(made.amount.amount, self.now)
        assert made.charge.cash == paid.cash
        self.placed.append(Placed(made, paid, state, renews))

    def deliver(self, placed: Placed) -> None:
        paying.deliver_order(order=placed.order, at=self.now)
        placed.state = "delivered"

    @precondition(lambda self: self.orders("paid"))
    @rule(fails=st.booleans())
    def delivery(self, *, fails: bool) -> None:
        self.name()
        placed = self.orders("paid")[0]
        if not fails:
            self.deliver(placed)
            return
        paying.fail_delivery(order=placed.order, at=self.now)
        placed.state = "failed"
        placed.give_back(placed.left)
        for slip, part in placed.paid.slips:
            slip.left += part

    @precondition(lambda self: self.orders("paid", "delivered"))
    @rule(nth=NTH, amount=AMOUNTS)
    def downgrade(self, nth: int, amount: Decimal) -> None:
        number, found = self.name(), self.orders("paid", "delivered")
        placed = found[nth % len(found)]

        def give() -> object:
            return changing.downgrade(
                order=placed.order, reference=number, returned=amount, at=self.now
            )

        if amount > placed.left:
            self.refused("over_refund", give)
            return
        assert give() == give()
        placed.give_back(amount)

    @precondition(lambda self: self.orders("delivered"))
    @rule(nth=NTH)
    def unsubscribe(self, nth: int) -> None:
        self.name()
        placed = self.orders("delivered")[nth % len(self.orders("delivered"))]
        today, first, last = self.now.date(), placed.order.starts_on, placed.order.ends_on

        def end() -> object:
            return changing.unsubscribe(order=placed.order, at=self.now)

        if self.renewal(placed):
            self.refused("renewal_first", end)
        elif today > last:
            self.refused("term_over", end)
        else:
            end()
            placed.state = "unsubscribed"
            unused = TERM if today < first else (last - today).days
            share = (placed.paid.cash * unused / TERM).quantize(ZERO, ROUND_HALF_UP)
            placed.give_back(max(share - placed.refunded, ZERO))

    @precondition(lambda self: self.orders("delivered"))
    @rule(nth=NTH, amount=AMOUNTS)
    def renew(self, nth: int, amount: Decimal) -> None:
        number = self.name()
        placed = self.orders("delivered")[nth % len(self.orders("delivered"))]
        page, starts = placed.paid.page, _next(placed.order, self.now.date())

        def again() -> Order:
            return changing.renew(
                order=placed.order,
                number=number,
                amount=amount,
                ends_on=starts + timedelta(days=TERM - 1),
                at=self.now,
            )

        if self.renewal(placed):
            self.refused("already_renewed", again)
        elif amount > page.spendable(self.now):
            self.refused("insufficient_balance", again)
        else:
            self.write(again(), page, "delivered", placed)

    @rule(who=WHO, amount=AMOUNTS, key=KEY)
    def bill(self, who: int, amount: Decimal, key: int) -> None:
        generating.raise_bill(
            number=self.name(),
            customer=self.customers[who],
            amount=amount,
            tax_category=self.keys[key],
            at=self.now,
        )
        assert self.new_bills() == {self.pages[who]}
        self.pages[who].settle(self.now)

    @rule(who=WHO, amount=EXACT, key=KEY)
    def use(self, who: int, amount: Decimal, key: int) -> None:
        self.name()
        metering.record_usage(
            customer=self.customers[who],
            amount=amount,
            tax_category=self.keys[key],
            used_at=self.now,
            at=self.now,
        )

    @precondition(lambda self: Charge.objects.filter(order=None, cash__gt=0).exists())
    @rule(nth=NTH, amount=AMOUNTS)
    def refund_a_bill(self, nth: int, amount: Decimal) -> None:
        number = self.name()
        charges = Charge.objects.filter(order=None, cash__gt=0).order_by("pk")
        charge = charges[nth % len(charges)]

        def give() -> object:
            return refunding.refund_charge(
                charge=charge, amount=amount, reason="refund", reference=number, at=self.now
            )

        if amount > charge.cash - charge.refunded:
            self.refused("over_refund", give)
            return
        assert give() == give()
        self.page_of[charge.customer_id].cash += amount


def _next(placed: Order, today: date) -> date:
    """A renewal begins the day after the last one, or today when that is over."""
    return max(placed.ends_on + timedelta(days=1), today)
