"""A form that is sent again, after browser Back too, has done its work once and answers the same."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Address, RecipientEmail, Submission, Ticket, TicketMessage
from accounts.services import submitting
from accounts.services.submitting import once
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceApplication, InvoiceTitle
from ledger.models import Payment, Withdrawal
from tests.builders import at, make_story
from tests.doors.console import fields, sign_in, text

NOW = at("2026-03-20 12:00")
EMAIL = {"email": "new@example.com", "submission": "one-filling-in"}
TITLE = {"type": "enterprise", "name": "Bolt Ltd"}
ADDRESS = {"recipient": "W", "phone": "13800000000", "line": "1 Road", "postcode": "100000"}
TICKET = {"topic": "application", "subject": "Late", "text": "When?"}
FORMS = {
    "withdrawals/new/?amount=10.00&route=original": ("withdrawals/new/", {}, Withdrawal),
    "recharge/": ("recharge/pay/", {"amount": "5.00"}, Payment),
    "tickets/new/": ("tickets/new/", TICKET, Ticket),
    "emails/new/": ("emails/new/", {"email": "new@example.com"}, RecipientEmail),
    "addresses/new/": ("addresses/new/", ADDRESS, Address),
    "titles/new/": ("titles/new/", TITLE, InvoiceTitle),
    "invoices/new/confirm/?method=amount&amount=10.00": (
        "invoices/new/confirm/",
        {},
        InvoiceApplication,
    ),
}


@pytest.fixture
def story(still_clock):
    story = make_story("standard")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    return story


@pytest.mark.django_db
@pytest.mark.parametrize("page", FORMS)
def test_back_and_press_again_does_nothing_more_and_leads_to_the_same_page(story, page):
    client, (to, typed, model) = sign_in(story), FORMS[page]
    shown = client.get(page)
    address = shown.wsgi_request.get_full_path()
    before = model.objects.count()
    sent = {**fields(shown), **typed}
    first = client.post(to, sent)
    assert first.status_code == 302, text(first)
    back = client.get(address)  # no page is kept: Back opens the address anew
    assert back.wsgi_request.get_full_path() == address
    key = fields(back).get("submission", sent["submission"])
    assert key == sent["submission"]
    second = client.post(to, {**sent, "submission": key})
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert model.objects.count() == before + 1


@pytest.mark.django_db
def test_an_answer_in_a_ticket_is_written_once(story):
    client = sign_in(story)
    shown = client.post("tickets/new/", {**fields(client.get("tickets/new/")), **TICKET})[
        "Location"
    ]
    sent = {**fields(client.get(shown)), "text": "And now?"}
    answers = {client.post(f"{shown}write/", sent)["Location"] for _ in range(2)}
    assert answers == {shown}
    assert TicketMessage.objects.filter(text="And now?").count() == 1


@pytest.mark.django_db
def test_the_same_key_with_other_content_is_refused(story):
    client = sign_in(story)
    sent = {**fields(client.get("titles/new/")), **TITLE}
    before = InvoiceTitle.objects.count()
    client.post("titles/new/", sent)
    answer = client.post("titles/new/", {**sent, "name": "Other Ltd"})
    assert answer.status_code == 409
    assert "This form was sent already, with other content." in text(answer)
    first = Submission.objects.get().answer
    assert f'href="{first}">Show what was done' in answer.content.decode()
    assert InvoiceTitle.objects.count() == before + 1


@pytest.mark.django_db
def test_a_form_that_came_back_with_a_fault_is_sent_again_under_its_key(story):
    client = sign_in(story)
    sent = fields(client.get("emails/new/"))
    wrong = client.post("emails/new/", {**sent, "email": "nothing"})
    assert wrong.status_code == 422
    assert fields(wrong)["submission"] == sent["submission"]
    assert not Submission.objects.exists()
    assert (
        client.post("emails/new/", {**fields(wrong), "email": "a@example.com"}).status_code == 302
    )


@pytest.mark.django_db
def test_a_form_without_its_key_does_nothing(story):
    before = InvoiceTitle.objects.count()
    answer = sign_in(story).post("titles/new/", {**TITLE, "submission": ""})
    assert answer.status_code == 422
    assert InvoiceTitle.objects.count() == before


@pytest.mark.django_db
def test_a_key_of_somebody_else_is_refused_and_shows_nothing_of_theirs(story):
    sign_in(story).post("emails/new/", EMAIL)
    answer = sign_in(make_story("standard", "Other Ltd")).post("emails/new/", EMAIL)
    assert answer.status_code == 409
    assert "Show what was done" not in text(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"answer": "/elsewhere/"}, {"key": "another-one"}, {}])
def test_what_was_sent_is_never_changed_nor_deleted(story, change):
    sign_in(story).post("emails/new/", EMAIL)
    rows = Submission.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**change) if change else rows.delete()
    assert Submission.objects.get().key == "one-filling-in"


def race(*stories):
    """What eight connections get that send one form at once, and how often it was done."""
    gate, answers, done = threading.Barrier(8), [], []

    def act():
        done.append(1)
        return f"/done/{len(done)}/"

    def send(story):
        try:
            gate.wait()
            answers.append(
                once(
                    customer=story.customer, by=story.user, key="one-form", fingerprint="f",
                    act=act, at=NOW,
                )
            )  # fmt: skip
        except DomainError as error:
            answers.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(one,)) for one in stories]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers, len(done)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_do_it_once_and_answer_the_same():
    assert race(*[make_story()] * 8) == (["/done/1/"] * 8, 1)


@pytest.mark.django_db(transaction=True)
def test_one_key_of_eight_customers_is_used_by_one():
    answers, done = race(*[make_story() for _ in range(8)])
    assert (sorted(answers), done) == (["/done/1/"] + ["submitted_already"] * 7, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_key_it_would_be_done_eight_times(monkeypatch):
    """The negative control: every row is new when none is found."""

    def always_new(**row):
        defaults = row.pop("defaults")
        return Submission(**row, **defaults), True

    monkeypatch.setattr(Submission.objects, "get_or_create", always_new)
    monkeypatch.setattr(Submission, "save", lambda self, **_: None)
    assert submitting.once is once
    assert race(*[make_story()] * 8)[1] == 8
