"""Every form of the console: sent twice it is done once and answers the same, and calls nobody while it locks."""

import pytest

from accounts.models import Submission
from tests.doors import one_of_everything as everywhere
from tests.doors.console import sign_in, text
from tests.doors.forms_of_the_console import FORMS, again
from tests.doors.one_of_everything import one_of_everything
from tests.doors.test_console_everywhere import POLICY
from tests.outside import watching
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
IN_ONE_PIECE = {"invoicing:reissue": {"SandboxChannel.issue"}}
"""Credited and asked for again in one transaction: the tax channel is asked for the credit note within it (B54)."""


def sendable(client, url: str) -> bool:
    return client.post(url).status_code != 405


def test_every_address_that_takes_a_form_is_tried_here():
    story = one_of_everything()
    client = sign_in(story)
    found = everywhere.addresses(story, [name for name in POLICY if not name.startswith("person:")])
    assert {name for name, url in found.items() if sendable(client, url)} == set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_sent_again_does_nothing_more_and_leads_to_the_same_page(name):
    story, fill = FORMS[name]()
    client = sign_in(story)
    path, typed = fill(client)
    sent = {**typed, "submission": typed.get("submission", "one-filling-in")}
    untouched = dict(fingerprint())
    first = client.post(path, again(sent))
    assert first.status_code == 302, text(first)
    done = dict(fingerprint())
    assert {table for table in done if done[table] != untouched[table]} - {"accounts_submission"}
    second = client.post(path, again(sent))
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert dict(fingerprint()) == done
    assert Submission.objects.get().answer == first["Location"]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_calls_nobody_outside_while_it_locks(name):
    story, fill = FORMS[name]()
    client = sign_in(story)
    path, typed = fill(client)
    with watching() as called:
        assert client.post(path, again(typed)).status_code == 302
    assert {one.partition(" ")[0] for one in called} == IN_ONE_PIECE.get(name, set())


def test_a_call_while_something_is_locked_is_seen(monkeypatch):
    """The negative control: a file is stored after the customer is locked."""
    from accounts.services import tickets
    from accounts.services.requests import uploading

    monkeypatch.setattr(tickets, "store", lambda files: list(files))
    late = uploading.keep
    monkeypatch.setattr(
        tickets, "keep", lambda **more: late(**more | {"file": uploading.store([more["file"]])[0]})
    )
    story, fill = FORMS["accounts:ticket_new"]()
    client = sign_in(story)
    path, typed = fill(client)
    with watching() as called:
        client.post(path, typed)
    assert [one.partition(" ")[0] for one in called] == ["WholeFiles._save"]
