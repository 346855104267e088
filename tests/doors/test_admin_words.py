"""Codes in the admin are said in words: what the log records, and why the system holds money."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditRecord
from accounts.services.records import record
from ledger.services.payouts.holding import place_hold
from tests.builders import make_story
from tests.doors.admin_data import observer
from tests.doors.console import NOW, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def _pages(*rows):
    client = Client()
    client.force_login(observer())
    names = [f"admin:{row._meta.app_label}_{row._meta.model_name}_change" for row in rows]
    pages = [
        client.get(reverse(name, args=[row.pk])) for name, row in zip(names, rows, strict=True)
    ]
    assert {page.status_code for page in pages} == {200}
    return [text(page) for page in pages]


def _log(action):
    return record(
        customer=make_story().customer, actor=None, action=action, about="C1", before={}, after={}, at=NOW
    )  # fmt: skip


def test_the_log_says_what_was_done():
    (page,) = _pages(_log("profile_in_force"))
    assert "policy version in force" in page
    assert "profile_in_force" not in page


def test_what_the_log_has_no_words_for_is_not_written():
    with pytest.raises(ValueError, match="made_up"):
        _log("made_up")
    assert not AuditRecord.objects.exists()


def test_a_hold_says_why_and_what_staff_wrote_stays_as_it_is():
    story = make_story()
    system = place_hold(customer=story.customer, amount=None, reason="deficit", source="a", at=NOW)
    ours = place_hold(customer=story.customer, amount=None, reason="Court", source="b", at=NOW)
    first, second = _pages(system, ours)
    assert "deficit of an invoice" in first
    assert "Court" in second
