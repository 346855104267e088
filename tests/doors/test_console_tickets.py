"""Tickets and closing in the console: prefilled, sent once, files for their owner only, refusals in words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import CustomerAccount, Ticket, UploadedFile
from accounts.services import tickets
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import make_story
from tests.doors.console import NOW, fields, page_of, sign_in, text
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
NEW = "tickets/new/"


def upload(content=PDF, name="proof.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")


def opened(story, key="K", **wish):
    said = {"topic": "other", "subject": "A question", "text": "How?", "at": NOW} | wish
    return tickets.open_ticket(customer=story.customer, by=story.user, idempotency_key=key, **said)


def test_a_link_fills_in_what_it_knows_and_sending_twice_makes_one_ticket():
    story = make_story()
    story.recharge("10.00", "2026-03-01 09:00")
    number = story.order("10.00", "2026-03-02 09:00").number
    client = sign_in(story)
    form = fields(client.get(f"{NEW}?topic=address&about={number}"))
    assert (form["topic"], form["about"]) == (["address"], [number])
    assert "New address:" in text(client.get(f"{NEW}?topic=address"))
    sent = {**form, "text": "9 Harbour Road"}
    answers = [
        client.post(NEW, {**sent, "attachments": [upload(), upload(name="b.pdf")]}) for _ in "12"
    ]
    ticket = Ticket.objects.get()
    assert {answer["Location"] for answer in answers} == {client.at(f"tickets/{ticket.pk}/")}
    assert ticket.subject == f"Change a mailing address after applying: {number}"
    page = text(client.get(f"tickets/{ticket.pk}/"))
    assert "9 Harbour Road" in page
    assert "b.pdf" in page


def test_a_link_with_nonsense_opens_an_empty_form():
    form = fields(sign_in(make_story()).get(f"{NEW}?topic=nonsense&about={'x' * 500}"))
    assert (form["topic"], form["about"]) == (["other"], ["x" * 40])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": ""}, "Subject: This field is required."),
        ({"text": ""}, "Write a subject and a message first."),
        ({"topic": "lost_invoice"}, "Materials are missing"),
        ({"topic": "nonsense"}, "Topic:"),
        ({"attachments": upload(b"<svg/>")}, "it is neither PDF nor PNG nor JPEG"),
    ],
)
def test_a_ticket_that_cannot_be_sent_says_why_and_nothing_happens(change, words):
    client = sign_in(make_story())
    form = {"topic": "other", "subject": "Hello", "text": "Hello", "key": "k"}
    before = fingerprint()
    answer = client.post(NEW, form | change)
    assert answer.status_code == 422
    assert words in text(answer)
    assert fingerprint() == before


def test_the_conversation_goes_on_and_ends():
    story = make_story()
    ticket, client = opened(story), sign_in(story)
    tickets.answer(
        ticket=ticket, text="Like <b>this</b>.", by=make_support(), idempotency_key="A", at=NOW
    )
    url = f"tickets/{ticket.pk}/"
    page = client.get(url).content.decode()
    assert "Like &lt;b&gt;this&lt;/b&gt;." in page
    assert "Waiting for you" in page
    assert client.post(f"{url}write/", {"text": "", "key": "k"}).status_code == 422
    assert client.post(f"{url}write/", {"text": "Thanks", "key": "k"}).status_code == 302
    assert "Waiting for us" in text(client.get("tickets/"))
    client.post(f"{url}close/")
    assert Ticket.objects.get().status == "closed"
    assert client.post(f"{url}write/", {"text": "One more", "key": "l"}).status_code == 422
    assert "Open a new ticket" in text(client.get(url))


def test_files_are_saved_by_their_owner_and_by_nobody_else():
    story, other = make_story(), make_story(name="Other Ltd")
    client = sign_in(story)
    client.post(
        NEW, {"topic": "other", "subject": "x", "text": "x", "key": "k", "attachments": upload()}
    )
    ticket, file = Ticket.objects.get(), UploadedFile.objects.get()
    url = page_of(story, "accounts:ticket_file", ticket.pk, file.pk)
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="proof.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    own = opened(other)
    stranger = sign_in(other)
    for number in (ticket.pk, own.pk):
        url = page_of(story, "accounts:ticket_file", number, file.pk)
        assert stranger.get(url).status_code == 404


def test_a_long_list_continues_and_costs_the_same():
    story = make_story()
    client = sign_in(story)

    def queries(url):
        with CaptureQueriesContext(connection) as used:
            assert client.get(url).status_code == 200
        return len(used)

    first = opened(story)
    url = f"tickets/{first.pk}/"
    few = (queries("tickets/"), queries(url))
    for number in range(25):
        opened(story, f"K{number}")
        tickets.ask_again(
            ticket=first, text="x", by=story.user, idempotency_key=f"B{number}", at=NOW
        )
    assert (queries("tickets/"), queries(url)) == few
    assert few[0] <= 8
    assert few[1] <= 12
    page = client.get("tickets/")
    assert f"before={Ticket.objects.order_by('-pk')[19].pk}" in page.content.decode()


def test_closing_shows_the_list_and_takes_a_tick():
    story = make_story()
    story.recharge("1000", "2026-03-01 09:00")
    story.order("700.00", "2026-03-01 10:00")
    client, url = sign_in(story), "account/closing/"
    page = client.get(url)
    for words in ("Invoiceable amount ¥700.00", "Cash balance ¥300.00", "Auto-invoicing Off"):
        assert words in text(page)
    form = fields(page)
    before = fingerprint()
    assert "Tick the box" in text(client.post(url, form))
    assert client.post(url, {"understood": "yes"}).status_code == 422
    assert fingerprint() == before
    story.order("50.00", "2026-03-01 11:00")
    answer = client.post(url, {**form, "understood": "yes"})
    assert "Something changed since you looked." in text(answer)
    assert client.post(url, {**fields(client.get(url)), "understood": "yes"}).status_code == 302
    assert CustomerAccount.objects.get().is_closed
    assert "closed already" in text(client.get(url))
    assert url not in client.get("").content.decode()


def test_closing_waits_for_what_is_in_work():
    story = make_story()
    story.recharge("1000", "2026-03-01 09:00")
    story.order("700.00", "2026-03-01 10:00")
    application = story.ask("2026-03-20 11:00", amount="100.00")
    client, url = sign_in(story), "account/closing/"
    page = client.get(url)
    assert application.number in text(page)
    assert "for good" not in text(page)
    answer = client.post(url, {"understood": "yes", "seen": "x"})
    assert "Something is still in work: pending applications." in text(answer)
    assert not CustomerAccount.objects.get().is_closed
