"""Credit notes and returns."""

import pytest

from accounts.services.recipients import change_address
from invoicing.documents.files import render_files
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.services.issuing import filing
from invoicing.services.titles import keeping
from ledger.models import InvoicingEntity
from tests.scenarios.invoiced import credit, issued


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_79_an_electronic_invoice_is_credited(stage, profile):  # A30, A31, A49, B22
    story = issued(stage, profile)
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert story.ask("invoice", invoice="A1/1")["status"] == "crediting"
    assert story.open() == "0.00"
    decided = story.do("decide_credit", credit="CR1", approve=True)
    assert decided["status"] == "credited"
    original = story.ask("invoice", invoice="A1/1")
    assert (original["status"], original["credited"]) == ("credited", "500.00")
    note = story.ask("invoice", invoice="A1/1/C1")
    assert (note["net"], note["tax"], note["gross"]) == ("-471.70", "-28.30", "-500.00")
    assert (note["number"], note["of"]) == (decided["number"], "A1/1")
    assert note["number"] != original["number"]
    assert story.open() == "500.00"


def test_sc_81_no_more_is_credited_than_was_invoiced(stage):  # A49, D16
    story = issued(stage)
    assert credit(story, amount="400.00")["status"] == "credited"
    part = story.ask("invoice", invoice="A1/1")
    assert (part["status"], part["credited"]) == ("issued", "400.00")
    over = story.refused(
        "request_credit", ref="CR2", invoice="A1/1", reason="sales_return", amount="100.01"
    )
    assert over["refused"] == "over_credit"
    credit(story, ref="CR2", amount="100.00")
    assert story.ask("invoice", invoice="A1/1")["status"] == "credited"
    notes = [story.ask("invoice", invoice=f"A1/1/C{n}") for n in (1, 2)]
    assert [(n["net"], n["tax"]) for n in notes] == [("-377.36", "-22.64"), ("-94.34", "-5.66")]
    assert story.open() == "500.00"


def test_any_sequence_of_partial_credits_closes_at_zero(stage):
    story = issued(stage, amount="100.00")
    for n, amount in enumerate(["33.33", "33.33", "33.34"], start=1):
        credit(story, ref=f"CR{n}", amount=amount)
    notes = [story.ask("invoice", invoice=f"A1/1/C{n}") for n in (1, 2, 3)]
    assert [(n["net"], n["tax"]) for n in notes] == [
        ("-31.44", "-1.89"),
        ("-31.45", "-1.88"),
        ("-31.45", "-1.89"),
    ]
    assert story.ask("invoice", invoice="A1/1")["status"] == "credited"


def test_a_wrong_invoice_is_credited_in_full_only(stage):
    story = issued(stage)
    refusal = story.refused(
        "request_credit", ref="CR1", invoice="A1/1", reason="issue_error", amount="100.00"
    )
    assert refusal["refused"] == "full_credit_only"


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_82_a_refused_credit_changes_nothing(stage, profile):
    story = issued(stage, profile)
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    missing = story.refused("decide_credit", credit="CR1", approve=False)
    assert missing["refused"] == "reason_required"
    story.do("decide_credit", credit="CR1", approve=False, reason="It is right as it is")
    assert story.ask("invoice", invoice="A1/1")["status"] == "issued"
    assert (story.open(), story.item("O1")["invoiced"]) == ("0.00", "500.00")


def test_one_credit_at_a_time(stage):
    story = issued(stage)
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="sales_return", amount="10.00")
    refusal = story.refused("request_credit", ref="CR2", invoice="A1/1", reason="sales_return")
    assert refusal["refused"] == "wrong_state"


def test_a_reissue_leaves_out_what_was_credited_before(stage):
    story = issued(stage)
    credit(story, amount="200.00", reason="sales_discount")
    again = story.do("reissue", ref="A2", invoice="A1/1", remarks="corrected")
    assert again["total"] == "300.00"
    assert story.open() == "200.00"


def test_sc_86_reissue_leaves_no_gap(stage):  # A49, B55
    story = issued(stage)
    story.do(
        "title",
        ref="T2",
        account="acme",
        type="enterprise",
        name="Acme Ltd",
        tax_id="91330106MA2CFLT7XP",
    )
    again = story.do("reissue", ref="A2", invoice="A1/1", title="T2", remarks="corrected")
    assert (again["total"], again["invoices"]) == ("500.00", ["A2/1"])
    assert story.ask("invoice", invoice="A1/1")["status"] == "credited"
    assert (story.open(), story.item("O1")["reserved"]) == ("0.00", "500.00")
    refusal = story.refused("apply", ref="A3", account="acme", method="order", orders=["O1"])
    assert refusal["refused"] == "insufficient_invoiceable"
    story.issue("A2")
    assert story.faces("A2") == [("471.70", "28.30", "500.00")]


def test_sc_88_the_month_reopens(stage):  # K15, K25, C08
    story = issued(stage, "kingsoft", "150.00")
    again = {
        "account": "acme",
        "method": "month",
        "months": ["2026-03"],
        "confirm_amount": "150.00",
    }
    assert story.refused("apply", ref="A2", **again)["refused"] == "month_already_invoiced"
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    story.do("receive_return", credit="CR1", forms=["invoice"])
    story.do("decide_credit", credit="CR1", approve=True)
    assert story.open() == "150.00"
    story.do("advance", to="2026-04-20T00:00")
    channels = [
        row["channel"]
        for row in story.ask("messages", account="acme")["messages"]
        if row["topic"] == "invoice_credited"
    ]
    assert channels.count("sms") == 1
    story.do("apply", ref="A2", **again)


def test_sc_89_later_edits_do_not_touch_issued_documents(stage):
    story = issued(stage, "standard", kind="special", medium="paper", remarks="First floor")
    invoice = story.story.find("invoice", "A1/1")
    filing.render(document=invoice, at=story.story.now)
    stored = dict(invoice.files.values_list("format", "sha256"))
    fresh = render_files(InvoiceSnapshot.from_json(invoice.snapshot)).files["pdf"]
    customer, by = story.customer, story.customer.memberships.get().user
    title, address = customer.titles.get(), customer.addresses.get()
    keeping.save_title(
        customer=customer,
        fields={"name": "Acme Holding Ltd", "bank": "Other Bank", "address": "9 Harbour Road"},
        is_default=True,
        by=by,
        at=story.story.now,
        title_id=title.pk,
    )
    change_address(
        customer=customer,
        address_id=address.pk,
        fields={
            "recipient": "Wang Fang",
            "phone": "13900000000",
            "line": "9 Harbour Road",
            "postcode": "",
        },
        is_default=True,
        by=by,
        at=story.story.now,
    )
    InvoicingEntity.objects.update(address="Somewhere else", phone="000")
    invoice.refresh_from_db()
    again = render_files(InvoiceSnapshot.from_json(invoice.snapshot)).files["pdf"]
    assert again == fresh
    assert filing.render(document=invoice, at=story.story.now) == 0
    assert dict(invoice.files.values_list("format", "sha256")) == stored
    for name, sha256 in stored.items():
        assert filing.read(sha256, name) == filing._render(invoice).files[name]
