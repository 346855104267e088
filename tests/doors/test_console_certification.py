"""Certification in the console: asked for with documents, refused, taken back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import CertificationRequest, UploadedFile
from accounts.services.requests.certifying import (
    approve_certification,
    reject_certification,
    request_certification,
)
from accounts.services.requests.uploading import keep_upload, path_of
from tests.accounts.pictures import PDF, picture
from tests.accounts.test_certifying import decider as certifier
from tests.builders import make_story
from tests.doors.console import NOW, fields, sign_in, text, viewer
from tests.invoicing.title_stage import OTHER_ID, TAX_ID, individual

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def licence(name: str = "licence.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_a_change_of_name_is_asked_for_with_documents_and_reviewed():
    story = make_story()
    client = sign_in(story)
    page = client.get("certification/name/new/")
    assert "certified as Acme Ltd" in text(page)
    sent = fields(page) | {"name": "Acme  Group Ltd", "documents": [licence(), licence("b.pdf")]}
    assert client.post("certification/name/new/", sent)["Location"] == client.at("certification/")
    request = CertificationRequest.objects.get()
    assert (request.change, request.name, request.tax_id) == ("name", "Acme Group Ltd", TAX_ID)
    assert [file.name for file in request.documents.order_by("pk")] == ["licence.pdf", "b.pdf"]
    again = fields(page) | {"name": "Acme  Group Ltd", "documents": [licence(), licence("b.pdf")]}
    assert client.post("certification/name/new/", again).status_code == 302
    assert CertificationRequest.objects.count() == 1
    page = text(client.get("certification/"))
    assert "Change of name: Acme Group Ltd Being reviewed" in page
    assert "A request is being reviewed." in page
    approve_certification(request=request, by=certifier(), at=NOW)
    page = text(client.get("certification/"))
    assert "You are certified as Acme Group Ltd" in page
    assert "History" in page


def test_a_typing_error_in_the_tax_id_is_explained_next_to_the_field():
    story = make_story()
    client = sign_in(story)
    page = client.get("certification/new/")
    sent = fields(page) | {"kind": "enterprise", "name": "Bolt Ltd", "documents": licence()}
    for tax_id, words in (
        ("91110108MA0123456A", "its last character does not match the others"),
        ("91110108MA012345", "it must have 18 characters"),
        ("110108123456789", "open a ticket to have an old number"),
        ("9111010OMA0123456G", "it holds a character that no such code has"),
    ):
        answer = client.post(
            "certification/new/", sent | {"tax_id": tax_id, "documents": licence()}
        )
        assert answer.status_code == 422
        assert words in text(answer), tax_id
    assert not CertificationRequest.objects.exists()
    assert not UploadedFile.objects.exists()
    answer = client.post(
        "certification/new/",
        sent | {"tax_id": "91110108 ma0123456g", "documents": licence()},
    )
    assert answer.status_code == 302
    assert CertificationRequest.objects.get().tax_id == OTHER_ID


def test_sc_23_a_company_is_not_offered_to_become_an_individual():
    story = make_story("alibaba")
    client = sign_in(story)
    page = client.get("certification/new/")
    assert 'value="individual"' not in page.content.decode()
    sent = fields(page) | {"kind": "individual", "name": "Li Ming", "documents": licence()}
    assert client.post("certification/new/", sent).status_code == 422
    assert not CertificationRequest.objects.exists()


def test_an_individual_is_warned_before_becoming_a_company():
    page = text(sign_in(individual()).get("certification/new/"))
    assert "you cannot go back to an individual certification" in page


def asked_for_bolt(story):
    return request_certification(
        customer=story.customer, kind="enterprise", name="Bolt Ltd", tax_id=OTHER_ID, by=story.user,
        idempotency_key="K", at=NOW,
    )  # fmt: skip


def test_a_refused_request_shows_its_reason_and_is_sent_again_without_typing():
    story = make_story()
    request = asked_for_bolt(story)
    reject_certification(request=request, by=certifier(), reason="The scan is cut off.", at=NOW)
    client = sign_in(story)
    page = client.get("certification/")
    assert "Reason: The scan is cut off." in text(page)
    link = f"certification/new/?again={request.pk}"
    assert link in page.content.decode()
    known = fields(client.get(link))
    assert (known["name"], known["tax_id"]) == (["Bolt Ltd"], [OTHER_ID])
    stranger = sign_in(make_story())
    assert fields(stranger.get(link))["name"] == [""]


def test_a_request_can_be_taken_back():
    story = make_story()
    request = asked_for_bolt(story)
    client = sign_in(story)
    client.post(f"certification/{request.pk}/cancel/")
    assert "Taken back" in text(client.get("certification/"))


def test_documents_are_required_checked_and_counted(settings):
    settings.UPLOAD_MAX_FILES = 2
    client = sign_in(make_story())
    url = "certification/name/new/"
    sent = fields(client.get(url)) | {"name": "Acme Group Ltd"}
    assert "This field is required." in text(client.post(url, sent))
    bad = client.post(url, sent | {"documents": licence("a.pdf", b"<svg onload=1>")})
    assert "The file a.pdf was not accepted: it is neither PDF nor PNG nor JPEG." in text(bad)
    many = client.post(url, sent | {"documents": [licence() for _ in range(3)]})
    assert "At most 2 files at once." in text(many)
    assert not UploadedFile.objects.exists()


def test_an_uploaded_file_is_only_ever_saved_and_only_by_its_owner(files_root):
    story = make_story()
    file = keep_upload(
        customer=story.customer, name="图片.png", content=picture(), by=story.user, at=NOW
    )
    url = f"uploads/{file.pk}/"
    for client in (sign_in(story), viewer(story)):
        answer = client.get(url)
        assert (
            b"".join(answer.streaming_content) == (files_root / path_of(file.sha256)).read_bytes()
        )
        assert answer["Content-Type"] == "image/png"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
    assert sign_in(make_story()).get(url).status_code == 404
    (files_root / path_of(file.sha256)).rename(files_root / "moved")
    assert sign_in(story).get(url).status_code == 404
    (files_root / "moved").rename(files_root / path_of(file.sha256))
