"""Controllers of the books in the admin: who may, that it takes two, and that nobody decides blindly."""

import pytest
from django.test import Client
from django.urls import reverse

from ledger.models import Adjustment, PeriodLock, Reconciliation
from ledger.queries.balances import fund_balances
from ledger.services.control.adjusting import request_adjustment
from ledger.services.control.reconciling import reconcile_days
from tests import bank_files as files
from tests.builders import at, make_reviewer, make_story, make_user, yuan
from tests.controllers import make_controller
from tests.doors.admin_data import checksum, observer
from tests.doors.console import NOW, text
from tests.ledger.banking import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
LISTS = ("adjustment", "reconciliation", "periodlock")


@pytest.fixture
def story():
    made = make_story()
    made.recharge("100.00", "2026-03-01 09:00")
    return made


@pytest.fixture
def maker():
    return make_controller("maker")


@pytest.fixture
def adjustment(story, maker):
    return request_adjustment(
        customer=story.customer,
        fund="cash",
        amount=yuan("-30.00"),
        reason="Booked twice",
        by=maker,
        at=NOW,
    )


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def do(client, row, name, **data):
    url = reverse(f"admin:ledger_{row._meta.model_name}_do", args=[row.pk, name])
    return client.post(url, data, follow=True)


def test_a_second_person_posts_what_the_first_asked_for(adjustment, story, maker):
    client = browser(make_controller("checker"))
    page = client.get(reverse("admin:ledger_adjustment_change", args=[adjustment.pk]))
    assert "Booked twice" in text(page)
    assert "Approve and post" in text(page)
    done = do(client, adjustment, "approve", seen="requested")
    assert "The adjustment is posted." in text(done)
    assert fund_balances(story.customer)["cash"] == yuan("70.00")
    assert "Approve and post" not in text(done)


def test_the_person_who_asked_reads_why_not(adjustment, maker, story):
    done = do(browser(maker), adjustment, "approve", seen="requested")
    assert "The person who asked for it cannot also approve it." in text(done)
    assert fund_balances(story.customer)["cash"] == yuan("100.00")


def test_what_changed_since_it_was_opened_is_not_decided(adjustment):
    checker = browser(make_controller("checker"))
    do(checker, adjustment, "reject", seen="requested")
    other = make_controller("other")
    before = checksum(("django_session", "accounts_user"))
    late = do(browser(other), adjustment, "approve", seen="requested")
    assert "It changed since you opened it. Nothing was done." in text(late)
    assert checksum(("django_session", "accounts_user")) == before
    assert Adjustment.objects.get().status == "rejected"


@pytest.mark.parametrize("person", ["reviewer", "observer", "outsider"])
def test_nobody_else_acts(adjustment, person):
    make = {
        "reviewer": make_reviewer,
        "observer": observer,
        "outsider": lambda: make_user("outsider"),
    }
    client = browser(make[person]())
    refused = 302 if person == "outsider" else 403
    for name in ("approve", "reject"):
        url = reverse("admin:ledger_adjustment_do", args=[adjustment.pk, name])
        assert client.post(url, {"seen": "requested"}).status_code == refused
    for model in ("adjustment", "periodlock"):
        url = reverse(f"admin:ledger_{model}_new")
        assert client.get(url).status_code == refused
        assert client.post(url, {}).status_code == refused
    assert Adjustment.objects.get().status == "requested"


def test_deeds_are_posted_never_read(adjustment, maker):
    url = reverse("admin:ledger_adjustment_do", args=[adjustment.pk, "approve"])
    assert browser(maker).get(url).status_code == 405
    assert browser(maker).post(url.replace("approve", "burn")).status_code == 404


def test_controllers_find_their_lists(adjustment, story, maker):
    reconcile_days(at=NOW)
    client = browser(maker)
    for model in LISTS:
        assert client.get(reverse(f"admin:ledger_{model}_changelist")).status_code == 200
    stranger = browser(make_reviewer())
    for model in LISTS:
        assert stranger.get(reverse(f"admin:ledger_{model}_changelist")).status_code == 403


def test_an_adjustment_is_asked_for_by_form(story, maker):
    client = browser(maker)
    url = reverse("admin:ledger_adjustment_new")
    data = {"customer": story.customer.code, "fund": "gift", "amount": "5.00", "reason": "Goodwill"}
    assert "It is written down." in text(client.post(url, data, follow=True))
    assert Adjustment.objects.get().amount == yuan("5.00")
    unknown = client.post(url, {**data, "customer": "nobody"})
    assert "There is no customer with this number." in text(unknown)
    too_much = client.post(url, {**data, "amount": "-500.00"})
    assert "Take less, or wait for money to come in." in text(too_much)
    assert Adjustment.objects.count() == 1


def test_books_are_locked_by_form(story, maker):
    client, url = browser(maker), reverse("admin:ledger_periodlock_new")
    done = client.post(url, {"through": "2026-02-28", "reason": "February"}, follow=True)
    assert "It is written down." in text(done)
    assert PeriodLock.objects.get().locked_by == maker
    refused = client.post(url, {"through": "2026-03-20", "reason": "March"})
    assert "2026-03-20 is not over for every customer yet" in text(refused)
    assert PeriodLock.objects.count() == 1


def test_a_day_with_gaps_is_explained_by_one_and_signed_by_another(story, maker):
    run(files.csv_file(files.csv_line("Z-1", "5", booked_on="2026-03-03")))
    reconcile_days(at=at("2026-03-04 00:00"))
    row = Reconciliation.objects.get(day="2026-03-03")
    client = browser(maker)
    page = client.get(reverse("admin:ledger_reconciliation_change", args=[row.pk]))
    assert "Lines of the bank statement that belong to nobody yet" in text(page)

    def seen():
        shown = client.get(reverse("admin:ledger_reconciliation_change", args=[row.pk]))
        return shown.context["seen"]

    do(client, row, "explain", seen=seen(), text="Booked late")
    assert "cannot also approve it" in text(do(client, row, "sign", seen=seen()))
    signed = do(browser(make_controller("checker")), row, "sign", seen=seen())
    assert "The day is signed off." in text(signed)
    assert Reconciliation.objects.get(day="2026-03-03").note == "Booked late"


def test_the_trial_balance_page_balances(story, maker):
    story.order("60.00", "2026-03-02 10:00")
    url = reverse("admin:ledger_ledgeraccount_trial_balance")
    page = text(browser(maker).get(url))
    assert "Bank clearing 100.00" in page
    assert "Revenue 60.00" in page
    assert "Total 100.00 100.00" in page
    assert "Revenue" not in text(browser(maker).get(f"{url}?day=2026-03-01"))
    assert browser(maker).get(f"{url}?day=x").status_code == 404
    assert browser(make_reviewer()).get(url).status_code == 403
