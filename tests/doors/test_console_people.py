"""Signing in and out, language and theme, the inbox."""

import pytest
from django.test import Client

from accounts.messages.outbox import enqueue, relay
from accounts.models import InboxMessage, User
from tests.builders import at, make_story
from tests.doors.console import sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def test_signing_in_with_user_name_and_password():
    story, client = make_story(), Client()
    answer = client.post(
        "/console/login/", {"username": story.user.username, "password": "a-long-password"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    assert client.get("/console/")["Location"] == f"/console/{story.customer.code}/"


def test_a_wrong_password_says_so_and_signs_nobody_in():
    story, client = make_story(), Client()
    answer = client.post("/console/login/", {"username": story.user.username, "password": "no"})
    assert "Please enter a correct username and password." in text(answer)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_r47_a_new_password_or_a_disabled_person_ends_every_other_session(change):
    story = make_story()
    client = sign_in(story)
    assert client.get("").status_code == 200
    if change == "password":
        story.user.set_password("another-long-password")
    else:
        story.user.is_active = False
    story.user.save()
    answer = client.get("")
    assert (answer.status_code, answer["Location"]) == (302, f"/console/login/?next={client.home}")


def test_r44_who_no_longer_acts_for_a_customer_is_refused_from_the_next_request_on():
    story = make_story()
    client = sign_in(story)
    assert client.get("").status_code == 200
    story.customer.memberships.all().delete()
    assert client.get("").status_code == 404
    assert client.get("/console/").status_code == 403


def test_signing_in_brings_back_the_persons_language():
    story, client = make_story(), Client()
    User.objects.filter(pk=story.user.pk).update(language="zh-hans")
    client.post("/console/login/", {"username": story.user.username, "password": "a-long-password"})
    page = client.get("/console/", follow=True).content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "可开票金额" in page


def test_signing_out_by_post():
    client = sign_in(make_story())
    assert client.post("/console/logout/")["Location"] == "/console/login/"
    assert client.get("").status_code == 302


def test_switching_the_language_is_remembered_with_the_person():
    story = make_story()
    client = sign_in(story)
    answer = client.post("/console/language/", {"language": "zh-hans", "next": client.at("bills/")})
    assert answer["Location"] == client.at("bills/")
    assert "月账单" in client.get("bills/").content.decode()
    assert User.objects.get(pk=story.user.pk).language == "zh-hans"
    assert client.post("/console/language/", {"language": "tlh"}).status_code == 404


def test_the_way_back_stays_in_the_console():
    answer = sign_in(make_story()).post(
        "/console/theme/", {"theme": "dark", "next": "https://elsewhere.example/"}
    )
    assert answer["Location"] == "/console/"


def test_switching_the_theme_is_remembered_in_the_browser():
    client = sign_in(make_story())
    assert 'data-theme="auto"' in client.get("").content.decode()
    client.post("/console/theme/", {"theme": "dark", "next": client.home})
    assert 'data-theme="dark"' in client.get("").content.decode()
    assert client.post("/console/theme/", {"theme": "pink"}).status_code == 404


def test_the_inbox_speaks_the_readers_language_and_counts_what_is_unread():
    story = make_story()
    enqueue(
        customer=story.customer,
        topic="application_rejected",
        about="APP-00000001",
        values={"application": "APP-00000001", "total": "60.00", "reason": "Wrong title"},
        at=at("2026-01-02 09:00"),
    )
    relay(at=at("2026-01-02 09:01"))
    client = sign_in(story)
    page = text(client.get("inbox/"))
    assert "Your invoice application APP-00000001 was returned" in page
    assert "1 unread message" in page
    client.post("inbox/read/")
    assert "0 unread messages" in text(client.get("inbox/"))
    assert InboxMessage.objects.filter(read_at=None).count() == 0
