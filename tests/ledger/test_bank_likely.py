"""Above the confidence that the operator sets, the system credits a line by itself and says why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from ledger.models import Bill
from ledger.queries.payers import suggestions_for
from ledger.services.bank.deciding import match_line
from ledger.services.recharges.reversing import reverse_recharge
from tests import bank_files as files
from tests.builders import at, make_story, yuan
from tests.ledger.banking import MORNING, cash, desk_person, line, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return make_story()


@pytest.fixture
def desk():
    return desk_person()


def take(reference: str, amount: str = "100", **more: str):
    return run(files.csv_file(files.csv_line(reference, amount, **more)), name=f"{reference}.csv")


def reference_of(number: str) -> str:
    body = "".join(c for c in number if c.isalnum())
    made = f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"
    assert iso11649.is_valid(made)
    return made


def test_by_default_only_what_is_certain_is_credited(story, desk):
    take("B-1", remittance=reference_of(story.customer.code))
    assert (line("B-1").status, cash(story)) == ("unmatched", 0)


@pytest.mark.parametrize("written", ["code", "RF code", "bill", "RF bill"])
def test_a_number_in_the_text_is_enough_above_the_confidence(story, desk, settings, written):
    settings.BANK_BOOK_FROM = 90
    story.bill("40.00", "2026-03-19 08:00")
    number = Bill.objects.get().number if "bill" in written else story.customer.code
    take("B-1", remittance=reference_of(number) if "RF" in written else f"预付{number}，谢谢")
    kept = line("B-1")
    assert (kept.status, kept.recharge.customer, kept.decided_by) == (
        "matched", story.customer, None,
    )  # fmt: skip
    assert kept.reason.startswith("By the system, 9")


def test_a_habit_of_paying_from_an_account_is_remembered_until_somebody_else_is_credited(
    story, desk, settings
):
    def paid(n: int, amount: str = "10") -> str:
        fields = files.csv_line(f"B-{n}", amount, payer="Parent Ltd").split(",")
        return ",".join([*fields[:6], "6222000000000077", *fields[7:]])

    for n in (1, 2, 3):
        run(files.csv_file(paid(n)), name=f"{n}.csv")
        match_line(line=line(f"B-{n}"), customer=story.customer, by=desk, at=at(MORNING))
    settings.BANK_BOOK_FROM = 86
    run(files.csv_file(paid(4)), name="4.csv")
    assert (line("B-4").reason, cash(story)) == (
        "By the system, 86 % sure: Paid from this account before: 3 times; Paid under this name before: 3 times",
        yuan("40"),
    )  # fmt: skip
    reverse_recharge(recharge=line("B-4").recharge, reason="wrong", by=desk, at=at(MORNING))
    assert (line("B-4").status, line("B-4").reason) == ("unmatched", "")
    match_line(
        line=line("B-4"), customer=make_story(name="Other").customer, by=desk, at=at(MORNING)
    )
    run(files.csv_file(paid(5)), name="5.csv")
    assert line("B-5").status == "unmatched"


def test_where_two_customers_are_named_or_the_account_is_another_ones_nobody_is_credited(
    story, settings
):
    settings.BANK_BOOK_FROM = 60
    other = make_story(name="Other")
    take("B-1", remittance=f"{story.customer.code} {other.customer.code}")
    take("B-2", remittance=story.customer.code, paid_into="955099999")
    take("B-3", "-5", remittance=story.customer.code)
    assert {line(f"B-{n}").status for n in (1, 2, 3)} == {"unmatched"}
    assert cash(story) == cash(other) == 0


def test_many_lines_take_as_many_queries_as_one(story):
    def queries(count: int) -> int:
        lines = [line("B-1") for _n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            suggestions_for(lines, "CNY")
        return len(captured)

    take("B-1", remittance=f"{story.customer.code} {reference_of(story.customer.code)}")
    assert queries(1) == queries(50) <= 8
