"""When the database is down every page and every call-back answers 503, and says when to come again."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.builders import make_story
from tests.doors.console import sign_in
from tests.doors.one_of_everything import addresses, one_of_everything
from tests.doors.test_console_everywhere import POLICY, ask
from tests.ledger.paying import signed, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
NO_DATABASE = {"person:login", "person:logout", "person:language", "person:theme"}
"""Nothing, or something without the database, is asked of who is not signed in."""
BROWSER = "text/html,*/*;q=0.8"


def _down(run, sql, params, many, context):
    raise OperationalError("connection to server failed: Connection refused")


def _wrong(run, sql, params, many, context):
    raise ValueError("our own mistake")


def test_every_page_answers_503_with_a_page_and_a_time_to_come_again():
    story = one_of_everything()
    client = sign_in(story)
    client.raise_request_exception = False
    client.defaults["HTTP_ACCEPT"] = BROWSER
    asked = addresses(story, POLICY)
    answers = {}
    with connection.execute_wrapper(_down):
        for name, url in asked.items():
            if name not in NO_DATABASE:
                answer = ask(client, name, url)
                page = "The console cannot be reached for a moment" in answer.content.decode()
                answers[name] = answer.status_code, answer.headers.get("Retry-After"), page
        assert set(answers.values()) == {(503, "30", True)}, answers
        for url in ("/admin/", "/admin/invoicing/invoice/", "/verify/abc.def"):
            assert client.get(url).status_code == 503, url


def test_a_payment_call_back_is_told_in_a_word_and_counts_when_it_comes_again():
    payment = start(make_story())
    headers, body = signed(payment)
    client = Client(raise_request_exception=False)
    call = lambda: client.post(  # noqa: E731
        "/payments/sandbox/callback",
        body,
        content_type="application/json",
        headers={**headers, "Accept": "application/json"},
    )

    with connection.execute_wrapper(_down):
        answer = call()
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.content == b"unavailable\n"
    assert call().status_code == 200


def test_our_own_mistake_stays_a_500(django_user_model):
    client = Client(raise_request_exception=False)
    client.force_login(django_user_model.objects.create_superuser("root", "r@example.com", "x"))
    with connection.execute_wrapper(_wrong):
        answer = client.get("/admin/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer
