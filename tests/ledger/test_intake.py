"""Batches: the same books as one by one, all or nothing, and the same batch twice is one batch."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.models import InvoiceableItem
from ledger.models import (
    Bill,
    Charge,
    Entry,
    LotUse,
    Product,
    ProductRoute,
    Transfer,
)
from ledger.queries.balances import fund_balances
from ledger.services.bills.batching import NewBill, record_charges_in_batch
from ledger.services.bills.settling import raise_bill
from ledger.services.posting import Leg, NewTransfer, post, post_batch
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NINE = at("2026-03-01 09:00")


def recharge(story, reference, amount):
    return NewTransfer(
        customer=story.customer,
        reference=reference,
        kind="recharge",
        legs=[Leg("funding", -yuan(amount)), Leg("gift", yuan(amount))],
        currency="CNY",
        at=NINE,
    )


def as_grant(story, reference, amount):
    """A grant posted bare; its lot keeps the audit happy."""
    from ledger.models import Lot

    transfer = Transfer.objects.get(customer=story.customer, reference=reference)
    Lot.objects.create(
        customer=story.customer,
        fund="gift",
        currency="CNY",
        amount=yuan(amount),
        remaining=yuan(amount),
        source=transfer,
        received_at=NINE,
    )


def test_a_batch_writes_the_same_books_as_one_by_one():
    one, many = make_story(), make_story()
    amounts = ["1.00", "2.50", "0.01"]
    for n, amount in enumerate(amounts):
        new = recharge(one, f"R{n}", amount)
        post(
            **{
                f: getattr(new, f)
                for f in ("customer", "reference", "kind", "legs", "currency", "at")
            }
        )
    written = post_batch([recharge(many, f"R{n}", amount) for n, amount in enumerate(amounts)])
    assert [created for _id, created in written] == [True, True, True]
    for story in (one, many):
        for n, amount in enumerate(amounts):
            as_grant(story, f"R{n}", amount)
    columns = ("account__bucket", "amount", "balance_after", "version", "local_date", "late")
    books = [
        list(
            Entry.objects.filter(customer=s.customer)
            .order_by("transfer", "account__bucket")
            .values_list(*columns)
        )
        for s in (one, many)
    ]
    assert books[0] == books[1]  # the audit that ends this test follows the hash chain
    prints = Transfer.objects.order_by("pk").values_list("fingerprint", flat=True)
    assert list(prints)[:3] == list(prints)[3:]


def test_a_batch_twice_is_posted_once_and_a_conflict_leaves_nothing():
    story = make_story()
    rows = [recharge(story, "R1", "1.00"), recharge(story, "R2", "2.00")]
    first = post_batch(rows)
    again = post_batch([*rows, recharge(story, "R3", "3.00")])
    assert [created for _id, created in again] == [False, False, True]
    assert [pk for pk, _created in first] == [pk for pk, _created in again][:2]
    for reference, amount in (("R1", "1.00"), ("R2", "2.00"), ("R3", "3.00")):
        as_grant(story, reference, amount)
    refused(
        "reference_conflict",
        lambda: post_batch([recharge(story, "R4", "1.00"), recharge(story, "R1", "9.00")]),
    )
    with pytest.raises(ValueError, match="once in a batch"):
        post_batch([recharge(story, "R5", "1.00"), recharge(story, "R5", "1.00")])


def test_charges_in_a_batch_are_billed_paid_and_invoiceable_like_single_ones():
    rich, poor = make_story("alibaba"), make_story("alibaba")
    rich.grant("voucher", "15.00", "2026-03-01 08:00")
    rich.recharge("100.00", "2026-03-01 08:00")
    poor.recharge("10.00", "2026-03-01 08:00")
    other = make_key(make_entity("I7"), rate="0.13")
    rows = [
        NewBill(
            number="B1", customer_id=rich.customer.pk, amount=yuan("20.00"), tax_category=rich.key
        ),
        NewBill(
            number="B2", customer_id=poor.customer.pk, amount=yuan("8.00"), tax_category=poor.key
        ),
        NewBill(
            number="B3", customer_id=rich.customer.pk, amount=yuan("30.00"), tax_category=other
        ),
        NewBill(
            number="B4", customer_id=poor.customer.pk, amount=yuan("8.00"), tax_category=poor.key
        ),
        NewBill(
            number="B5", customer_id=poor.customer.pk, amount=yuan("1.00"), tax_category=poor.key
        ),
    ]
    made = record_charges_in_batch(rows=rows, at=NINE)
    assert [bill.status for bill in made] == ["settled"] * 3 + ["unsettled"] * 2
    assert fund_balances(rich.customer)["cash"] == yuan("65.00")
    assert fund_balances(poor.customer)["cash"] == yuan("2.00")
    paid = Charge.objects.order_by("pk").values_list("amount", "cash")
    assert list(paid) == [
        (yuan("20.00"), yuan("5.00")),
        (yuan("8.00"), yuan("8.00")),
        (yuan("30.00"), yuan("30.00")),
    ]
    assert InvoiceableItem.objects.exclude(available_at=None).count() == 3
    assert LotUse.objects.count() == 4
    again = record_charges_in_batch(rows=rows, at=at("2026-03-02 09:00"))
    assert [bill.pk for bill in again] == [bill.pk for bill in made]
    assert Charge.objects.count() == 3
    poor.recharge("10.00", "2026-03-03 09:00")
    assert not Bill.objects.filter(status="unsettled").exists()


def test_who_owes_an_older_bill_settles_nothing_newer():
    story = make_story("alibaba")
    story.bill("50.00", "2026-03-01 08:00")
    story.recharge("10.00", "2026-03-01 08:30")
    row = NewBill(
        number="B1", customer_id=story.customer.pk, amount=yuan("5.00"), tax_category=story.key
    )
    (bill,) = record_charges_in_batch(rows=[row], at=NINE)
    assert bill.status == "unsettled"


def test_a_batch_with_one_bad_row_leaves_nothing():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 08:00")
    good = NewBill(
        number="B1", customer_id=story.customer.pk, amount=yuan("5.00"), tax_category=story.key
    )
    for code, row in (
        ("invalid_amount", {"number": "B2", "amount": yuan("0.00")}),
        ("invalid_amount", {"number": "B2", "amount": yuan("1.001")}),
        ("reference_conflict", {"number": "B1", "amount": yuan("5.00")}),
    ):
        bad = NewBill(customer_id=story.customer.pk, tax_category=story.key, **row)
        refused(code, lambda b=bad: record_charges_in_batch(rows=[good, b], at=NINE))
    record_charges_in_batch(rows=[good], at=NINE)
    other = NewBill(
        number="B1", customer_id=story.customer.pk, amount=yuan("6.00"), tax_category=story.key
    )
    refused("reference_conflict", lambda: record_charges_in_batch(rows=[other], at=NINE))


def test_a_batch_into_a_locked_period_leaves_nothing():
    from ledger.models import PeriodLock

    open_one, other = make_story("alibaba"), make_story("alibaba", time_zone="Pacific/Kiritimati")
    for story in (open_one, other):
        story.recharge("100.00", "2026-03-01 08:00")
    PeriodLock.objects.create(locked_through="2026-03-01", reason="Audit", locked_at=NINE)
    rows = [
        NewBill(number=f"B{n}", customer_id=s.customer.pk, amount=yuan("5.00"), tax_category=s.key)
        for n, s in enumerate((other, open_one))
    ]
    # 22:00 in Shanghai is tomorrow on Kiritimati, where the books are open, but not here
    refused("period_locked", lambda: record_charges_in_batch(rows=rows, at=at("2026-03-01 22:00")))
    (bill,) = record_charges_in_batch(rows=rows[:1], at=at("2026-03-01 22:00"))
    assert bill.status == "settled"


def test_a_product_decides_tax_key_and_account_as_it_does_one_by_one():
    one, many = make_story("alibaba"), make_story("alibaba")
    key, later = make_key(make_entity("I8"), "0.13"), make_key(make_entity("I9"))
    product = Product.objects.create(
        sku="db", name="DB", mode="postpaid", tax_category=key, marketplace=True
    )
    ProductRoute.objects.create(product=product, tax_category=later, valid_from="2026-03-01")
    for story in (one, many):
        story.recharge("10.00", "2026-02-01 08:00")
    for n, moment in enumerate((at("2026-02-28 23:00"), at("2026-03-01 00:00"))):
        raise_bill(
            number=f"A{n}",
            customer=one.customer,
            amount=yuan("2.00"),
            product=product,
            at=moment,
        )
        row = NewBill(
            number=f"B{n}", customer_id=many.customer.pk, amount=yuan("2.00"), product=product
        )
        record_charges_in_batch(rows=[row], at=moment)
    columns = ("tax_category", "description", "period", "available_at", "waiting_reason", "cash")
    columns += ("mode", "marketplace", "rate", "profile", "profile_version", "paid_at", "entity")
    books = ("account__bucket", "account__entity", "amount", "balance_after", "local_date")
    for rows, names in ((InvoiceableItem.objects, columns), (Entry.objects, books)):
        seen = [
            list(rows.filter(customer=story.customer).order_by("pk").values_list(*names))
            for story in (one, many)
        ]
        assert seen[0] == seen[1]
        assert seen[0]


def test_a_batch_takes_as_many_queries_for_200_rows_as_for_2():
    stories = [make_story("alibaba") for _ in range(10)]
    for story in stories:
        story.recharge("1000.00", "2026-03-01 08:00")
    used = []
    for count in (2, 200):
        rows = [
            NewBill(
                number=f"B{count}/{n}",
                customer_id=stories[n % 10].customer.pk,
                amount=yuan("1.00"),
                tax_category=stories[0].key,
            )
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            record_charges_in_batch(rows=rows, at=NINE)
        used.append(len(queries))
    assert used[0] == used[1] <= 40
