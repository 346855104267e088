"""Every day is compared once: ledger, bank and bills; gaps are named, explained and signed by two."""

from datetime import date

import pytest
from django.db import connection

from finance_console.operating.schedule import JOBS
from ledger.models import BankLine, Recharge, Reconciliation
from ledger.services.bank.deciding import match_line
from ledger.services.control.reconciling import (
    MOST_DAYS,
    explain,
    is_stale,
    next_reconciliation,
    reconcile,
    reconcile_days,
    sign_off,
    stored_totals,
)
from ledger.tasks import reconcile_days as task
from tests import bank_files as files
from tests.builders import at, make_story, make_user, yuan
from tests.controllers import make_controller
from tests.ledger.banking import desk_person, number_of, run
from tests.refusing import refused

pytestmark = pytest.mark.django_db
MIDNIGHT = at("2026-03-03 00:00")


@pytest.fixture
def story():
    made = make_story()
    made.recharge("1000.00", "2026-03-01 09:00")
    made.grant("voucher", "50.00", "2026-03-01 10:00")
    made.order("300.00", "2026-03-02 10:00")
    made.bill("20.00", "2026-03-02 11:00")
    return made


def days():
    return [
        (str(row.day), row.recharged, row.banked, row.charged, row.earned, row.gaps)
        for row in Reconciliation.objects.order_by("day", "currency")
    ]


def test_ledger_bank_and_bills_agree_day_by_day(story):
    assert reconcile_days(at=MIDNIGHT) == 2
    assert days() == [
        ("2026-03-01", yuan("1000.00"), yuan("1000.00"), 0, 0, []),
        ("2026-03-02", 0, 0, yuan("320.00"), yuan("320.00"), []),
    ]
    first, second = Reconciliation.objects.order_by("day")
    assert stored_totals(first)["cash"] == yuan("1000.00")
    assert stored_totals(second) == {
        "cash": yuan("730.00"),
        "voucher": 0,
        "funding": yuan("-1000.00"),
        "grants": yuan("-50.00"),
        "deferred": 0,
        "revenue": yuan("320.00"),
    }


def test_each_day_once_however_often_and_late_it_runs(story):
    assert reconcile_days(at=at("2026-03-02 00:00")) == 1
    assert reconcile_days(at=at("2026-03-02 23:59")) == 0
    assert reconcile_days(at=at("2026-03-10 08:00")) == 8
    assert reconcile_days(at=at("2026-03-10 08:00")) == 0
    assert Reconciliation.objects.count() == 9


def test_it_is_due_when_the_day_is_over_wherever_a_customer_is(story):
    assert next_reconciliation(MIDNIGHT) == at("2026-03-02 00:00")
    make_story(name="Western Ltd", time_zone="America/Los_Angeles")
    assert next_reconciliation(MIDNIGHT) == at("2026-03-02 16:00")
    assert reconcile_days(at=at("2026-03-02 15:59")) == 0
    assert reconcile_days(at=at("2026-03-02 16:00")) == 1
    assert next_reconciliation(MIDNIGHT) == at("2026-03-03 16:00")


def test_nothing_is_due_in_empty_books(db):
    assert next_reconciliation(MIDNIGHT) is None
    assert reconcile_days(at=MIDNIGHT) == 0


def test_the_schedule_rings_for_it(story):
    (job,) = [job for job in JOBS if job.name == "reconcile_days"]
    assert job.next_due(MIDNIGHT) == at("2026-03-02 00:00")
    task(at=MIDNIGHT.isoformat())
    assert Reconciliation.objects.count() == 2


def test_currencies_are_reconciled_apart(story):
    other = make_story(name="Overseas Ltd", currency="USD", region="SG")
    other.recharge("70.00", "2026-03-02 09:00")
    reconcile_days(at=MIDNIGHT)
    assert list(
        Reconciliation.objects.filter(currency="USD").values_list("day", "recharged", "charged")
    ) == [(date(2026, 3, 2), yuan("70.00"), 0)]


def test_a_posting_into_a_reconciled_day_has_that_day_compared_again_and_is_no_gap(story):
    reconcile_days(at=MIDNIGHT)
    assert next_reconciliation(MIDNIGHT) == at("2026-03-04 00:00")
    story.recharge("7.00", "2026-03-01 20:00")
    assert next_reconciliation(MIDNIGHT) == MIDNIGHT
    assert reconcile_days(at=at("2026-03-04 00:00")) == 2
    first, second, third = Reconciliation.objects.order_by("day")
    assert (first.recharged, first.gaps) == (yuan("1007.00"), [])
    assert [stored_totals(row)["cash"] for row in (first, second, third)] == [
        yuan("1007.00"),
        yuan("737.00"),
        yuan("737.00"),
    ]
    assert (second.gaps, third.gaps) == ([], [])
    assert reconcile_days(at=at("2026-03-04 00:00")) == 0


def test_a_posting_before_the_first_reconciled_day_has_a_day_of_its_own(story):
    reconcile_days(at=MIDNIGHT)
    story.recharge("7.00", "2026-02-20 20:00")
    assert reconcile_days(at=MIDNIGHT) == 1
    rows = Reconciliation.objects.order_by("day")
    assert [(str(row.day), stored_totals(row)["cash"], row.gaps) for row in rows] == [
        ("2026-02-20", yuan("7.00"), []),
        ("2026-03-01", yuan("1007.00"), []),
        ("2026-03-02", yuan("737.00"), []),
    ]


def test_a_bank_file_that_comes_late_is_no_gap_and_voids_the_signature_on_its_day(story):
    controller = make_controller()
    reconcile_days(at=MIDNIGHT)
    row = Reconciliation.objects.get(day="2026-03-02")
    sign_off(reconciliation=row, by=controller, at=MIDNIGHT)
    run(
        files.csv_file(
            files.csv_line("Z-1", "5", booked_on="2026-03-02", paid_into=number_of(story)),
            files.csv_line("Z-2", "6", booked_on="2026-03-02"),
        ),
        when="2026-03-03 09:00",
    )
    row.refresh_from_db()
    assert is_stale(row)
    assert reconcile_days(at=at("2026-03-03 10:00")) == 1
    row.refresh_from_db()
    assert (row.recharged, row.banked, row.signed_by, row.void_by) == (
        yuan("5.00"),
        yuan("5.00"),
        None,
        controller,
    )
    assert [gap["kind"] for gap in row.gaps] == ["bank_line_unmatched"]
    match_line(
        line=BankLine.objects.get(reference="Z-2"),
        customer=story.customer,
        by=desk_person(),
        at=at("2026-03-03 11:00"),
    )
    assert reconcile_days(at=at("2026-03-03 12:00")) == 1
    row.refresh_from_db()
    assert (row.recharged, row.gaps) == (yuan("11.00"), [])


def test_a_day_whose_facts_changed_is_not_signed_before_it_is_compared_again(story):
    reconcile_days(at=MIDNIGHT)
    row = Reconciliation.objects.first()
    controller = make_controller()
    story.recharge("7.00", "2026-03-01 20:00")
    refused("facts_changed", lambda: sign_off(reconciliation=row, by=controller, at=MIDNIGHT))
    assert reconcile(day=row.day, currency="CNY", at=MIDNIGHT)
    assert sign_off(reconciliation=row, by=controller, at=MIDNIGHT).recharged == yuan("1007.00")


def test_a_year_that_cannot_be_does_not_make_the_comparison_run_for_ever(story):
    make_story(name="Old Ltd").recharge("1.00", "1026-03-01 20:00")
    assert reconcile_days(at=MIDNIGHT) == MOST_DAYS
    assert Reconciliation.objects.order_by("day").first().day == date(2000, 1, 1)


@pytest.mark.corrupts
def test_what_differs_is_named_with_its_rows(story):
    recharge = Recharge.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica"
        )
        cursor.execute("UPDATE ledger_charge SET amount = amount + 1 WHERE bill_line_id IS NULL")
        cursor.execute(
            """WITH s AS (INSERT INTO ledger_bankstatement (name, sha256, account, currency, lines_count, total, left_out, imported_at)
               VALUES ('s', 's', 'a', 'CNY', 2, 1998, 0, now()) RETURNING id)
               INSERT INTO ledger_bankline (statement_id, position, account, reference, amount,
                 currency, booked_on, payer, payer_account, paid_into, remittance, status, reason, recharge_id)
               SELECT id, n, 'a', n, 999, 'CNY', '2026-03-01', '', '', '', '',
                 CASE n WHEN 1 THEN 'matched' ELSE 'unmatched' END, '', CASE n WHEN 1 THEN %s END
               FROM s, generate_series(1, 2) n RETURNING id""",
            [recharge.pk],
        )
    reconcile_days(at=MIDNIGHT)
    first, second = Reconciliation.objects.order_by("day")
    named = {gap["kind"]: gap for gap in [*first.gaps, *second.gaps]}
    assert set(named) == {"bank_differs", "bank_line_unmatched", "charge_differs"}
    assert named["bank_differs"]["ids"] == [recharge.pk]
    assert (named["bank_differs"]["ledger"], named["bank_differs"]["other"]) == (
        "1000.00",
        "999.00",
    )
    assert (first.recharged, first.banked) == (yuan("1000.00"), yuan("999.00"))
    assert (second.charged, second.earned) == (yuan("321.00"), yuan("320.00"))


def test_a_clean_day_is_signed_by_one_person(story):
    controller = make_controller()
    reconcile_days(at=MIDNIGHT)
    row = sign_off(reconciliation=Reconciliation.objects.first(), by=controller, at=MIDNIGHT)
    assert (row.signed_by, row.signed_at) == (controller, MIDNIGHT)
    refused("wrong_state", lambda: sign_off(reconciliation=row, by=controller, at=MIDNIGHT))
    refused(
        "wrong_state",
        lambda: explain(reconciliation=row, note="late", by=controller, at=MIDNIGHT),
    )


def test_gaps_are_explained_by_one_and_signed_by_another(story):
    one, two = make_controller("one"), make_controller("two")
    run(files.csv_file(files.csv_line("Z-1", "5", booked_on="2026-03-03")))
    reconcile_days(at=at("2026-03-04 00:00"))
    row = Reconciliation.objects.get(day="2026-03-03")

    def sign(by):
        return lambda: sign_off(reconciliation=row, by=by, at=MIDNIGHT)

    refused("explanation_required", sign(two))
    refused(
        "explanation_required",
        lambda: explain(reconciliation=row, note=" ", by=one, at=MIDNIGHT),
    )
    explain(reconciliation=row, note="A transfer of Sunday, booked on Tuesday", by=one, at=MIDNIGHT)
    refused("four_eyes", sign(one))
    refused("not_permitted", sign(make_user("somebody")))
    assert sign(two)().note == "A transfer of Sunday, booked on Tuesday"
