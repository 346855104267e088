"""Proformas and commercial invoices as files: made again when lost, as UBL, with the link, signed."""

import pytest
from django.core.files.storage import default_storage

from invoicing.models import Proforma
from invoicing.services.issuing import filing
from invoicing.services.overseas import drafting
from invoicing.services.overseas.proforma import make_proformas, request_proforma
from tests.accounts.test_tickets import make_support
from tests.builders import at, make_story

pytestmark = pytest.mark.django_db


def overseas():
    """A customer abroad with the proforma of one bill."""
    story = make_story("standard", "Harbour Trading Ltd", region="HK")
    story.recharge("100.00", "2026-01-01 09:00")
    bill = story.bill("30.00", "2026-01-03 09:00")
    (made,) = request_proforma(sold=bill, by=story.user, at=at("2026-01-05 09:00"))
    return story, bill, made


def test_a_lost_proforma_is_made_again_with_the_same_bytes():
    _story, _bill, made = overseas()
    before = drafting.pdf_of(made)
    default_storage.delete(filing.path_of(made.sha256))
    assert drafting.pdf_of(made) == before
    assert filing.read(made.sha256) == before


def test_altered_content_is_never_handed_out():
    _story, _bill, made = overseas()
    default_storage.delete(filing.path_of(made.sha256))
    made.snapshot = made.snapshot.replace("Harbour", "Harbor")
    with pytest.raises(filing.FileLost):
        drafting.pdf_of(made)


def test_both_forms_are_there_for_programs_too():
    story, bill, made = overseas()
    ticket = made.ticket
    (commercial,) = make_proformas(
        ticket=ticket,
        sold=bill,
        by=make_support(),
        at=at("2026-01-06 09:00"),
        form=Proforma.Form.COMMERCIAL,
    )
    assert b"325" in drafting.ubl_of(made)
    ubl = drafting.ubl_of(commercial)
    assert b"380" in ubl
    assert made.number.encode() in ubl
    assert story.customer.proformas.count() == 2


def test_the_link_to_check_it_is_frozen_with_it(settings):
    settings.VERIFICATION_BASE_URL, settings.VERIFICATION_KEY = "https://console.example", "k" * 40
    _story, _bill, made = overseas()
    assert drafting.frozen(made).verify_url.startswith(
        f"https://console.example/verify/{made.number}"
    )
