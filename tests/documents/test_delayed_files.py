"""A file that cannot be made: delayed for the customer, late with its reason for staff, made when the cause is gone."""

from typing import Any

import pytest

from finance_console.audit import run_audit
from invoicing.documents import files
from invoicing.documents.errors import MissingGlyph
from invoicing.models import Invoice, InvoiceTitle
from invoicing.queries import late
from invoicing.services.issuing import filing
from invoicing.services.watching import watch
from tests.builders import at, make_story
from tests.doors.console import sign_in

pytestmark = pytest.mark.django_db
NOON = at("2026-03-05 12:00")


@pytest.fixture
def story() -> Any:
    story = make_story()
    story.recharge("1000", "2026-03-01 09:00")
    story.order("106.00", "2026-03-02 09:00")
    story.issue(story.ask("2026-03-04 09:00", amount="106.00"), "2026-03-05 10:00")
    return story


def test_files_that_fail_are_delayed_late_and_made_once_the_cause_is_gone(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_snapshot: object) -> files.Rendered:
        raise MissingGlyph("🚀")

    with monkeypatch.context() as cause:
        cause.setattr(filing, "render_files", broken)
        assert filing.render_waiting(at=NOON) == 0
    invoice = Invoice.objects.get()
    assert invoice.filing_problem == "MissingGlyph: No document font can print: 🚀 (U+1F680)."
    assert late.counts(NOON)["files"] == 1
    assert watch(at=NOON) == 1
    client = sign_in(story)
    page = client.get(f"applications/{invoice.application_id}/", follow=True).content.decode()
    assert "Its files are delayed" in page
    assert "being prepared" not in page
    assert filing.render_waiting(at=NOON) == 1
    invoice.refresh_from_db()
    assert (invoice.filed, invoice.filing_problem, late.counts(NOON)["files"]) == (True, "", 0)


@pytest.mark.corrupts
def test_the_audit_names_a_stored_title_that_cannot_be_printed() -> None:
    story = make_story()
    name = "every text that invoices print can be printed"
    assert next(one.rows for one in run_audit() if one.name == name) == ()
    InvoiceTitle.objects.filter(pk=story.title.pk).update(name="Rocket 🚀")
    assert next(one.rows for one in run_audit() if one.name == name) == (
        f"invoice title {story.title.pk}, name: No typeface of invoices has 🚀 (U+1F680)."
        " Write it with another character.",
    )
