"""What the inbox says of messages that stand there only."""

import pytest
from django.test import Client

from accounts.messages import outbox
from accounts.models import OutboxMessage
from tests.builders import at, make_story
from tests.doors.admin_data import administrator
from tests.doors.console import sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
NOON = at("2026-03-01 12:00")


def test_the_customer_and_staff_see_who_could_not_be_told_until_there_is_an_address():
    story = make_story()
    story.customer.emails.all().delete()
    outbox.enqueue(
        customer=story.customer, topic="bill_unsettled", about="B",
        values={"bill": "B", "total": "5.00"}, at=NOON,
    )  # fmt: skip
    outbox.relay(at=NOON)
    said = "We have written to you by email and had no address"
    page = text(sign_in(story).get("inbox/"))
    assert said in page
    assert "We have sent you text messages" not in page

    staff = Client()
    staff.force_login(administrator())
    found = staff.get("/admin/accounts/outboxmessage/?state=nobody").context["cl"]
    assert list(found.queryset) == list(OutboxMessage.objects.filter(channel="email"))

    story.customer.emails.create(email="a@example.com")
    assert said not in text(sign_in(story).get("inbox/"))
