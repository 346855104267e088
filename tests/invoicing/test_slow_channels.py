"""A tax channel that answers in seconds, or never: nothing waits for it but its own invoices."""

import threading
from collections.abc import Callable, Iterable

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from invoicing.channels import ChannelTimeout, SandboxChannel, sandbox
from invoicing.models import Invoice, InvoiceApplication, NumberSeries, SandboxReceipt
from invoicing.services.issuing import invoices, sweeping
from invoicing.services.reviewing import deciding
from tests.builders import at, make_entity
from tests.invoicing.test_channels import request, statuses
from tests.invoicing.test_issuing import NOON, _approved
from tests.refusing import refused

DUE = at("2026-03-02 12:05")
SOON = at("2026-03-02 12:05:20")
LATER = at("2026-03-02 12:05:31")
TABLES = (
    "accounts_customeraccount",
    "invoicing_invoiceapplication",
    "invoicing_invoice",
    "invoicing_invoiceableitem",
    "invoicing_numberseries",
)


class KilledError(BaseException):
    """Stands for a killed process: nothing after it runs."""


class Channel(SandboxChannel):
    """A sandbox that does something before and after it answers, for one seller or for all."""

    def __init__(
        self,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
        seller: int | None = None,
    ) -> None:
        super().__init__()
        self.before, self.after, self.seller = before, after, seller
        self.asked: list[tuple[int, str]] = []

    def issue(self, request):
        self.asked.append((request.entity_id, request.serial))
        if self.seller not in (None, request.entity_id):
            return super().issue(request)
        self.before()
        answer = super().issue(request)
        self.after()
        return answer


def _raise(error: BaseException) -> None:
    raise error


def _in_threads(works: Iterable[Callable[[], object]]) -> list[threading.Thread]:
    """Each in a connection of its own."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads


def _locked() -> list[str]:
    """The tables of which somebody else holds rows, seen from another connection."""
    held: list[str] = []

    def look() -> None:
        for table in TABLES:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SELECT 1 FROM {table} FOR UPDATE NOWAIT")
            except OperationalError:
                held.append(table)

    for thread in _in_threads([look]):
        thread.join()
    return held


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_channel_is_called():
    _story, application = _approved("0.06", "0.13")
    seen: list[list[str]] = []
    channel = Channel(before=lambda: seen.append(_locked()), after=lambda: seen.append(_locked()))
    invoices.issue_application(application=application, at=NOON, channel=channel)
    assert seen == [[], [], [], []]
    with transaction.atomic():  # and a lock would be seen
        InvoiceApplication.objects.select_for_update().get(pk=application.pk)
        assert _locked() == ["invoicing_invoiceapplication"]


KILLS = {
    "after it is marked": {"before": lambda: _raise(KilledError())},
    "after the number is given": {"after": lambda: _raise(KilledError())},
    "while the answer is recorded": {},
}


@pytest.mark.django_db
@pytest.mark.parametrize("moment", KILLS)
def test_a_kill_between_two_steps_is_repaired_by_a_sweep_and_gives_no_second_number(
    moment, monkeypatch
):
    story, application = _approved("0.06", "0.13")
    channel = Channel(**KILLS[moment])
    monkeypatch.setattr(invoices, "configured", lambda: channel)
    if not KILLS[moment]:
        monkeypatch.setattr(invoices, "_freeze_and_move", lambda *_, **__: _raise(KilledError()))
    with pytest.raises(KilledError):
        sweeping.issue_due(at=DUE)
    assert statuses(application) == ["planned", "planned"]
    refused(
        "wrong_state",
        lambda: deciding.withdraw(application=application, actor=story.user, at=DUE),
    )
    monkeypatch.undo()
    sweeping.issue_due(at=SOON)  # whoever asked may be alive still: the others go on
    assert statuses(application) == ["planned", "issued"]
    assert sweeping.issue_due(at=LATER) == 1
    assert statuses(application) == ["issued", "issued"]
    assert [row.last for row in NumberSeries.objects.all()] == [1, 1]
    assert set(SandboxReceipt.objects.values_list("number", flat=True)) == set(
        application.invoices.values_list("number", flat=True)
    )


@pytest.mark.django_db
def test_what_was_refused_does_not_exist_and_can_be_withdrawn():  # R07
    story, application = _approved()
    for channel, asked_at in (
        (SandboxChannel(refuse={1}), None),
        (Channel(before=lambda: _raise(ChannelTimeout())), NOON),
        (SandboxChannel(refuse={1}), None),
    ):
        invoices.issue_application(application=application, at=NOON, channel=channel)
        assert application.invoices.get().asked_at == asked_at
    deciding.withdraw(application=application, actor=story.user, at=NOON)
    assert statuses(application) == ["dropped"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.corrupts  # a number without an invoice
def test_the_same_serial_asked_by_four_at_once_gives_one_number():
    entity, together = make_entity(), threading.Barrier(4)
    answers = []

    def ask() -> None:
        together.wait()
        answers.append(SandboxChannel().issue(request(entity)))

    for thread in _in_threads([ask] * 4):
        thread.join()
    assert (len(answers), len(set(answers))) == (4, 1)
    assert NumberSeries.objects.get().last == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_channel_holds_up_its_own_seller_only(monkeypatch):
    _one, slow = _approved()
    _two, quick = _approved("0.13", "0.09")
    called, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        called.set()
        go_on.wait()

    channel = Channel(before=wait, seller=slow.invoices.get().entity_id)
    monkeypatch.setattr(invoices, "configured", lambda: channel)
    (thread,) = _in_threads([lambda: sweeping.issue_due(at=DUE)])
    called.wait()
    assert sweeping.issue_due(at=SOON) == 1
    slow.refresh_from_db()
    quick.refresh_from_db()
    assert (slow.status, quick.status) == ("approved", "issued")
    go_on.set()
    thread.join()
    slow.refresh_from_db()
    assert slow.status == "issued"
    assert len(channel.asked) == len(set(channel.asked)) == 3


@pytest.mark.django_db
def test_a_channel_that_does_not_answer_is_left_alone_until_the_next_sweep(monkeypatch):
    first = [_approved()[1] for _ in range(3)]
    _story, other = _approved("0.13", "0.09")
    seller = first[0].invoices.get().entity_id
    channel = Channel(before=lambda: _raise(ChannelTimeout()), seller=seller)
    monkeypatch.setattr(invoices, "configured", lambda: channel)
    assert sweeping.issue_due(at=DUE) == 1
    assert [row.application_id for row in Invoice.objects.filter(problem="no_answer")] == [
        first[0].pk
    ]
    other.refresh_from_db()
    assert other.status == "issued"
    assert [entity for entity, _ in channel.asked].count(seller) == 1
    monkeypatch.undo()
    assert sweeping.issue_due(at=DUE) == 2  # the one that was asked waits for its time
    assert sweeping.issue_due(at=at("2026-03-02 12:15")) == 1


@pytest.mark.django_db
@pytest.mark.corrupts  # numbers without invoices
def test_the_sandbox_takes_the_seconds_that_the_setting_says(settings, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(sandbox.time, "sleep", slept.append)
    entity = make_entity()
    SandboxChannel().issue(request(entity, "S1"))
    settings.ISSUING_SANDBOX_SECONDS = 5
    SandboxChannel().issue(request(entity, "S2"))
    SandboxChannel(seconds=0).issue(request(entity, "S3"))
    assert slept == [5]
