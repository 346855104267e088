"""Forms of staff: sent again they do nothing more and answer the same; without their key they do nothing."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client

from accounts.admin.desk import Desk
from accounts.models import Submission
from ledger.models import ActivationCode, Hold, Lot
from tests.builders import make_story
from tests.doors import admin_data
from tests.doors.console import text
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db
CODES = {
    "count": "3",
    "fund": "voucher",
    "amount": "5",
    "currency": "CNY",
    "valid_until": "2027-05-01T00:00",
}
HOLD = {"amount": "40", "reason": "Court order", "source": "7"}
GRANT = {
    "fund": "coupon",
    "amount": "12.50",
    "reference": "case-1",
    "expires_at": "2027-05-01T00:00",
}
FORMS = {
    "/admin/ledger/lot/grant/": (Lot, GRANT, 1),
    "/admin/ledger/hold/place/": (Hold, HOLD, 1),
    "/admin/ledger/activationcode/create/": (ActivationCode, CODES, 3),
}


@pytest.fixture
def client():
    client = Client()
    client.force_login(admin_data.administrator())
    return client


def key_of(page) -> str:
    return re.search(r'name="submission" value="([^"]+)"', page.content.decode())[1]


@pytest.mark.parametrize("page", FORMS)
def test_back_and_press_again_creates_nothing_more(client, page):
    model, typed, count = FORMS[page]
    story = make_story()
    story.recharge("1000.00", "2026-03-01 09:00")
    before = model.objects.count()
    shown = client.get(page)
    address = shown.wsgi_request.get_full_path()
    sent = {**typed, "customer": story.customer.code, "submission": key_of(shown)}
    first = client.post(page, sent)
    assert first.status_code in {200, 302}, text(first)
    assert key_of(client.get(address)) == sent["submission"]  # Back opens the address anew
    done = fingerprint()
    second = client.post(page, sent)
    assert (second.status_code, second["Location"]) == (302, Submission.objects.get().answer)
    assert fingerprint() == done
    assert model.objects.count() == before + count


def routes():
    """Every address of a desk that takes a form."""
    for shown in admin.site._registry.values():
        if isinstance(shown, Desk):
            for route in shown._all_routes():
                if route.only != "GET":
                    yield shown, route


def test_a_form_without_its_key_does_nothing_at_any_desk(client):
    admin_data.everything(0)
    before = fingerprint()
    tried = 0
    for shown, route in routes():
        names = re.findall(r"<(?:\w+:)?(\w+)>", route.address)
        row = shown.model._default_manager.order_by("-pk").first()
        known = {"pk": row.pk, "ticket_id": 1, "base": "standard"}
        choices = getattr(shown, "decisions", None) or {"approve": None}
        for name in choices:
            arguments = [known.get(one, name) for one in names]
            client.post(shown.url(route.name, *arguments), {"submission": ""})
            tried += 1
    assert tried > 30
    assert fingerprint() == before


@pytest.mark.parametrize("folder", ["admin", "accounts", "ledger", "invoicing"])
def test_every_form_that_is_posted_carries_its_key(folder):
    for page in Path(settings.BASE_DIR, "templates", folder).rglob("*.html"):
        written = page.read_text()
        if page.name == "login.html":  # nobody is known yet
            continue
        assert written.count("{% csrf_token %}") == written.count("{% form_keys %}"), page
