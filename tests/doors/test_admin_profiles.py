"""Profiles in the admin: a form per key, the what-if in plain words, two people, one customer moved."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditRecord
from invoicing.admin.profiles.form import ProfileForm
from invoicing.domain import profiles
from invoicing.domain.profiles.overrides import HINTS
from invoicing.models import AutoInvoicing, InvoiceTitle, ProfileVersion
from invoicing.presenters.profile_words import CHOICES, KEYS
from invoicing.services.profiles.versions import put_profiles_in_force
from tests.builders import at, make_story
from tests.doors.admin_data import checksum
from tests.invoicing.test_profile_versions import operator, scheduled

pytestmark = pytest.mark.django_db
LIST = "admin:invoicing_profileversion_changelist"
DAY = "2126-04-01"


def signed_in(name):
    client = Client()
    client.force_login(operator(name))
    return client


def fields(base="alibaba", **changes):
    """What the form sends for `base` as it is, with `changes`."""
    form = ProfileForm(policy=profiles.get(base), new=True)
    data = {"code": base, "effective_from": DAY, "number": "101"}
    for field in form:
        value = field.initial
        if field.name in data or value is None or value is False or value in ("", []):
            continue
        data[field.name] = value
    return {key: value for key, value in (data | changes).items() if value is not None}


def page(pk, name="change", *more):
    return reverse(f"admin:invoicing_profileversion_{name}", args=[pk, *more])


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def seen(response):
    return re.search(r'name="seen" value="([^"]+)"', response.content.decode())[1]


@pytest.mark.parametrize("code", profiles.codes())
def test_the_form_as_it_opens_says_exactly_the_profile_it_starts_from(code):
    form = ProfileForm(fields(code), policy=profiles.get(code), new=True)
    assert form.is_valid(), form.errors
    assert profiles.variant("standard", code, form.values()) == profiles.get(code)


def test_every_key_has_words_a_source_and_words_for_each_choice():
    assert KEYS.keys() == HINTS.keys()
    assert all(key.source for key in KEYS.values())
    form = ProfileForm(policy=profiles.get("standard"), new=True)
    for field in form:
        for value, words in getattr(field.field, "choices", []):
            assert str(words), (field.name, value)
            assert value in CHOICES[field.name.partition("__")[0]], (field.name, value)


def test_an_operator_drafts_a_variant_reads_what_it_changes_and_somebody_else_schedules_it():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    order = story.order("30.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-01 11:00", method="order", sources=(order.number,))
    AutoInvoicing.objects.create(
        customer=story.customer, enabled=True, first_period="2026-03", title=story.title,
        kind="general", medium="electronic", changed_at=at("2026-03-01 12:00"),
    )  # fmt: skip
    maker, checker = signed_in("maker"), signed_in("checker")
    assert "New rules based on alibaba" in text(maker.get(reverse(LIST)))
    new = page("alibaba", "new")
    assert maker.get(new).status_code == 200
    sent = fields(
        auto_invoice_day=None, caps__electronic="50000.00", cancel_window__electronic="never"
    )
    answer = maker.post(new, sent)
    row = ProfileVersion.objects.get()
    assert answer.url == page(row.pk)
    assert maker.post(new, sent).url == page(row.pk)  # sent twice, kept once
    before = checksum()
    shown = text(maker.get(page(row.pk)))
    assert checksum() == before
    for words in (
        "Largest amount of one invoice (electronic) none 50,000.00 C06",
        "A customer can withdraw its application (electronic) until it is issued never C10",
        "Day of the month on which it runs 5 none C29",
        "1 customer loses auto-invoicing: it is paused, and told so.",
        "Customers that get the new rules: 1",
        "Applications in work that keep the old rules: 1",
        asked.number,
        "Somebody else has to schedule it.",
    ):
        assert words in shown, words
    token = seen(maker.get(page(row.pk)))
    maker.post(page(row.pk, "do", "schedule"), {"seen": token})
    row.refresh_from_db()
    assert row.status == "draft"
    checker.post(page(row.pk, "do", "schedule"), {"seen": "another"})
    row.refresh_from_db()
    assert row.status == "draft"
    checker.post(page(row.pk, "do", "schedule"), {"seen": token})
    row.refresh_from_db()
    assert (row.status, str(row.effective_from), row.scheduled_by.username) == (
        "scheduled", DAY, "checker",
    )  # fmt: skip
    put_profiles_in_force(at=at(f"{DAY} 00:00"))
    story.customer.refresh_from_db()
    assert story.customer.profile_version == 101


def test_a_draft_can_be_changed_until_it_is_scheduled():
    maker = signed_in("maker")
    maker.post(page("alibaba", "new"), fields(bill_day="4"))
    row = ProfileVersion.objects.get()
    token = seen(maker.get(page(row.pk, "edit")))
    sent = fields(bill_day="2") | {"seen": token}
    assert maker.post(page(row.pk, "edit"), sent).url == page(row.pk)
    row.refresh_from_db()
    assert row.changes == {"bill_day": 2}
    again = maker.post(page(row.pk, "edit"), fields(bill_day="1") | {"seen": token})
    assert "It changed since you opened it. Nothing was done." in text(again)
    row.refresh_from_db()
    assert row.changes == {"bill_day": 2}


def test_a_value_that_makes_no_sense_is_said_in_words_and_nothing_is_kept():
    maker = signed_in("maker")
    answer = maker.post(page("alibaba", "new"), fields(auto_invoice_day="2"))
    assert (
        "Day of the month on which it runs: it must not come before the day of the bill."
        in text(answer)
    )
    assert "less than or equal to 28" in text(
        maker.post(page("alibaba", "new"), fields(bill_day="31"))
    )
    assert not ProfileVersion.objects.exists()


def test_titles_that_no_longer_match_are_counted():
    story = make_story("kingsoft")
    InvoiceTitle.objects.create(customer=story.customer, type="enterprise", name="Other Ltd")
    maker = signed_in("maker")
    maker.post(page("kingsoft", "new"), fields("kingsoft", enterprise_title="must_match"))
    row = ProfileVersion.objects.get()
    assert "1 title could not be used any more." in text(maker.get(page(row.pk)))


def test_the_what_if_is_read_in_a_bounded_number_of_queries_and_pages():
    maker = signed_in("maker")
    make_story("alibaba")
    sent = fields(
        auto_invoice_day="6", deficit_gate="account", bill_day="4", enterprise_title="free",
        media__special=["electronic", "paper"], individual_title="free",
    )  # fmt: skip
    maker.post(page("alibaba", "new"), sent)
    row = ProfileVersion.objects.get()

    def queries():
        with CaptureQueriesContext(connection) as found:
            shown = maker.get(page(row.pk)).content.decode()
        return len(found), shown

    few, _shown = queries()
    for _number in range(21):
        make_story("alibaba")
    many, shown = queries()
    assert many == few <= 22
    older = re.search(r'href="\?customers=(\d+)"', shown)[1]
    assert text(maker.get(page(row.pk), {"customers": older})).count("Acme Ltd (") == 2


def test_one_customer_is_moved_after_reading_what_changes():
    story = make_story("alibaba")
    scheduled("premium", deficit_gate="tax_key")
    put_profiles_in_force(at=at("2026-04-01 00:00"))
    mover = signed_in("mover")
    address = reverse("admin:accounts_customeraccount_profile", args=[story.customer.pk])
    assert "Give the customer" not in text(mover.get(address))
    shown = mover.get(address, {"to": "premium"})
    assert "the same company the same company, tax code and rate C23" in text(shown)
    mover.post(address, {"to": "premium", "seen": seen(shown)})
    story.customer.refresh_from_db()
    assert (story.customer.profile, story.customer.profile_version) == ("premium", 101)
    mover.post(address, {"to": "baidu", "seen": seen(shown)})
    story.customer.refresh_from_db()
    assert story.customer.profile == "premium"
    assert AuditRecord.objects.filter(action="profile_changed").count() == 1


def test_without_the_right_nothing_of_it_opens():
    story = make_story("alibaba")
    row = scheduled(bill_day=4)
    client = Client()
    from tests.doors.admin_data import observer

    client.force_login(observer())
    assert client.get(page(row.pk)).status_code == 200
    customer = reverse("admin:accounts_customeraccount_profile", args=[story.customer.pk])
    assert client.get(customer).status_code == 403
    assert client.get(page("alibaba", "new")).status_code == 403
    assert client.get(page(row.pk, "edit")).status_code == 403
    assert client.post(page(row.pk, "do", "drop")).status_code == 403
    row.refresh_from_db()
    assert row.status == "scheduled"
    assert signed_in("checker").get(page(row.pk, "do", "drop")).status_code == 405
