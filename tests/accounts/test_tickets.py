"""Tickets: asked once, answered by staff who are strangers, told to the customer, closed for good."""

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import relay
from accounts.models import InboxMessage, Membership, OutboxMessage, Ticket, TicketMessage, User
from accounts.services import tickets
from tests.accounts.pictures import PDF
from tests.builders import at, closed_story, make_story, make_user
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW, LATER = at("2026-03-01 09:00"), at("2026-03-01 10:00")
FILE = CleanFile("proof.pdf", "application/pdf", PDF)


def make_support(name="support") -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="answer_ticket"))
    return User.objects.get(pk=user.pk)


def opened(story, key="K1", **fields) -> Ticket:
    wish = {
        "topic": "application",
        "subject": "Cancel APP-1",
        "text": "Please cancel it.",
        "about": "APP-1",
        "by": story.user,
        "at": NOW,
    }
    return tickets.open_ticket(customer=story.customer, idempotency_key=key, **wish | fields)


def answered(ticket, by, text="It is cancelled.", key="A1", **fields) -> TicketMessage:
    return tickets.answer(ticket=ticket, text=text, by=by, idempotency_key=key, at=LATER, **fields)


def topics(story) -> list[str]:
    rows = OutboxMessage.objects.filter(customer=story.customer, channel="inbox")
    return list(rows.order_by("pk").values_list("topic", flat=True))


def test_a_ticket_waits_for_staff_with_its_first_message_and_files():
    story = make_story()
    ticket = opened(story, subject=" Cancel\r\nBcc: a@b.example ", files=[FILE])
    assert (ticket.status, ticket.about) == ("open", "APP-1")
    assert ticket.subject == "Cancel Bcc: a@b.example"
    message = ticket.messages.get()
    assert (message.text, message.from_staff, message.author) == (
        "Please cancel it.", False, story.user,
    )  # fmt: skip
    file = message.files.get()
    assert (file.name, file.customer) == ("proof.pdf", story.customer)
    assert topics(story) == []


def test_b21_what_no_page_offers_about_returning_an_invoice_is_asked_by_ticket():
    ticket = opened(make_story(), topic="return", about="26991000000000000042", files=[FILE])
    assert (ticket.status, ticket.topic, ticket.about) == ("open", "return", "26991000000000000042")
    assert ticket.messages.get().files.get().name == "proof.pdf"


def test_the_same_ticket_sent_twice_is_one_and_another_under_its_key_is_refused():
    story = make_story()
    first = opened(story, files=[FILE])
    assert opened(story, files=[FILE]) == first
    assert (Ticket.objects.count(), TicketMessage.objects.count()) == (1, 1)
    refused("reference_conflict", lambda: opened(story, subject="Something else"))


def test_an_answer_hands_it_to_the_customer_who_is_told_on_every_channel():
    story, support = make_story(), make_support()
    ticket = opened(story)
    message = answered(ticket, support, files=[FILE])
    assert answered(ticket, support) == message
    ticket.refresh_from_db()
    assert (ticket.status, ticket.changed_at) == ("answered", LATER)
    assert OutboxMessage.objects.filter(topic="ticket_answered").count() == 3
    relay(at=LATER)
    assert InboxMessage.objects.get().values == {
        "ticket": ticket.number,
        "subject": "Cancel APP-1",
    }
    refused("reference_conflict", lambda: answered(ticket, support, text="Other"))


def test_asking_again_brings_it_back_to_the_queue_once():
    story, support = make_story(), make_support()
    ticket = opened(story)
    answered(ticket, support)
    for _ in range(2):
        tickets.ask_again(
            ticket=ticket, text="Really?", by=story.user, idempotency_key="B", at=LATER
        )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == ("open", 3)


def test_writing_while_it_waits_does_not_put_it_at_the_end_of_the_queue():
    story = make_story()
    ticket = opened(story)
    tickets.ask_again(ticket=ticket, text="And?", by=story.user, idempotency_key="B", at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.changed_at) == ("open", NOW)


def test_a_closed_ticket_takes_no_more_messages_and_never_opens_again():
    story, support = make_story(), make_support()
    ticket = opened(story)
    tickets.close(ticket=ticket, by=support, at=LATER)
    tickets.close(ticket=ticket, by=support, at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at, topics(story)) == ("closed", LATER, ["ticket_closed"])
    refused("wrong_state", lambda: answered(ticket, support))
    refused(
        "wrong_state",
        lambda: tickets.ask_again(
            ticket=ticket, text="x", by=story.user, idempotency_key="B", at=LATER
        ),
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(status="open")


def test_the_customer_closes_without_being_told():
    story = make_story()
    ticket = opened(story)
    tickets.close(ticket=ticket, by=story.user, at=LATER)
    assert (Ticket.objects.get().status, topics(story)) == ("closed", [])


def test_only_strangers_with_the_permission_answer():
    story, support = make_story(), make_support()
    ticket = opened(story)
    refused("not_permitted", lambda: answered(ticket, make_user("nobody", is_staff=True)))
    Membership.objects.create(user=support, customer=story.customer, role="viewer")
    refused("four_eyes", lambda: answered(ticket, support))
    refused("four_eyes", lambda: tickets.close(ticket=ticket, by=support, at=LATER))


def test_only_people_who_act_for_the_customer_write():
    story, other = make_story(), make_story(name="Other Ltd")
    viewer = make_user("viewer")
    Membership.objects.create(user=viewer, customer=story.customer, role="viewer")
    ticket = opened(story)
    for person in (viewer, other.user):
        refused("not_permitted", lambda person=person: opened(story, key="K2", by=person))
        refused(
            "not_permitted",
            lambda person=person: tickets.ask_again(
                ticket=ticket, text="x", by=person, idempotency_key="B", at=LATER
            ),
        )


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"text": " \n "}, "text_missing"),
        ({"subject": " "}, "text_missing"),
        ({"subject": "x" * 121}, "text_too_long"),
        ({"about": "x" * 41}, "text_too_long"),
        ({"text": "x" * 4001}, "text_too_long"),
        ({"topic": "lost_invoice"}, "materials_missing"),
        ({"files": [FILE] * 99}, "too_many_files"),
    ],
)
def test_what_is_missing_or_too_much_is_refused(wish, code):
    story = make_story()
    refused(code, lambda: opened(story, **wish))


def test_a_closed_account_may_write_but_not_upload():
    story = closed_story()
    assert opened(story).status == "open"
    refused("account_closed", lambda: opened(story, key="K2", files=[FILE]))


def test_messages_stay_as_they_were_written():
    opened(make_story())
    with pytest.raises(DatabaseError), transaction.atomic():
        TicketMessage.objects.update(text="Never mind.")
