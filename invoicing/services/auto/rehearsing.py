"""The rehearsal: a day before the run everything is planned and nothing is applied for.

Customers whose month would fail are told while they can still put it right; operators see the
totals.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction

from accounts.messages.outbox import Owed, enqueue_many
from accounts.models import CustomerAccount
from finance_console.faults import of_the_house
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.models import AutoInvoicingRehearsal
from invoicing.queries.catalogue import Catalogue
from invoicing.services.auto.facts import Facts, load
from invoicing.services.auto.judging import Verdict, judge
from invoicing.services.auto.running import BROKEN, notice
from invoicing.services.auto.waiting import Group, eves, group_of, to_rehearse, waiting

CHUNK = 500
NAMED = 100
EARLIER = "earlier_months"
"""Not a problem, but worth knowing: what earlier months left is applied for too."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """What a rehearsal has seen so far; `named`: the first customers to know about, by code."""

    total: Decimal = ZERO
    counts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, verdict: Verdict, period: str) -> None:
        customer = verdict.facts.customer
        if verdict.refusal is not None:
            self.counts["fail"] += 1
            self._name(customer, verdict.refusal.code)
        elif verdict.planned is not None:
            self.counts["issue"] += 1
            self.total += verdict.planned.plan.total
            if verdict.facts.months != (period,):
                self._name(customer, EARLIER)
        else:
            self.counts["nothing"] += 1

    def _name(self, customer: CustomerAccount, code: str) -> None:
        self.problems[code] += 1
        if len(self.named[code]) < NAMED:
            self.named[code].append(customer.code)

    @property
    def by_reason(self) -> dict[str, Any]:
        """The most frequent first."""
        return {
            code: {"count": count, "customers": self.named[code]}
            for code, count in self.problems.most_common()
        }


def rehearse_due(*, at: datetime) -> int:
    """Rehearse the months whose run comes within a day and that were not rehearsed. How many.

    A rehearsal that was killed begins anew; what it told before is not told twice. One that comes
    too late, after the first run of its month, is left out.
    """
    eves_due = [(period, due) for period, (eve, due) in eves(waiting()).items() if eve <= at < due]
    return sum(_rehearse(period, at) for period, _due in sorted(eves_due))


def _rehearse(period: str, at: datetime) -> bool:
    tally, catalogue, after = Tally(), Catalogue(), 0
    while customers := to_rehearse(period, after, CHUNK):
        _rehearse_chunk(customers, period, at, tally, catalogue)
        after = customers[-1].pk
    _row, made = AutoInvoicingRehearsal.objects.get_or_create(
        period=period,
        defaults={
            "rehearsed_at": at,
            "would_issue": tally.counts["issue"],
            "would_fail": tally.counts["fail"],
            "nothing": tally.counts["nothing"],
            "total": tally.total,
            "problems": tally.by_reason,
        },
    )
    log.info("auto_invoicing_rehearsed", period=period, **tally.counts)
    return made


@transaction.atomic
def _rehearse_chunk(
    customers: Sequence[CustomerAccount],
    period: str,
    at: datetime,
    tally: Tally,
    catalogue: Catalogue,
) -> None:
    """Plan the month of these customers as of the moment of their run; warn those who would fail."""
    groups: dict[Group, list[CustomerAccount]] = defaultdict(list)
    for customer in customers:
        groups[group_of(customer)].append(customer)
    refused: list[Verdict] = []
    for group, members in groups.items():
        due = group.due_at(period)
        if due is None:
            continue
        facts = load(
            customers=members,
            period=period,
            at=due,
            policy=group.policy,
            catalogue=catalogue,
        )
        for entry in facts:
            verdict = _judge(entry, group, period)
            tally.add(verdict, period)
            if verdict.refusal:
                refused.append(verdict)
    enqueue_many(owed=_warnings(refused, period), at=at)


def _judge(facts: Facts, group: Group, period: str) -> Verdict:
    """The verdict; a customer that breaks the planner is a problem for operators, not for the others."""
    try:
        return judge(facts, group.policy, period)
    except Exception as error:
        if of_the_house(error):
            raise
        log.exception("auto_invoicing_broken", period=period, customer=facts.customer.pk)
        return Verdict(facts=facts, total=ZERO, refusal=DomainError(BROKEN))


def _warnings(refused: Iterable[Verdict], period: str) -> list[Owed]:
    return [
        notice("auto_invoicing_would_fail", verdict.facts.customer.pk, period, verdict.refusal)
        for verdict in refused
        if verdict.refusal and verdict.refusal.code != BROKEN
    ]
