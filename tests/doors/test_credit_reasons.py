"""Pages about credits and deficits say what happens next: to whoever decides, and to the customer."""

import pytest

from invoicing.models import CreditNote
from ledger.models import Charge
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, yuan
from tests.doors.console import sign_in, text
from tests.doors.test_credits import asked_for, client_of, decider, invoiced

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def test_whoever_decides_sees_what_approving_does():
    story, invoice, _url = invoiced()
    refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("200.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-03 10:00"),
    )
    request = asked_for(story, invoice)
    page = text(client_of(decider()).get(f"/admin/invoicing/creditrequest/{request.pk}/change/"))
    assert (
        "If it is approved Credit note, without tax −471.70 Tax −28.30 Credit note −500.00" in page
    )
    assert "Can be invoiced again 300.00 Deficit that ends 200.00" in page
    assert not CreditNote.objects.exists()
    request.refresh_from_db()
    assert request.status == "crediting"


def test_deficits_that_nothing_can_offset_say_so_and_what_they_hold_back():
    story, _invoice, _url = invoiced()
    client = sign_in(story)
    assert "There is no deficit: no more is invoiced than you paid for." in text(
        client.get("deficits/")
    )
    refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("200.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-03 10:00"),
    )
    page = text(client.get("deficits/"))
    assert "200.00 of your cash is held back until the deficits end." in page
    assert "Nothing that is open now has the same tax category." in page
    assert "Offset now" not in page


def test_a_refused_request_can_be_made_again(settings):
    settings.CREDIT_DECISION_LIMIT = "1.00"  # above it a person decides
    story, invoice, url = invoiced()
    request = asked_for(story, invoice)
    page = sign_in(story).get(f"credits/{request.pk}/")
    assert "Next: a person decides by" in text(page)
    client_of(decider()).post(
        f"/admin/invoicing/creditrequest/{request.pk}/do/reject/",
        {"seen": f"{request.pk}.crediting", "text": "It is right."},
    )
    client = sign_in(story)
    page = client.get(f"credits/{request.pk}/")
    assert "The invoice is as before." in text(page)
    assert f'href="{client.at(url)}/credit/">Request it again' in page.content.decode()
