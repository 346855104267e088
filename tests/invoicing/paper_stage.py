"""The walk over paper: one customer, three tax keys, and a notebook of what must be open.

The notebook knows, per tax key, what was consumed and refunded, and per application and credit
what it is about. What may be invoiced is then a sum that needs no item: consumption less
refunds, less what live applications hold, less what invoices say and credit notes do not.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts.models import User
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.plan import Plan
from invoicing.models import CreditRequest, Invoice, InvoiceableItem, InvoiceApplication
from invoicing.queries.askable import askable
from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.months import months
from invoicing.queries.policies import policy_of
from invoicing.services.asking.previewing import preview
from invoicing.services.asking.terms import Ask
from ledger.models import Charge, Hold
from tests.builders import Story, at, make_key, make_story, make_user, yuan

ZERO = Decimal("0.00")
AMOUNTS = st.integers(1, 40_000).map(lambda cents: Decimal(cents) / 100)
NTH = st.integers(0, 30)
PROFILES = st.sampled_from(("standard", "alibaba", "baidu", "kingsoft"))
PENDING = InvoiceApplication.Status.PENDING_APPROVAL
APPROVED = InvoiceApplication.Status.APPROVED


def reviewer() -> User:
    """One member of staff who may review, credit and ship."""
    user = make_user(f"checker{next(_names)}", is_staff=True)
    rights = Permission.objects.filter(codename__in=("review_application", "decide_credit"))
    user.user_permissions.add(*rights)
    return User.objects.get(pk=user.pk)


_names = itertools.count(1)


class PaperStage(RuleBasedStateMachine):
    """The customer, the clock and the notebook; the rules are in `test_every_paper`."""

    def __init__(self) -> None:
        super().__init__()
        self.story: Story | None = None

    def open_shop(self, profile: str) -> None:
        """One customer under `profile`, and three tax keys of its entity."""
        self.story = make_story(profile)
        first = self.story.key
        self.keys = [
            first,
            make_key(first.entity, "0.13", f"10905{next(_names):014d}", "设备"),
            make_key(first.entity, "0.06", f"30499{next(_names):014d}", "技术支持"),
        ]
        self.now: datetime = at("2026-03-02 09:00")
        self.checker = reviewer()
        self.consumed: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.charges: list[Charge] = []
        self.applications: list[int] = []
        self.story.recharge("100000.00", "2026-03-01 09:00")

    def tick(self, minutes: int = 1) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now

    @property
    def when(self) -> str:
        return self.tick().strftime("%Y-%m-%d %H:%M")

    def attempt(self, act: Callable[[], Any], *expected: str) -> Any:
        """What `act` gives; None when a rule refused it with one of the `expected` codes."""
        before = self.sums()
        refusal: DomainError | None = None
        try:
            return act()
        except DomainError as error:
            refusal = error
        assert refusal.code in expected, refusal.code
        assert self.sums() == before
        return None

    def nth(self, rows: list[Any], nth: int) -> Any:
        return rows[nth % len(rows)] if rows else None

    def application(self, nth: int) -> InvoiceApplication | None:
        pk = self.nth(self.applications, nth)
        return InvoiceApplication.objects.get(pk=pk) if pk else None

    def invoice(self, nth: int) -> Invoice | None:
        mine = Invoice.objects.filter(application__in=self.applications, number__isnull=False)
        return self.nth(list(mine.order_by("pk")), nth)

    def open_credits(self) -> list[CreditRequest]:
        mine = CreditRequest.objects.filter(invoice__application__in=self.applications)
        return list(mine.filter(status__in=CreditRequest.OPEN).order_by("pk"))

    def sums(self) -> dict[int, Decimal]:
        """Open less deficit by tax key, as the product has it."""
        rows = InvoiceableItem.objects.filter(customer=self.story.customer) if self.story else []
        found: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in rows:
            found[row.tax_category_id] += row.open - row.deficit
        return found

    def expected(self) -> dict[int, Decimal]:
        """The same out of the notebook and the papers."""
        left = defaultdict(lambda: ZERO, self.consumed)
        for charge in Charge.objects.filter(pk__in=[c.pk for c in self.charges]):
            left[charge.tax_category_id] -= charge.refunded
        for pk in self.applications:
            for invoice in Invoice.objects.filter(application=pk):
                if invoice.status == Invoice.Status.DROPPED:
                    continue
                for line in invoice.lines.all():
                    back = sum((-credit.gross for credit in line.credits.all()), ZERO)
                    left[line.tax_category_id] -= line.gross - back
        return left

    @invariant()
    def what_is_open_is_what_the_papers_leave(self) -> None:
        if self.story is None:
            return
        expected, found = self.expected(), self.sums()
        assert {key: found[key] for key in expected} == expected

    @invariant()
    def what_is_shown_as_invoiceable_can_be_asked_for(self) -> None:
        if self.story is None:
            return
        customer, now = self.story.customer, self.now
        policy = policy_of(customer)
        found = askable((customer,), policy, now)
        assert found.open == invoiceable(customer, now).open
        rows = months((customer,), policy, now)
        assert sum((month.open for month in rows), ZERO) == found.open
        for month in rows:
            between = month.refunded + month.invoiced + month.reserved + month.offset
            left = month.cash - between + month.deficit + month.moved - month.waiting
            assert month.open == left >= 0
        chosen = tuple(month.period for month in rows if month.open)
        if "amount" in policy.methods and found.total:
            assert self.plan_of(method="amount", amount=found.total).total == found.total
        if not chosen:
            return
        refusal, plan = self.plan_or_refusal(method="month", months=chosen)
        if plan is not None:
            assert plan.total == found.total
            assert plan.total + plan.offset + found.blocked == found.open
            return
        assert refusal == "deficit_not_covered"
        assert found.stopping
        assert "order" in policy.methods or not found.total

    def plan_or_refusal(self, **wish: Any) -> tuple[str, Plan | None]:
        try:
            return "", self.plan_of(**wish)
        except DomainError as error:
            return error.code, None

    def plan_of(self, **wish: Any) -> Plan:
        return preview(customer=self.story.customer, ask=Ask(**wish), at=self.now).plan

    @invariant()
    def nothing_is_open_twice(self) -> None:
        if self.story is None:
            return
        rows = InvoiceableItem.objects.filter(customer=self.story.customer)
        for row in rows:
            assert row.open <= row.cash - row.refunded
            assert row.offset_received <= row.refunded
        deficit = sum((row.deficit for row in rows), ZERO)
        held = Hold.objects.filter(
            customer=self.story.customer, source="deficit", lifted_at=None
        ).first()
        assert (held is not None) == (deficit > 0)
        block = profiles.get(self.story.customer.profile).withdraw_block
        if held is not None and block == "deficit_amount":
            assert held.amount == deficit


def share(amount: Decimal, hundredths: int) -> Decimal:
    """A part of an amount, at least a cent."""
    return max(yuan("0.01"), (amount * hundredths / 100).quantize(yuan("0.01")))
