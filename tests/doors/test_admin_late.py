"""What is late as staff meet it: listed by kind, tried again, a year without holidays."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import WorkdayOverride
from invoicing.channels import SandboxChannel
from invoicing.models import InvoiceApplication
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from tests.builders import at, make_story
from tests.doors.console import text
from tests.doors.test_admin_operators import operator
from tests.doors.test_admin_shipping import paper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

LATE = "/admin/invoicing/invoiceapplication/late/"


@pytest.fixture
def story():
    return make_story("baidu", "云帆印刷有限公司")


def held_up(story, **moments):
    """An application that waits for a person since 2026-03-01."""
    story.recharge("10.00", "2026-03-01 10:00")
    placed = story.order("10.00", "2026-03-01 10:00")
    application = story.ask("2026-03-01 10:00", method="order", sources=(placed.number,))
    InvoiceApplication.objects.filter(pk=application.pk).update(auto_review_at=None, **moments)
    return application


def test_everything_that_is_late_is_listed_by_kind(story):
    now = at("2026-03-02 12:00")
    unreviewed = held_up(story, review_due_at=now - timedelta(days=2))
    unissued = held_up(story)
    deciding.approve(application=unissued, reviewer=None, at=at("2026-02-01 10:00"))
    parked = held_up(story)
    deciding.approve(application=parked, reviewer=None, at=at("2026-03-02 11:00"))
    for n in range(invoices.MAX_TRIES):
        invoices.issue_application(
            application=parked, at=at(f"2026-03-02 11:0{n}"), channel=SandboxChannel(refuse={1})
        )
    unsent = paper(story, "2026-02-01 10:00")
    client = operator("review_application", "ship_invoice")
    for kind, subject in {
        "review": unreviewed.number,
        "issue": unissued.number,
        "parked": parked.number,
        "shipping": unsent.number,
    }.items():
        page = text(client.get(f"{LATE}?kind={kind}"))
        assert "Review late 1 Issue late 2 Given up: to be tried again 1 Shipping late 1" in page
        assert subject in page
    page = text(client.get(f"{LATE}?kind=parked"))
    assert "Refused by the channel" in page
    assert "Promises are broken: Review late 1, Issue late 2" in text(client.get("/admin/"))
    answer = client.post(f"/admin/invoicing/invoiceapplication/{parked.pk}/retry/", follow=True)
    assert f"{parked.number} is tried again now." in text(answer)
    assert "Given up: to be tried again 0" in text(answer)
    parked.refresh_from_db()
    assert parked.issue_at is not None


def test_the_list_is_bounded_and_goes_on(monkeypatch):
    monkeypatch.setattr("invoicing.admin.late.PAGE", 2)
    story = make_story("baidu")
    due = at("2026-02-01 10:00")
    ids = [held_up(story, review_due_at=due).pk for _ in range(5)]
    client = operator("review_application")
    with CaptureQueriesContext(connection) as few:
        page = client.get(LATE)
    found = [int(pk) for pk in re.findall(r"application/(\d+)/change", page.content.decode())]
    behind = re.search(r"behind=(\d+)", page.content.decode())[1]
    with CaptureQueriesContext(connection) as many:
        page = client.get(f"{LATE}?kind=review&behind={behind}")
    found += [int(pk) for pk in re.findall(r"application/(\d+)/change", page.content.decode())]
    assert found == ids[:4]
    assert len(few) <= 14
    assert len(many) <= len(few) + 1


def test_nothing_is_tried_again_by_a_reader_or_by_reading(story):
    application = held_up(story)
    url = f"/admin/invoicing/invoiceapplication/{application.pk}/retry/"
    reader = operator("view_invoiceapplication")
    assert reader.post(url).status_code == 403
    assert reader.get(url).status_code == 405


def test_a_year_without_holidays_is_warned_of_until_it_has_one():
    client = operator("view_workdayoverride", "add_workdayoverride", "change_workdayoverride")
    page = text(client.get("/admin/accounts/workdayoverride/"))
    assert "no holidays for 2026" in page
    assert "no holidays for 2027" in text(client.get("/admin/"))
    add = {"day": "2026-05-01", "name": "Labour Day"}
    client.post("/admin/accounts/workdayoverride/add/", add)
    assert WorkdayOverride.objects.get().works is False
    page = text(client.get("/admin/"))
    assert "no holidays for 2026" not in page
    assert "no holidays for 2027" in page
