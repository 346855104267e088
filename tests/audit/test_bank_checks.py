"""The audit proves that every cent of a bank statement is credited once or waits: what was altered is named."""

import pytest

from finance_console.audit import run_audit
from tests import bank_files as files
from tests.audit.test_ledger_checks import Change, broken_by
from tests.builders import make_story
from tests.ledger.banking import number_of, run

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]
CORRUPTION = {
    "a statement's lines, and those": Change("DELETE FROM ledger_bankline WHERE reference = 'B-9'"),
    "equal bank lines have": Change("UPDATE ledger_bankline SET place = 3 WHERE place = 2"),
    "a recharge from a bank line": Change(
        "UPDATE ledger_bankline SET status = 'unmatched', recharge_id = NULL WHERE reference = 'B-1'"
    ),
    "a bank line that may": Change(
        "UPDATE ledger_bankline SET doubtful = true WHERE status = 'matched'"
    ),
}


@pytest.fixture
def _statements():
    """Equal lines, one for the desk, and a second statement that holds some of them again."""
    story = make_story()
    lines = [files.csv_line("B-1", "10", paid_into=number_of(story)) for _n in range(2)]
    lines.append(files.csv_line("B-9", "5"))
    run(files.csv_file(*lines), name="one.csv")
    run(files.csv_file(*lines, files.csv_line("B-10", "-3")), name="two.csv")


@pytest.mark.usefixtures("_statements")
def test_statements_that_overlap_pass():
    assert [result.name for result in run_audit() if result.rows] == []


@pytest.mark.usefixtures("_statements")
@pytest.mark.parametrize("sentence", CORRUPTION)
def test_a_planted_corruption_is_named(sentence):
    names = broken_by(CORRUPTION[sentence])
    assert [name for name in names if name.startswith(sentence)], names


@pytest.mark.usefixtures("_statements")
@pytest.mark.parametrize("sql", [
    "UPDATE ledger_bankstatement SET left_out = left_out + 1",
    "UPDATE ledger_bankstatement SET total = total + 1, left_out = left_out + 1, opening = 0, closing = 25 WHERE name = 'one.csv'",
    "UPDATE ledger_bankline SET amount = amount + 1 WHERE reference = 'B-9'",
])  # fmt: skip
def test_a_cent_more_or_less_on_a_statement_is_named(sql):
    names = broken_by(Change(sql))
    assert [name for name in names if name.startswith("a statement's lines")], names
