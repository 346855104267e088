"""Verbs beside the main road: what is taken back, changed or caught up, tickets, and proformas."""

from decimal import Decimal
from typing import Any

from accounts.models import CustomerAccount, Ticket
from accounts.services import tickets
from finance_console.simulation.language import (
    Answer,
    choice,
    month,
    new_ref,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, fresh, yuan
from finance_console.simulation.verbs.paper import ASK, ask_of, clerk_of
from finance_console.simulation.verbs.staff import staff
from invoicing.models import CreditRequest, InvoiceApplication, Offset
from invoicing.services.auto.running import run_again
from invoicing.services.crediting import requests
from invoicing.services.deficits.undoing import undo_offset
from invoicing.services.overseas import proforma as overseas
from invoicing.services.reviewing import changing
from ledger.models import Bill, Order

SUPPORT = "support"


@verb("cancel_credit", credit=required(thing("credit")))
def cancel_credit(story: Story, *, credit: CreditRequest) -> Answer:
    """The customer takes its request back."""
    by = clerk_of(credit.customer)
    assert by is not None
    requests.cancel_credit(request=credit, actor=by, at=story.now)
    return {"status": fresh(credit).status}


@verb("undo_offset", account=required(thing("account")))
def undo_newest_offset(story: Story, *, account: CustomerAccount) -> Answer:
    """The newest offset that was not undone."""
    live = Offset.objects.filter(deficit_item__customer=account, undone_at=None)
    undone = live.latest("pk")
    undo_offset(offset=undone, actor=clerk_of(account), at=story.now)
    return {"amount": yuan(undone.amount)}


@verb("change", ref=required(new_ref), application=required(thing("application")), **ASK)
def change(
    story: Story,
    *,
    ref: str,
    application: InvoiceApplication,
    account: CustomerAccount,
    idempotency_key: str | None,
    plan: str | None,
    confirm_amount: Decimal | None,
    **wish: Any,
) -> Answer:
    """Another application in the place of one that nobody reviews yet."""
    by = clerk_of(account)
    assert by is not None
    made = changing.change(
        application=application,
        ask=ask_of(account=account, **wish),
        actor=by,
        at=story.now,
        idempotency_key=idempotency_key or story.number("KEY"),
        plan_hash=plan,
        confirm_amount=confirm_amount,
    )
    story.name("application", ref, made)
    return {"application": ref, "total": yuan(made.total.amount)}


@verb("catch_up", account=required(thing("account")), month=required(month))
def catch_up(story: Story, *, account: CustomerAccount, month: str) -> Answer:
    """A failed month of auto-invoicing is tried again, or one that was missed is done."""
    by = clerk_of(account)
    assert by is not None
    run = run_again(customer=account, period=month, by=by, at=story.now)
    return {"result": run.result}


@verb(
    "ticket",
    ref=required(new_ref),
    account=required(thing("account")),
    topic=optional(choice(*Ticket.Topic.values), Ticket.Topic.OTHER),
    subject=required(text),
    text=required(text),
    about=optional(text, ""),
)
def ticket(story: Story, *, ref: str, account: CustomerAccount, **said: Any) -> Answer:
    story.require_new("ticket", ref)
    opened = tickets.open_ticket(
        customer=account,
        by=clerk_of(account),
        idempotency_key=story.number("KEY"),
        at=story.now,
        **said,
    )
    story.name("ticket", ref, opened)
    return {"status": opened.status}


@verb("answer_ticket", ticket=required(thing("ticket")), text=required(text))
def answer_ticket(story: Story, *, ticket: Ticket, text: str) -> Answer:
    """By a member of staff."""
    who = staff(story, SUPPORT, "answer_ticket")
    tickets.answer(
        ticket=ticket, text=text, by=who, idempotency_key=story.number("KEY"), at=story.now
    )
    return {"status": fresh(ticket).status}


@verb("close_ticket", ticket=required(thing("ticket")))
def close_ticket(story: Story, *, ticket: Ticket) -> Answer:
    """By the customer."""
    by = clerk_of(ticket.customer)
    assert by is not None
    return {"status": tickets.close(ticket=ticket, by=by, at=story.now).status}


@verb("proforma", order=optional(thing("order")), bill=optional(thing("bill")))
def proforma(story: Story, *, order: Order | None, bill: Bill | None) -> Answer:
    """Asked for by ticket, and confirmed at once; prints the numbers."""
    if (order is None) == (bill is None):
        raise Malformed('name either "order" or "bill"')
    sold: Bill | Order | None = order or bill
    assert sold is not None
    by = clerk_of(sold.payer if isinstance(sold, Order) else sold.customer)
    made = overseas.request_proforma(sold=sold, by=by, at=story.now)
    for draft in made:
        overseas.confirm_proforma(proforma=draft, by=by, at=story.now)
    return {"proformas": [row.number for row in made], "status": fresh(made[0]).status}
