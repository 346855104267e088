"""The pure planner defines what is written: the rows of an application are its plan, whatever was bought."""

import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.domain.planning import Plan, make_plan
from invoicing.models import InvoiceableItem, InvoiceApplication, Offset
from invoicing.queries.planning import available_items, candidate, deficits
from invoicing.queries.policies import policy_of
from invoicing.services.asking import gathering
from ledger.models import Charge
from ledger.services.orders import refunding
from tests.builders import Story, at, make_entity, make_key, make_story, yuan

pytestmark = pytest.mark.django_db
NOW = "2026-04-10 12:00"


def _customer(luck: random.Random) -> Story:
    """Random purchases of three sellers and rates over three months; now and then a deficit."""
    story = make_story(luck.choice(["alibaba", "standard", "baidu"]))
    story.recharge("900000.00", "2026-01-01 09:00")
    seller = make_entity(f"P{story.customer.pk}")
    keys = [story.key, make_key(seller, "0.13"), make_key(seller, "0.06", content="短信")]
    if luck.random() < 0.5:
        placed = story.order("50.00", "2026-01-02 10:00")
        story.issue(story.ask("2026-01-03 10:00", amount="50.00"), "2026-01-03 11:00")
        refunding.refund_charge(
            charge=Charge.objects.get(order=placed),
            amount=yuan(f"{luck.randint(1, 900) / 100:.2f}"),
            reason="refund",
            reference="R",
            at=at("2026-01-04 10:00"),
        )
        story.order("10.00", "2026-01-05 10:00")
    for _ in range(luck.randint(3, 12)):
        cents = luck.choice([luck.randint(1, 99_999), luck.randint(10_000_000, 15_000_000)])
        moment = f"2026-0{luck.randint(1, 3)}-{luck.randint(10, 20)} 10:0{luck.randint(0, 5)}"
        story.order(f"{cents / 100:.2f}", moment, luck.choice(keys))
    return story


def _definition(story: Story, *, amount: Decimal, separate: bool) -> Plan:
    """What the planner says about everything that is open."""
    items = available_items(story.customer, at(NOW)).filter(marketplace=False)
    return make_plan(
        policy=policy_of(story.customer),
        candidates=[candidate(item) for item in items],
        deficits=deficits(story.customer),
        amount=amount,
        medium="electronic",
        separate=separate,
    )


def _planned(plan: Plan) -> list[object]:
    return [
        (
            invoice.entity_id,
            invoice.rate,
            invoice.period or "",
            list(invoice.periods),
            invoice.why,
            (invoice.net, invoice.tax, invoice.gross),
            [
                (line.key.category_id, line.net, line.tax, line.gross, sorted(line.claims))
                for line in invoice.lines
            ],
        )
        for invoice in plan.invoices
    ]


def _written(application: InvoiceApplication) -> list[object]:
    return [
        (
            row.entity_id,
            row.rate,
            row.period,
            row.months,
            row.why,
            (row.net.amount, row.tax.amount, row.gross.amount),
            [
                (
                    line.tax_category_id,
                    line.net,
                    line.tax,
                    line.gross,
                    sorted(line.claims.values_list("item", "amount")),
                )
                for line in row.lines.order_by("position")
            ],
        )
        for row in application.invoices.order_by("position")
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_rows_of_an_application_are_the_plan_of_everything_open(seed, monkeypatch):
    monkeypatch.setattr(gathering, "PAGE", 2)
    luck = random.Random(seed)
    story = _customer(luck)
    found = available_items(story.customer, at(NOW))
    most = sum((item.open for item in found), Decimal(0)) - 10
    amount = Decimal(luck.randint(1, int(most * 100))) / 100
    separate = luck.random() < 0.5
    plan = _definition(story, amount=amount, separate=separate)
    items = InvoiceableItem.objects.filter(customer=story.customer)
    before = dict(items.values_list("pk", "net"))
    application = story.ask(NOW, amount=str(amount), separate=separate)
    assert _written(application) == _planned(plan)
    assert (application.total.amount, application.offset_total) == (plan.total, plan.offset)
    pairs = Offset.objects.filter(application=application).order_by("pk")
    assert list(pairs.values_list("deficit_item", "item", "amount")) == [
        (pair.deficit_id, pair.item_id, pair.amount) for pair in plan.offsets
    ]
    moved = dict(before)
    for pair in plan.offsets:
        moved[pair.item_id] -= pair.amount
        moved[pair.deficit_id] += pair.amount
    for invoice in plan.invoices:
        for line in invoice.lines:
            for item_id, claimed in line.claims:
                moved[item_id] -= claimed
    assert dict(items.values_list("pk", "net")) == moved


def test_an_amount_reads_the_oldest_and_stops_when_it_has_enough(monkeypatch):
    monkeypatch.setattr(gathering, "PAGE", 2)
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-01-01 09:00")
    for _ in range(30):
        story.order("10.00", "2026-03-01 10:00")
    items = available_items(story.customer, at(NOW))
    for amount, rows, pages in (("10.00", 1, 1), ("20.01", 3, 2), ("300.00", 30, 4)):
        with CaptureQueriesContext(connection) as queries:
            read = gathering.oldest(items, Decimal(amount))
        assert [item.pk for item in read] == list(items.values_list("pk", flat=True)[:rows])
        assert len(queries) == pages
