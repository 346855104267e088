"""Rules of the random walk: money that leaves, moves between members, is corrected or lent, and time."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.models import Withdrawal
from ledger.services.bills import credit_limits, generating
from ledger.services.control import adjusting, locking_periods
from ledger.services.funds import expiring
from ledger.services.payouts import transferring, withdrawing
from ledger.services.recharges import receiving, reversing
from tests.builders import SHANGHAI
from tests.ledger.movement_stage import AMOUNTS, NTH, OTHER_FUNDS, WHO, Stage

TWO_PEOPLE_ABOVE = Decimal("100.00")


class Leaving(Stage):
    """Withdrawals, transfers between members, recharges taken back."""

    @rule(who=WHO, amount=AMOUNTS, everything=st.booleans())
    def withdraw(self, who: int, amount: Decimal, *, everything: bool) -> None:
        page, number = self.pages[who], self.name()
        amount = page.free() if everything and page.free() else amount

        def ask() -> Withdrawal:
            return withdrawing.request_withdrawal(
                customer=self.customers[who],
                amount=amount,
                idempotency_key=number,
                by=self.stories[who].user,
                at=self.now,
            )

        if amount > page.free():
            self.refused("insufficient_balance", ask)
            return
        assert ask() == ask()
        page.cash -= amount
        page.frozen += amount
        self.withdrawals.append([Withdrawal.objects.latest("pk"), page, None])

    @precondition(lambda self: self.withdrawals)
    @rule(nth=NTH, step=st.sampled_from(["review", "review", "pay", "fail", "reject"]), by=WHO)
    def decide(self, nth: int, step: str, by: int) -> None:
        row = self.withdrawals[nth % len(self.withdrawals)]
        asked, page, reviewer = row
        person, amount = self.cashiers[by], asked.amount.amount
        common = {"withdrawal": asked, "by": person, "at": self.now}
        call = {
            "review": lambda: withdrawing.review_withdrawal(**common),
            "pay": lambda: withdrawing.pay_withdrawal(
                bank_reference=f"B{nth}-{self.name()}", **common
            ),
            "fail": lambda: withdrawing.fail_withdrawal(reason="No", **common),
            "reject": lambda: withdrawing.reject_withdrawal(reason="No", **common),
        }[step]
        self.name()
        if step == "pay" and amount > TWO_PEOPLE_ABOVE and person == reviewer:
            self.refused("four_eyes", call)
        elif (step == "review") == (reviewer is not None) and step != "reject":
            self.refused("wrong_state", call)
        else:
            call()
            if step == "review":
                row[2] = person
                return
            self.withdrawals.remove(row)
            page.frozen -= amount
            if step != "pay":
                page.cash += amount
                page.settle(self.now)

    @rule(giver=WHO, amount=AMOUNTS)
    def transfer(self, giver: int, amount: Decimal) -> None:
        number, page, other = self.name(), self.pages[giver], self.pages[1 - giver]

        def move() -> object:
            return transferring.transfer_to_member(
                giver=self.customers[giver],
                taker=self.customers[1 - giver],
                amount=amount,
                reference=number,
                by=self.stories[0].user,
                at=self.now,
            )

        if amount > page.free():
            self.refused("insufficient_balance", move)
            return
        assert move() == move()
        page.cash -= amount
        other.cash += amount
        other.settle(self.now)

    @precondition(lambda self: self.recharges)
    @rule(nth=NTH)
    def reverse(self, nth: int) -> None:
        row = self.recharges[nth % len(self.recharges)]
        made, page, taken_back = row
        self.name()

        def take_back() -> object:
            return reversing.reverse_recharge(
                recharge=made, reason="Wrong", by=self.controllers[0], at=self.now
            )

        if taken_back:
            self.refused("recharge_reversed", take_back)
        elif made.amount.amount > page.free():
            self.refused("insufficient_balance", take_back)
        else:
            take_back()
            row[2] = True
            page.cash -= made.amount.amount


class Controlled(Stage):
    """Adjustments, credit, locked books, and the jobs that time brings."""

    @rule(
        who=WHO,
        fund=st.sampled_from(["cash", *OTHER_FUNDS]),
        amount=AMOUNTS,
        takes=st.booleans(),
        end=st.sampled_from(["approve", "approve", "reject", "alone"]),
    )
    def adjust(self, who: int, fund: str, amount: Decimal, end: str, *, takes: bool) -> None:
        self.name()
        page, (one, two) = self.pages[who], self.controllers
        balance = page.cash if fund == "cash" else page.fund(fund)

        def ask() -> adjusting.Adjustment:
            return adjusting.request_adjustment(
                customer=self.customers[who],
                fund=fund,
                amount=-amount if takes else amount,
                reason="Correction",
                by=one,
                at=self.now,
            )

        if takes and amount > balance:
            self.refused("insufficient_balance", ask)
            return
        asked = ask()
        decide = adjusting.reject_adjustment if end == "reject" else adjusting.approve_adjustment
        if end == "alone":
            self.refused("four_eyes", lambda: decide(adjustment=asked, by=one, at=self.now))
            return
        decide(adjustment=asked, by=two, at=self.now)
        self.refused("wrong_state", lambda: decide(adjustment=asked, by=two, at=self.now))
        if end == "reject":
            return
        if fund == "cash":
            page.cash += -amount if takes else amount
            if not takes:
                page.settle(self.now)
        elif takes:
            page.take(fund, amount)
        else:
            self.slip(page, fund, amount)

    @rule(who=WHO, limit=st.sampled_from(["0.00", "50.00", "400.00"]).map(Decimal))
    def lend(self, who: int, limit: Decimal) -> None:
        self.name()
        page = self.pages[who]

        def allow() -> object:
            return credit_limits.set_credit_limit(
                customer=self.customers[who], limit=limit, by=self.controllers[0], at=self.now
            )

        if limit < -page.cash:
            self.refused("credit_in_use", allow)
            return
        allow()
        page.limit = limit
        page.settle(self.now)

    @rule()
    def lock(self) -> None:
        """Through yesterday. Then nothing comes into yesterday any more."""
        self.name()
        yesterday = self.now.date() - timedelta(days=1)

        def close() -> object:
            return locking_periods.lock_books(
                through=yesterday, reason="Closed", by=self.controllers[0], at=self.now
            )

        if self.locked == yesterday:
            self.refused("already_locked", close)
        else:
            close()
            self.locked = yesterday
        before = datetime.combine(yesterday, time(23, 59), tzinfo=SHANGHAI)
        self.refused(
            "period_locked",
            lambda: receiving.record_recharge(
                customer=self.customers[0],
                amount=Decimal("1.00"),
                channel="online",
                reference="late",
                at=self.now,
                booked_at=before,
            ),
        )

    @rule(days=st.integers(1, 20), swept=st.booleans())
    def days_pass(self, days: int, *, swept: bool) -> None:
        """Months are closed; what has ended is swept up now, or only later."""
        self.now += timedelta(days=days)
        generating.close_months(at=self.now)
        for page in self.new_bills():
            page.settle(self.now)
        if swept:
            expiring.expire_funds(at=self.now)
            for page in self.pages:
                page.sweep(self.now)
