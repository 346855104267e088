"""No address answers 500, whoever asks it and whatever is sent."""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import TicketMessage
from finance_console.kernel import calendar
from tests.builders import make_reviewer, make_story
from tests.doors import admin_data
from tests.doors.console import sign_in, viewer
from tests.doors.one_of_everything import one_of_everything
from tests.doors.walking import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
FEW = ("\0",)


def as_staff(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def story():
    made = one_of_everything()
    admin_data.everything(0)
    admin_data.pending()
    ticket = TicketMessage.objects.order_by("pk").first().ticket
    TicketMessage.objects.create(
        ticket=ticket, author=None, from_staff=True, text="From the system", idempotency_key="S", written_at=ticket.opened_at
    )  # fmt: skip
    cache.clear()
    return made


@pytest.mark.parametrize("role", ["member", "administrator"])
def test_no_address_breaks_for_who_may_do_everything_whatever_is_sent(story, role):
    client = sign_in(story) if role == "member" else as_staff(admin_data.administrator())
    walk = Walk(client, story.customer.code)
    walk.everywhere()
    assert walk.broken == {}
    assert walk.count > 1_500


@pytest.mark.parametrize("role", ["nobody", "viewer", "stranger", "reviewer", "observer"])
def test_no_address_breaks_for_who_may_do_less(story, role):
    client = {
        "nobody": Client,
        "viewer": lambda: viewer(story),
        "stranger": lambda: sign_in(make_story("standard", "Other Ltd")),
        "reviewer": lambda: as_staff(make_reviewer()),
        "observer": lambda: as_staff(admin_data.observer()),
    }[role]()
    walk = Walk(client, story.customer.code)
    outside = role in {"nobody", "stranger"}  # most doors are shut: what is sent there is not read
    walk.everywhere(values=() if outside else FEW, most=2)
    assert walk.broken == {}


def test_the_walk_finds_what_breaks(story, monkeypatch):
    monkeypatch.setattr(calendar, "parse_day", date.fromisoformat)
    client = sign_in(story)
    walk = Walk(client, story.customer.code)
    walk.ask("get", client.at("orders/"))
    walk.everywhere(only="export")
    assert any("OverflowError" in found for found in walk.broken.values())
