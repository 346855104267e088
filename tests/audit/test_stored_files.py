"""The audit looks at the size of every stored file, reads a share of them each night, and names what nobody owns."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.services.requests.uploading import keep_upload, path_of
from finance_console.audit import run_audit, share
from invoicing.models import InvoiceFile
from invoicing.services.issuing import filing
from tests.accounts.pictures import PDF
from tests.builders import at, make_story

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]


def broken(**how):
    return {result.name: result.rows for result in run_audit(**how) if result.rows}


def issued():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    story.issue(story.ask("2026-03-02 09:00", amount="60.00"), "2026-03-02 10:00")
    filing.render_waiting(at=at("2026-03-02 11:00"))
    return InvoiceFile.objects.get(format="xml")


def overwrite(name, content):
    Path(default_storage.path(name)).write_bytes(content)


def altered(content):
    return bytes([content[0] ^ 1]) + content[1:]


def test_a_share_each_night_is_every_file_once_in_thirty_two_days():
    nights = [share.of_the_night(date(2026, 3, 1) + timedelta(days=n)) for n in range(32)]

    assert sorted(part for night in nights for part in night) == sorted(share.ALL)
    assert {len(night) for night in nights} == {8}


def test_a_document_that_no_row_names_is_found():
    assert broken() == {}
    name = f"documents/ab/ab{'0' * 62}_ILxupTb.xml"
    default_storage.save(name, ContentFile(b"<copy/>"))
    assert broken() == {}  # it may be about to get its row

    os.utime(default_storage.path(name), (0, 0))

    assert broken() == {
        "every stored document is the file of an invoice, a credit note or a proforma": (name,)
    }


def test_a_torn_document_is_found_by_its_size_and_an_altered_one_when_it_is_read(monkeypatch):
    file = issued()
    name, before = filing.path_of(file.sha256, "xml"), filing.content_of(file)
    monkeypatch.setattr("invoicing.documents.files.render_einvoice", lambda snapshot: b"<new/>")

    overwrite(name, before[:-7])
    assert list(broken(read=())) == [
        "every filed document can be read, or made again with the same fingerprint"
    ]
    overwrite(name, altered(before))
    assert broken(read=share.ALL - {file.sha256[:2]}) == {}
    assert list(broken(read={file.sha256[:2]})) == [
        "every filed document can be read, or made again with the same fingerprint"
    ]


def test_a_torn_document_that_can_be_made_again_is_whole_after_the_audit():
    file = issued()
    name, before = filing.path_of(file.sha256, "xml"), filing.content_of(file)
    overwrite(name, before[:-7])

    assert broken(read=()) == {}
    assert filing.read(file.sha256, "xml") == before


def test_an_upload_with_other_bytes_of_the_same_length_is_found_when_it_is_read():
    story = make_story()
    file = keep_upload(
        customer=story.customer, name="a.pdf", content=PDF, by=None, at=at("2026-03-04 09:00")
    )
    overwrite(path_of(file.sha256), altered(PDF))

    assert broken(read=()) == {}
    assert broken() == {
        "every uploaded file has its content": (f"file {file.pk}, customer {story.customer.pk}",)
    }
