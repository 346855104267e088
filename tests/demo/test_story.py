"""The demo's month of business: what happens in it, that it always adds up, and that a missing cent is noticed."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import resolve
from stdnum.cn import uscc

from accounts.models import CustomerAccount, OutboxMessage, Ticket
from finance_console.demo import (
    afterwards,
    cast,
    catalogue,
    customers,
    loading,
    month,
    summary,
    ties,
    tour,
)
from finance_console.demo.playing import Event, NoProgress, Player
from finance_console.demo.telling import Teller
from invoicing.documents.files import FORMATS, Rendered
from invoicing.models import (
    AutoInvoicingRehearsal,
    AutoInvoicingRun,
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    Offset,
)
from invoicing.queries import late
from ledger.models import (
    BankLine,
    Bill,
    Charge,
    ChargeFunding,
    Lot,
    Order,
    UsageRecord,
    Withdrawal,
)
from ledger.presenters.orders import actions as order_actions
from tests.builders import at, make_story

NOW = at("2026-11-22 15:00")
WEEK = timedelta(days=7)


class InProcess:
    """Does the job here instead of in a Celery worker."""

    def run(self, job, moment: datetime) -> None:
        job.task.run(at=moment.isoformat())


@pytest.fixture
def quick_documents(monkeypatch):
    """Documents have tests of their own."""
    monkeypatch.setattr(
        "invoicing.services.issuing.filing.render_files",
        lambda snapshot: Rendered({name: f"{name} {snapshot.number}".encode() for name in FORMATS}),
    )
    monkeypatch.setattr(
        "invoicing.services.overseas.drafting.pdf.render_proforma",
        lambda snapshot: snapshot.number.encode(),
    )


@pytest.mark.slow
@pytest.mark.corrupts
@pytest.mark.django_db
def test_the_story_shows_what_it_promises_ties_out_and_notices_a_missing_cent(quick_documents):
    said: list[str] = []
    loading.load(InProcess(), Teller(said.append), NOW)

    assert ties.check() == 13
    call_command("audit")
    assert {c.profile for c in customers.people()["clerk"].customers.all()} == {
        *("alibaba", "baidu", "kingsoft", "standard")
    }
    issued = Invoice.objects.filter(number__isnull=False)
    assert 60 <= issued.count() <= 120
    split = Invoice.objects.filter(why="cap", gross=Decimal("99999.99"), status="issued")
    assert split.count() >= 4
    assert Invoice.objects.values("entity", "rate").distinct().count() == 5
    assert ChargeFunding.objects.filter(fund="coupon", charge__cash__gt=0).exists()
    assert [b.customer.code for b in Bill.objects.filter(status="unsettled")] == [month.IN_ARREARS]
    assert Charge.objects.filter(order__status="failed").count() == 2
    assert Charge.objects.filter(order__status="paid").count() == 2
    assert Offset.objects.count() == 2
    assert AutoInvoicingRun.objects.filter(result="issued").count() == 9
    _the_new_things_are_there(issued)
    _everything_is_alive(issued)
    assert set(late.counts(NOW).values()) == {0}  # no promise is broken when the visitor comes
    statuses = InvoiceApplication.objects.values_list("status", flat=True)
    assert (
        statuses.filter(status="rejected").count(),
        statuses.filter(status="pending_approval").count(),
    ) == (1, 2)
    assert any("close_months" in line and "15 bills" in line for line in said)
    assert summary.lines({"all": 1.0})[0].startswith(" ")

    UsageRecord.objects.filter(batch__isnull=False, line=2).update(amount="0.01")
    with pytest.raises(ties.DoesNotTie, match=r"^Billed usage and bill lines do not tie for "):
        ties.check()


def _the_new_things_are_there(issued):
    """Credited in part, corrected, sent, asked and answered, invoiced for members, rehearsed."""
    partly = issued.get(credited_gross=Decimal("200.00"))
    assert (partly.application.customer.code, partly.status) == (afterwards.CREDITED, "issued")
    corrected = issued.get(application__source="reissue").application
    assert corrected.corrects.status == "credited"
    assert CreditNote.objects.count() == 2
    assert issued.filter(status="received").exists()
    assert issued.filter(medium="paper", status="shipped").exists()
    assert not issued.filter(medium="paper", status="issued").exists()
    asked = CreditRequest.objects.get(status="awaiting_original")
    assert asked.customer.code == afterwards.RETURNS
    assert sorted(Ticket.objects.filter(topic="other").values_list("status", flat=True)) == [
        "answered",
        "open",
    ]
    consolidated = issued.filter(application__members__len=3)
    assert {row.application.customer.code for row in consolidated} == {"DEMO-02"}
    claimed = InvoiceableItem.objects.filter(claims__line__invoice__in=consolidated)
    assert set(claimed.values_list("customer__code", flat=True)) == {
        *("DEMO-02", "DEMO-16", "DEMO-17")
    }
    assert AutoInvoicingRehearsal.objects.count() == 2


def _everything_is_alive(issued):
    """Each thing of the tour is there, and can be gone on with by whoever signs in."""
    of = {code: CustomerAccount.objects.get(code=code) for code in cast.CODES}
    bought = Order.objects.filter(customer=of["DEMO-01"], status="delivered")
    order = bought.exclude(ends_on=None).latest("pk")
    offered = {action.name: action.allowed for action in order_actions(order, of["DEMO-01"], NOW)}
    assert offered == {"renew": True, "unsubscribe": True}
    ending = Lot.objects.filter(customer=of["DEMO-01"], expires_at__range=(NOW, NOW + WEEK))
    assert set(ending.values_list("fund", flat=True)) == {"voucher", "gift"}
    assert of["DEMO-03"].certification_requests.get().status == "submitted"
    assert of["DEMO-08"].title_applications.get().status == "submitted"
    assert Withdrawal.objects.get().status == "requested"
    waiting = BankLine.objects.get(status="unmatched")
    assert waiting.amount == Decimal("2600.00")
    failed = AutoInvoicingRun.objects.get(result="failed")
    assert failed.customer == of["DEMO-18"]
    deficits = InvoiceableItem.objects.filter(customer=of["DEMO-18"], net__lt=0)
    assert deficits.exists()
    assert OutboxMessage.objects.exclude(parked_at=None).get().channel == "sms"
    assert issued.filter(credited_gross__gt=0, status="issued").exists()


@pytest.mark.django_db
def test_every_address_of_the_tour_is_an_address_of_the_console():
    for what, code, page in tour.TOUR:
        assert code in cast.CODES, what
        resolve(f"/console/{code}/{page}")
    for _what, page in tour.DESKS:
        resolve(f"/admin/{page.partition('?')[0]}")


@pytest.mark.parametrize(
    ("now", "periods"),
    [
        ("2026-11-22 15:00", ("2026-09", "2026-10")),
        ("2026-11-06 00:00", ("2026-09", "2026-10")),
        ("2026-11-05 23:59", ("2026-08", "2026-09")),
        ("2027-01-01 00:00", ("2026-10", "2026-11")),
        ("2027-02-20 12:00", ("2026-12", "2027-01")),
    ],
)
def test_the_months_are_the_last_two_whose_fifth_has_passed(now, periods):
    assert month.months(at(now)) == periods


@pytest.mark.django_db
@pytest.mark.parametrize("now", ["2026-11-22 15:00", "2026-11-06 00:00", "2027-02-05 09:00"])
def test_nothing_in_the_story_is_in_the_future(now):
    accounts = dict.fromkeys(cast.CODES)
    events = loading.story({}, accounts, {}, at(now))
    assert events[-1].at <= at(now)
    assert events == sorted(events, key=lambda event: event.at)


# The clock


@pytest.mark.django_db
def test_the_clock_does_what_is_due_on_the_way_and_never_runs_backwards():
    story = make_story("standard")
    story.recharge("10.00", "2026-03-10 08:00")
    story.use("10.00", "2026-03-10 09:00")
    done: list[tuple[str, datetime]] = []

    def send(job, moment):
        done.append((job.name, moment))
        InProcess().run(job, moment)

    player = Player(at("2026-03-11 00:00"), send)
    player.play(Event(at("2026-04-02 23:59"), "nothing", lambda _at: None))
    assert done == []
    player.advance(at("2026-04-04 00:00"))
    assert done == [("close_months", at("2026-04-03 00:00"))]
    with pytest.raises(ValueError, match="is in the past"):
        player.play(Event(at("2026-04-03 00:00"), "too late", lambda _at: None))


@pytest.mark.django_db
def test_a_job_that_stays_due_ends_the_demo_with_a_sentence():
    make_story("standard").use("10.00", "2026-03-10 09:00")
    player = Player(at("2026-04-03 00:00"), lambda job, moment: None)
    with pytest.raises(NoProgress) as caught:
        player.advance(at("2026-04-04 00:00"))
    assert str(caught.value) == (
        "The task close_months ran 50 times for 2026-04-03 00:00 and is still due."
    )


# The data


def test_the_invented_numbers_have_valid_check_digits():  # D20
    numbers = [seller[1] for seller in catalogue.SELLERS.values()]
    numbers += [spec.tax_id or spec.title_tax_id for spec in cast.CUSTOMERS]
    numbers = [number for number in numbers if number]
    assert len(numbers) == len(set(numbers)) == 19
    assert [uscc.validate(number) for number in numbers] == numbers


def test_every_service_of_the_file_is_routed_to_a_reseller_and_nothing_else_is():
    with catalogue.FOCUS_FILE.open(encoding="utf-8", newline="") as file:
        billed = {(row["InvoiceIssuerName"], row["ServiceName"]) for row in csv.DictReader(file)}
    with catalogue.ROUTING_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["issuer"], row["service"]) for row in rows} == billed
    assert {row["entity"] for row in rows} == set(catalogue.RESELLERS)
    assert len({row["issuer"] for row in rows}) == len(catalogue.RESELLERS) == 5


def test_no_seller_of_the_demo_bears_the_name_of_an_issuer_in_the_file():  # D20
    with catalogue.FOCUS_FILE.open(encoding="utf-8", newline="") as file:
        real = {row["InvoiceIssuerName"].lower() for row in csv.DictReader(file)}
    names = [seller[0].lower() for seller in (catalogue.SELLERS | catalogue.RESELLERS).values()]
    assert not real & set(names)
