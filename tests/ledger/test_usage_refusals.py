"""What is wrong with a usage file is said in one sentence, and nothing of it is kept."""

import gzip

import pytest

from finance_console.kernel.errors import DomainError
from ledger.models import UsageBatch
from tests.builders import close
from tests.ledger.focus_lines import GOOD, HEADER, NO, abroad, refused, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return abroad()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty."),
        (b"\n", "it is empty."),
        (f"{HEADER}\n".encode(), "it has no lines besides its header."),
        (
            HEADER.replace("BilledCost,", "").replace(",ServiceName", "").encode(),
            "it lacks the columns BilledCost, ServiceName.",
        ),
        (f"{HEADER},BilledCost\n".encode(), "it has the columns BilledCost more than once."),
        (b'"BilledCost', "the quotes of its header are broken."),
        (HEADER.encode() + b"\n" + GOOD.encode("utf-16"), "it is not text in UTF-8."),
        (
            gzip.compress(f"{HEADER}\n{GOOD}\n".encode())[:-9],
            "it is truncated: the gzip data ends too early.",
        ),
        (b"\x1f\x8bnonsense", "its gzip data is damaged."),
        (
            f"{HEADER}\n{'x' * 1_000_000}".encode(),
            "line 2 is longer than 1000000 characters.",
        ),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_one_sentence(story, content, sentence):
    error = refused(story, content=content)
    assert str(error) == NO + sentence
    assert error.lines == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("1.5", "abc", "the amount abc is not a number."),
        ("1.5", "NaN", "the amount NaN is not a number."),
        ("1.5", "Infinity", "the amount Infinity is not a number."),
        ("1.5", "1_000", "the amount 1_000 is not a number."),
        ("1.5", "１", "the amount １ is not a number."),
        ("1.5", "NULL", "BilledCost is missing."),
        (
            "2024-09-18",
            "0226-09-18",
            "ChargePeriodStart is not plausible: 0226-09-18 22:00:00. Check its year.",
        ),
        ("1.5", "1E15", "the amount 1E15 is too large."),
        ("USD", "EUR", "the currency is EUR, but the account is kept in USD."),
        ("USD", "XYZ", "the currency XYZ is unknown."),
        ("USD", "", "BillingCurrency is missing."),
        ("Usage", "Gift", "the charge category Gift is unknown."),
        ("2024-09-18 22:00:00", "18.9.24", "ChargePeriodStart is not a time: 18.9.24."),
        ("2024-09-01 00:00:00", "NULL", "BillingPeriodStart is missing."),
        ("Kestrel", "Nobody", "the invoice issuer Nobody is not in the catalogue."),
        ("Queue", "Mail", "the service Mail of Kestrel is not in the catalogue."),
        ("q-1", "q-1,more", "it has 9 fields instead of 8."),
        ("q-1", '"q-1', "its quotes are broken or a field is too long."),
        ("q-1", 'q"-"1"', None),
        ("q-1", '"q"1', "its quotes are broken or a field is too long."),
        ("q-1", "q\0", "it contains a NUL character."),
    ],
)
def test_a_bad_line_refuses_the_whole_file_and_is_named(story, old, new, reason):
    if reason is None:
        assert run(story, GOOD.replace(old, new)).lines == 1
        return
    error = refused(story, GOOD, GOOD.replace(old, new))
    assert error.lines == ((3, reason),)
    assert str(error) == f"{NO}one line is wrong; line 3: {reason}"


def test_up_to_twenty_bad_lines_are_named(story):
    bad = GOOD.replace("1.5", "x")
    few = refused(story, bad, GOOD, bad)
    assert str(few) == f"{NO}2 lines are wrong; line 2: the amount x is not a number."
    assert [number for number, _reason in few.lines] == [2, 4]
    many = refused(story, *[bad] * 25)
    assert str(many) == f"{NO}20 or more lines are wrong; line 2: the amount x is not a number."
    assert [number for number, _reason in many.lines] == list(range(2, 22))


def test_a_bad_last_line_leaves_nothing_of_thousands_before_it(story):
    refused(story, *[GOOD] * 5_000, GOOD.replace("USD", "CNY"))


def test_a_closed_account_imports_nothing(story):
    close(story.customer)
    with pytest.raises(DomainError) as caught:
        run(story, GOOD)
    assert caught.value.code == "account_closed"
    assert UsageBatch.objects.count() == 0
