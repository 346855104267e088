"""Recipient emails and addresses: changed, made default, kept while auto-invoicing needs them."""

import pytest

from accounts.models import AuditRecord
from accounts.services.recipients import (
    add_address,
    add_email,
    change_address,
    choose_default,
    delete_recipient,
)
from invoicing.models import AutoInvoicing
from invoicing.services.titles.recipients import delete_address, delete_email
from tests.builders import make_story
from tests.invoicing.title_stage import NOW, auto
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_an_address_is_changed_with_both_sides_written_down():
    story = make_story()
    address = story.customer.addresses.get()
    fields = {"recipient": "Wang", "phone": "1", "line": "9 Hill Road", "postcode": "310000"}
    change_address(
        customer=story.customer, address_id=address.pk, fields=fields, is_default=False,
        by=story.user, at=NOW,
    )  # fmt: skip
    address.refresh_from_db()
    assert (address.line, address.is_default) == ("9 Hill Road", True)
    record = AuditRecord.objects.get()
    assert (record.before["line"], record.after["line"]) == ("1 River Road", "9 Hill Road")


def test_defaults_move_and_the_oldest_follows_a_deleted_default():
    story = make_story()
    second = add_email(customer=story.customer, email="second@acme.example", is_default=False)
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    choose_default(model=type(second), pk=second.pk, **act)
    emails = story.customer.emails.order_by("pk")
    assert list(emails.values_list("is_default", flat=True)) == [False, True]
    delete_email(email_id=second.pk, **act)
    assert list(emails.values_list("is_default", flat=True)) == [True]


def test_an_email_that_auto_invoicing_sends_to_is_not_deleted():
    story = make_story("alibaba")
    second = add_email(customer=story.customer, email="second@acme.example", is_default=False)
    auto(story, recipient_email="second@acme.example")
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    refused("title_in_use", lambda: delete_email(email_id=second.pk, **act))
    delete_email(email_id=story.customer.emails.exclude(pk=second.pk).get().pk, **act)
    assert story.customer.emails.get() == second


def test_the_last_email_and_address_stay_while_auto_invoicing_needs_them():
    story = make_story("alibaba")
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    email, address = story.customer.emails.get(), story.customer.addresses.get()
    auto(story)
    refused("title_in_use", lambda: delete_email(email_id=email.pk, **act))
    AutoInvoicing.objects.update(medium="paper")
    refused("title_in_use", lambda: delete_address(address_id=address.pk, **act))
    add_address(
        customer=story.customer, recipient="W", phone="1", line="x", postcode="", is_default=False
    )
    delete_address(address_id=address.pk, **act)
    assert story.customer.addresses.get().is_default


def test_somebody_elses_recipient_does_not_exist():
    story, other = make_story(), make_story()
    email = other.customer.emails.get()
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    refused("not_found", lambda: delete_recipient(model=type(email), pk=email.pk, **act))
    refused("not_found", lambda: choose_default(model=type(email), pk=email.pk, **act))
