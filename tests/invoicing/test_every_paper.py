"""A random walk over every operation on paper, on real PostgreSQL (SC-115): the master invariant
holds after every step, and the whole audit after every walk.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from finance_console.audit import run_audit
from invoicing.channels import SandboxChannel
from invoicing.models import CreditRequest, InvoiceApplication, Offset
from invoicing.queries.months import months
from invoicing.queries.policies import policy_of
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from invoicing.services.crediting import originals, reissuing, requests
from invoicing.services.crediting import requests as crediting
from invoicing.services.deficits import offsetting, undoing
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from ledger.models import Charge, Order
from ledger.services.orders import paying, refunding
from tests.invoicing.paper_stage import AMOUNTS, NTH, PROFILES, PaperStage, share

ASKING = (
    "insufficient_invoiceable",
    "deficit_not_covered",
    "below_minimum",
    "nothing_selected",
    "nothing_but_offset",
    "resource_pending",
    "method_not_allowed",
)
NOT_YET = ("month_already_invoiced", "not_yet_available")
PART = st.integers(1, 100)


class Paper(PaperStage):
    """What a customer and the staff do, in any order."""

    @initialize(profile=PROFILES)
    def start(self, profile: str) -> None:
        self.open_shop(profile)

    @rule(amount=AMOUNTS, key=NTH, delivered=st.sampled_from((True, True, False)))
    def consume(self, amount: Decimal, key: int, *, delivered: bool) -> None:
        tax_key = self.keys[key % 3]
        placed = self.story.order(str(amount), self.when, tax_key, delivered=delivered)
        self.charges.append(placed.charge)
        self.consumed[tax_key.pk] += amount

    @rule(nth=NTH)
    def deliver(self, nth: int) -> None:
        waiting = Order.objects.filter(customer=self.story.customer, delivered_at=None)
        placed = self.nth(list(waiting.order_by("pk")), nth)
        if placed is not None:
            self.attempt(lambda: paying.deliver_order(order=placed, at=self.tick()), "wrong_state")

    @rule(days=st.integers(1, 40))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(nth=NTH, everything=st.booleans())
    def apply_by_month(self, nth: int, *, everything: bool) -> None:
        customer = self.story.customer
        rows = [row.period for row in months((customer,), policy_of(customer), self.now)]
        chosen = tuple(rows) if everything else (self.nth(rows, nth),)
        if not rows:
            return
        refusals = (*ASKING, *NOT_YET)
        plan = self.attempt(lambda: self.plan_of(method="month", months=chosen), *refusals)
        if plan is None:
            return
        made = self.attempt(
            lambda: applying.submit(
                customer=customer,
                ask=Ask(method="month", months=chosen),
                at=self.now,
                actor=self.story.user,
                idempotency_key=f"M{next(self.story.numbers)}",
                confirm_amount=plan.total,
            ),
            "nothing_but_offset",
        )
        if made:
            self.applications.append(made.pk)

    @rule(nth=NTH, part=PART)
    def refund(self, nth: int, part: int) -> None:
        charge = self.nth(self.charges, nth)
        if charge is None:
            return
        charge = Charge.objects.get(pk=charge.pk)
        left = charge.cash - charge.refunded
        claimed = {
            pk
            for pk in self.applications
            if InvoiceApplication.objects.get(pk=pk).claimed_at is not None
        }
        before = self.statuses()
        self.attempt(
            lambda: refunding.refund_charge(
                charge=charge,
                amount=share(left, part) if left else left,
                reason="refund",
                reference=f"RF{next(self.story.numbers)}",
                at=self.tick(),
            ),
            "below_minimum",
            "invalid_amount",
        )
        gone = {pk for pk, status in self.statuses().items() if status != before[pk]}
        assert not gone & claimed

    def statuses(self) -> dict[int, str]:
        rows = InvoiceApplication.objects.filter(pk__in=self.applications)
        return dict(rows.values_list("pk", "status"))

    @rule(amount=AMOUNTS)
    def apply_by_amount(self, amount: Decimal) -> None:
        made = self.attempt(lambda: self.story.ask(self.when, amount=str(amount)), *ASKING)
        if made:
            self.applications.append(made.pk)

    @rule(first=NTH, second=NTH)
    def apply_by_order(self, first: int, second: int) -> None:
        chosen = {self.nth(self.charges, n) for n in (first, second)} - {None}
        numbers = tuple(sorted(charge.order.number for charge in chosen))
        made = self.attempt(
            lambda: self.story.ask(self.when, method="order", sources=numbers), *ASKING
        )
        if made:
            self.applications.append(made.pk)

    @rule(nth=NTH, word=st.sampled_from(("claim", "approve", "reject", "withdraw")))
    def review(self, nth: int, word: str) -> None:
        application = self.application(nth)
        if application is None:
            return
        at = self.tick()
        acts = {
            "claim": lambda: deciding.claim(application=application, reviewer=self.checker, at=at),
            "approve": lambda: deciding.approve(
                application=application, reviewer=self.checker, at=at
            ),
            "reject": lambda: deciding.reject(
                application=application, reviewer=self.checker, reason="wrong", at=at
            ),
            "withdraw": lambda: deciding.withdraw(
                application=application, actor=self.story.user, at=at
            ),
        }
        self.attempt(acts[word], "wrong_state", "claimed_by_reviewer")

    @rule(nth=NTH, refuse=st.sets(st.integers(1, 3)))
    def issue(self, nth: int, refuse: set[int]) -> None:
        application = self.application(nth)
        if application is not None:
            self.attempt(
                lambda: invoices.issue_application(
                    application=application, at=self.tick(), channel=SandboxChannel(refuse=refuse)
                ),
                "wrong_state",
            )

    @rule(nth=NTH, part=PART, reason=st.sampled_from(CreditRequest.Reason.values))
    def ask_for_credit(self, nth: int, part: int, reason: str) -> None:
        invoice = self.invoice(nth)
        if invoice is not None:
            self.attempt(
                lambda: requests.request_credit(
                    invoice=invoice,
                    reason=reason,
                    amount=share(invoice.gross.amount, part),
                    actor=self.story.user,
                    at=self.tick(),
                    idempotency_key=f"CK{next(self.story.numbers)}",
                ),
                "wrong_state",
                "over_credit",
                "full_credit_only",
            )

    @precondition(lambda self: self.story is not None and self.open_credits())
    @rule(nth=NTH, word=st.sampled_from(("approve", "refuse", "cancel")))
    def decide_credit(self, nth: int, word: str) -> None:
        request, at = self.nth(self.open_credits(), nth), self.tick()
        waiting = request.status == CreditRequest.Status.AWAITING_ORIGINAL
        if word == "approve" and waiting:
            originals.receive_original(
                invoice=request.invoice,
                forms=["invoice"],
                freight_collect=False,
                actor=self.checker,
                at=at,
            )
        elif word == "approve":
            crediting.approve_credit(request=request, reviewer=self.checker, at=at)
        elif word == "refuse":
            requests.refuse_credit(request=request, reviewer=self.checker, reason="no", at=at)
        else:
            requests.cancel_credit(request=request, actor=self.story.user, at=at)

    @rule(nth=NTH)
    def reissue(self, nth: int) -> None:
        invoice = self.invoice(nth)
        if invoice is None:
            return
        made = self.attempt(
            lambda: reissuing.reissue(
                invoice=invoice,
                actor=self.story.user,
                at=self.tick(),
                idempotency_key=f"RE{next(self.story.numbers)}",
                remarks="corrected",
            ),
            "wrong_state",
            "nothing_selected",
            "electronic_only",
        )
        if made:
            self.applications.append(made.pk)

    @rule()
    def offset(self) -> None:
        offsetting.offset_now(customer=self.story.customer, at=self.tick())

    @rule(nth=NTH)
    def undo_an_offset(self, nth: int) -> None:
        mine = Offset.objects.filter(item__customer=self.story.customer).order_by("pk")
        pair = self.nth(list(mine), nth)
        if pair is not None:
            self.attempt(
                lambda: undoing.undo_offset(offset=pair, actor=self.story.user, at=self.tick()),
                "offset_used",
            )

    def teardown(self) -> None:
        faults = [(found.name, found.rows) for found in run_audit() if found.rows]
        assert faults == []


@pytest.mark.django_db
def test_sc_115_any_sequence_of_operations_keeps_the_master_invariant() -> None:
    run_state_machine_as_test(
        Paper,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
