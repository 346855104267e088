"""Signing in, with a brake: wrong attempts are counted in the database by person and by address (R46).

Who guesses at one person from one address waits soonest. Who guesses from many addresses makes new addresses
wait for that person; the addresses that the person signed in from before are let through, so that nobody can shut
somebody out of the account for ever. What was refused is not counted: waiting helps.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import SignInAttempt, User
from accounts.services.customers.locking import lock_name
from finance_console.kernel.errors import DomainError

ONE_ATTEMPT_EACH = 7301007  # any number, the same in every process
WINDOW = timedelta(minutes=15)
MOST_AT_ONE = 5
"""Wrong attempts at one person from one address."""
MOST_FROM_ADDRESS = 30
"""Wrong attempts from one address, at whomever: a company behind one address mistypes, too."""
MOST_AT_PERSON = 50
"""Wrong attempts at one person from all addresses together."""
KNOWN_FOR = timedelta(days=90)
Outcome = SignInAttempt.Outcome


def sign_in(
    *, username: str, address: str, at: datetime, authenticate: Callable[[], User | None]
) -> User | None:
    """Who it is by `authenticate`, None when name or password is wrong; either is written down.

    Attempts at one name come one after the other: whoever tries many at once is counted all the same.
    Raises `too_many_attempts` with the minutes to wait, and asks for no password then.
    """
    name = username.strip().lower()[:150]
    with transaction.atomic():
        lock_name(ONE_ATTEMPT_EACH, name)
        wait = _wait(name, address, at)
        user = None if wait else authenticate()
        outcome = Outcome.BRAKED if wait else Outcome.SIGNED_IN if user else Outcome.WRONG
        SignInAttempt.objects.create(
            username=name, address=address, user=user, outcome=outcome, at=at
        )
    if wait:
        raise DomainError("too_many_attempts", minutes=wait)
    return user


def _wait(name: str, address: str, at: datetime) -> int:
    """For how many minutes this name may not be tried from this address; 0: now."""
    wrong = SignInAttempt.objects.filter(outcome=Outcome.WRONG, at__gt=at - WINDOW)
    here, counted = SignInAttempt.objects.filter(username=name, address=address), []
    last = (
        here.filter(outcome=Outcome.SIGNED_IN).order_by("-at").values_list("at", flat=True).first()
    )
    since_last = wrong.filter(at__gt=last) if last else wrong
    counted.append((since_last.filter(username=name, address=address), MOST_AT_ONE))
    counted.append((wrong.filter(address=address), MOST_FROM_ADDRESS))
    if not (last and last > at - KNOWN_FOR):
        counted.append((wrong.filter(username=name), MOST_AT_PERSON))
    return max(_until(rows, most, at) for rows, most in counted)


def _until(rows: QuerySet[SignInAttempt], most: int, at: datetime) -> int:
    """Minutes until fewer than `most` of the rows are in the window."""
    newest = list(rows.order_by("-at").values_list("at", flat=True)[:most])
    if len(newest) < most:
        return 0
    left = newest[-1] + WINDOW - at
    return max(1, -(-int(left.total_seconds()) // 60))
