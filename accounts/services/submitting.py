"""Doing once what a person says twice: browser Back and press again, a double click, two connections."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import CustomerAccount, Submission, User
from finance_console.kernel.errors import DomainError


@transaction.atomic
def once(
    *,
    customer: CustomerAccount,
    by: User,
    key: str,
    fingerprint: str,
    act: Callable[[], str],
    at: datetime,
) -> str | None:
    """Where `act` led, and where it had led if this key was sent before; None when it led nowhere.

    `act` does something and returns the address that follows, or "" when it did nothing: then nothing of it stays.
    The unique key decides between two at once: the second waits here for the first, and answers the same.
    The row is taken before any lock of the act, so nobody who waits for it holds one.
    Raises `submitted_already` for the same key with other content, or from another person.
    """
    row, is_new = Submission.objects.get_or_create(
        customer=customer, key=key, defaults={"by": by, "fingerprint": fingerprint, "at": at}
    )
    if not is_new:
        if (row.fingerprint, row.by_id) != (fingerprint, by.pk):
            raise DomainError("submitted_already")
        return row.answer
    row.answer = act()
    if not row.answer:
        transaction.set_rollback(True)
        return None
    row.save(update_fields=["answer"])
    return row.answer
