"""Batches of usage: for many customers at once, the same batch twice is one batch, all or nothing."""

import pytest
from psycopg import DataError

from ledger.models import (
    Product,
    UsageBatch,
    UsageRecord,
)
from ledger.services.usage.collecting import NewUsage, record_usage_in_batch
from tests.builders import at, close, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NINE = at("2026-03-01 09:00")


@pytest.fixture
def product():
    return Product.objects.create(
        sku="vm", name="VM", mode="postpaid", tax_category=make_story().key
    )


def used(story, product, amount, when="2026-03-05 10:00"):
    return NewUsage(
        customer_id=story.customer.pk, amount=yuan(amount), product=product, used_at=at(when)
    )


def test_usage_comes_in_batches_for_many_customers_once(product):
    one, two = make_story(), make_story()
    records = [
        used(one, product, "0.123456789012"),
        used(two, product, "2.00"),
        used(one, product, "-0.10", "2026-02-27 10:00"),
    ]
    first = record_usage_in_batch(key="2026-03-05T10", records=records, at=at("2026-03-05 11:00"))
    assert [(batch.customer_id, batch.lines, batch.total) for batch in first] == [
        (one.customer.pk, 2, yuan("0.023456789012")),
        (two.customer.pk, 1, yuan("2.00")),
    ]
    again = record_usage_in_batch(key="2026-03-05T10", records=records, at=at("2026-03-05 12:00"))
    assert [batch.pk for batch in again] == [batch.pk for batch in first]
    rows = UsageRecord.objects.order_by("pk").values_list("amount", "period", "tax_category")
    assert list(rows) == [
        (yuan("0.123456789012"), "2026-03", product.tax_category_id),
        (yuan("-0.100000000000"), "2026-03", product.tax_category_id),
        (yuan("2.000000000000"), "2026-03", product.tax_category_id),
    ]


def test_a_key_with_other_records_is_refused_and_an_interrupted_batch_is_sent_again(product):
    one, two = make_story(), make_story()
    broken = NewUsage(
        customer_id=two.customer.pk, amount=yuan("1"), product=product, used_at=NINE, resource="\0"
    )
    with pytest.raises(DataError):
        record_usage_in_batch(key="K", records=[used(one, product, "1.00"), broken], at=NINE)
    assert UsageBatch.objects.count() == UsageRecord.objects.count() == 0
    whole = [used(one, product, "1.00"), used(two, product, "1.00")]
    record_usage_in_batch(key="K", records=whole, at=NINE)
    for other in (whole[:1], [*whole, whole[0]], [used(one, product, "9.00"), whole[1]]):
        refused(
            "reference_conflict", lambda o=other: record_usage_in_batch(key="K", records=o, at=NINE)
        )
    assert UsageRecord.objects.count() == 2


def test_a_closed_account_takes_no_usage(product):
    story = make_story()
    close(story.customer)
    record = used(story, product, "1.00")
    refused("account_closed", lambda: record_usage_in_batch(key="K", records=[record], at=NINE))
