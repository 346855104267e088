"""What a story knows while it is played: its own time, and what its names stand for."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model

from accounts.models import CustomerAccount
from finance_console.operating.schedule import Job, run_jobs
from invoicing.domain import profiles
from invoicing.models import CreditNote, Invoice
from ledger.models import Bill

SHANGHAI = ZoneInfo("Asia/Shanghai")
M = TypeVar("M", bound=Model)


class Malformed(Exception):
    """A line that cannot be played; the message says what is wrong with it."""


@dataclass
class Story:
    """The state between two lines.

    `now` is the story's clock, which only moves forward. `prefix` keeps the numbers of a story
    that is kept in a real database apart from those of others. Names are per kind of thing.
    `secrets` are activation codes by their names: the database only has a hash of each. Files that
    a line names lie in `directory`.
    """

    now: datetime
    prefix: str = ""
    kept: bool = False
    directory: Path = Path()
    variants: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    _things: dict[tuple[str, str], Model] = field(default_factory=dict)
    _names: dict[tuple[type[Model], Any], str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def number(self, of: str) -> str:
        """A number that nothing else in the database has: "ORD-000012"."""
        return f"{self.prefix}{of}-{next(self._numbers):06d}"

    def move_to(self, to: datetime) -> list[tuple[str, datetime]]:
        """Move the clock and run the jobs that fall due on the way, `to` included; which, and when.

        Raises Malformed when `to` is in the story's past.
        """
        if to < self.now:
            raise Malformed(f"time goes backward, from {iso(self.now)} to {iso(to)}")
        ran: list[tuple[str, datetime]] = []

        def run(job: Job, at: datetime) -> None:
            self.now = at
            job.task.run(at=at.isoformat())
            ran.append((job.name, at))

        run_jobs(self.now, to, run)
        self.now = to
        return ran

    def known(self, kind: str, ref: str) -> Model | None:
        """What a line named `ref`; None when no line did."""
        return self._things.get((kind, ref))

    def require_new(self, kind: str, ref: str) -> None:
        """Raises Malformed when `ref` already names something of this kind."""
        if (kind, ref) in self._things:
            raise Malformed(f'there is already {_article(kind)} "{ref}"')

    def name(self, kind: str, ref: str, thing: Model) -> None:
        """`ref` stands for `thing` from now on. Raises Malformed when it stands for something else."""
        if self._things.setdefault((kind, ref), thing) != thing:
            raise Malformed(f'there is already {_article(kind)} "{ref}"')
        self._names.setdefault((type(thing), thing.pk), ref)

    def find(self, kind: str, ref: str) -> Any:
        """A fresh copy of what `ref` stands for. Raises Malformed when it is unknown."""
        thing = self._things.get((kind, ref)) or FINDERS.get(kind, _nothing)(self, ref)
        if thing is None:
            raise Malformed(f'there is no {kind.replace("_", " ")} "{ref}"')
        return fresh(thing)

    def ref_of(self, thing: Model) -> str:
        """The name a thing goes by in the story; what the story did not name, by its own number."""
        if isinstance(thing, Invoice):
            return f"{self.ref_of(thing.application)}/{thing.position}"
        if isinstance(thing, CreditNote):
            return f"{self.ref_of(thing.invoice)}/C{thing.position}"
        if isinstance(thing, Bill) and thing.kind == Bill.Kind.MONTHLY:
            return f"{self.ref_of(thing.customer)}/{thing.period}"
        return self._names.get((type(thing), thing.pk), str(thing))


def fresh(thing: M) -> M:
    """The row as it is now."""
    return type(thing)._default_manager.get(pk=thing.pk)


def _nothing(story: Story, ref: str) -> Model | None:
    return None


def _invoice(story: Story, ref: str) -> Invoice | None:
    """Invoice n of application A: "A/n"."""
    application, _, position = ref.rpartition("/")
    if not application or not position.isdecimal():
        return None
    owner = story.find("application", application)
    return Invoice.objects.filter(application=owner, position=int(position)).first()


def _invoice_or_credit_note(story: Story, ref: str) -> Model | None:
    """Credit note m of invoice n: "A/n/Cm"; or the name of the request that it came from."""
    of, _, position = ref.rpartition("/C")
    if of and position.isdecimal():
        notes = CreditNote.objects.filter(invoice=_invoice(story, of), position=int(position))
        return notes.first()
    if request := story.known("credit", ref):
        return CreditNote.objects.filter(request=request.pk).first()
    return _invoice(story, ref)


def _monthly_bill(story: Story, ref: str) -> Bill | None:
    """The bill of an account's month: "acme/2026-03"."""
    account, _, period = ref.rpartition("/")
    if not account:
        return None
    customer: CustomerAccount = story.find("account", account)
    return Bill.objects.filter(customer=customer, period=period, kind=Bill.Kind.MONTHLY).first()


def _order_or_bill(story: Story, ref: str) -> Model | None:
    known = story.known("order", ref) or story.known("bill", ref)
    return known or _monthly_bill(story, ref)


FINDERS: dict[str, Callable[[Story, str], Model | None]] = {
    "invoice": _invoice,
    "invoice_or_credit_note": _invoice_or_credit_note,
    "bill": _monthly_bill,
    "order_or_bill": _order_or_bill,
}


def forget_variants(story: Story) -> None:
    """Profiles that the story made do not outlive it."""
    for code in story.variants:
        profiles.forget(code)


def iso(at: datetime) -> str:
    """A moment as the story prints it: Shanghai time with its offset."""
    return at.astimezone(SHANGHAI).isoformat()


def yuan(amount: Decimal) -> str:
    """An amount as the story prints it: exactly two decimals."""
    return f"{amount:.2f}"


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind.replace('_', ' ')}"
