"""Who sells a product is decided by SKU and date; marketplace providers are entities like others."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.models import InvoiceableItem
from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.planning import available_items
from ledger.domain.focus import product_sku
from ledger.models import BillLine, LedgerAccount, Product, UsageRecord
from ledger.services import catalogue
from ledger.services.bills import generating
from ledger.services.orders import paying
from ledger.services.usage import metering
from ledger.services.usage.importing import import_focus
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
MIDDLE = date(2026, 3, 16)


def product(sku, key, name="Workspace terminal", **fields) -> Product:
    return Product.objects.create(
        **{"sku": sku, "name": name, "tax_category": key, "mode": "prepaid"} | fields
    )


@pytest.fixture
def story():
    story = make_story("baidu")
    story.recharge("1000.00", "2026-03-01 09:00")
    return story


@pytest.fixture
def other(story):
    return make_key(make_entity("W2"), rate="0.13", content="硬件")


def buy(story, thing, when, number="ORD-1", **fields):
    return paying.pay_order(
        number=number,
        customer=story.customer,
        amount=yuan("113.00"),
        product=thing,
        at=at(when),
        **fields,
    )


def test_a_route_that_begins_in_mid_month_decides_from_its_first_day_on(story, other):
    thing = product("terminal", story.key)
    catalogue.plan_route(product=thing, tax_key=other, valid_from=MIDDLE)
    before = buy(story, thing, "2026-03-15 23:59", "ORD-1")
    after = buy(story, thing, "2026-03-16 00:00", "ORD-2")
    assert (before.tax_category, after.tax_category) == (story.key, other)
    items = InvoiceableItem.objects.order_by("pk")
    assert [(row.entity, str(row.rate)) for row in items] == [
        (story.key.entity, "0.0600"),
        (other.entity, "0.1300"),
    ]


def test_the_newest_route_that_has_begun_counts(story, other):
    thing, third = product("terminal", story.key), make_key(make_entity("W3"))
    catalogue.plan_route(product=thing, tax_key=third, valid_from=date(2026, 5, 1))
    catalogue.plan_route(product=thing, tax_key=other, valid_from=date(2026, 4, 1))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1)]
    assert [catalogue.tax_key_for(thing, day) for day in days] == [story.key, other, other, third]


def test_a_plan_can_be_changed_until_something_is_sold_under_it(story, other):
    thing, third = product("terminal", story.key), make_key(make_entity("W3"))
    catalogue.plan_route(product=thing, tax_key=other, valid_from=MIDDLE)
    catalogue.plan_route(product=thing, tax_key=third, valid_from=MIDDLE)
    assert buy(story, thing, "2026-03-16 10:00").tax_category == third
    error = refused(
        "route_in_use",
        lambda: catalogue.plan_route(product=thing, tax_key=other, valid_from=MIDDLE),
    )
    assert error.values == {"first": "2026-03-17"}
    catalogue.plan_route(product=thing, tax_key=other, valid_from=date(2026, 3, 17))


def test_one_name_under_two_entities_stays_two_products(story, other):
    """The same terminal is sold by two companies: the SKU says by which (A26)."""
    ours, theirs = product("terminal-a", story.key), product("terminal-b", other)
    for number, thing in (("ORD-1", ours), ("ORD-2", theirs)):
        placed = buy(story, thing, "2026-03-02 10:00", number)
        paying.deliver_order(order=placed, at=at("2026-03-02 10:00"))
    found = available_items(story.customer, at("2026-04-01 09:00"))
    assert [(row.description, row.entity) for row in found] == [
        ("Workspace terminal", story.key.entity),
        ("Workspace terminal", other.entity),
    ]
    metering.record_usage(
        customer=story.customer,
        amount=yuan("10.00"),
        product=ours,
        used_at=at("2026-03-02 10:00"),
        at=at("2026-03-02 10:00"),
    )
    metering.record_usage(
        customer=story.customer,
        amount=yuan("20.00"),
        product=theirs,
        used_at=at("2026-03-02 10:00"),
        at=at("2026-03-02 10:00"),
    )
    generating.close_months(at=at("2026-04-03 00:00"))
    lines = BillLine.objects.order_by("pk").values_list("tax_category__entity", "payable")
    assert list(lines) == [
        (story.key.entity_id, yuan("10.00")),
        (other.entity_id, yuan("20.00")),
    ]


def test_usage_is_routed_by_the_day_it_was_used(story, other):
    thing = product("server", story.key, mode="postpaid")
    catalogue.plan_route(product=thing, tax_key=other, valid_from=MIDDLE)
    for day in ("2026-03-15 23:59", "2026-03-16 00:00"):
        metering.record_usage(
            customer=story.customer,
            amount=yuan("10.00"),
            product=thing,
            used_at=at(day),
            at=at("2026-03-20 09:00"),
        )
    keys = UsageRecord.objects.order_by("pk").values_list("tax_category", flat=True)
    assert list(keys) == [story.key.pk, other.pk]
    generating.close_months(at=at("2026-04-03 00:00"))
    assert BillLine.objects.count() == 2
    for day, key in (("2026-03-15 10:00", story.key), ("2026-03-17 10:00", other)):
        raised = generating.raise_bill(
            number=f"BILL-{day[:10]}",
            customer=story.customer,
            amount=yuan("5.00"),
            product=thing,
            at=at(day),
        )
        assert raised.lines.get().tax_category == key


def test_an_imported_file_is_routed_line_by_line_without_a_query_per_line(story, other):
    thing = product(product_sku("Kestrel", "Queue"), story.key, mode="postpaid")
    catalogue.plan_route(product=thing, tax_key=other, valid_from=MIDDLE)
    header = (
        "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,"
        "InvoiceIssuerName,ServiceName,ResourceId"
    )
    line = "1.5,CNY,2026-03-01 00:00:00,Usage,2026-03-{} {}:00:00,Kestrel,Queue,q"
    hours = [("15", "15"), ("15", "16"), ("16", "15")]  # in UTC: Shanghai is 8 hours ahead
    content = "\n".join([header, *(line.format(*hour) for hour in hours * 50), ""]).encode()
    with CaptureQueriesContext(connection) as queries:
        import_focus(
            customer=story.customer,
            name="usage.csv",
            stream=BytesIO(content),
            at=at("2026-03-20 09:00"),
        )
    assert sum("productroute" in query["sql"] for query in queries) == 1
    keys = UsageRecord.objects.order_by("line").values_list("tax_category", flat=True)
    assert list(keys) == [story.key.pk, other.pk, other.pk] * 50


def test_a_sale_names_a_product_or_a_tax_key(story):
    with pytest.raises(ValueError, match="names a product or a tax key"):
        buy(story, None, "2026-03-02 10:00")


def test_a_provider_is_owed_its_money_on_delivery_and_invoices_itself(story, other):
    """A marketplace purchase: the provider is the entity, and it waits seven days from delivery."""
    thing = product("market-app", other, marketplace=True)
    placed = buy(story, thing, "2026-03-02 10:00")

    def balance(bucket):
        accounts = LedgerAccount.objects.filter(customer=story.customer, bucket=bucket)
        return [(row.entity, str(row.balance)) for row in accounts]

    assert balance("deferred") == [(other.entity, "113.00")]
    assert balance("payable") == []
    paying.deliver_order(order=placed, at=at("2026-03-05 15:30"))
    assert balance("deferred") == [(other.entity, "0.00")]
    assert balance("payable") == [(other.entity, "113.00")]
    assert balance("revenue") == []
    item = InvoiceableItem.objects.get()
    assert (item.marketplace, item.entity) == (True, other.entity)
    assert item.available_at == at("2026-03-12 15:30")
    assert invoiceable(story.customer, at("2026-03-12 15:29")).marketplace_open == 0
    assert invoiceable(story.customer, at("2026-03-12 15:30")).marketplace_open == yuan("113.00")


def test_what_we_operate_ourselves_in_the_marketplace_is_our_revenue(story, other):
    thing = product("market-own", other, marketplace=True, self_operated=True)
    paying.deliver_order(order=buy(story, thing, "2026-03-02 10:00"), at=at("2026-03-02 11:00"))
    revenue = LedgerAccount.objects.get(customer=story.customer, bucket="revenue")
    assert (revenue.entity, str(revenue.balance)) == (other.entity, "113.00")
