"""Progress on the terminal: one line for everything that happens, and the time that each step took."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from accounts.models import OutboxMessage, Ticket
from invoicing.models import CreditNote, Invoice, InvoiceApplication, InvoiceFile, Offset, Proforma
from ledger.models import Bill, Charge, Order, Recharge, UsageRecord

COUNTED: Mapping[str, Callable[[], int]] = {
    "recharges": Recharge.objects.count,
    "orders": Order.objects.count,
    "usage lines": UsageRecord.objects.count,
    "bills": Bill.objects.count,
    "charges": Charge.objects.count,
    "applications": InvoiceApplication.objects.count,
    "approved": lambda: InvoiceApplication.objects.filter(
        status__in=("approved", *InvoiceApplication.WHOLE)
    ).count(),
    "invoices": lambda: Invoice.objects.filter(number__isnull=False).count(),
    "proformas": Proforma.objects.count,
    "shipped": lambda: Invoice.objects.exclude(shipped_at=None).count(),
    "credit notes": CreditNote.objects.count,
    "tickets": Ticket.objects.count,
    "offsets": Offset.objects.count,
    "files": InvoiceFile.objects.count,
    "messages": lambda: OutboxMessage.objects.exclude(sent_at=None).count(),
}


class Teller:
    """Writes lines through `say`; `seconds` holds the time per step."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Everything inside counts for the step `name`; the same step may go on later."""
        started = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started

    @contextmanager
    def happening(self, at: datetime, who: str, what: str) -> Iterator[None]:
        """One line about what happens inside: moment, who, what, its effects, seconds."""
        before = {name: count() for name, count in COUNTED.items()}
        started = time.monotonic()
        yield
        spent = time.monotonic() - started
        grown = {name: count() - before[name] for name, count in COUNTED.items()}
        effects = ", ".join(f"{count} {name}" for name, count in grown.items() if count > 0)
        self.say(f"  {at:%Y-%m-%d %H:%M}  {who:<6}  {what:<42}  {spent:5.2f} s  {effects}".rstrip())
