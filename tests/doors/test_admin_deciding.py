"""Certification requests and corporate titles in the admin: queue, documents, decision."""

import pytest
from django.test import Client

from accounts.domain.file_content import CleanFile
from accounts.models import CertificationRequest
from accounts.services.requests.certifying import in_force, request_certification
from invoicing.models import TitleApplication
from invoicing.services.titles.corporate import apply_for_title
from tests.accounts.pictures import PDF
from tests.accounts.test_certifying import decider as certifier
from tests.builders import make_story, make_user
from tests.doors import admin_data
from tests.doors.console import NOW, text
from tests.invoicing.title_stage import OTHER_ID, TAX_ID, decider, individual

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
DOCUMENT = CleanFile("licence.pdf", "application/pdf", PDF)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def renamed():
    """A customer who asks for a change of name, and the address of its page."""
    story = make_story("baidu")
    request = request_certification(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID,
        documents=[DOCUMENT], by=story.user, idempotency_key="K", at=NOW,
    )  # fmt: skip
    return story, request, f"/admin/accounts/certificationrequest/{request.pk}/"


def test_sc_25_the_reviewer_sees_both_names_and_certifies():
    story, request, url = renamed()
    client = client_of(certifier())
    page = text(client.get(f"{url}change/"))
    assert "Certified now Acme Ltd" in page
    assert "Asked for Acme Group Ltd" in page
    assert f"{TAX_ID} (check digit right)" in page
    assert "Acme Group Ltd" in text(client.get("/admin/accounts/certificationrequest/?waiting=yes"))
    assert "Certifications to decide" in text(client.get("/admin/"))
    answer = client.post(f"{url}do/approve/", {"seen": f"{request.pk}.submitted"}, follow=True)
    assert "The customer is certified." in text(answer)
    assert in_force(story.customer).name == "Acme Group Ltd"


def test_refusing_needs_a_reason_and_an_outdated_page_decides_nothing():
    _story, request, url = renamed()
    client = client_of(certifier())
    seen = {"seen": f"{request.pk}.submitted"}
    answer = client.post(f"{url}do/reject/", seen | {"text": " "}, follow=True)
    assert "Say why, so that the customer can put it right." in text(answer)
    stale = client.post(f"{url}do/reject/", {"seen": "old", "text": "x"}, follow=True)
    assert "It changed since you opened it. Nothing was done." in text(stale)
    client.post(f"{url}do/reject/", seen | {"text": "The scan is cut off."})
    request.refresh_from_db()
    assert (request.status, request.reason) == ("rejected", "The scan is cut off.")
    again = client.post(f"{url}do/approve/", seen, follow=True)
    assert "It changed since you opened it." in text(again)


def test_only_those_who_may_decide_see_documents_and_decide():
    _story, request, url = renamed()
    file = f"{url}files/{request.documents.get().pk}/"
    answer = client_of(certifier()).get(file)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="licence.pdf"'
    for user in (admin_data.observer(), make_user("clerk", is_staff=True)):
        client = client_of(user)
        assert client.get(file).status_code == 403
        assert client.post(f"{url}do/approve/", {}).status_code == 403
    assert CertificationRequest.objects.get().status == "submitted"


def test_a_document_of_something_else_does_not_exist():
    _story, _request, url = renamed()
    _other, request, _url = renamed()
    client = client_of(certifier())
    assert client.get(f"{url}files/{request.documents.get().pk}/").status_code == 404
    assert client.get("/admin/accounts/certificationrequest/999999/files/1/").status_code == 404
    assert client.post(f"{url}do/bless/", {}).status_code == 404
    assert client.get(f"{url}do/approve/").status_code == 405


def test_sc_23_no_admin_page_offers_a_way_back_to_an_individual():
    story = make_story("alibaba")
    client = client_of(admin_data.administrator())
    for url in (
        f"/admin/accounts/customeraccount/{story.customer.pk}/change/",
        f"/admin/accounts/certification/{story.customer.certifications.get().pk}/change/",
    ):
        assert 'name="kind"' not in client.get(url).content.decode()
        assert client.post(url, {"kind": "individual"}).status_code == 403
    assert client.get("/admin/accounts/certificationrequest/add/").status_code == 403


def test_sc_22_a_corporate_title_is_decided_with_the_promise_in_sight():
    story = individual()
    application = apply_for_title(
        customer=story.customer, type="enterprise", name="Example Trading Co.", tax_id=OTHER_ID,
        documents=[DOCUMENT], by=story.user, idempotency_key="K", at=NOW,
    )  # fmt: skip
    client, url = client_of(decider()), f"/admin/invoicing/titleapplication/{application.pk}/"
    page = text(client.get(f"{url}change/"))
    assert "Certified as Li Ming" in page
    assert "Promised by" in page
    assert "Corporate titles to decide" in text(client.get("/admin/"))
    client.post(f"{url}do/approve/", {"seen": f"{application.pk}.submitted"})
    assert TitleApplication.objects.get().title.name == "Example Trading Co."


def test_an_old_tax_number_is_entered_with_a_reason():
    story = make_story()
    url = f"/admin/invoicing/invoicetitle/{story.title.pk}/"
    assert client_of(certifier()).get(f"{url}old-number/").status_code == 403
    client = client_of(admin_data.administrator())
    assert "Enter an old tax number" in text(client.get(f"{url}change/"))
    bad = client.post(f"{url}old-number/", {"tax_id": "123", "reason": "r"})
    assert "an old number has 15 or 20 letters and digits" in text(bad)
    client.post(f"{url}old-number/", {"tax_id": "110108123456789", "reason": "Never renewed"})
    story.title.refresh_from_db()
    assert story.title.tax_id == "110108123456789"
