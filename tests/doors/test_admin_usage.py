"""A usage file in the admin: what it changes is shown before it is taken."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ledger.models import UsageRecord
from tests.doors.console import text
from tests.doors.test_admin_operators import operator
from tests.ledger.focus_lines import abroad
from tests.ledger.test_usage_exports import content
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
USAGE = "/admin/ledger/usagebatch"


@pytest.fixture
def client():
    return operator("add_usagebatch", "view_usagebatch")


def upload(client: Client, story, body: bytes, how: str = "auto"):
    file = SimpleUploadedFile("usage.csv", body)
    return client.post(
        f"{USAGE}/upload/", {"file": file, "customer": story.customer.code, "how": how}
    )


def take(client: Client, page):
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]
    return client.post(f"{USAGE}/import/", {"ticket": ticket}, follow=True)


def test_what_a_file_changes_is_shown_before_it_is_taken(client):
    story = abroad()
    take(client, upload(client, story, content("a=10", "b=20")))
    before = fingerprint()
    page = upload(client, story, content("a=10", "b=21.5", "c=1"))
    assert "New charges 1 Unchanged 1 Changed 1 Gone 0 Already billed 0" in text(page)
    assert "Usage grows by 2.5" in text(page)
    assert fingerprint() == before
    assert "Imported usage.csv: 3 lines." in text(take(client, page))
    assert sorted(row.amount for row in UsageRecord.objects.all()) == [1, 10, 21.5]
    assert "This very file was imported as usage.csv" in text(
        upload(client, story, content("a=10", "b=21.5", "c=1"))
    )


def test_a_file_that_is_refused_says_why_and_keeps_nothing(client):
    story = abroad()
    before = fingerprint()
    page = upload(client, story, content("a=x", "b=y"))
    assert "line 2: the amount x is not a number." in text(page)
    assert "Line 3: the amount y is not a number." in text(page)
    assert "ticket" not in page.content.decode()
    assert fingerprint() == before


def test_without_the_right_and_with_a_forged_ticket_nothing_is_taken(client):
    assert client.post(f"{USAGE}/import/", {"ticket": "x:y:z"}).status_code == 404
    client.logout()
    client.force_login(operator_without())
    assert client.get(f"{USAGE}/upload/").status_code == 403


def operator_without():
    from tests.ledger.banking import operator as person

    return person("view_usagebatch", name="reader")
