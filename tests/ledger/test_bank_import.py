"""Bank statements: money finds its customer, nothing is credited twice, a file is imported whole or not."""

import pytest

from accounts.models import Certification, OutboxMessage
from ledger.models import (
    Bill,
    DedicatedAccount,
    Entry,
    PeriodLock,
    Recharge,
)
from ledger.services.bank import importing
from ledger.services.bank.judging import Outcome
from ledger.services.bank.reading import BankFileError
from tests import bank_files as files
from tests.builders import at, close, make_story, yuan
from tests.ledger.banking import MORNING, cash, desk_person, line, number_of, operator, run
from tests.refusing import fingerprint, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return desk_person()


@pytest.fixture
def story():
    return make_story(name="云帆印刷有限公司")


def rejected(content: str, sentence: str) -> BankFileError:
    before = fingerprint()
    with pytest.raises(BankFileError) as caught:
        run(content)
    assert fingerprint() == before
    assert caught.value.values["problem"] == sentence
    return caught.value


# Dedicated accounts


def test_a_customer_keeps_one_number_with_a_check_digit(story):
    other = make_story(name="Other Ltd")
    numbers = [number_of(story), number_of(story), number_of(other)]
    assert numbers[0] == numbers[1] != numbers[2]
    assert numbers[0].startswith("95500017")
    assert len(numbers[0]) == 18
    assert DedicatedAccount.objects.count() == 2


def test_no_numbers_where_the_bank_gave_none(story, settings):
    settings.BANK_TRANSFER_PREFIX = ""
    refused("not_found", lambda: number_of(story))


def test_a_closed_account_gets_no_number(story):
    close(story.customer)
    refused("account_closed", lambda: number_of(story))


# Matching


def test_money_into_a_dedicated_account_is_a_recharge_of_the_booking_day(story):
    content = files.camt(
        [files.entry("B-1", "500.00", payer="somebody else", paid_into=number_of(story))],
        [files.balance("OPBD", "0.00"), files.balance("CLBD", "500.00")],
    )
    statement, found = run(content, "march.xml")
    recharge = Recharge.objects.get()
    assert (recharge.amount.amount, recharge.channel) == (yuan("500"), "bank_transfer")
    assert recharge.paid_at == recharge.transfer.effective_at == at("2026-03-19 00:00")
    assert Entry.objects.values_list("local_date", flat=True)[0].isoformat() == "2026-03-19"
    assert (line().status, line().recharge, line().decided_by) == ("matched", recharge, None)
    assert (statement.lines_count, statement.closing) == (1, yuan("500.00"))
    assert found.counts[Outcome.MATCHED] == 1
    assert cash(story) == yuan("500.00")
    assert OutboxMessage.objects.filter(topic="recharge_received").count() == 3


def test_what_the_money_settles_is_settled_now_not_on_the_booking_day(story):
    story.bill("40.00", "2026-03-19 18:00")
    run(files.csv_file(files.csv_line("B-1", "100", paid_into=number_of(story))))
    bill = Bill.objects.get()
    assert (bill.status, bill.settled_at, cash(story)) == ("settled", at(MORNING), yuan("60.00"))


def test_money_booked_in_a_locked_period_counts_from_now(story):
    PeriodLock.objects.create(
        locked_through="2026-03-19", reason="month end", locked_at=at(MORNING)
    )
    run(files.csv_file(files.csv_line("B-1", "100", paid_into=number_of(story))))
    recharge = Recharge.objects.get()
    assert (recharge.paid_at, str(recharge.booked_on)) == (at(MORNING), "2026-03-19")


def test_the_preview_says_what_happens_to_a_line_of_a_locked_day(story, desk):
    PeriodLock.objects.create(
        locked_through="2026-03-19", reason="month end", locked_at=at(MORNING)
    )
    into = number_of(story)
    content = files.csv_file(
        files.csv_line("B-1", "100", paid_into=into),
        files.csv_line("B-2", "5", paid_into=into, booked_on="2026-03-20"),
    )
    found = importing.preview(stream=files.stream(content), by=desk, at=at(MORNING))
    assert ([row.locked for row in found.rows], found.late) == ([True, False], 1)


def test_a_day_that_is_far_ahead_is_refused(story):
    rejected(
        files.csv_file(files.csv_line("B-1", "100", booked_on="2062-03-19")),
        "one line is wrong; line 2: the date 2062-03-19 is not plausible: check its year.",
    )


def test_a_booking_day_that_has_not_come_counts_from_now(story):
    future = files.csv_line("B-1", "100", paid_into=number_of(story), booked_on="2026-03-25")
    run(files.csv_file(future))
    assert Recharge.objects.get().paid_at == at(MORNING)


def test_a_certified_company_name_is_enough_if_it_is_the_only_one(story):
    run(files.csv_file(files.csv_line("B-1", "100", payer=story.customer.name)))
    assert (line().status, cash(story)) == ("matched", yuan("100"))


def not_matched(content: str) -> None:
    run(content)
    assert (line().status, Recharge.objects.count()) == ("unmatched", 0)


def test_a_name_that_two_accounts_share_is_not_enough(story):
    make_story(name=story.customer.name)
    not_matched(files.csv_file(files.csv_line("B-1", "100", payer=story.customer.name)))


def test_a_name_is_not_enough_for_a_person():
    person = make_story(name="李明", kind="individual")
    not_matched(files.csv_file(files.csv_line("B-1", "100", payer=person.customer.name)))


def test_a_name_of_the_past_is_not_enough(story):
    Certification.objects.create(
        customer=story.customer, version=2, kind="enterprise", name="新名有限公司", certified_at=at(MORNING)
    )  # fmt: skip
    not_matched(files.csv_file(files.csv_line("B-1", "100", payer="云帆印刷有限公司")))


def test_a_name_does_not_overrule_an_account_number_nobody_has(story):
    unknown = files.csv_line("B-1", "100", payer=story.customer.name, paid_into="955000170000")
    not_matched(files.csv_file(unknown))


def test_money_in_another_currency_waits_at_the_desk(story):
    not_matched(
        files.csv_file(files.csv_line("B-1", "100", currency="USD", paid_into=number_of(story)))
    )


def test_money_for_a_closed_account_waits_at_the_desk(story):
    paid_into = number_of(story)
    close(story.customer)
    not_matched(files.csv_file(files.csv_line("B-1", "100", paid_into=paid_into)))


def test_money_going_out_is_for_the_desk_to_set_aside(story):
    not_matched(files.csv_file(files.csv_line("B-1", "-100", paid_into=number_of(story))))


# Files that are refused


def test_one_bad_line_refuses_the_whole_file(story):
    good = files.csv_line("B-1", "100", paid_into=number_of(story))
    error = rejected(
        files.csv_file(good, files.csv_line("B-2", "x"), files.csv_line("", "1")),
        "2 lines are wrong; line 3: the amount x is not a number.",
    )
    assert error.lines == (
        (3, "the amount x is not a number."),
        (4, "the bank reference is missing."),
    )


def test_only_the_first_twenty_bad_lines_are_listed():
    error = rejected(
        files.csv_file(files.csv_line("B-0", "1"), *[files.csv_line("", "1")] * 30),
        "20 or more lines are wrong; line 3: the bank reference is missing.",
    )
    assert len(error.lines) == 20


def test_lines_must_lead_from_the_opening_to_the_closing_balance():
    balances = [files.balance("OPBD", "10.00"), files.balance("CLBD", "500.00")]
    rejected(
        files.camt([files.entry("B-1", "500.00")], balances),
        "its lines do not lead from the opening to the closing balance.",
    )


def test_a_file_that_is_none_is_refused():
    rejected(
        "hello",
        "its header is that of no bank that is known here: choose a format, or define one for this bank.",
    )
    rejected("<a/>", "it holds no statement (camt.053).")


def test_importing_needs_the_permission(story):
    refused("not_permitted", lambda: run(files.csv_file(), by=operator("change_bankline")))
    refused(
        "not_permitted",
        lambda: importing.preview(stream=files.stream(""), by=story.user, at=at(MORNING)),
    )


def test_a_preview_says_what_happens_and_changes_nothing(story, desk):
    content = files.csv_file(
        files.csv_line("B-1", "100", paid_into=number_of(story)),
        files.csv_line("B-2", "5", payer="nobody"),
        files.csv_line("B-3", "-5"),
    )
    run(files.csv_file(files.csv_line("B-4", "5")))
    content += files.csv_line("B-4", "5") + "\n"
    before = fingerprint()
    found = importing.preview(stream=files.stream(content), by=desk, at=at(MORNING))
    assert [(row.outcome, row.customer) for row in found.rows] == [
        (Outcome.MATCHED, story.customer),
        (Outcome.UNMATCHED, None),
        (Outcome.OUTGOING, None),
        (Outcome.DUPLICATE, None),
    ]
    assert fingerprint() == before
    _statement, imported = run(content, by=desk)
    assert [row.outcome for row in imported.rows] == [row.outcome for row in found.rows]
    assert _statement.imported_by == desk
