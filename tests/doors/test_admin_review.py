"""The reviewers' page: who may decide, on what they saw, and nothing by half."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OutboxMessage, User
from invoicing.models import InvoiceApplication, StatusChange
from invoicing.services.reviewing import deciding
from tests.builders import at, make_reviewer, make_user
from tests.doors import admin_data

pytestmark = pytest.mark.django_db
Status = InvoiceApplication.Status
QUEUE = "/admin/invoicing/invoiceapplication/queue/"


def signed_in(user: User, **options: object) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def page_of(application: InvoiceApplication) -> str:
    return reverse("admin:invoicing_invoiceapplication_change", args=[application.pk])


def act(client: Client, application: InvoiceApplication, name: str, **data: str):
    url = reverse("admin:invoicing_invoiceapplication_do", args=[application.pk, name])
    return client.post(url, {"seen": "pending_approval.0"} | data)


def said(client: Client, response) -> list[str]:
    """The messages on the page that the answer leads to."""
    return [str(message) for message in client.get(response.url).context["messages"]]


def outcome(application: InvoiceApplication) -> tuple[str, int]:
    """The status and how many lines the log has."""
    application.refresh_from_db()
    return application.status, StatusChange.objects.filter(application=application).count()


UNTOUCHED = (Status.PENDING_APPROVAL, 1)


@pytest.mark.django_db(transaction=True)
def test_a_reviewer_approves_and_the_log_says_who():
    _story, application = admin_data.pending()
    reviewer = make_reviewer()
    response = act(signed_in(reviewer), application, "approve")
    assert (response.status_code, response.url) == (302, f"{QUEUE}?tab=review")
    assert outcome(application) == (Status.APPROVED, 2)
    last = application.changes.latest("pk")
    assert (last.before, last.after, last.actor) == (
        Status.PENDING_APPROVAL,
        Status.APPROVED,
        reviewer,
    )
    assert application.decided_by == reviewer


def test_after_a_decision_the_next_one_of_the_queue_opens():
    _story, first = admin_data.pending()
    _story, second = admin_data.pending()
    response = act(signed_in(make_reviewer()), first, "approve")
    assert response.url == f"{page_of(second)}?tab=review"


def test_opening_the_page_does_not_claim_it_but_starting_the_review_does():
    _story, application = admin_data.pending()
    reviewer = make_reviewer()
    client = signed_in(reviewer)
    assert client.get(page_of(application)).status_code == 200
    application.refresh_from_db()
    assert application.claimed_by is None
    act(client, application, "claim")
    application.refresh_from_db()
    assert application.claimed_by == reviewer


def test_the_customer_reads_the_reason_of_a_returned_application():
    _story, application = admin_data.pending()
    reason = {"code": "tax_id", "message": "Character 3 should be 3."}
    act(signed_in(make_reviewer()), application, "reject", **reason)
    assert outcome(application) == (Status.REJECTED, 2)
    assert (
        application.reason
        == "The tax ID does not match your certification. Character 3 should be 3."
    )
    told = OutboxMessage.objects.filter(topic="application_rejected").first()
    assert told.values["reason"] == application.reason


@pytest.mark.parametrize(
    "reason",
    [{}, {"code": ""}, {"code": "other"}, {"code": "other", "message": "  "}, {"code": "nonsense"}],
)
def test_returning_without_a_reason_is_refused(reason):
    _story, application = admin_data.pending()
    response = act(signed_in(make_reviewer()), application, "reject", **reason)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert outcome(application) == UNTOUCHED


@pytest.mark.parametrize("name", ["claim", "approve", "reject"])
def test_a_forged_post_by_staff_without_the_permission_is_forbidden(name):
    _story, application = admin_data.pending()
    client = signed_in(admin_data.observer())
    assert act(client, application, name, code="title").status_code == 403
    assert act(client, application, name, code="").status_code == 403
    assert outcome(application) == UNTOUCHED


@pytest.mark.parametrize("name", ["claim", "approve", "reject"])
def test_a_customer_is_sent_to_the_sign_in_page(name):
    story, application = admin_data.pending()
    client = signed_in(story.user)
    for response in (act(client, application, name, code="title"), client.get(QUEUE)):
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")
    assert outcome(application) == UNTOUCHED


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_the_maker_cannot_decide_even_as_a_reviewer(name):  # R42
    _story, application = admin_data.pending()
    maker = make_reviewer()
    InvoiceApplication.objects.filter(pk=application.pk).update(submitted_by=maker)
    client = signed_in(maker)
    assert "cannot also approve" in client.get(page_of(application)).content.decode()
    response = act(client, application, name, code="title")
    assert said(client, response) == ["The person who asked for it cannot also approve it."]
    assert outcome(application) == UNTOUCHED


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_a_reviewer_who_belongs_to_the_customer_cannot_decide(name):
    story, application = admin_data.pending()
    client = signed_in(admin_data.member_who_reviews(story))
    response = act(client, application, name, code="title")
    assert said(client, response) == ["The person who asked for it cannot also approve it."]
    assert outcome(application) == UNTOUCHED


def test_a_double_click_decides_once_and_says_so():
    _story, application = admin_data.pending()
    client = signed_in(make_reviewer())
    act(client, application, "approve")
    second = act(client, application, "approve")
    *_first, sentence = said(client, second)
    assert sentence.startswith("It changed since you opened it: Approved, reviewer, ")
    assert outcome(application) == (Status.APPROVED, 2)


def test_a_stale_page_says_who_did_what_meanwhile():  # R06
    _story, application = admin_data.pending()
    colleague = make_user(
        "colleague", is_staff=True, is_superuser=True, first_name="Min", last_name="Wang"
    )
    deciding.claim(application=application, reviewer=colleague, at=at("2026-03-03 09:30"))
    client = signed_in(make_reviewer())
    response = act(client, application, "approve")
    assert said(client, response) == [
        "It changed since you opened it: Review started, Min Wang, 2026-03-03 09:30. Nothing was done."
    ]
    assert outcome(application) == UNTOUCHED


def test_a_decision_without_the_state_it_was_made_on_is_refused():
    _story, application = admin_data.pending()
    act(signed_in(make_reviewer()), application, "approve", seen="")
    assert outcome(application) == UNTOUCHED


def test_reading_an_address_of_an_action_does_nothing():
    _story, application = admin_data.pending()
    url = reverse("admin:invoicing_invoiceapplication_do", args=[application.pk, "approve"])
    assert signed_in(make_reviewer()).get(url).status_code == 405
    assert outcome(application) == UNTOUCHED


def test_an_action_needs_the_token_of_its_page():  # R49
    _story, application = admin_data.pending()
    client = signed_in(make_reviewer(), enforce_csrf_checks=True)
    assert act(client, application, "approve").status_code == 403
    assert outcome(application) == UNTOUCHED


@pytest.mark.parametrize("name", ["withdraw", "delete", "save"])
def test_only_the_three_actions_exist(name):
    _story, application = admin_data.pending()
    assert act(signed_in(make_reviewer()), application, name).status_code == 404
    assert outcome(application) == UNTOUCHED


def test_the_page_cannot_be_saved():
    _story, application = admin_data.pending()
    response = signed_in(admin_data.administrator()).post(
        page_of(application), {"status": "approved"}
    )
    assert response.status_code == 403
    assert outcome(application) == UNTOUCHED


@pytest.mark.django_db(transaction=True)
def test_a_bug_is_an_error_and_leaves_nothing_behind(monkeypatch):
    _story, application = admin_data.pending()

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(deciding, "tell", fail)
    client = signed_in(make_reviewer(), raise_request_exception=False)
    response = act(client, application, "reject", code="title")
    assert response.status_code == 500
    assert outcome(application) == UNTOUCHED
    item = application.customer.items.get()
    assert (str(item.reserved), str(item.net)) == ("600.00", "0.00")
