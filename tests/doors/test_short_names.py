"""A tax category without a short name prints no stars, on paper and on pages (B46)."""

import pytest

from invoicing.documents.files import render_files
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.documents.xml_reading import read_einvoice
from ledger.models import TaxCategory
from ledger.services.orders import refunding
from tests.builders import make_story, yuan
from tests.documents.reading import text as printed_text
from tests.doors.console import NOW, sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def test_no_page_and_no_document_shows_stars_without_a_name():
    story = make_story("standard")
    TaxCategory.objects.update(short_name="", content="云服务")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    application = story.issue(story.ask("2026-03-02 10:00", amount="100.00"), "2026-03-02 11:00")
    charge = story.customer.charges.get()
    refunding.refund_charge(
        charge=charge, amount=yuan("40.00"), reason="unsubscribe", reference="R1", at=NOW
    )
    client = sign_in(story)
    for page in (f"applications/{application.pk}/", "deficits/"):
        shown = text(client.get(page))
        assert "云服务" in shown
        assert "**" not in shown
    snapshot = InvoiceSnapshot.from_json(application.invoices.get().snapshot)
    files = render_files(snapshot).files
    assert read_einvoice(files["xml"]).lines[0].content == "云服务"
    assert "**" not in files["xml"].decode()
    printed = printed_text(files["pdf"])
    assert "云服务" in printed
    assert "**" not in printed
