"""What is seen when something is refused or breaks: our own pages, in the reader's language, with a way on."""

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from tests.browser.walk import NARROW, OVER, axe_violations, signed_in
from tests.builders import make_reviewer, make_user

pytestmark = pytest.mark.django_db
NOTHING, NOT_ALLOWED, REFUSED, BROKEN, UNREADABLE = (
    "There is nothing here",
    "This is not possible",
    "The form was not accepted",
    "Something went wrong on our side",
    "The request cannot be read. Nothing was done.",
)
OVERVIEW, ADMINISTRATION = 'class="btn" href="/console/"', 'class="btn" href="/admin/"'


@pytest.fixture
def broken(monkeypatch):
    """Every page of the console has a bug."""

    def fail(user, number):
        raise RuntimeError("a bug")

    monkeypatch.setattr("accounts.views.acting.acting_for", fail)


def reader(language: str, **options: object) -> Client:
    client = Client(headers={"accept-language": language}, **options)
    client.force_login(make_reviewer())
    return client


@pytest.mark.parametrize(("language", "lang"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_every_error_is_a_page_of_ours_in_the_language_of_its_reader(broken, language, lang):
    client = reader(language, enforce_csrf_checks=True, raise_request_exception=False)
    answers = {
        (404, NOTHING, OVERVIEW): client.get("/console/C1/nowhere/"),
        (404, NOTHING, ADMINISTRATION): client.get("/admin/ledger/nothing/"),
        (403, NOT_ALLOWED, ADMINISTRATION): client.get("/admin/ledger/bankline/desk/"),
        (403, REFUSED, OVERVIEW): client.post("/console/C1/inbox/read/"),
        (403, REFUSED, ADMINISTRATION): client.post("/admin/login/"),
        (500, BROKEN, ""): client.get("/console/C1/"),
        (400, UNREADABLE, ""): client.get("/console/C1/", headers={"host": "elsewhere.example"}),
    }
    for (status, words, way), answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == status, words
        with override(language):
            assert gettext(words) in page
        assert f'<html lang="{lang}"' in page
        assert "console/console.css" in page
        assert way in page
    assert 'class="btn"' not in answers[500, BROKEN, ""].content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_error_pages_suit_everybody(chromium, live_server, broken):
    window = signed_in(chromium, live_server, make_user("anyone", is_staff=True), viewport=NARROW)
    page, found = window.new_page(), {}
    paths = {"/console/C1/nowhere/": 404, "/admin/ledger/bankline/desk/": 403, "/console/C1/": 500}
    for path, status in paths.items():
        assert page.goto(live_server.url + path).status == status
        found[path] = (page.evaluate(OVER), axe_violations(page))
    assert found == dict.fromkeys(paths, (None, []))
    window.close()
