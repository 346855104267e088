"""What the reviewer reads: title against certification, amounts against the ledger, time left, the queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoicing.admin.review import queue
from invoicing.admin.review.comparison import advice, check_digit, compare, differences
from invoicing.admin.review.facts import review_facts
from invoicing.admin.review.recheck import recheck
from invoicing.models import InvoiceApplication
from invoicing.presenters.deadline import deadline
from invoicing.services.reviewing import deciding
from ledger.models import Charge
from ledger.services.orders import refunding
from tests.builders import SHANGHAI, at, make_reviewer, yuan
from tests.doors import admin_data

RIGHT, WRONG = "91330106MA2CFLT7XP", "91330106MA2DFLT7XP"
NOW = "2026-03-03 09:00"


@pytest.mark.parametrize(
    ("due", "text", "tone"),
    [
        ("2026-03-03 05:30", "3 h overdue", "late"),
        ("2026-03-03 08:20", "40 min overdue", "late"),
        ("2026-03-01 08:59", "2 days overdue", "late"),
        ("2026-03-03 09:00", "0 min left", "soon"),
        ("2026-03-03 10:20", "1 h 20 min left", "soon"),
        ("2026-03-04 09:00", "1 working day", "calm"),
        ("2026-03-05 09:00", "2 working days", "calm"),
        ("2026-03-09 09:00", "4 working days", "calm"),
    ],
)
def test_time_left_is_said_in_words(due, text, tone):
    found = deadline(at(due), at(NOW), SHANGHAI)
    assert (found.text, found.tone) == (text, tone)


def test_the_differing_character_is_marked_on_both_sides():
    left, right = differences(WRONG, RIGHT)
    assert left == [("91330106MA2", False), ("D", True), ("FLT7XP", False)]
    assert right == [("91330106MA2", False), ("C", True), ("FLT7XP", False)]


def test_check_digits_are_judged():
    assert check_digit(RIGHT) == "check digit right"
    assert check_digit(WRONG) == "check digit wrong"
    assert check_digit("330106199001011234X") == "not an 18-character credit code"


@pytest.mark.django_db
def test_fields_are_compared_with_the_certification_or_with_the_last_invoice():
    story, application = admin_data.pending(tax_id=WRONG)
    certification = story.customer.certifications.get()
    last = {**application.buyer, "phone": "0571-5555 0102"}
    rows = compare(application.buyer, certification, last)
    assert [(str(row.label), row.result, row.differs) for row in rows] == [
        ("Company name", "Equal", False),
        ("Tax ID", "Differs, check digit wrong", True),
        ("Registered address", "Same as last invoice", False),
        ("Registered phone", "Last invoice: 0571-5555 0102", False),
        ("Bank name", "Same as last invoice", False),
        ("Bank account", "Same as last invoice", False),
    ]
    assert (
        advice(application.buyer, certification) == "Character 12 of the tax ID should be C, not D."
    )


@pytest.mark.django_db
def test_a_page_shows_what_is_behind_each_invoice():
    _story, application = admin_data.pending()
    facts = review_facts(application, at(NOW))
    (planned,) = facts.planned
    (claim,) = planned.claims
    assert (claim.item.cash, claim.amount, claim.item.net) == (
        yuan("600.00"),
        yuan("600.00"),
        yuan("0.00"),
    )
    assert (facts.paid, facts.left, facts.hidden_claims, facts.hidden_invoices) == (
        yuan("600.00"), yuan("0.00"), 0, 0,
    )  # fmt: skip
    assert facts.findings == []
    assert [event.what for event in facts.history] == ["Submitted"]


@pytest.mark.django_db
def test_a_refund_since_the_application_is_found():
    _story, application = admin_data.pending()
    deciding.claim(application=application, reviewer=make_reviewer("opener"), at=at(NOW))
    refunding.refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("100.00"),
        reason="refund",
        reference="RF",
        at=at(NOW),
    )
    source = application.customer.items.get().source
    assert [finding.text for finding in recheck(application, at(NOW))] == [
        f"{source}: 100.00 was refunded since; 100.00 of the amount is no longer covered."
    ]


@pytest.mark.django_db
@pytest.mark.corrupts
def test_cash_that_the_books_do_not_know_is_found():
    _story, application = admin_data.pending()
    charge = Charge.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_charge SET cash = 599 WHERE id = %s", [charge.pk])
        cursor.execute("UPDATE invoicing_invoiceableitem SET reserved = 0, cash = 599")
    assert [finding.text for finding in recheck(application, at(NOW))] == [
        f"Transfer {charge.transfer_id} moved 600.00 in cash, its charges say 599.00."
    ]


@pytest.mark.django_db
def test_each_tab_holds_its_own():
    reviewer = make_reviewer()
    applications = [admin_data.pending()[1] for _number in range(5)]
    late, today, calm, mine, alone = applications
    for application, due in ((late, "2026-03-03 08:00"), (today, "2026-03-03 17:00")):
        InvoiceApplication.objects.filter(pk=application.pk).update(review_due_at=at(due))
    InvoiceApplication.objects.filter(pk=mine.pk).update(claimed_by=reviewer, claimed_at=at(NOW))
    InvoiceApplication.objects.filter(pk=alone.pk).update(auto_review_at=at("2026-03-03 09:10"))
    tabs = {tab: list(queue.waiting(tab, reviewer, at(NOW))) for tab in queue.TABS}
    assert tabs == {
        "review": [late, today, calm, mine],
        "overdue": [late],
        "today": [today],
        "mine": [mine],
    }
    assert queue.counts(reviewer, at(NOW)) == {
        "review": "4",
        "overdue": "1",
        "today": "1",
        "mine": "1",
    }
    assert queue.next_to_decide("review", today, reviewer, at(NOW)) == calm
    assert queue.next_to_decide("review", mine, reviewer, at(NOW)) == late


@pytest.mark.django_db
def test_a_long_queue_continues_where_the_page_ended(monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    reviewer = make_reviewer()
    applications = [admin_data.pending()[1] for _number in range(3)]
    first = queue.page("review", reviewer, at(NOW))
    assert [row.application for row in first.rows] == applications[:2]
    second = queue.page("review", reviewer, at(NOW), behind=first.next_from)
    assert ([row.application for row in second.rows], second.next_from) == (applications[2:], None)


@pytest.mark.django_db
def test_queue_and_page_need_the_same_number_of_queries_however_many_wait():
    client = Client()
    client.force_login(make_reviewer())
    application = admin_data.pending()[1]
    used = []
    for _round in range(2):
        for url in ("queue/", f"{application.pk}/change/"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(f"/admin/invoicing/invoiceapplication/{url}").status_code == 200
            used.append(len(queries))
        for _number in range(8):
            admin_data.pending()
    assert used[:2] == used[2:]
    assert used[0] <= 12
    assert used[1] <= 24


@pytest.mark.django_db
def test_the_queue_shows_time_left_and_title_check(monkeypatch):
    _story, application = admin_data.pending(tax_id=WRONG)
    now = at("2026-03-05 12:00") - timedelta(hours=1, minutes=20)
    monkeypatch.setattr("invoicing.admin.review.applications.moment", lambda: now)
    client = Client()
    client.force_login(make_reviewer())
    text = client.get("/admin/invoicing/invoiceapplication/queue/").content.decode()
    for expected in ("1 h 20 min left", application.number, "Differs in 1 field", "600.00"):
        assert expected in text
