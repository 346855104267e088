"""Months, times and columns of usage files."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ledger.domain import focus, focus_values
from ledger.domain.focus_values import Problem

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(("text", "zone", "month"), [
    ("2026-03-01T00:00:00Z", SHANGHAI, "2026-03"),
    ("2026-03-01T00:00:00Z", NEW_YORK, "2026-03"),
    ("2026-03-01", NEW_YORK, "2026-03"),
    ("2026-03-01 00:00:00 UTC", NEW_YORK, "2026-03"),
    ("2026-04-01T00:00:00+08:00", SHANGHAI, "2026-04"),
    ("2026-04-01T00:00:00+08:00", NEW_YORK, "2026-04"),
    ("2026-03-31T16:00:00Z", SHANGHAI, "2026-04"),
    ("2026-03-31T16:00:00Z", UTC, "2026-03"),
    ("2026-04-01T04:00:00Z", NEW_YORK, "2026-04"),
    ("202604", NEW_YORK, "2026-04"),
    ("2026-04", SHANGHAI, "2026-04"),
])  # fmt: skip
def test_the_month_of_a_billing_period(text, zone, month):
    assert focus_values.month("P", text, "+00:00", zone) == month


@pytest.mark.parametrize(
    "text", ["2026-04-31", "0226-03-01", "UTC", "2026-13", "9999-12-31T23:00:00-12:00"]
)
def test_a_time_that_cannot_be_is_refused(text):
    with pytest.raises(Problem):
        focus_values.month("P", text, "+00:00", SHANGHAI)


def test_a_time_without_an_offset_has_that_of_its_format():
    at = focus_values.moment("T", "2026-04-01 00:30:00", "+08:00")
    assert at == datetime(2026, 3, 31, 16, 30, tzinfo=UTC)


def read(content: str, currency: str):
    (line,) = focus.read(content.splitlines(keepends=True), currency, SHANGHAI)
    return line


def test_aws_cur_2_is_read_through_the_columns_of_focus():
    line = read(
        "bill_billing_period_start_date,bill_invoicing_entity,bill_payer_account_id,line_item_currency_code,"
        "line_item_line_item_type,line_item_product_code,line_item_resource_id,line_item_unblended_cost,"
        "line_item_usage_start_date\n"
        '2026-03-01T00:00:00.000Z,"Amazon Web Services, Inc.",77,USD,SavingsPlanCoveredUsage,AmazonEC2,i-1,'
        "0.0116000000,2026-03-10T01:00:00.000Z\n",
        "USD",
    )
    assert (line.amount, line.month, line.issuer) == (
        Decimal("0.0116"), "2026-03", "Amazon Web Services, Inc.",
    )  # fmt: skip
    assert (line.service, line.resource, line.account) == ("AmazonEC2", "i-1", "77")


@pytest.mark.parametrize("content", [
    "账期,账号ID,产品,账单类型,账单开始时间,实例ID,应付金额,币种\n"
    "2026-04,77,云服务器 ECS,后付费账单,2026-04-01 00:30:00,i-1,1.25,人民币\n",
    "BillingCycle,BillAccountID,ProductName,Item,UsageStartTime,InstanceID,PretaxAmount,Currency\n"
    "2026-04,77,云服务器 ECS,PayAsYouGoBill,2026-04-01 00:30:00,i-1,1.25,CNY\n",
])  # fmt: skip
def test_alibaba_details_are_read_through_the_columns_of_focus(content):
    line = read(content, "CNY")
    assert (line.amount, line.month, line.issuer) == (Decimal("1.25"), "2026-04", "阿里云")
    assert line.used_at == datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
    assert (line.service, line.resource, line.account) == ("云服务器 ECS", "i-1", "77")


def test_what_a_line_costs_is_no_part_of_its_identity_and_what_it_is_about_is():
    header = ",".join([*focus.REQUIRED, "Tags"])
    row = "1,USD,2026-03-01,Usage,2026-03-02,Kestrel,Queue,{}"
    first = read(f"{header}\n{row}\n", "USD")
    assert read(f"{header}\n2{row[1:]}\n", "USD").identity == first.identity
    for old, new in (("Usage", "Tax"), ("03-02", "03-03"), ("Queue", "Disk"), ("{}", "{1}")):
        assert read(f"{header}\n{row.replace(old, new)}\n", "USD").identity != first.identity
