"""Bank statements and wrong recharges as operators meet them: see first, then import, match, set aside, take back."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Membership, User
from ledger.models import BankLine, BankStatement, Recharge
from ledger.queries.balances import fund_balances
from ledger.services.recharges.dedicated import assign_dedicated_account
from tests import bank_files as files
from tests.builders import make_story, yuan
from tests.doors.console import text
from tests.doors.test_admin_operators import operator
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
LINES, STATEMENTS = "/admin/ledger/bankline", "/admin/ledger/bankstatement"


@pytest.fixture
def story():
    return make_story(name="云帆印刷有限公司")


@pytest.fixture
def client():
    return operator("add_bankstatement", "change_bankline", "view_bankline", "view_bankstatement",
                    "control_books", "view_recharge")  # fmt: skip


def upload(client: Client, content: str, name: str = "march.csv"):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(f"{STATEMENTS}/upload/", {"file": file})


def ticket(page) -> str:
    return re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]


def import_(client: Client, content: str):
    return client.post(
        f"{STATEMENTS}/import/", {"ticket": ticket(upload(client, content))}, follow=True
    )


def statement(story) -> str:
    number = assign_dedicated_account(customer=story.customer).number
    return files.csv_file(
        files.csv_line("B-1", "100", paid_into=number),
        files.csv_line("B-2", "50", payer="云帆印刷"),
        files.csv_line("B-3", "-7", remittance="monthly fee"),
    )


def seen(client: Client, line: BankLine) -> str:
    page = client.get(f"{LINES}/{line.pk}/desk/?q={line.payer}")
    return re.search(r'name="seen" value="([^"]+)"', page.content.decode())[1]


def line(reference: str, *amount: int) -> BankLine:
    return BankLine.objects.get(reference=reference, **({"amount": amount[0]} if amount else {}))


def cash(story):
    return fund_balances(story.customer)["cash"]


def test_a_preview_shows_what_would_happen_and_imports_nothing(client, story):
    content = statement(story)
    before = fingerprint()
    page = text(upload(client, content))
    assert "Matched 1 Unmatched 1 Money going out 1 Duplicates 0" in page
    assert f"Recharge of {story.customer}" in page
    assert fingerprint() == before


def test_the_previewed_file_is_imported_and_the_rest_is_at_the_desk(client, story):
    page = text(import_(client, statement(story)))
    assert "Imported march.csv: 1 matched, 2 for the desk." in page
    assert "B-2" in page
    assert "B-1" not in page
    assert (cash(story), BankStatement.objects.get().imported_by.username) == (
        yuan("100"),
        "operator",
    )


def test_the_same_file_again_says_so(client, story):
    content = statement(story)
    again = ticket(upload(client, content))
    import_(client, content)
    page = text(upload(client, content))
    assert "This very file was imported as march.csv" in page
    before = dict(fingerprint())
    answer = client.post(f"{STATEMENTS}/import/", {"ticket": again}, follow=True)
    assert "This very file was imported before: nothing changed." in text(answer)
    assert changed(before, fingerprint()) == {"accounts_submission"}


def changed(before, after):
    return {table for table, rows in dict(after).items() if before[table] != rows}


def test_a_bad_file_lists_what_is_wrong(client):
    page = upload(client, files.csv_file(files.csv_line("B-1", "x"), files.csv_line("", "1")))
    assert "2 lines are wrong; line 2: the amount x is not a number." in text(page)
    assert "Line 3: the bank reference is missing." in text(page)
    assert "ticket" not in page.content.decode()
    assert "This field is required." in text(client.post(f"{STATEMENTS}/upload/"))


def test_a_forged_ticket_imports_nothing(client):
    assert client.post(f"{STATEMENTS}/import/", {"ticket": "x:y:z"}).status_code == 404
    assert client.get(f"{STATEMENTS}/import/").status_code == 405


def test_the_desk_finds_the_customer_and_credits_the_line(client, story):
    import_(client, statement(story))
    page = client.get(f"{LINES}/{line('B-2').pk}/desk/")
    assert str(story.customer) in text(page)
    data = {"customer": story.customer.pk, "seen": seen(client, line("B-2"))}
    answer = client.post(f"{LINES}/{line('B-2').pk}/do/match/", data, follow=True)
    assert f"B-2 is credited to {story.customer}." in text(answer)
    assert cash(story) == yuan("150")


def test_the_desk_sets_a_line_aside_with_a_reason(client, story):
    import_(client, statement(story))
    fee = line("B-3")
    url, data = f"{LINES}/{fee.pk}/do/ignore/", {"seen": seen(client, fee)}
    assert "This field is required." in text(client.post(url, data))
    assert "B-3 is no recharge." in text(client.post(url, data | {"reason": "fee"}, follow=True))
    assert (line("B-3").status, line("B-3").reason) == ("ignored", "fee")
    assert "fee" in text(client.get(f"{LINES}/{fee.pk}/desk/"))


def test_a_line_that_was_decided_meanwhile_is_left_alone(client, story):
    import_(client, statement(story))
    fee, old = line("B-3"), seen(client, line("B-3"))
    url = f"{LINES}/{fee.pk}/do"
    client.post(f"{url}/ignore/", {"seen": old, "reason": "fee"})
    before = fingerprint()
    data = {"customer": story.customer.pk, "seen": old}
    page = text(client.post(f"{url}/match/", data, follow=True))
    assert "It changed since you opened it. Nothing was done." in page
    assert fingerprint() == before


def test_a_refusal_is_a_message_on_the_page(client, story):
    import_(client, statement(story))
    fee = line("B-3")
    before = fingerprint()
    data = {"customer": story.customer.pk, "seen": seen(client, fee)}
    page = text(client.post(f"{LINES}/{fee.pk}/do/match/", data, follow=True))
    assert "No money came in on this line." in page
    for nobody in ("999999", "x"):
        data = {"customer": nobody, "seen": seen(client, fee)}
        assert client.post(f"{LINES}/{fee.pk}/do/match/", data).status_code == 404
    assert (
        client.post(f"{LINES}/{fee.pk}/do/steal/", {"seen": seen(client, fee)}).status_code == 404
    )
    assert fingerprint() == before


def test_every_page_needs_its_permission(client, story):
    import_(client, statement(story))
    fee, recharge = line("B-3"), Recharge.objects.get()
    User.objects.get(username="operator").user_permissions.clear()
    for url in (
        f"{STATEMENTS}/upload/", f"{LINES}/desk/", f"{LINES}/{fee.pk}/desk/",
        f"/admin/ledger/recharge/{recharge.pk}/reverse/",
    ):  # fmt: skip
        assert client.get(url).status_code == 403, url
    before = fingerprint()
    for url in (
        f"{STATEMENTS}/upload/", f"{STATEMENTS}/import/", f"{LINES}/{fee.pk}/do/ignore/",
        f"{LINES}/{fee.pk}/do/match/", f"/admin/ledger/recharge/{recharge.pk}/reverse/",
    ):  # fmt: skip
        assert client.post(url, {"reason": "x", "ticket": "x"}).status_code == 403, url
    assert fingerprint() == before


def test_a_wrong_recharge_is_taken_back_with_a_reason(client, story):
    import_(client, statement(story))
    recharge = Recharge.objects.get()
    url = f"/admin/ledger/recharge/{recharge.pk}"
    assert f"{url}/reverse/" in client.get(f"{url}/change/").content.decode()
    before = fingerprint()
    assert client.get(f"{url}/reverse/").status_code == 200
    assert "This field is required." in text(client.post(f"{url}/reverse/", {"reason": ""}))
    assert fingerprint() == before
    done = client.post(f"{url}/reverse/", {"reason": "wrong customer"}, follow=True)
    assert "The recharge is reversed." in text(done)
    assert (cash(story), line("B-1").status) == (yuan("0"), "unmatched")
    again = client.post(f"{url}/reverse/", {"reason": "again"}, follow=True)
    assert "This recharge was reversed before." in text(again)
    assert f"{url}/reverse/" not in client.get(f"{url}/change/").content.decode()


def test_nobody_takes_back_a_recharge_of_an_account_they_belong_to(client, story):
    import_(client, statement(story))
    Membership.objects.create(
        user=User.objects.get(username="operator"), customer=story.customer, role="viewer"
    )
    before = fingerprint()
    url = f"/admin/ledger/recharge/{Recharge.objects.get().pk}/reverse/"
    page = text(client.post(url, {"reason": "x"}, follow=True))
    assert "The person who asked for it cannot also approve it." in page
    assert fingerprint() == before


def test_a_reversal_is_undone_from_its_page(client, story):
    import_(client, statement(story))
    back = files.csv_line("B-1", "-100", booked_on="2026-03-19")
    assert "Money going out 1" in text(upload(client, files.csv_file(back)))
    import_(client, files.csv_file(back))
    reversal, original = BankLine.objects.get(reference="B-1", amount=-100), line("B-1", 100)
    page = f"{LINES}/{reversal.pk}"
    assert "What the bank takes back" in text(client.get(f"{page}/desk/"))
    data = {"original": original.pk, "seen": seen(client, reversal)}
    assert "B-1 takes B-1 back." in text(client.post(f"{page}/do/undo/", data, follow=True))
    assert cash(story) == yuan("0")


def test_the_page_of_a_line_suggests_who_paid_and_why(client, story):
    import_(client, files.csv_file(files.csv_line("B-1", "7", remittance=story.customer.code)))
    page = text(client.get(f"{LINES}/{line('B-1').pk}/desk/"))
    assert "Its customer number is in the text" in page
