"""Whoever watches the work reads its numbers with a token, and an hourly look sounds the alarm."""

import pytest
from django.test import Client
from structlog.testing import capture_logs

from accounts.messages.outbox import enqueue
from finance_console.kernel import clock
from invoicing.services import watching
from invoicing.tasks import watch_promises
from tests.builders import at, make_story
from tests.doors.console import NOW, Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "datetime", Clock)


def read(token: str = "") -> object:
    return Client().get("/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})


def test_without_the_token_there_is_no_such_page(settings):
    assert read().status_code == 404
    assert read("x").status_code == 404
    settings.METRICS_TOKEN = "secret-of-the-watch"
    assert read("x").status_code == 404
    assert read().status_code == 404
    assert read("secret-of-the-watch").status_code == 200


def test_the_oldest_pending_application_and_what_is_late(settings):  # R29, I15
    settings.METRICS_TOKEN = "secret-of-the-watch"
    story = make_story("baidu")
    story.recharge("10.00", "2026-03-20 10:00")
    story.order("10.00", "2026-03-20 10:00")
    story.ask("2026-03-20 11:00", amount="10.00")
    told = {"bill": "B1", "total": "1.00"}
    enqueue(
        customer=story.customer,
        topic="bill_unsettled",
        about="B1",
        values=told,
        at=at("2026-03-20 10:00"),
    )
    lines = read("secret-of-the-watch").content.decode().splitlines()
    assert 'finance_console_oldest_seconds{of="review"} 3600' in lines
    assert 'finance_console_oldest_seconds{of="outbox"} 7200' in lines
    assert 'finance_console_late{kind="review"} 1' in lines
    assert 'finance_console_late{kind="shipping"} 0' in lines
    assert "finance_console_years_without_holidays 2" in lines


def test_an_hourly_look_sounds_the_alarm_only_when_something_is_late():  # R29
    story = make_story("baidu")
    story.recharge("10.00", "2026-03-20 10:00")
    story.order("10.00", "2026-03-20 10:00")
    with capture_logs() as quiet:
        watch_promises.run(at=NOW.isoformat())
    story.ask("2026-03-20 11:00", amount="10.00")
    with capture_logs() as loud:
        watch_promises.run(at=NOW.isoformat())
    assert quiet == []
    assert loud == [{"event": "promises_broken", "review": 1, "log_level": "error"}]
    assert watching.watch(at=at("2026-03-20 11:05")) == 0
