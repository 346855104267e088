"""What becomes of invoices once they are there: sent, credited in part, corrected, asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from accounts.models import Ticket
from accounts.services import tickets
from finance_console.demo.customers import Accounts, People
from invoicing.models import CreditRequest, Invoice
from invoicing.services.crediting import requests
from invoicing.services.crediting.reissuing import reissue
from invoicing.services.shipping import sending

CREDITED: Final = "DEMO-09"
CORRECTED: Final = "DEMO-06"
RECEIVES: Final = "DEMO-10"
RETURNS: Final = "DEMO-12"
ASKS: Final = "DEMO-04"
WAITS_FOR_AN_ANSWER: Final = "DEMO-13"


@dataclass(frozen=True)
class Afterwards:
    """Acts on the invoices of the month before; `period` is the month it happens in."""

    period: str
    customers: Accounts
    people: People

    def ship(self, at: datetime) -> None:
        """Everything on paper leaves with one courier."""
        waiting = Invoice.objects.filter(medium="paper", status="issued").order_by("pk")
        numbers = {row.pk: f"DEMO-{self.period}-{n:04d}" for n, row in enumerate(waiting, 1)}
        sending.ship_many(tracking=numbers, actor=self.people["reviewer"], at=at)

    def receive(self, at: datetime) -> None:
        for invoice in self._invoices(RECEIVES, "shipped"):
            sending.receive(invoice=invoice, actor=self.people["clerk"], at=at)

    def ask_for_credit(self, at: datetime) -> None:
        """A discount was granted after the invoice: a part of it is to be credited."""
        self._ask_for_credit(CREDITED, "issued", "sales_discount", Decimal("200.00"), at)

    def credit(self, at: datetime) -> None:
        for request in CreditRequest.objects.filter(status="crediting").order_by("pk"):
            requests.approve_credit(request=request, reviewer=self.people["reviewer"], at=at)

    def correct(self, at: datetime) -> None:
        """The customer forgot its purchase number."""
        reissue(
            invoice=next(self._invoices(CORRECTED, "issued")),
            actor=self.people["clerk"],
            remarks="PO-4711",
            idempotency_key=f"demo-correction-{self.period}",
            at=at,
        )

    def ask(self, at: datetime) -> None:
        about = str(next(self._invoices(ASKS, "issued")))
        subject, text = "发票上能写项目名称吗？", "下次申请时，备注里可以写项目名称吗？"
        self._open_ticket(ASKS, subject, text, about, at)

    def answer(self, at: datetime) -> None:
        for ticket in Ticket.objects.filter(status=Ticket.Status.OPEN).order_by("pk"):
            tickets.answer(
                ticket=ticket,
                text="可以。申请的第二步有“备注”，写在那里就会印在发票上。",
                by=self.people["reviewer"],
                idempotency_key=f"demo-answer-{ticket.pk}",
                at=at,
            )

    def leave_for_the_visitor(self, at: datetime) -> None:
        """A question without an answer, and a paper invoice whose original is on its way back."""
        about = str(next(self._invoices(WAITS_FOR_AN_ANSWER, "shipped")))
        subject, text = "The parcel has not come", "Which courier has our paper invoice?"
        self._open_ticket(WAITS_FOR_AN_ANSWER, subject, text, about, at)
        self._ask_for_credit(RETURNS, "shipped", "service_stopped", None, at)

    def _invoices(self, code: str, status: str) -> Iterator[Invoice]:
        invoices = Invoice.objects.filter(application__customer__code=code, status=status)
        yield from invoices.order_by("pk")

    def _ask_for_credit(
        self, code: str, status: str, reason: str, amount: Decimal | None, at: datetime
    ) -> None:
        requests.request_credit(
            invoice=next(self._invoices(code, status)),
            reason=reason,
            amount=amount,
            actor=self.people["clerk"],
            idempotency_key=f"demo-credit-{self.period}",
            at=at,
        )

    def _open_ticket(self, code: str, subject: str, text: str, about: str, at: datetime) -> None:
        tickets.open_ticket(
            customer=self.customers[code],
            topic=Ticket.Topic.OTHER,
            subject=subject,
            text=text,
            about=about,
            by=self.people["clerk"],
            idempotency_key=f"demo-ticket-{self.period}",
            at=at,
        )
