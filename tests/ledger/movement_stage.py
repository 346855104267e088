"""The stage of the random walk over every movement: two accounts of one organization, one clock, one notebook."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from finance_console.audit import run_audit
from finance_console.kernel.errors import DomainError
from ledger.models import Bill, LedgerAccount, Lot
from ledger.queries.balances import spending_order
from tests.builders import at, make_entity, make_key, make_story
from tests.controllers import make_controller
from tests.ledger.notebook import FOR_EVER, ZERO, Page, Slip
from tests.ledger.withdrawing import make_cashier

AMOUNTS = st.decimals(min_value="0.01", max_value="200.00", places=2)
OTHER_FUNDS = ("voucher", "coupon", "rebate", "gift")
WHO = st.integers(0, 1)
NTH = st.integers(0, 99)


class Stage(RuleBasedStateMachine):
    """Account 0 is the parent of account 1; `pages` is what the notebook says of them."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        parent = make_story("baidu", "Parent Ltd")
        member = make_story("baidu", "Member Ltd", parent=parent.customer)
        self.stories = [parent, member]
        self.customers = [parent.customer, member.customer]
        self.pages = [Page([fund for fund in spending_order(one) if fund != "cash"]) for one in self.customers]  # fmt: skip
        self.page_of = {one.pk: page for one, page in zip(self.customers, self.pages, strict=True)}
        self.keys = [parent.key, make_key(make_entity("W2"), rate="0.13", content="硬件")]
        self.controllers = [make_controller("one"), make_controller("two")]
        self.cashiers = [make_cashier("third"), make_cashier("fourth")]
        self.now = at("2026-01-05 09:00")
        self.count = 0
        self.known_bills: set[int] = set()
        self.locked: date | None = None
        self.recharges, self.withdrawals, self.codes, self.placed = [], [], [], []
        for story, page in zip(self.stories, self.pages, strict=True):
            story.recharge("600.00", "2026-01-05 09:00")  # or most steps would be refused
            page.cash = Decimal("600.00")

    def teardown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the checks of a commit
        broken = {result.name: result.rows for result in run_audit() if result.rows}
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        assert broken == {}

    def name(self) -> str:
        """A number that nothing else has; some minutes later."""
        self.count += 1
        self.now += timedelta(minutes=7)
        return f"N{self.count}"

    @staticmethod
    def refused(code: str, call: Callable[[], Any]) -> None:
        """The notebook says that this cannot be: it is refused, for this reason."""
        with pytest.raises(DomainError) as refusal:
            call()
        assert refusal.value.code == code

    @staticmethod
    def slip(page: Page, fund: str, amount: Decimal, ends: datetime | None = None) -> None:
        """The page gets some of a fund."""
        page.slips.append(Slip(fund, amount, ends or FOR_EVER))

    def new_bills(self) -> set[Page]:
        """Copy the bills that were made by this step into the notebook; whose they are."""
        made = Bill.objects.exclude(pk__in=self.known_bills).order_by("generated_at", "pk")
        pages = set()
        for bill in made:
            self.known_bills.add(bill.pk)
            page = self.page_of[bill.customer_id]
            page.bills.append(bill.total.amount)
            pages.add(page)
        return pages

    @invariant()
    def the_books_say_what_the_notebook_says(self) -> None:
        wanted = {}
        for pk, page in self.page_of.items():
            funds = {fund: page.fund(fund) for fund in OTHER_FUNDS}
            wanted[pk] = {"cash": page.cash, "frozen": page.frozen, **funds}
        found = {pk: dict.fromkeys(wanted[pk], ZERO) for pk in wanted}
        accounts = LedgerAccount.objects.filter(bucket__in=["frozen", *LedgerAccount.FUNDS])
        for pk, bucket, balance in accounts.values_list("customer", "bucket", "balance"):
            found[pk][bucket] = balance
        assert found == wanted

    @invariant()
    def what_is_owed_is_what_the_notebook_owes(self) -> None:
        owed = Bill.objects.filter(status="unsettled").order_by("generated_at", "pk")
        found = {pk: [] for pk in self.page_of}
        for pk, total in owed.values_list("customer", "total"):
            found[pk].append(total)
        assert found == {pk: page.bills for pk, page in self.page_of.items()}

    @invariant()
    def lots_explain_the_balances(self) -> None:
        lots = Lot.objects.values("customer", "fund").annotate(left=Sum("remaining")).order_by()
        held = {(row["customer"], row["fund"]): row["left"] for row in lots}
        for pk, page in self.page_of.items():
            assert held.get((pk, "cash"), ZERO) == max(page.cash, ZERO)
            for fund in OTHER_FUNDS:
                assert held.get((pk, fund), ZERO) == page.fund(fund)
