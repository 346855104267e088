"""A FOCUS file is imported exactly, once, and all or nothing; every refusal is one sentence."""

import csv
import gzip
import io
import tracemalloc
from collections import defaultdict
from decimal import Decimal

import pytest
from django.core.management import call_command

from finance_console.demo import catalogue
from ledger.domain.focus import product_sku
from ledger.models import Bill, BillLine, Charge, Product, UsageRecord
from ledger.services.bills.generating import close_months
from ledger.services.usage.importing import import_focus
from tests.builders import at, make_story
from tests.ledger.focus_lines import ARRIVED, GOOD, HEADER, NO, abroad, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return abroad()


# What a file becomes


def test_a_line_becomes_usage_with_its_exact_amount_its_month_and_its_product(story):
    batch = run(story, GOOD.replace("1.5", "0.00001605990"))
    usage = UsageRecord.objects.get()
    assert (usage.amount, usage.period, usage.line, usage.batch) == (
        Decimal("0.0000160599"),
        "2024-09",
        2,
        batch,
    )
    assert usage.used_at.isoformat() == "2024-09-18T22:00:00+00:00"
    assert (usage.product.name, usage.tax_category.entity.code) == ("Queue", "K1")
    assert (usage.resource, usage.currency) == ("q-1", "USD")


def test_the_real_sample_keeps_every_line_and_the_exact_sum(story):
    catalogue.load_focus()
    with catalogue.FOCUS_FILE.open("rb") as stream:
        batch = import_focus(customer=story.customer, name="f.csv", stream=stream, at=ARRIVED)
    with catalogue.FOCUS_FILE.open(newline="") as file:
        costs = [Decimal(row["BilledCost"]) for row in csv.DictReader(file)]
    assert batch.lines == 1000 == UsageRecord.objects.count()
    assert batch.total == sum(costs) == sum(r.amount for r in UsageRecord.objects.all())
    assert batch.total == Decimal("20.52022672899")
    assert UsageRecord.objects.filter(amount=0).count() == sum(not cost for cost in costs)
    assert UsageRecord.objects.filter(period="2024-10").count() == 1


def test_the_bills_of_the_sample_tie_to_the_usage_with_one_rounding_a_line(story):
    catalogue.load_focus()
    with catalogue.FOCUS_FILE.open("rb") as stream:
        import_focus(customer=story.customer, name="f.csv", stream=stream, at=ARRIVED)
    story.recharge("100.00", "2024-10-02 10:00")
    close_months(at=at("2024-10-03 00:00"))
    close_months(at=at("2024-11-03 00:00"))
    exact = defaultdict(Decimal)
    for usage in UsageRecord.objects.exclude(batch=None).select_related("product"):
        exact[usage.period, usage.product.sku] += usage.amount
    lines = BillLine.objects.select_related("bill", "product")
    assert {(x.bill.period, x.product.sku): x.exact for x in lines} == exact
    for line in lines:
        assert line.amount == line.exact.quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert line.payable == line.amount - line.credit >= 0
    bills = dict(Bill.objects.values_list("period", "total"))
    assert set(bills) == {"2024-09", "2024-10"}
    assert sum(bills.values()) == sum(c.amount for c in Charge.objects.all()) > 0
    assert all(bill.status == "settled" for bill in Bill.objects.all())


def test_negative_lines_become_credits_of_their_tax_key(story):
    key = Product.objects.get(name="Queue").tax_category
    Product.objects.create(sku=product_sku("Kestrel", "Disk"), name="Disk", tax_category=key)
    run(
        story,
        GOOD,
        GOOD.replace("1.5", "-0.40").replace("Queue", "Disk").replace("Usage", "Credit"),
    )
    close_months(at=at("2024-10-03 00:00"))
    assert Bill.objects.get().total.amount == Decimal("1.10")
    queue = BillLine.objects.get(product__name="Queue")
    assert (queue.amount, queue.credit, queue.payable) == tuple(
        map(Decimal, ("1.50", "0.40", "1.10"))
    )


def test_usage_of_a_closed_month_is_billed_in_the_earliest_open_one(story):
    late = GOOD.replace("2024-09-01", "2024-07-01")
    run(story, late, GOOD)
    assert list(UsageRecord.objects.order_by("line").values_list("period", flat=True)) == [
        "2024-09",
        "2024-09",
    ]


def test_usage_that_comes_too_late_for_its_bill_joins_the_next_month(story):
    """A clock that is behind, or a wait for the customer's lock, must not reopen a billed month."""
    run(story, GOOD)
    close_months(at=at("2024-10-03 00:00"))
    run(story, GOOD.replace("q-1", "q-2"), GOOD.replace("q-1", "q-3"))
    assert list(UsageRecord.objects.order_by("pk").values_list("period", flat=True)) == [
        *("2024-09", "2024-10", "2024-10"),
    ]
    close_months(at=at("2024-11-03 00:00"))
    assert Bill.objects.count() == 2


@pytest.mark.parametrize(
    ("cost", "amount"),
    [("0", "0"), ("-0.25", "-0.25"), ("8.5E-7", "0.00000085"), ("2.500000000000000", "2.5")],
)
def test_amounts_may_be_written_as_focus_allows(story, cost: str, amount: str):
    run(story, GOOD.replace("1.5", cost))
    assert UsageRecord.objects.get().amount == Decimal(amount)


def test_a_byte_order_mark_crlf_quotes_and_empty_lines_are_fine(story):
    quoted = GOOD.replace("q-1", '"a, ""b""\nc"')
    batch = run(story, content=f"\ufeff{HEADER}\r\n{quoted}\r\n\r\n{GOOD}\r\n".encode())
    assert batch.lines == 2
    assert list(UsageRecord.objects.order_by("line").values_list("line", "resource")) == [
        (2, 'a, "b"\nc'),
        (5, "q-1"),
    ]


# Once


def test_the_same_content_again_returns_the_first_batch_and_writes_nothing(story):
    first = run(story, GOOD)
    content = "\n".join([HEADER, GOOD, ""]).encode()
    again = run(story, content=gzip.compress(content))
    assert again == first
    assert UsageRecord.objects.count() == 1


def test_another_customer_may_import_the_same_content(story):
    other = make_story("standard", "Other", currency="USD")
    assert run(story, GOOD) != run(other, GOOD)


# Large


class Endless(io.RawIOBase):
    """A stream of `count` lines that nobody holds in memory and nobody can rewind."""

    def __init__(self, count: int) -> None:
        self.blocks = iter(
            [HEADER.encode() + b"\n", *[(GOOD + "\n").encode() * 1000] * (count // 1000)]
        )
        self.rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return next(self.blocks, b"")


def test_memory_does_not_grow_with_the_file(story):
    """Lines that were collected would take far more than a megabyte."""
    peaks = []
    for count in (6_000, 16_000):
        tracemalloc.start()
        batch = import_focus(
            customer=story.customer, name="big.csv", stream=Endless(count), at=ARRIVED
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert batch.lines == count
    assert peaks[1] < peaks[0] + 200_000


# The command


def test_the_command_says_what_it_imported_and_the_second_time_that_it_did_nothing(
    story, tmp_path, capsys
):
    path = tmp_path / "usage.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n")
    options = ["--customer", story.customer.code, "--at", "2024-10-02T09:00:00+08:00"]
    call_command("import_usage", str(path), *options)
    assert capsys.readouterr().out.startswith("1 lines, 1.5 USD in ")
    call_command("import_usage", str(path), *options)
    assert (
        capsys.readouterr().out
        == "usage.csv was already imported on 2024-10-02: nothing changed.\n"
    )


def test_the_command_says_why_not_on_standard_error(story, tmp_path, capsys):
    path = tmp_path / "usage.csv"
    path.write_text(f"{HEADER}\n{GOOD.replace('1.5', 'x')}\n")
    code = story.customer.code

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            call_command("import_usage", *arguments)
        assert caught.value.code == 1
        return capsys.readouterr().err

    assert said(str(path), "--customer", code) == (
        f"{NO}one line is wrong; line 2: the amount x is not a number.\n"
        "  line 2: the amount x is not a number.\n"
    )
    assert said(str(path), "--customer", "nobody") == "There is no customer nobody.\n"
    assert said(str(tmp_path / "no"), "--customer", code) == (
        f"{tmp_path / 'no'} cannot be read: No such file or directory.\n"
    )
    assert said(str(path), "--customer", code, "--at", "2024-10-02") == (
        "--at is not a moment in ISO 8601 with an offset: 2024-10-02.\n"
    )
