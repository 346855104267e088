"""A pending application asked for anew on other terms, as one act: nobody takes its amounts in between (B54)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceApplication
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from invoicing.services.deficits.telling import untold
from invoicing.services.reviewing.application_actions import ACTIONS
from invoicing.services.reviewing.deciding import release
from invoicing.services.transitions import lock_application, move

REASON = "changed"


@transaction.atomic
def change(
    *,
    application: InvoiceApplication,
    ask: Ask,
    actor: User,
    at: datetime,
    idempotency_key: str,
    plan_hash: str | None = None,
    shown: Ask | None = None,
    confirm_amount: Decimal | None = None,
) -> InvoiceApplication:
    """Take the application back and submit `ask` in its place: planned anew, reserved, judged by today's rules.

    While nobody has claimed it. The new one has a number of its own; the log of the old one says that it was
    changed. Idempotent by the key. Raises `not_permitted`, `wrong_state`, `claimed_by_reviewer`, what
    `applying.submit` raises, and changes nothing then.
    """
    application = lock_application(application.pk)
    known = InvoiceApplication.objects.filter(
        customer=application.customer, idempotency_key=idempotency_key
    ).first()
    if known is not None:
        return known
    with untold():  # what is given back is asked for again below
        _take_back(application, ask, actor, at)
        return applying.submit(
            customer=application.customer,
            ask=ask,
            at=at,
            actor=actor,
            idempotency_key=idempotency_key,
            plan_hash=plan_hash,
            shown=shown,
            confirm_amount=confirm_amount,
        )


@contextmanager
def as_taken_back(
    *, application: InvoiceApplication, ask: Ask, actor: User, at: datetime
) -> Iterator[None]:
    """In here it is as if the application had been taken back; nothing stays written. Raises what `change` raises."""
    with transaction.atomic():
        _take_back(lock_application(application.pk), ask, actor, at)
        yield
        transaction.set_rollback(True)


def _take_back(application: InvoiceApplication, ask: Ask, actor: User, at: datetime) -> None:
    ACTIONS.require("change", application, actor, at)
    if set(ask.members) - set(application.members):  # their accounts are not locked
        raise DomainError("not_permitted")
    move(application, lambda: application.withdraw(at=at), actor=actor, at=at, reason=REASON)
    release(application, actor, at)
