"""Doing once what a person says twice: browser Back and press again, a double click, two connections."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import CustomerAccount, Submission, User
from finance_console.kernel.errors import DomainError


@transaction.atomic
def once(
    *,
    customer: CustomerAccount | None,
    by: User,
    key: str,
    fingerprint: str,
    act: Callable[[], str],
    at: datetime,
) -> str | None:
    """Where `act` led, and where it had led if this key was sent before; None when it led nowhere.

    `act` does something and returns the address that follows, or "" when it did nothing: then nothing of it stays.
    `customer` None: a form of staff. The unique key decides between two at once: the second waits here for the
    first, and answers the same. The row is taken before any lock of the act, so nobody who waits for it holds one.
    Raises `submitted_already` for the same key with other content, or from another person; its `answer` is where
    the first one led, for the person who sent it.
    """
    row, is_new = Submission.objects.get_or_create(
        key=key, defaults={"customer": customer, "by": by, "fingerprint": fingerprint, "at": at}
    )
    if not is_new:
        return _first_answer(row, customer, by, fingerprint)
    row.answer = act()
    if not row.answer:
        transaction.set_rollback(True)
        return None
    row.save(update_fields=["answer"])
    return row.answer


def _first_answer(
    row: Submission, customer: CustomerAccount | None, by: User, fingerprint: str
) -> str:
    own = row.by_id == by.pk and row.customer_id == (customer.pk if customer else None)
    if not own or row.fingerprint != fingerprint:
        raise DomainError("submitted_already", answer=row.answer if own else "")
    return row.answer
