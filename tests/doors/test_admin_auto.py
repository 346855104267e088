"""Auto-invoicing for operators: which months are parked and why, and a second chance for them."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import AuditRecord, Membership, RecipientEmail, User
from invoicing.models import AutoInvoicingRun
from invoicing.services.auto import running, settings
from tests.builders import at, make_story, make_user
from tests.doors.console import NOW, text
from tests.refusing import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
RUNS = "/admin/invoicing/autoinvoicingrun/"
MAY = ("view_autoinvoicingrun", "change_autoinvoicingrun")


def operator(*codenames: str) -> tuple[User, Client]:
    user = make_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    user = User.objects.get(pk=user.pk)
    client = Client()
    client.force_login(user)
    return user, client


@pytest.fixture
def parked(monkeypatch):
    """January of two customers: the planner broke on the first, the second has nowhere to send it."""
    stories = [make_story("alibaba", name) for name in ("One Ltd", "Two Ltd")]
    for story in stories:
        story.recharge("100.00", "2026-01-01 09:00")
        story.order("60.00", "2026-01-02 10:00")
        settings.enable(
            customer=story.customer,
            title=story.title,
            kind="general",
            medium="electronic",
            recipient_email="",
            at=at("2026-01-20 09:00"),
        )
    RecipientEmail.objects.filter(customer=stories[1].customer).delete()
    judge = running.judge

    def broken(facts, policy, period):
        if facts.customer == stories[0].customer:
            raise ZeroDivisionError
        return judge(facts, policy, period)

    with monkeypatch.context() as patched:
        patched.setattr(running, "judge", broken)
        assert settings.run_due(at=at("2026-02-05 02:00")) == 2
    return stories


def results():
    return list(AutoInvoicingRun.objects.order_by("customer").values_list("result", "reason"))


def chosen():
    return {
        "action": "try_again",
        "_selected_action": list(AutoInvoicingRun.objects.values_list("pk", flat=True)),
    }


def test_parked_months_are_listed_with_their_reason_and_failed_ones_by_theirs(parked):
    _user, client = operator("view_autoinvoicingrun")
    found = text(client.get(f"{RUNS}?reason=auto_broken"))
    assert "Something went wrong on our side." in found
    assert (parked[0].customer.code in found, parked[1].customer.code in found) == (True, False)
    assert "Parked" in found
    found = text(client.get(f"{RUNS}?reason=no_recipient"))
    assert (parked[0].customer.code in found, parked[1].customer.code in found) == (False, True)


def test_who_may_tries_the_chosen_months_again_and_reads_why_one_failed_again(parked):
    user, client = operator(*MAY)
    page = text(client.post(RUNS, chosen(), follow=True))
    assert "1 month is done." in page
    assert "Add a recipient email first." in page
    assert results() == [("issued", ""), ("failed", "no_recipient")]
    run = AutoInvoicingRun.objects.get(customer=parked[0].customer)
    assert (run.application.submitted_at, str(run.total)) == (NOW, "60.00")
    logged = AuditRecord.objects.get(action="auto_invoicing_retried")
    assert (logged.actor, logged.customer, logged.about) == (user, run.customer, "2026-01")
    assert (logged.before["reason"], logged.after) == ("auto_broken", {"result": "issued"})
    assert "0 months are done." in text(client.post(RUNS, chosen(), follow=True))
    assert AutoInvoicingRun.objects.get(pk=run.pk).application == run.application


def test_a_month_that_breaks_again_stays_parked_and_the_others_go_on(parked, monkeypatch):
    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(running, "judge", broken)
    page = text(operator(*MAY)[1].post(RUNS, chosen(), follow=True))
    assert page.count("Something went wrong on our side.") >= 2
    assert results() == [("failed", "auto_broken"), ("failed", "no_recipient")]


@pytest.mark.parametrize("codenames", [(), MAY[:1]])
def test_without_the_right_nothing_is_tried_again(parked, codenames):
    user, client = operator(*codenames)
    before = results()
    client.post(RUNS, chosen())
    assert results() == before
    refused("not_permitted", lambda: again(parked[0], user))


def test_staff_do_not_try_again_for_an_account_they_look_after(parked):
    user, _client = operator(*MAY)
    Membership.objects.create(user=user, customer=parked[0].customer, role="viewer")
    refused("four_eyes", lambda: again(parked[0], user))


def again(story, by):
    return running.run_again(customer=story.customer, period="2026-01", by=by, at=NOW)
