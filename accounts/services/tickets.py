"""Tickets: a customer opens one, staff answer it, either side closes it.

A ticket moves nothing, so a closed account may still write one; it cannot upload files any more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, Ticket, TicketMessage, User
from accounts.services.customers.locking import lock_again, lock_customer
from accounts.services.customers.roles import acts_for, require_member, require_staff
from accounts.services.requests.uploading import StoredFile, keep, store
from finance_console.kernel.errors import DomainError

PERMISSION = "accounts.answer_ticket"
SUBJECT_LIMIT, ABOUT_LIMIT, TEXT_LIMIT = 120, 40, 4000
NEEDS_FILE = frozenset({Ticket.Topic.LOST_INVOICE})
Status = Ticket.Status


@transaction.atomic
def open_ticket(
    *,
    customer: CustomerAccount,
    topic: str,
    subject: str,
    text: str,
    by: User | None,
    idempotency_key: str,
    at: datetime,
    about: str = "",
    files: Sequence[CleanFile] = (),
) -> Ticket:
    """Ask staff for something (B13, B17, B21, B49, B63, K16, K21). `by` None is the system.

    `about` is the number of an application, invoice, order or bill. Idempotent by the key.
    Raises `not_permitted`, `text_missing`, `text_too_long`, `materials_missing` (a lost invoice
    without its certificate, SC-111), `reference_conflict`, and what keeping files raises.
    """
    stored = store(_few(files))
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    subject, about = _line(subject, SUBJECT_LIMIT), _line(about, ABOUT_LIMIT)
    known = customer.tickets.filter(idempotency_key=idempotency_key).first()
    if known:
        if (known.topic, known.subject, known.about) != (topic, subject, about):
            raise DomainError("reference_conflict", reference=idempotency_key)
        return known
    if not subject:
        raise DomainError("text_missing")
    if topic in NEEDS_FILE and not files:
        raise DomainError("materials_missing")
    ticket = Ticket.objects.create(
        customer=customer,
        topic=topic,
        subject=subject,
        about=about,
        idempotency_key=idempotency_key,
        opened_by=by,
        opened_at=at,
        changed_at=at,
    )
    add_message(ticket, text, stored, by=by, from_staff=False, key=idempotency_key, at=at)
    return ticket


@transaction.atomic
def ask_again(
    *,
    ticket: Ticket,
    text: str,
    by: User | None,
    idempotency_key: str,
    at: datetime,
    files: Sequence[CleanFile] = (),
) -> TicketMessage:
    """The customer writes again: the ticket waits for staff. Idempotent by the key.

    Raises `not_permitted`, `wrong_state` (closed), `text_missing`, `text_too_long`,
    `reference_conflict`, and what keeping files raises.
    """
    stored = store(_few(files))
    ticket = lock_again(ticket)
    require_member(by, ticket.customer)
    known = _known(ticket, idempotency_key, text)
    if known:
        return known
    hand_to_staff(ticket, at=at)
    return add_message(ticket, text, stored, by=by, from_staff=False, key=idempotency_key, at=at)


@transaction.atomic
def answer(
    *,
    ticket: Ticket,
    text: str,
    by: User,
    idempotency_key: str,
    at: datetime,
    files: Sequence[CleanFile] = (),
) -> TicketMessage:
    """Staff answer: the customer is told on every channel. Idempotent by the key.

    Raises `not_permitted`, `four_eyes`, `wrong_state` (closed), `text_missing`, `text_too_long`,
    `reference_conflict`, and what keeping files raises.
    """
    stored = store(_few(files))
    ticket = lock_again(ticket)
    require_staff(by, PERMISSION, ticket.customer)
    known = _known(ticket, idempotency_key, text)
    if known:
        return known
    hand_to_customer(ticket, at=at)
    written = add_message(ticket, text, stored, by=by, from_staff=True, key=idempotency_key, at=at)
    _tell(ticket, "ticket_answered", f"{ticket.number}:{written.pk}", at)
    return written


@transaction.atomic
def close(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Nothing is left to say; by the customer or by staff, then the customer is told.

    Closed already: nothing happens. Raises `not_permitted`, `four_eyes`.
    """
    ticket = lock_again(ticket)
    by_staff = not acts_for(by, ticket.customer)
    if by_staff:
        require_staff(by, PERMISSION, ticket.customer)
    if ticket.status == Status.CLOSED:
        return ticket
    _move(ticket, lambda: ticket.close(at=at))
    if by_staff:
        _tell(ticket, "ticket_closed", ticket.number, at)
    return ticket


def hand_to_customer(ticket: Ticket, *, at: datetime) -> None:
    """The locked ticket waits for the customer now. Raises `wrong_state` when it is closed."""
    if ticket.status != Status.ANSWERED:
        _move(ticket, lambda: ticket.answer(at=at))


def hand_to_staff(ticket: Ticket, *, at: datetime) -> None:
    """The locked ticket waits for staff now, since then or since before. Raises `wrong_state` if closed."""
    if ticket.status != Status.OPEN:
        _move(ticket, lambda: ticket.ask_again(at=at))


def add_message(
    ticket: Ticket,
    text: str,
    files: Sequence[StoredFile],
    *,
    by: User | None,
    from_staff: bool,
    key: str,
    at: datetime,
) -> TicketMessage:
    """Append to the conversation of a locked ticket. A message has words, files, or both.

    Raises `text_missing`, `text_too_long`, and what keeping files raises.
    """
    text = _clipped(text, TEXT_LIMIT)
    if not text and not files:
        raise DomainError("text_missing")
    kept = [keep(customer=ticket.customer, file=file, by=by, at=at) for file in files]
    message = TicketMessage.objects.create(
        ticket=ticket,
        author=by,
        from_staff=from_staff,
        text=text,
        written_at=at,
        idempotency_key=key,
    )
    message.files.set(kept)
    return message


def _few(files: Sequence[CleanFile]) -> Sequence[CleanFile]:
    """Raises `too_many_files`."""
    if len(files) > settings.UPLOAD_MAX_FILES:
        raise DomainError("too_many_files", limit=settings.UPLOAD_MAX_FILES)
    return files


def _known(ticket: Ticket, key: str, text: str) -> TicketMessage | None:
    """What this key wrote before; another text under it is refused."""
    known = ticket.messages.filter(idempotency_key=key).first()
    if known and known.text != _clipped(text, TEXT_LIMIT):
        raise DomainError("reference_conflict", reference=key)
    return known


def _move(ticket: Ticket, transition: Callable[[], None]) -> None:
    try:
        transition()
    except TransitionNotAllowed:
        raise DomainError("wrong_state", state=ticket.get_status_display()) from None
    ticket.save()


def _line(text: str, limit: int) -> str:
    """One line: it may become the subject of an email."""
    return _clipped(" ".join(text.split()), limit)


def _clipped(text: str, limit: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > limit:
        raise DomainError("text_too_long", limit=limit)
    return text


def _tell(ticket: Ticket, topic: str, about: str, at: datetime) -> None:
    enqueue(
        customer=ticket.customer,
        topic=topic,
        about=about,
        values={"ticket": ticket.number, "subject": ticket.subject},
        at=at,
    )
