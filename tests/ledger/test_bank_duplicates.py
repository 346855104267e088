"""Which line of a bank file came before: by day, amount, reference and place, never by a reference alone."""

import pytest

from ledger.models import BankLine, BankStatement
from ledger.services.bank.judging import Outcome
from tests import bank_files as files
from tests.builders import make_story, yuan
from tests.ledger.banking import cash, number_of, run
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return make_story(name="云帆印刷有限公司")


def test_the_same_file_again_changes_nothing(story):
    content = files.csv_file(files.csv_line("B-1", "100", paid_into=number_of(story)))
    first, _found = run(content)
    before = fingerprint()
    again, found = run(content, "other name.csv")
    assert (again, found.known) == (first, first)
    assert fingerprint() == before


def test_a_reference_that_came_before_in_any_kind_of_file_is_not_credited_again(story):
    paid_into = number_of(story)
    run(files.csv_file(files.csv_line("B-1", "100", paid_into=paid_into)))
    both = [
        files.entry("B-1", "100.00", paid_into=paid_into),
        files.entry("B-2", "7.00", paid_into=paid_into),
    ]
    _statement, found = run(files.camt(both), "march.xml")
    assert [row.outcome for row in found.rows] == [Outcome.DUPLICATE, Outcome.MATCHED]
    assert (cash(story), BankLine.objects.count()) == (yuan("107.00"), 2)


def test_two_equal_lines_of_a_file_are_two_payments(story):
    twice = files.csv_line("B-1", "100", paid_into=number_of(story))
    _statement, found = run(files.csv_file(twice, twice))
    assert (found.counts[Outcome.MATCHED], cash(story)) == (2, yuan("200"))
    assert sorted(BankLine.objects.values_list("place", flat=True)) == [1, 2]


def test_a_placeholder_twice_in_a_file_credits_each_to_the_customer_whose_number_it_names(story):
    other = make_story(name="Other Ltd")
    into = [number_of(story), number_of(other)]
    lines = [files.csv_line("NONREF", "100", paid_into=number) for number in into]
    run(files.csv_file(lines[0]))
    run(files.csv_file(*lines[::-1]))
    assert (cash(story), cash(other)) == (yuan("100"), yuan("100"))


def test_a_statement_that_begins_where_the_last_one_ended_holds_new_lines(story):
    line = files.entry("NONREF", "100.00", paid_into=number_of(story))
    for opening, closing in (("0.00", "100.00"), ("100.00", "200.00"), ("200.00", "300.00")):
        run(files.camt([line], [files.balance("OPBD", opening), files.balance("CLBD", closing)]))
    assert cash(story) == yuan("300")


def test_an_equal_line_with_another_balance_waits_at_the_desk(story):
    out, line = (
        files.entry("X", "5.00", direction="DBIT"),
        files.entry("NONREF", "100.00", paid_into=number_of(story)),
    )
    run(files.camt([line, out], [files.balance("OPBD", "0.00"), files.balance("CLBD", "95.00")]))
    found = run(
        files.camt([line], [files.balance("OPBD", "30.00"), files.balance("CLBD", "130.00")])
    )[1]
    assert (found.rows[0].outcome, cash(story)) == (Outcome.DOUBTFUL, yuan("100"))
    assert BankLine.objects.get(doubtful=True).status == "unmatched"


def test_each_statement_of_a_file_is_kept(story):
    one = files.camt([files.entry("B-1", "5.00", paid_into=number_of(story))], prolog="")
    statement = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    both = one.replace(
        "</BkToCstmrStmt>", statement.replace(files.OURS, "777") + "</BkToCstmrStmt>"
    )
    run(both)
    assert list(BankStatement.objects.order_by("part").values_list("part", "account")) == [
        (1, files.OURS),
        (2, "777"),
    ]
    before = fingerprint()
    assert run(both)[1].known
    assert (fingerprint(), cash(story)) == (before, yuan("10"))


def test_a_reference_of_our_other_account_is_another_one(story):
    paid_into = number_of(story)
    for account in ("111", "222"):
        run(files.csv_file(files.csv_line("B-1", "100", paid_into=paid_into, account=account)))
    assert cash(story) == yuan("200")


def test_a_reference_with_another_amount_is_another_payment(story):
    paid_into = number_of(story)
    run(files.csv_file(files.csv_line("NONREF", "100", paid_into=paid_into)))
    run(files.csv_file(files.csv_line("NONREF", "900", paid_into=paid_into)))
    assert cash(story) == yuan("1000")
