"""Downloads as CSV: one's own rows only, by month or days, exact, and safe to open in a spreadsheet."""

import csv
import io
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
import structlog
from django.db import connection

from ledger.exports.writing import Column, cell, csv_lines
from ledger.models import UsageRecord
from ledger.services.usage import metering
from tests.builders import at, make_story, yuan
from tests.doors.console import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    made = make_story()
    made.recharge("1000.00", "2026-02-27 09:00")
    made.order("300.00", "2026-03-02 10:00")
    made.bill("20.00", "2026-03-03 11:00")
    made.use("1.123456789012", "2026-03-04 11:00")
    made.use("2.5", "2026-02-04 11:00")
    return made


def download(client, kind, **query):
    answer = client.get(f"export/{kind}.csv", query)
    assert answer.status_code == 200
    assert answer.streaming
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content.lstrip("\ufeff")))), answer


def test_the_statement_has_every_movement_with_the_balance_after_it(story):
    rows, answer = download(sign_in(story), "statement")
    assert [(r["Date"], r["Kind"], r["Amount"], r["Balance after"]) for r in rows] == [
        ("2026-03-03", "Bill settlement", "-20.00", "680.00"),
        ("2026-03-02", "Order payment", "-300.00", "700.00"),
        ("2026-02-27", "Recharge", "1000.00", "1000.00"),
    ]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = f"statement-{story.customer.code}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_statement_of_some_days(story):
    rows, _answer = download(sign_in(story), "statement", first="2026-03-01", last="2026-03-02")
    assert [r["Amount"] for r in rows] == ["-300.00"]


def test_usage_is_exact_and_by_month(story):
    rows, _answer = download(sign_in(story), "usage", month="2026-03")
    assert [r["Amount, exact"] for r in rows] == ["1.123456789012"]
    rows, _answer = download(sign_in(story), "usage", month="2026-02")
    assert [r["Amount, exact"] for r in rows] == ["2.5"]


def test_orders_and_bills_by_month(story):
    rows, _answer = download(sign_in(story), "orders", month="2026-03")
    assert [(r["Amount"], r["Paid in cash"], r["Status"]) for r in rows] == [
        ("300.00", "300.00", "Delivered")
    ]
    rows, _answer = download(sign_in(story), "bills", month="2026-03")
    assert [(r["Total"], r["Status"]) for r in rows] == [("20.00", "Settled")]
    assert download(sign_in(story), "orders", month="2026-02")[0] == []


def test_nobody_gets_the_rows_of_another_customer(story):
    stranger = sign_in(make_story(name="Other Ltd"))
    for kind in ("statement", "orders", "usage", "bills"):
        assert download(stranger, kind)[0] == []


def test_an_order_for_another_is_on_the_list_of_both(story):
    from ledger.services.orders.paying import pay_order

    other = make_story(name="Other Ltd")
    pay_order(
        number="THIRD", customer=other.customer, payer=story.customer, amount=yuan("5.00"),
        tax_category=story.key, at=at("2026-03-05 09:00"),
    )  # fmt: skip
    for one in (story, other):
        rows, _answer = download(sign_in(one), "orders")
        assert "THIRD" in [r["Order"] for r in rows]


@pytest.mark.parametrize(
    "query", [{"month": "2026-13"}, {"month": "x"}, {"first": "yesterday"}, {"last": "2026-02-30"}]
)
def test_what_is_no_month_or_day_is_not_found(story, query):
    assert sign_in(story).get("export/statement.csv", query).status_code == 404


def test_an_unknown_file_is_not_found(story):
    assert sign_in(story).get("export/passwords.csv").status_code == 404


def test_every_download_is_logged(story):
    with structlog.testing.capture_logs() as lines:
        download(sign_in(story), "usage", month="2026-03")
    (line,) = [one for one in lines if one["event"] == "export"]
    assert (line["kind"], line["month"]) == ("usage", "2026-03")
    assert (line["customer"], line["user"]) == (story.customer.code, story.user.pk)


def test_times_are_those_of_the_customer():
    story = make_story(time_zone="America/New_York")
    story.recharge("5.00", "2026-03-02 09:00")
    rows, _answer = download(sign_in(story), "statement")
    assert (rows[0]["Date"], rows[0]["Time"]) == ("2026-03-01", "2026-03-01 20:00:00")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", " =1", "　=1"],
)
def test_text_that_looks_like_a_formula_is_text(text):  # R52
    assert cell(text) == f"'{text}"


def test_numbers_stay_numbers_and_plain_text_stays_plain():  # R52
    assert cell(Decimal("-1234.50")) == "-1234.50"
    assert cell(Decimal("0.000000001000")) == "0.000000001000"
    assert cell(-3) == "-3"
    assert cell("Acme = good") == "Acme = good"
    assert cell(None) == ""
    assert cell(date(2026, 3, 1)) == "2026-03-01"


def test_a_resource_that_is_a_formula_is_harmless_in_the_file(story):
    metering.record_usage(
        customer=story.customer, amount=yuan("1"), tax_category=story.key, used_at=at("2026-03-05 09:00"),
        at=at("2026-03-05 09:00"), resource='=HYPERLINK("http://x")',
    )  # fmt: skip
    rows, _answer = download(sign_in(story), "usage")
    assert rows[-1]["Resource"] == '\'=HYPERLINK("http://x")'


@pytest.mark.corrupts
def test_memory_does_not_grow_with_the_file(story):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_usagerecord (customer_id, tax_category_id, amount, currency, used_at, period, resource)
               SELECT %s, %s, 0.01, 'CNY', '2026-03-05', '2026-03', 'r' FROM generate_series(1, 60000)""",
            [story.customer.pk, story.key.pk],
        )
    rows = UsageRecord.objects.filter(customer=story.customer).order_by("pk")
    columns = [Column("Amount", lambda usage: usage.amount)]
    tracemalloc.start()
    count = sum(1 for _line in csv_lines(columns, rows))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_003
    assert peak < 12_000_000
