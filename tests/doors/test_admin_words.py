"""The admin speaks in words: columns without a name of their own, codes, and who did it when nobody did."""

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client

from accounts.services import tickets
from finance_console.field_words import FIELD_WORDS, is_unnamed
from invoicing.models import InvoiceableItem, StatusChange
from tests.builders import at, make_story
from tests.doors.admin_data import administrator, everything
from tests.doors.console import text


def unnamed():
    """The fields of what the admin shows that have no words in their model."""
    return [
        field
        for model in admin.site._registry
        for field in model._meta.get_fields()
        if isinstance(field, models.Field) and is_unnamed(field)
    ]


def test_every_column_has_words_that_can_be_translated():
    words = {str(word) for word in FIELD_WORDS.values()}
    assert {str(field.verbose_name) for field in unnamed()} - words == set()
    assert {field.name.replace("_", " ") for field in unnamed()} == set(FIELD_WORDS)


def client():
    found = Client()
    found.force_login(administrator())
    return found


@pytest.mark.django_db
def test_codes_are_said_in_words():
    everything(1)
    desk = client()
    item = InvoiceableItem.objects.earliest("pk")
    page = text(desk.get(f"/admin/invoicing/invoiceableitem/{item.pk}/change/"))
    assert "Mode: Prepaid" in page
    assert "Pay as you go" in text(desk.get("/admin/invoicing/invoiceableitem/"))
    rows = desk.get("/admin/invoicing/invoiceableitem/?mode=postpaid").context["cl"].result_count
    assert rows == InvoiceableItem.objects.filter(mode="postpaid").count() > 0
    change = StatusChange.objects.filter(after="pending_approval").earliest("pk")
    assert "To: Pending" in text(desk.get(f"/admin/invoicing/statuschange/{change.pk}/change/"))
    refunds = text(desk.get("/admin/ledger/refund/"))
    assert item.source in refunds


@pytest.mark.django_db
def test_a_ticket_the_house_opened_itself_says_so():
    story = make_story()
    ticket = tickets.open_ticket(
        customer=story.customer, topic="other", subject="Seen by us", text="Look.", by=None,
        idempotency_key="K", at=at("2026-03-02 12:00"),
    )  # fmt: skip
    page = text(client().get(f"/admin/accounts/ticket/{ticket.pk}/change/"))
    assert "2026-03-02 12:00, automatically" in page
    assert "Seen by us To answer" in page
