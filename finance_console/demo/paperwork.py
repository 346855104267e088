"""The paper of a month: who applies for invoices and how, and what the reviewer says."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from accounts.models import CustomerAccount
from finance_console.demo.cast import CUSTOMERS, DemoCustomer
from finance_console.demo.customers import Accounts, People
from invoicing.models import InvoiceApplication
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.asking import applying, previewing
from invoicing.services.asking.terms import Ask
from invoicing.services.auto import settings
from invoicing.services.reviewing import deciding as reviewing

RETURNED: Final = "DEMO-11"
LEFT_FOR_THE_VISITOR: Final = ("DEMO-11", "DEMO-13")


def order_number(period: str, code: str = "", position: str = "") -> str:
    """The number of a customer's order in a month, or how all of the month's begin."""
    start = f"ORD-{period.replace('-', '')}-"
    return f"{start}{code[-2:]}-{position}" if code else start


@dataclass(frozen=True)
class Paperwork:
    """What customers ask for about the month `period` (`number` counts from 0), and what becomes of it."""

    period: str
    number: int
    customers: Accounts
    people: People

    def _each(self, asks: Collection[str]) -> Iterator[tuple[DemoCustomer, CustomerAccount]]:
        later = LEFT_FOR_THE_VISITOR if self.number else ()
        for spec in CUSTOMERS:
            if spec.asks in asks and spec.code not in later:
                yield spec, self.customers[spec.code]

    def enable(self, at: datetime) -> None:
        for spec, customer in self._each({"auto"}):
            settings.enable(
                customer=customer,
                title=customer.titles.get(),
                kind=spec.invoice,
                medium=spec.medium,
                recipient_email=customer.emails.get().email,
                at=at,
            )

    def apply(
        self,
        asks: set[str],
        wish: Callable[[DemoCustomer, CustomerAccount, datetime], Ask],
        key: str = "first",
    ) -> Callable[[datetime], None]:
        def apply(at: datetime) -> None:
            for spec, customer in self._each(asks):
                self._submit(customer, wish(spec, customer, at), f"{key}-{self.period}", at)

        return apply

    def leave_for_the_visitor(self, at: datetime) -> None:
        """Applications that only a person decides, asked for just before the visitor comes."""
        for spec in CUSTOMERS:
            if spec.code in LEFT_FOR_THE_VISITOR:
                customer = self.customers[spec.code]
                wish = self.by_order if spec.asks == "order" else self.by_month
                self._submit(customer, wish(spec, customer, at), f"first-{self.period}", at)

    def _submit(self, customer: CustomerAccount, ask: Ask, key: str, at: datetime) -> None:
        """As the console does it: look at the preview, then submit exactly that."""
        seen = previewing.preview(customer=customer, ask=ask, at=at)
        applying.submit(
            customer=customer,
            ask=ask,
            at=at,
            actor=self.people["clerk"],
            idempotency_key=f"demo-{key}",
            plan_hash=seen.token,
            confirm_amount=seen.plan.total,
        )

    def by_order(self, spec: DemoCustomer, customer: CustomerAccount, at: datetime) -> Ask:
        return Ask(
            method="order",
            sources=(order_number(self.period, spec.code, "1"),),
            kind=spec.invoice,
            medium=spec.medium,
        )

    def by_month(self, spec: DemoCustomer, customer: CustomerAccount, at: datetime) -> Ask:
        """With what its members used, where it manages any, on the same invoices."""
        members = tuple(customer.members.values_list("pk", flat=True).order_by("pk"))
        return Ask(
            method="month",
            months=(self.period,),
            kind=spec.invoice,
            medium=spec.medium,
            members=(customer.pk, *members) if members else (),
        )

    def by_amount(self, spec: DemoCustomer, customer: CustomerAccount, at: datetime) -> Ask:
        """Two thirds of what can be invoiced, in whole yuan."""
        most = invoiceable(customer, at).open * 2 / 3
        return Ask(
            method="amount",
            amount=most.quantize(Decimal(1), rounding=ROUND_DOWN).quantize(Decimal("0.01")),
            kind=spec.invoice,
            medium=spec.medium,
        )

    def review(self, at: datetime) -> None:
        """The reviewer decides what nobody decides automatically."""
        for application in _waiting():
            code = application.customer.code
            reviewing.claim(application=application, reviewer=self.people["reviewer"], at=at)
            if code == RETURNED:
                reason = "The title is not the name you are certified under: please confirm it."
                reviewing.reject(
                    application=application,
                    reviewer=self.people["reviewer"],
                    reason=reason,
                    at=at,
                )
            else:
                reviewing.approve(application=application, reviewer=self.people["reviewer"], at=at)

    def review_rest(self, at: datetime) -> None:
        for application in _waiting():
            reviewing.approve(application=application, reviewer=self.people["reviewer"], at=at)


def _waiting() -> list[InvoiceApplication]:
    """Applications that only a person decides."""
    pending = InvoiceApplication.objects.filter(status="pending_approval", auto_review_at=None)
    return list(pending.select_related("customer").order_by("pk"))
