"""Bank formats as operators meet them: a sample shows what a definition reads, and two people put it in force."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from ledger.models import BankFormat, BankLine, BankStatement
from ledger.services.bank.formats import approve_format, current_formats, define_format
from tests.bank_files import OURS
from tests.builders import at
from tests.domain.test_bank_formats import ABC, ICBC
from tests.doors.console import text
from tests.doors.test_admin_operators import operator
from tests.ledger.banking import operator as person
from tests.refusing import fingerprint, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
FORMATS, STATEMENTS = "/admin/ledger/bankformat", "/admin/ledger/bankstatement"
HOUSE = {
    "code": "house", "name": "House bank", "delimiter": "semicolon", "decimal": "comma", "thousands": "dot",
    "dates": "DD.MM.YYYY", "currency": "CNY", "booked_on": "Tag", "amount": "Betrag", "payer": "Wer",
}  # fmt: skip
SAMPLE = "Tag;Betrag;Wer\n19.03.2026;1.234,50;云帆\n20.03.2026;-7,00;\n".encode()


@pytest.fixture
def client():
    return operator("add_bankformat", "add_bankstatement", "view_bankstatement", "change_bankline")


def definition() -> dict[str, str]:
    return {name: value for name, value in HOUSE.items() if name != "code"}


def post(client: Client, content: bytes | None = None, **more: str):
    file = {"sample": SimpleUploadedFile("s.csv", content)} if content is not None else {}
    return client.post(f"{FORMATS}/define/", {**HOUSE, "account": OURS, **file, **more})


def hidden(page, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())[1]


def test_a_sample_shows_what_the_definition_reads_and_keeps_nothing(client):
    before = fingerprint()
    page = post(client, SAMPLE, preview="1")
    said = text(page)
    assert f"Account {OURS}, CNY. Lines: 2; left out, because no money moved: 0." in said
    assert "1,234.50 云帆" in said
    again = post(client, ticket=hidden(page, "ticket"), preview="1", amount="Saldo")
    assert "no line of it is a header with the columns Saldo, Tag" in text(again)
    assert fingerprint() == before


def test_a_definition_that_makes_no_format_names_the_field(client):
    before = fingerprint()
    page = post(client, thousands="comma")
    assert "it is the decimal mark too." in text(page)
    assert fingerprint() == before


def test_a_format_counts_once_another_person_approved_it(client):
    said = text(client.post(f"{FORMATS}/define/", HOUSE, follow=True))
    assert "House 1 waits for another person." in said
    row = BankFormat.objects.get()
    assert (row.definition, "house" in current_formats()) == (definition(), False)
    page = client.post(f"{FORMATS}/{row.pk}/approve/", follow=True)
    assert "The person who asked for it cannot also approve it." in text(page)
    assert "house" not in current_formats()
    approve_format(row=row, by=person("add_bankformat", name="second"), at=at("2026-03-20 09:00"))
    assert current_formats()["house"].name == "House bank"
    assert client.post(f"{FORMATS}/{row.pk}/approve/", follow=True).status_code == 200


def test_without_the_right_nobody_defines_or_approves():
    client = operator("add_bankstatement")
    assert client.get(f"{FORMATS}/define/").status_code == 403
    assert client.post(f"{FORMATS}/1/approve/").status_code == 403
    stranger = person(name="stranger")
    noon = at("2026-03-20 09:00")
    refused(
        "not_permitted",
        lambda: define_format(code="x", definition=definition(), by=stranger, at=noon),
    )


def test_an_approved_version_replaces_the_shipped_one_and_an_older_one_never_comes_back():
    maker, checker = (
        person("add_bankformat", name="maker"),
        person("add_bankformat", name="checker"),
    )
    noon = at("2026-03-20 09:00")
    first, second = (
        define_format(code="abc", definition=definition() | {"name": name}, by=maker, at=noon)
        for name in ("One", "Two")
    )
    approve_format(row=second, by=checker, at=noon)
    assert current_formats()["abc"].name == "Two"
    refused("wrong_state", lambda: approve_format(row=first, by=checker, at=noon))
    refused("four_eyes", lambda: approve_format(row=first, by=maker, at=noon))
    refused(
        "format_unreadable",
        lambda: define_format(code="abc", definition={"name": "X"}, by=maker, at=noon),
    )


def upload(client: Client, content: bytes, **more: str):
    file = SimpleUploadedFile("march.csv", content)
    return client.post(f"{STATEMENTS}/upload/", {"file": file, **more})


def test_a_bank_is_recognised_by_its_header_and_its_file_is_imported(client):
    page = upload(client, ICBC.encode("gb18030"))
    assert "Our account 6222000000000009, CNY Format 工商银行 ICBC" in text(page)
    client.post(f"{STATEMENTS}/import/", {"ticket": hidden(page, "ticket")})
    assert BankStatement.objects.get().format == "icbc"
    assert sorted(str(line.amount) for line in BankLine.objects.all()) == ["-20.00", "1500.00"]


def test_what_the_file_does_not_say_is_asked_for_and_kept_until_the_import(client):
    content = ABC.encode("gb18030")
    assert "enter our account beside the file" in text(upload(client, content))
    page = upload(client, content, account=OURS)
    assert "Left out: the bank says that no money moved 1" in text(page)
    client.post(f"{STATEMENTS}/import/", {"ticket": hidden(page, "ticket")})
    assert {line.account for line in BankLine.objects.all()} == {OURS}


def test_the_same_movements_in_a_longer_export_are_taken_once(client):
    for content in (ABC, f"{ABC}20240104,101112,转存,+1.00,11701.00,张三,123456791,掌银,\n"):
        page = upload(client, content.encode("gb18030"), account=OURS)
        client.post(f"{STATEMENTS}/import/", {"ticket": hidden(page, "ticket")})
    assert sorted(str(line.amount) for line in BankLine.objects.all()) == [
        "-300.00", "1.00", "10000.00",
    ]  # fmt: skip


def test_a_refusal_says_line_column_and_what_is_wrong_and_nothing_is_kept(client):
    before = fingerprint()
    page = upload(client, ABC.replace("20240103", "02260103").encode("gb18030"), account=OURS)
    assert "line 4: column 交易日期: the date 02260103 is not plausible: check its year." in text(
        page
    )
    assert "nobody" not in text(page)
    unknown = upload(client, b"a,b\n1,2\n", account=OURS)
    assert "choose a format, or define one for this bank" in text(unknown)
    assert fingerprint() == before


def test_a_format_that_changed_since_the_preview_is_looked_at_again(client):
    page = upload(client, ABC.encode("gb18030"), account=OURS)
    noon = at("2026-03-20 09:00")
    maker, checker = (
        person("add_bankformat", name="maker"),
        person("add_bankformat", name="checker"),
    )
    changed = dict(current_formats()["abc"].definition) | {"skips": "合计"}
    row = define_format(code="abc", definition=changed, by=maker, at=noon)
    approve_format(row=row, by=checker, at=noon)
    before = fingerprint()
    client.post(f"{STATEMENTS}/import/", {"ticket": hidden(page, "ticket")})
    assert fingerprint() == before
    assert User.objects.count() == 3
