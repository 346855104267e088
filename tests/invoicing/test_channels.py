"""The sandbox channel: one number per serial, no gaps, no time running backwards, answers that get lost."""

import itertools
import random
import threading
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.models import AuditRecord, OutboxMessage
from finance_console.kernel.errors import DomainError
from invoicing import channels
from invoicing.channels import ChannelTimeout, Issued, IssueRequest, Refused, SandboxChannel
from invoicing.channels.sandbox import next_number
from invoicing.models import Invoice, InvoiceApplication, NumberSeries, SandboxReceipt
from invoicing.services.issuing import invoices, sweeping
from invoicing.services.reviewing import deciding
from tests.builders import at, make_entity, make_reviewer, make_user
from tests.invoicing.test_issuing import NOON, _approved
from tests.refusing import refused


def request(entity, serial="S1", when=NOON, **fields):
    return IssueRequest(
        **{
            "serial": serial, "position": 1, "entity_id": entity.pk, "kind": "general",
            "medium": "electronic", "at": when, "issued_on": when.date(), "gross": "1.00",
        } | fields
    )  # fmt: skip


def statuses(application):
    return [row.status for row in application.invoices.order_by("position")]


@pytest.mark.django_db
@pytest.mark.corrupts  # numbers without invoices
def test_asking_twice_is_asking_once():
    entity = make_entity()
    first = SandboxChannel().issue(request(entity))
    assert isinstance(first, Issued)
    later = request(entity, when=NOON + timedelta(days=400))
    assert SandboxChannel().issue(later) == first
    assert SandboxChannel(refuse={1}).issue(later) == first
    assert NumberSeries.objects.get().last == 1


@pytest.mark.django_db
@pytest.mark.corrupts
def test_series_are_apart_by_entity_kind_medium_year_and_credit():  # D17, I08
    one, two = make_entity("A"), make_entity("B")
    wishes = [
        request(one), request(two), request(one, kind="special"), request(one, medium="paper"),
        request(one, when=at("2027-01-01 00:00")), request(one, credit=True), request(one),
    ]  # fmt: skip
    answers = [
        SandboxChannel().issue(request_with_serial(wish, f"S{n}")) for n, wish in enumerate(wishes)
    ]
    assert [int(answer.number[-10:]) for answer in answers] == [1, 1, 1, 1, 1, 1, 2]
    assert len({answer.number for answer in answers}) == 7
    assert answers[4].number.startswith("27991")


def request_with_serial(wish, serial):
    return IssueRequest(
        **{name: getattr(wish, name) for name in wish.__slots__} | {"serial": serial}
    )


@pytest.mark.django_db
@pytest.mark.corrupts
def test_time_never_runs_backwards_along_the_numbers():  # I09
    entity = make_entity()
    early, late = NOON, NOON + timedelta(seconds=30)
    first = SandboxChannel().issue(request(entity, "S1", late))
    second = SandboxChannel().issue(request(entity, "S2", early))  # its clock was read earlier
    assert (first.issued_at, second.issued_at) == (late, late)


@pytest.mark.django_db
@pytest.mark.corrupts
def test_a_series_is_made_once_however_many_numbers_it_gives():
    entity = make_entity()
    for _ in range(3):
        next_number(entity_id=entity.pk, kind="general", medium="paper", year=2026)
    other = next_number(entity_id=entity.pk, kind="special", medium="paper", year=2026)
    first, second = NumberSeries.objects.order_by("pk")
    assert (second.pk - first.pk, other[5:10]) == (1, f"{second.pk:05d}")


@pytest.mark.django_db
def test_a_lost_answer_is_asked_for_again_and_gives_the_same_number_and_date():
    _story, application = _approved("0.06", "0.13")
    late = at("2026-03-02 23:59")
    invoices.issue_application(
        application=application, at=late, channel=SandboxChannel(timeout={1})
    )
    assert statuses(application) == ["failed", "issued"]
    waiting = application.invoices.get(position=1)
    assert (waiting.problem, waiting.number) == ("no_answer", None)
    receipt = SandboxReceipt.objects.get(serial__endswith="/1")
    assert sweeping.issue_due(at=at("2026-03-03 00:09")) == 1
    waiting.refresh_from_db()
    assert (waiting.number, waiting.issued_at, str(waiting.invoice_date)) == (
        receipt.number,
        late,
        "2026-03-02",
    )
    assert set(NumberSeries.objects.values_list("last", flat=True)) == {1}
    assert OutboxMessage.objects.filter(topic="invoices_issued").count() == 3


@pytest.mark.django_db
def test_what_may_exist_already_cannot_be_withdrawn():  # R07
    story, application = _approved()
    channel = SandboxChannel(timeout={1})
    invoices.issue_application(application=application, at=NOON, channel=channel)
    refused(
        "wrong_state",
        lambda: deciding.withdraw(application=application, actor=story.user, at=NOON),
    )


@pytest.mark.django_db
def test_others_number_on_while_an_answer_is_lost():
    _one, first = _approved()
    _two, second = _approved()
    invoices.issue_application(application=first, at=NOON, channel=SandboxChannel(timeout={1}))
    invoices.issue_application(application=second, at=at("2026-03-02 12:05"))
    invoices.issue_application(application=first, at=at("2026-03-02 12:10"))
    rows = Invoice.objects.order_by("number")
    assert [(row.application_id, row.issued_at) for row in rows] == [
        (first.pk, NOON),
        (second.pk, at("2026-03-02 12:05")),
    ]


def _retries(application):
    """The moments at which the sweep tried, until it stopped."""
    moments = []
    while (application.refresh_from_db() or application).issue_at is not None:
        moments.append(application.issue_at)
        sweeping.issue_due(at=application.issue_at)
    return moments


@pytest.mark.django_db
def test_what_is_refused_again_and_again_is_parked_and_an_operator_tries_it_again(monkeypatch):
    # R24
    monkeypatch.setattr(invoices, "configured", lambda: SandboxChannel(refuse={2}))
    _story, application = _approved("0.06", "0.13")
    moments = _retries(application)
    minutes = [(b - a) // timedelta(minutes=1) for a, b in itertools.pairwise(moments)]
    assert (len(moments), minutes) == (invoices.MAX_TRIES, [10, 20, 40, 80, 160])
    assert statuses(application) == ["issued", "failed"]
    assert application.status == "approved"
    assert sweeping.issue_due(at=at("2027-01-01 00:00")) == 0

    stranger = make_user("stranger", is_staff=True)
    later = at("2026-03-05 09:00")
    refused(
        "not_permitted",
        lambda: sweeping.retry_parked(application=application, by=stranger, at=later),
    )
    operator = make_reviewer()
    sweeping.retry_parked(application=application, by=operator, at=later)
    assert _retries(application) == [later]  # once, then parked again
    monkeypatch.undo()
    sweeping.retry_parked(application=application, by=operator, at=later)
    assert sweeping.issue_due(at=later) == 1
    assert statuses(application) == ["issued", "issued"]
    assert set(NumberSeries.objects.values_list("last", flat=True)) == {1}
    assert AuditRecord.objects.filter(action="retry_issue", actor=operator).count() == 2
    sweeping.retry_parked(application=application, by=operator, at=later)  # nothing to try
    assert AuditRecord.objects.count() == 2


@pytest.mark.django_db
def test_one_that_breaks_does_not_stop_the_others_and_leaves_no_gap(monkeypatch):
    (_a, first), (_b, second) = _approved(), _approved()
    real = invoices._freeze_and_move

    def sometimes(invoice, *args, **kwargs):
        if invoice.application_id == first.pk:
            raise ZeroDivisionError
        return real(invoice, *args, **kwargs)

    monkeypatch.setattr(invoices, "_freeze_and_move", sometimes)
    assert sweeping.issue_due(at=at("2026-03-02 12:05")) == 1
    first.refresh_from_db()
    assert (first.status, first.issue_at) == ("approved", at("2026-03-02 12:15"))
    assert first.invoices.get().problem == "ZeroDivisionError"
    assert SandboxReceipt.objects.count() == 2  # its number was given, and stays its own
    monkeypatch.undo()
    assert sweeping.issue_due(at=at("2026-03-02 12:15")) == 1
    assert [int(row.number[-10:]) for row in Invoice.objects.order_by("number")] == [1, 2]
    assert first.invoices.get().number < second.invoices.get().number


@pytest.mark.django_db
def test_the_channel_is_a_matter_of_settings(settings):
    assert isinstance(channels.configured_channel(), SandboxChannel)
    settings.ISSUING_CHANNEL = "tests.invoicing.test_channels.Closed"
    _story, application = _approved()
    invoices.issue_application(application=application, at=NOON)
    assert application.invoices.get().problem == "closed"


class Closed:
    """A provider's channel that is closed today."""

    specimen = False

    def issue(self, request: IssueRequest) -> Refused:
        return Refused("closed")


class Moody(SandboxChannel):
    """Refuses, loses its answer or dies after the number was given, now and then."""

    def __init__(self, mood: random.Random) -> None:
        super().__init__()
        self.mood = mood

    def issue(self, request: IssueRequest) -> Issued | Refused:
        luck = self.mood.random()
        if luck < 0.1:
            return Refused("busy")
        answer = super().issue(request)
        if luck < 0.2:
            raise ChannelTimeout
        if luck < 0.3:
            raise RuntimeError("killed after the number was given")
        return answer


@pytest.mark.django_db(transaction=True)
def test_eight_issuers_of_whom_some_fail_leave_no_gap_and_no_time_running_backwards():
    # R13, I08, I09
    ids = [_approved("0.06", "0.13")[1].pk for _ in range(12)]
    problems: list[BaseException] = []

    def work(issuer: int) -> None:
        mood = random.Random(issuer)
        try:
            for pk in mood.sample(ids, len(ids)):
                moment = NOON + timedelta(seconds=mood.randrange(60))  # clocks differ
                try:
                    with transaction.atomic():
                        invoices.issue_application(
                            application=InvoiceApplication(pk=pk), at=moment, channel=Moody(mood)
                        )
                except (RuntimeError, DomainError):
                    continue
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    for application in InvoiceApplication.objects.all():
        invoices.issue_application(application=application, at=NOON + timedelta(hours=1))
    series: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in Invoice.objects.order_by("number"):
        series[invoice.number[:10]].append(invoice)
    assert sum(len(rows) for rows in series.values()) == 24
    for rows in series.values():
        assert [int(row.number[-10:]) for row in rows] == list(range(1, len(rows) + 1))
        moments: list[datetime] = [row.issued_at for row in rows]
        assert moments == sorted(moments)
    assert sorted(NumberSeries.objects.values_list("last", flat=True)) == sorted(
        len(rows) for rows in series.values()
    )
