"""Several people at the same invoice at the same moment: what they do, and how they begin together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection

from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from invoicing.models import (
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceApplication,
)
from invoicing.services.crediting import reissuing, requests
from ledger.models import Charge, Refund
from ledger.services.orders.refunding import refund_charge
from tests.builders import Story, at, yuan

WHEN = "2026-03-02 12:00"

NOON = at(WHEN)


def race(*acts: Callable[[], Any]) -> list[str]:
    """What each act came to when all begin together: "done", a refusal's code, or what broke."""
    start, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(20)
            act()
            outcomes[number] = "done"
        except DomainError as refusal:
            outcomes[number] = refusal.code
        except DatabaseError as error:
            outcomes[number] = f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def clean() -> None:
    assert [(found.name, found.rows) for found in run_audit() if found.rows] == []


def ask(story: Story, invoice: Invoice, key: str = "K", amount: str = "500.00") -> CreditRequest:
    return requests.request_credit(
        invoice=invoice,
        reason="sales_return",
        amount=yuan(amount),
        actor=story.user,
        at=NOON,
        idempotency_key=key,
    )


def refund(amount: str = "200.00", reference: str = "R") -> Refund:
    return refund_charge(
        charge=Charge.objects.get(),
        amount=yuan(amount),
        reason="refund",
        reference=reference,
        at=NOON,
    )


def approve(request: CreditRequest, by: Any) -> CreditNote:
    return requests.approve_credit(request=request, reviewer=by, at=NOON)


def reissue(story: Story, invoice: Invoice, key: str) -> InvoiceApplication:
    return reissuing.reissue(
        invoice=invoice, actor=story.user, at=NOON, idempotency_key=key, remarks="corrected"
    )
