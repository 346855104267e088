"""Existing books are brought in whole, tie to the cent, and balance; the sample of docs/migrating.md is played."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import CustomerAccount
from finance_console.audit import run_audit
from ledger.models import Adjustment, Order, Product
from ledger.queries.balances import fund_balances
from ledger.services.opening import BooksError, open_books
from tests.builders import at, make_entity, make_key, make_user, yuan
from tests.controllers import make_controller
from tests.domain.test_sheets import xlsx
from tests.refusing import fingerprint, refused

pytestmark = pytest.mark.django_db
SAMPLE = Path(__file__).parents[2] / "docs" / "migrating-sample"
TABLES = ("customers", "balances", "orders", "totals")
NOON = at("2026-03-20 12:00")


@pytest.fixture
def people():
    Product.objects.create(
        sku="cloud-server",
        name="Cloud server",
        tax_category=make_key(make_entity("K1"), rate="0.06"),
    )
    return make_controller("alice"), make_controller("bob")


def sample(**changed: tuple[str, str]) -> dict[str, bytes]:
    texts = {table: (SAMPLE / f"{table}.csv").read_text() for table in TABLES}
    for table, (old, new) in changed.items():
        assert old in texts[table]
        texts[table] = texts[table].replace(old, new)
    return {table: text.encode() for table, text in texts.items()}


def test_the_sample_of_the_documentation_is_brought_and_balances(people):
    assert people[0].username == "alice"
    call_command("import_books", str(SAMPLE), "--by", "alice", "--approved-by", "bob")
    first = CustomerAccount.objects.get(code="N001")
    funds = fund_balances(first)
    assert (funds["cash"], funds["voucher"]) == (yuan("1200.50"), yuan("30.00"))
    assert CustomerAccount.objects.get(code="N002").parent == first
    order = Order.objects.get(number="OLD-1")
    assert (order.customer, order.status, str(order.ends_on)) == (first, "paid", "2026-12-31")
    assert {(row.requested_by, row.decided_by) for row in Adjustment.objects.all()} == {people}
    assert [result.name for result in run_audit() if result.rows] == []
    with pytest.raises(CommandError, match="is here already"):
        call_command("import_books", str(SAMPLE), "--by", "alice", "--approved-by", "bob")


def test_a_dry_run_says_the_totals_and_keeps_nothing(people):
    before = fingerprint()
    sums = open_books(
        contents=sample(), by=people[0], approved_by=people[1], at=NOON, only_look=True
    )
    assert sums["cash", "CNY"] == (1, Decimal("1200.50"))
    assert sums["customers", "CNY"][0] == 2
    assert fingerprint() == before


def test_a_spreadsheet_says_the_same(people):
    contents = sample()
    rows = [line.split(",") for line in contents["balances"].decode().splitlines()]
    contents["balances"] = xlsx(rows[0], *([*row[:2], float(row[2])] for row in rows[1:]))
    sums = open_books(contents=contents, by=people[0], approved_by=people[1], at=NOON)
    assert sums["cash", "CNY"] == (1, Decimal("1200.50"))


@pytest.mark.parametrize(("table", "old", "new", "said"), [
    ("balances", "1200.50", "1200.51", "totals, line 4: cash: the tables hold 1 lines and 1,200.51."),
    ("totals", "voucher,CNY,1,30.00\n", "", "totals, line 0: the total of voucher in CNY is missing."),
    ("totals", "orders,CNY,1", "orders,CNY,2", "totals, line 7: orders: the tables hold 1 lines and 300.00."),
    ("balances", "N003,cash", "N009,cash", "balances, line 4: the customer N009 is not in the table of customers."),
    ("balances", "N001,voucher", "N001,cash", "balances, line 3: N001 cash is there twice."),
    ("balances", "voucher", "points", "balances, line 3: the fund points is unknown."),
    ("balances", "30.00", "-30.00", "balances, line 3: the amount must be above zero."),
    ("balances", "30.00", "30.001", "balances, line 3: the amount 30.001 has too many digits for CNY."),
    ("customers", "N003", "N001", "customers, line 4: N001 is there twice."),
    ("customers", "N002,", "N002;", "customers, line 3: the customer number"),
    ("customers", ",N001\n", ",N077\n", "customers, line 3: its parent N077 must stand above it."),
    ("customers", "SG,USD", "SG,XTS", "customers, line 4: the currency XTS is unknown."),
    ("customers", "code,", "id,", "customers, line 1: it needs one column called code."),
    ("orders", "2026-12-31", "31.12.2026", "orders, line 2: the date 31.12.2026 is not written YYYY-MM-DD."),
    ("orders", "cloud-server", "boat", "The product boat is not in the catalogue."),
])  # fmt: skip
def test_what_is_wrong_or_does_not_tie_is_named_and_nothing_is_kept(people, table, old, new, said):
    contents = sample(**{table: (old, new)})
    error = refused(
        "file_rejected",
        lambda: open_books(contents=contents, by=people[0], approved_by=people[1], at=NOON),
    )
    assert isinstance(error, BooksError)
    assert any(line.startswith(said) for line in error.lines), error.lines


def test_two_people_with_the_right_are_needed(people):
    for one, other, code in (
        (people[0], people[0], "four_eyes"),
        (people[0], make_user("nobody"), "not_permitted"),
    ):
        refused(
            code,
            lambda one=one, other=other: open_books(
                contents=sample(), by=one, approved_by=other, at=NOON
            ),
        )
