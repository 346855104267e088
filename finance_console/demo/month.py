"""A month of business in China: recharges, orders, usage, applications and their review, in the order of the calendar.

Amounts are pseudo-random but always the same. Everything goes through the services, as a person at a door would.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts.models import CustomerAccount
from finance_console.demo.afterwards import Afterwards
from finance_console.demo.cast import CUSTOMERS, DemoCustomer, yuan
from finance_console.demo.catalogue import Catalogue
from finance_console.demo.customers import Accounts, People
from finance_console.demo.paperwork import Paperwork, order_number
from finance_console.demo.playing import Event
from finance_console.demo.waiting import Waiting
from finance_console.kernel.calendar import (
    first_day,
    local_time,
    month_of,
    next_month,
    previous_month,
)
from ledger.models import Order
from ledger.queries.balances import fund_balances
from ledger.services.funds import granting
from ledger.services.orders import paying, refunding
from ledger.services.recharges import receiving
from ledger.services.usage import metering

TZ: Final = ZoneInfo("Asia/Shanghai")
USAGE_DAYS: Final = (4, 8, 12, 16, 20, 24, 28)
METERED: Final = (
    "compute-payg",
    "storage-payg",
    "support-payg",
    "sms-payg",
    "voice-payg",
    "cdn-payg",
)
IN_ARREARS: Final = "DEMO-07"
FRESH: Final = (("compute-year", "860.00"), ("terminal", "1130.00"))
JUST_BEFORE: Final = timedelta(hours=2)
YEAR: Final = timedelta(days=365)
REFUNDED: Final = ("DEMO-02", "DEMO-10")
STOPPED: Final = "DEMO-18"


def months(now: datetime) -> tuple[str, str]:
    """The last two complete months whose 5th (the day of auto-invoicing) has passed at `now`."""
    current = month_of(now, TZ)
    last = previous_month(current)
    if now.astimezone(TZ).day <= 5:
        last = previous_month(last)
    return previous_month(last), last


@dataclass(frozen=True)
class Month:
    """The month `period`; `number` counts from 0. `events` are its own and those of the following 5th."""

    period: str
    number: int
    customers: Accounts
    products: Catalogue
    people: People

    def events(self) -> list[Event]:
        """Everything people do, in order."""
        paper = self._paperwork()
        own = [
            self._event(1, 9, "recharges", self._recharge),
            self._event(1, 10, "vouchers, coupons, rebates", self._grant),
            self._event(5, 10, "prepaid orders", self._pay),
            self._event(5, 11, "resources created", self._deliver),
            *(self._event(day, 23, "usage", self._use) for day in USAGE_DAYS),
            self._event(18, 10, "an order that fails", self._pay_failing),
            self._event(18, 11, "its money returned", self._fail),
        ]
        if self.number == 0:
            own.append(self._event(6, 8, "auto-invoicing switched on", paper.enable))
            by_order = paper.apply({"order"}, paper.by_order)
            own.append(self._event(14, 10, "applications by order", by_order))
        else:
            own.append(self._event(20, 15, "refunds of invoiced orders", self._refund))
            own.append(self._event(20, 16, "a customer that stops", self._stop))
            own += self._afterwards()
        return [*own, *self._after()]

    def _after(self) -> Iterator[Event]:
        """On the 5th of the next month, when the bills of this one are there."""
        then = next_month(self.period)
        paper = self._paperwork()
        yield self._event(
            5, 12, "applications by month", paper.apply({"month"}, paper.by_month), then
        )
        yield self._event(
            5, 13, "applications by amount", paper.apply({"amount"}, paper.by_amount), then
        )
        yield self._event(5, 15, "review", paper.review, then)
        if self.number == 0:
            again = paper.apply({"order"}, paper.by_order, "again")
            yield self._event(5, 16, "a returned application again", again, then)
            yield self._event(5, 17, "review", paper.review_rest, then)

    def _afterwards(self) -> Iterator[Event]:
        """What happens to the invoices of the month before."""
        after = Afterwards(self.period, self.customers, self.people)
        yield self._event(8, 9, "paper invoices shipped", after.ship)
        yield self._event(12, 16, "they arrive", after.receive)
        yield self._event(21, 10, "a part of an invoice to be credited", after.ask_for_credit)
        yield self._event(21, 11, "credited", after.credit)
        yield self._event(21, 14, "an invoice corrected and reissued", after.correct)
        yield self._event(22, 9, "a question", after.ask)
        yield self._event(22, 10, "its answer", after.answer)

    def _paperwork(self) -> Paperwork:
        return Paperwork(self.period, self.number, self.customers, self.people)

    def _event(
        self, day: int, hour: int, what: str, act: Callable[[datetime], None], period: str = ""
    ) -> Event:
        on = first_day(period or self.period).replace(day=day)
        return Event(local_time(on, hour, TZ), what, act)

    def _each(self) -> Iterator[tuple[DemoCustomer, CustomerAccount]]:
        for spec in CUSTOMERS:
            yield spec, self.customers[spec.code]

    # Money in

    def _recharge(self, at: datetime) -> None:
        for spec, customer in self._each():
            most = spec.usage * len(USAGE_DAYS) * 4
            amount = sum((yuan(price) for _sku, price in spec.orders), Decimal(most + 1000))
            receiving.record_recharge(
                customer=customer,
                amount=amount,
                channel="bank_transfer",
                reference=f"DEMO-{self.period}",
                at=at,
            )

    def _grant(self, at: datetime) -> None:
        for spec, customer in self._each():
            for fund, amount in spec.gifts:
                granting.grant(
                    customer=customer,
                    fund=fund,
                    amount=yuan(amount),
                    reference=f"DEMO-{self.period}-{fund}",
                    at=at,
                )

    # Consumption

    def _pay(self, at: datetime) -> None:
        for spec, customer in self._each():
            for position, (sku, price) in enumerate(spec.orders, start=1):
                self._order(customer, f"{position}", sku, yuan(price), at)
            if spec.code == IN_ARREARS and self.number:
                left = fund_balances(customer)["cash"] - 100
                self._order(customer, "9", "terminal", left, at)  # nothing is left for its bill

    def _order(
        self, customer: CustomerAccount, position: str, sku: str, price: Decimal, at: datetime
    ) -> None:
        product = self.products[sku]
        paying.pay_order(
            number=order_number(self.period, customer.code, position),
            customer=customer,
            amount=price,
            tax_category=product.tax_category,
            product=product,
            at=at,
            **_term(sku, at),
        )

    def _deliver(self, at: datetime) -> None:
        for paid in self._orders(Order.Status.PAID):
            paying.deliver_order(order=paid, at=at)

    def _orders(self, status: str) -> list[Order]:
        prefix = order_number(self.period)
        return list(Order.objects.filter(number__startswith=prefix, status=status).order_by("pk"))

    def _pay_failing(self, at: datetime) -> None:
        self._order(self.customers["DEMO-05"], "X", "compute-year", yuan("240.00"), at)

    def _fail(self, at: datetime) -> None:
        for paid in self._orders(Order.Status.PAID):
            paying.fail_delivery(order=paid, at=at)

    def _use(self, at: datetime) -> None:
        for spec, customer in self._each():
            if not spec.usage:
                continue
            random = Random(f"{spec.code}/{self.number}/{at.day}")  # noqa: S311 (amounts to look at, no secrets)
            for sku in sorted(random.sample(METERED, 4)):
                product = self.products[sku]
                metering.record_usage(
                    customer=customer,
                    amount=Decimal(random.randint(10_000, spec.usage * 10**6)).scaleb(-6),
                    tax_category=product.tax_category,
                    product=product,
                    used_at=at,
                    at=at,
                    resource=f"{sku}-{spec.code[-2:]}",
                )

    def _stop(self, at: datetime) -> None:
        """A customer gives almost everything back, invoiced or not: its month fails, its deficit stays."""
        for period, amount in ((previous_month(self.period), "900.00"), (self.period, "950.00")):
            bought = Order.objects.get(number=order_number(period, STOPPED, "1"))
            refunding.refund_charge(
                charge=bought.charge,
                amount=yuan(amount),
                reason="refund",
                reference=f"DEMO-{bought.number}",
                at=at,
            )

    def _refund(self, at: datetime) -> None:
        """Orders of the month before, invoiced since: a deficit each."""
        earlier = previous_month(self.period)
        for code in REFUNDED:
            bought = Order.objects.get(number=order_number(earlier, code, "1"))
            refunding.refund_charge(
                charge=bought.charge,
                amount=yuan("300.00"),
                reason="downgrade",
                reference=f"DEMO-{bought.number}",
                at=at,
            )


def _term(sku: str, at: datetime) -> dict[str, Any]:
    """The first and the last day of what is sold by the year; {} for what is sold for good."""
    if not sku.endswith("-year"):
        return {}
    first = at.astimezone(TZ).date()
    return {"starts_on": first, "ends_on": first + YEAR - timedelta(days=1)}


def today(month: Month, now: datetime) -> list[Event]:
    """After the last month: what makes the console look like a working day at `now`."""
    then = next_month(month.period)
    after = Afterwards(then, month.customers, month.people)

    def pending(at: datetime) -> None:
        product = month.products["compute-year"]
        for code in ("DEMO-01", "DEMO-09"):
            paying.pay_order(
                number=order_number(then, code, "1"),
                customer=month.customers[code],
                amount=yuan("480.00"),
                tax_category=product.tax_category,
                product=product,
                at=at,
                **_term("compute-year", at),
            )

    def fresh(at: datetime) -> None:
        """Something to invoice by hand for everybody who can pay for it."""
        for spec, customer in month._each():
            for position, (sku, price) in enumerate(FRESH, start=2):
                product, amount = month.products[sku], yuan(price)
                if fund_balances(customer)["cash"] > 2 * amount:
                    placed = paying.pay_order(
                        number=order_number(then, spec.code, f"{position}"),
                        customer=customer,
                        amount=amount,
                        tax_category=product.tax_category,
                        product=product,
                        at=at,
                        **_term(sku, at),
                    )
                    paying.deliver_order(order=placed, at=at)

    def visitor(at: datetime) -> None:
        after.leave_for_the_visitor(at)
        month._paperwork().leave_for_the_visitor(at)

    on = first_day(then).replace(day=5)
    last = max(local_time(on, 20, TZ), now.astimezone(TZ) - JUST_BEFORE)
    return [
        Event(local_time(on, 16, TZ), "paper invoices shipped", after.ship),
        Event(local_time(on, 17, TZ), "prepaid orders", fresh),
        Event(local_time(on, 18, TZ), "usage of the running month", month._use),
        Event(local_time(on, 19, TZ), "orders whose resources are being created", pending),
        *Waiting(then, month.customers, month.people).events(last),
        Event(last, "what waits for the visitor", visitor),
    ]
