"""Invoices for customers overseas: asked for by ticket, drafted, confirmed, sealed (B13). They consume nothing (D14)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django_fsm import TransitionNotAllowed
from djmoney.money import Money

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, Ticket, User
from accounts.services import tickets
from accounts.services.customers.locking import lock_again, lock_customer, require_open
from accounts.services.customers.roles import require_member, require_staff
from accounts.services.requests import uploading
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from invoicing.models import Proforma
from invoicing.services.issuing.filing import store
from invoicing.services.overseas.drafting import Draft, drafts
from invoicing.services.overseas.sales import Sale, sale_of
from ledger.models import Bill, Order

Form, Status = Proforma.Form, Proforma.Status
Filed = tuple[Draft, str]
"""A draft, and the SHA-256 its PDF is stored under."""


def request_proforma(*, sold: Bill | Order, by: User | None, at: datetime) -> list[Proforma]:
    """The customer asks for the proforma of a bill or a prepaid order: a ticket with a draft per selling company.

    Whoever paid asks. Asking again returns the first. `by` None is the system. Raises `not_permitted` for a
    customer in mainland China (who applies for a VAT invoice), `account_closed`, `below_minimum` (for nothing).
    """
    sale = sale_of(sold)
    require_member(by, sale.customer)
    if existing := _made(sale, Form.PROFORMA):
        return existing
    _require_overseas(sale.customer)
    return _request(sold, _filed(sale, Form.PROFORMA, at), by, at)


@transaction.atomic
def _request(
    sold: Bill | Order, filed: Sequence[Filed], by: User | None, at: datetime
) -> list[Proforma]:
    customer = lock_customer(sale_of(sold).customer.pk)
    sale = _still(sold, filed)
    require_member(by, customer)
    if existing := _made(sale, Form.PROFORMA):
        return existing
    _require_overseas(customer)
    subject = gettext("Proforma invoice of %(number)s") % {"number": sale.number}
    ticket = tickets.open_ticket(
        customer=customer,
        topic=Ticket.Topic.PROFORMA,
        subject=subject,
        text=gettext("Please send us its proforma invoice, sealed."),
        about=sale.number,
        by=by,
        idempotency_key=f"proforma:{sale.mark}",
        at=at,
    )
    return _draft(ticket, sale, Form.PROFORMA, filed, at)


def make_proformas(
    *, ticket: Ticket, sold: Bill | Order, by: User, at: datetime, form: str = Form.PROFORMA
) -> list[Proforma]:
    """Staff draft what a ticket asks for: the proformas of a bill or an order, or its commercial invoices.

    One per selling company, made once: again returns the first, whichever ticket they are on.
    Raises `not_permitted`, `four_eyes`, `not_found` (what somebody else paid), `account_closed`,
    `wrong_state` (a closed ticket), `below_minimum`.
    """
    sale = sale_of(sold)
    _require_staff_for(ticket, sale, by)
    if existing := _made(sale, form):
        return existing
    _require_overseas(ticket.customer)
    return _make_all(ticket, sold, form, _filed(sale, form, at), by, at)


@transaction.atomic
def _make_all(
    ticket: Ticket,
    sold: Bill | Order,
    form: str,
    filed: Sequence[Filed],
    by: User,
    at: datetime,
) -> list[Proforma]:
    ticket = lock_again(ticket)
    sale = _still(sold, filed)
    _require_staff_for(ticket, sale, by)
    if existing := _made(sale, form):
        return existing
    _require_overseas(ticket.customer)
    return _draft(ticket, sale, form, filed, at)


def _require_staff_for(ticket: Ticket, sale: Sale, by: User) -> None:
    require_staff(by, tickets.PERMISSION, ticket.customer)
    if sale.customer.pk != ticket.customer_id:
        raise DomainError("not_found")


def _filed(sale: Sale, form: str, at: datetime) -> list[Filed]:
    """The documents, rendered and stored: before any lock. Raises `below_minimum`."""
    return [(draft, store(draft.content)) for draft in drafts(sale, form, at)]


def _still(sold: Bill | Order, filed: Sequence[Filed]) -> Sale:
    """The sale, if the lock found it as it was drafted. Raises `changed_meanwhile`."""
    sale = sale_of(type(sold)._default_manager.get(pk=sold.pk))
    amounts = [sum(amount for _words, amount in lines) for lines in sale.lines.values()]
    if amounts != [draft.snapshot.total for draft, _sha256 in filed]:
        raise DomainError("changed_meanwhile")
    return sale


@transaction.atomic
def confirm_proforma(*, proforma: Proforma, by: User | None, at: datetime) -> Proforma:
    """The customer finds the draft right; staff seal it next. Confirmed already: nothing happens.

    Raises `not_permitted`.
    """
    proforma, ticket = _locked(proforma)
    require_member(by, proforma.customer)
    if proforma.status != Status.DRAFT:
        return proforma
    _move(proforma, lambda: proforma.confirm(by=by, at=at))
    if ticket and ticket.status != Ticket.Status.CLOSED:
        tickets.hand_to_staff(ticket, at=at)
    return proforma


@transaction.atomic
def seal_proforma(*, proforma: Proforma, scan: CleanFile, by: User, at: datetime) -> Proforma:
    """Staff add the scan with the seal on it; it is kept on the ticket, and the customer is told (SC-110).

    Raises `not_permitted`, `four_eyes`, `wrong_state` (not confirmed, sealed, or its ticket is closed),
    and what keeping files raises.
    """
    stored = uploading.store([scan])
    proforma, ticket = _locked(proforma)
    require_staff(by, tickets.PERMISSION, proforma.customer)
    if proforma.status != Status.CONFIRMED or ticket is None:
        raise DomainError("wrong_state", state=proforma.get_status_display())
    tickets.hand_to_customer(ticket, at=at)
    key = f"sealed:{proforma.pk}"
    written = tickets.add_message(ticket, "", stored, by=by, from_staff=True, key=key, at=at)
    _move(proforma, lambda: proforma.seal(scan=written.files.get(), at=at))
    _tell(proforma, "proforma_sealed", ticket, at)
    return proforma


def _require_overseas(customer: CustomerAccount) -> None:
    if not customer.is_overseas:
        raise DomainError("not_permitted")
    require_open(customer)


def _made(sale: Sale, form: str) -> list[Proforma]:
    return list(Proforma.objects.filter(**sale.key, form=form).order_by("pk"))


def _draft(
    ticket: Ticket, sale: Sale, form: str, filed: Sequence[Filed], at: datetime
) -> list[Proforma]:
    tickets.hand_to_customer(ticket, at=at)
    made = [_make(ticket, sale, draft, sha256, form, at) for draft, sha256 in filed]
    for proforma in made:
        _tell(proforma, "proforma_ready", ticket, at)
    return made


def _make(
    ticket: Ticket, sale: Sale, draft: Draft, sha256: str, form: str, at: datetime
) -> Proforma:
    snapshot = draft.snapshot
    return Proforma.objects.create(
        customer=ticket.customer,
        **sale.key,
        entity=draft.entity,
        form=form,
        ticket=ticket,
        number=snapshot.number,
        total=Money(snapshot.total, snapshot.currency),
        snapshot=snapshot.to_json(),
        sha256=sha256,
        size=len(draft.content),
        issued_at=at,
    )


def _locked(proforma: Proforma) -> tuple[Proforma, Ticket | None]:
    """The row and its ticket, locked after the customer."""
    customer = lock_customer(proforma.customer_id)
    ticket = lock_again(proforma.ticket) if proforma.ticket else None
    locked = Proforma.objects.select_for_update(no_key=True, of=("self",)).get(pk=proforma.pk)
    locked.customer = customer
    return locked, ticket


def _move(proforma: Proforma, transition: Callable[[], None]) -> None:
    try:
        transition()
    except TransitionNotAllowed:
        raise DomainError("wrong_state", state=proforma.get_status_display()) from None
    proforma.save()


def _tell(proforma: Proforma, topic: str, ticket: Ticket, at: datetime) -> None:
    total = proforma.total
    enqueue(
        customer=ticket.customer,
        topic=topic,
        about=proforma.number,
        values={
            "number": proforma.number,
            "total": in_currency(total.amount, total.currency.code),
            "ticket": ticket.number,
        },
        at=at,
    )
