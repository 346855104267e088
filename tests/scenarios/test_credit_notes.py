"""Scenarios 6: credit notes and returns."""

from datetime import timedelta

import pytest

from accounts.services.closing import mark_closed
from accounts.services.recipients import change_address
from invoicing.documents.files import render_files
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import CreditRequest, Invoice
from invoicing.services import crediting, filing, titles
from invoicing.services.invoice_actions import available_invoice_actions
from ledger.models import InvoicingEntity
from tests.invoicing.paper_stage import reviewer
from tests.refusing import refused
from tests.scenarios.stage import ALL


def issued(stage, profile="standard", amount="500.00", **fields):
    """An order of S6 invoiced in full."""
    story = stage(profile)
    story.paid_order("O1", amount, "2026-03-01 10:00")
    story.do("advance", to="2026-04-04T00:00")
    if profile == "kingsoft":
        story.apply("A1", method="month", months=["2026-03"], confirm_amount=amount)
    else:
        story.apply("A1", method="order", orders=["O1"], **fields)
    story.issue("A1")
    return story


def credit(story, ref="CR1", amount=None, reason="sales_return", **fields):
    asked = story.do(
        "request_credit", ref=ref, invoice="A1/1", reason=reason, amount=amount, **fields
    )
    assert asked == {"status": "crediting"}
    return story.do("decide_credit", credit=ref, approve=True)


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_79_an_electronic_invoice_is_credited(stage, profile):
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


def test_sc_81_no_more_is_credited_than_was_invoiced(stage):
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


@pytest.mark.parametrize(("profile", "kind"), [("baidu", "special"), ("kingsoft", "general")])
def test_sc_83_paper_must_come_back(stage, profile, kind):
    story = issued(stage, profile, kind=kind, medium="paper")
    asked = story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert asked == {"status": "awaiting_original"}
    early = story.refused("decide_credit", credit="CR1", approve=True)
    assert (early["refused"], story.open()) == ("wrong_state", "0.00")
    collect = story.refused(
        "receive_return", credit="CR1", forms=["invoice", "deduction"], freight_collect=True
    )
    assert collect["refused"] == "freight_collect"
    if kind == "special":
        half = story.refused("receive_return", credit="CR1", forms=["invoice"])
        assert half["refused"] == "forms_incomplete"
    came = story.do("receive_return", credit="CR1", forms=["invoice", "deduction"])
    assert came == {"status": "crediting"}
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"
    assert story.open() == "500.00"


@pytest.mark.parametrize("profile", ["baidu", "kingsoft"])
def test_sc_83_the_original_may_come_before_the_request(stage, profile):
    story = issued(
        stage, profile, kind="special" if profile == "baidu" else "general", medium="paper"
    )
    arrived = crediting.receive_original(
        invoice=story.story.find("invoice", "A1/1"),
        forms=["invoice", "deduction"],
        freight_collect=False,
        actor=None,
        at=story.story.now,
    )
    assert arrived.request is None  # it awaits the online application
    assert (story.ask("invoice", invoice="A1/1")["status"], story.open()) == ("issued", "0.00")
    asked = story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert asked == {"status": "crediting"}
    story.do("decide_credit", credit="CR1", approve=True)
    assert story.open() == "500.00"


def test_d13_a_return_that_ends_after_closing_is_credited_and_its_amount_lapses(stage):
    story = issued(stage, "baidu", kind="special", medium="paper")
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="sales_return")
    mark_closed(story.customer, by=None, reason="", at=story.story.now)
    story.do("receive_return", credit="CR1", forms=["invoice", "deduction"])
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"
    assert story.ask("invoice", invoice="A1/1")["status"] == "credited"
    lapsed = story.refused("apply", ref="A2", account="acme", method="order", orders=["O1"])
    assert lapsed["refused"] == "account_closed"


def test_k21_a_certified_special_invoice_needs_the_form(stage):
    story = issued(stage, "baidu", kind="special", medium="paper")
    ask = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "certified": True}
    assert story.refused("request_credit", **ask)["refused"] == "form_required"
    story.do("request_credit", **ask, form_number="3301026030000123")


def test_sc_85_a_recorded_special_invoice_needs_its_confirmation(stage):
    story = issued(stage, "alibaba", kind="special")
    ask = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "recorded": True}
    assert story.refused("request_credit", **ask)["refused"] == "form_required"
    form = "33010226030010000017"
    part = story.refused("request_credit", **ask, form_number=form, amount="100.00")
    assert part["refused"] == "full_credit_only"
    story.do("request_credit", **ask, form_number=form)
    start = story.story.now
    story.do("advance", to=(start.replace(day=start.day + 3)).isoformat())
    assert story.ask("invoice", invoice="A1/1")["status"] == "issued"
    topics = [row["topic"] for row in story.ask("messages", account="acme")["messages"]]
    assert topics.count("credit_expired") == 3
    late = story.refused("decide_credit", credit="CR1", approve=True)
    assert late["refused"] == "wrong_state"


def test_sc_85_once_the_72_hours_are_over_nothing_offers_to_credit_even_before_the_sweep(stage):
    story = issued(stage, "alibaba", kind="special")
    story.do(
        "request_credit", ref="CR1", invoice="A1/1", reason="sales_return", recorded=True,
        form_number="33010226030010000017",
    )  # fmt: skip
    invoice, request = Invoice.objects.get(), CreditRequest.objects.get()
    by, moment = reviewer(), request.confirm_by - timedelta(seconds=1)
    assert offers(invoice, by, moment) == {"approve_credit", "refuse_credit"}
    assert offers(invoice, by, request.confirm_by) == {"refuse_credit"}
    refusal = refused(
        "wrong_state",
        lambda: crediting.approve_credit(request=request, reviewer=by, at=request.confirm_by),
    )
    assert refusal.values == {"state": "Not confirmed in time"}
    crediting.expire_confirmations(at=request.confirm_by)
    invoice.refresh_from_db()
    assert offers(invoice, by, request.confirm_by) == set()
    clerk = story.customer.users.get()
    assert "request_credit" in offers(invoice, clerk, request.confirm_by)


def offers(invoice, actor, moment):
    """The actions that are allowed."""
    found = available_invoice_actions(invoice, actor, moment)
    return {action.name for action in found if action.allowed}


def test_the_72_hours_of_a_booked_paper_invoice_begin_when_its_original_is_back(stage):
    story = issued(stage, "baidu", kind="special", medium="paper")
    asked = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "recorded": True}
    story.do("request_credit", **asked, form_number="3301026030000123")
    week = (story.story.now + timedelta(days=7)).isoformat()
    story.do("receive_return", week, credit="CR1", forms=["invoice", "deduction"])
    story.do("advance", to=(story.story.now + timedelta(hours=71)).isoformat())
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"


def test_a_reissue_leaves_out_what_was_credited_before(stage):
    story = issued(stage)
    credit(story, amount="200.00", reason="sales_discount")
    again = story.do("reissue", ref="A2", invoice="A1/1", remarks="corrected")
    assert again["total"] == "300.00"
    assert story.open() == "200.00"


def test_sc_86_reissue_leaves_no_gap(stage):
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


def test_sc_88_the_month_reopens(stage):
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
    titles.save_title(
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


@pytest.mark.parametrize("profile", ALL)
def test_sc_60_a_credit_clears_the_deficit(stage, profile):
    story = issued(stage, profile, "1200.00")
    story.do("refund", order="O1", amount="200.00")
    assert story.deficit() == "200.00"
    assert (
        story.refused("withdraw", account="acme", amount="200.00")["refused"] == "withdrawal_held"
    )
    paper = story.ask("invoice", invoice="A1/1")["number"] and profile == "kingsoft"
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="sales_return")
    if paper:
        story.do("receive_return", credit="CR1", forms=["invoice"])
    story.do("decide_credit", credit="CR1", approve=True)
    assert (story.deficit(), story.open()) == ("0.00", "1000.00")
    story.do("withdraw", account="acme", amount="200.00")


def test_c24_a_credit_releases_its_offsets_until_nothing_is_needless(stage):
    story = issued(stage, "alibaba", "1000.00")
    story.do("refund", order="O1", amount="300.00")
    story.paid_order("O2", "500.00")
    story.do("offset", account="acme")  # O2 gives 300 to O1
    story.apply("A2", method="order", orders=["O2"])
    story.issue("A2")
    story.do("refund", order="O2", amount="200.00")  # a deficit of its own
    story.paid_order("O3", "400.00")
    story.do("offset", account="acme")  # O3 gives 200 to O2
    assert [story.item(o)["open"] for o in ("O1", "O2", "O3")] == ["0.00", "0.00", "200.00"]
    credit(story)
    items = {of: story.item(of) for of in ("O1", "O2", "O3")}
    assert (items["O1"]["offset_received"], items["O1"]["open"]) == ("0.00", "700.00")
    assert (items["O2"]["offset_given"], items["O2"]["offset_received"]) == ("0.00", "0.00")
    assert (items["O2"]["open"], items["O3"]["open"]) == ("100.00", "400.00")
    assert story.deficit() == "0.00"


def test_a_withdrawn_application_gives_its_offsets_back(stage):
    story = issued(stage, "standard", "1200.00")
    story.do("refund", order="O1", amount="200.00")
    story.paid_order("O2", "500.00")
    story.apply("A2", method="order", orders=["O2"])
    assert (story.open(), story.deficit()) == ("0.00", "0.00")
    story.do("cancel", application="A2")
    assert (story.open(), story.deficit()) == ("500.00", "200.00")


def test_d3_a_refund_cancels_an_unclaimed_application(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.paid_order("O2", "300.00")
    story.apply("A1", method="order", orders=["O1", "O2"])
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "0.00"}
    assert story.ask("application", application="A1")["status"] == "withdrawn"
    assert (story.open(), story.deficit()) == ("900.00", "0.00")
    story.do("advance", to="2026-03-01T11:00")
    topics = {row["topic"] for row in story.ask("messages", account="acme")["messages"]}
    assert "application_cancelled" in topics


def test_d3_a_claimed_application_goes_on_and_the_deficit_opens(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("claim", application="A1")
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "400.00"}
    story.issue("A1")
    assert (story.open(), story.deficit()) == ("0.00", "400.00")
    assert story.ask("invoice", invoice="A1/1")["gross"] == "1000.00"


def test_d2_a_refund_eats_the_uninvoiced_part_first(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="amount", amount="600.00")
    story.issue("A1")
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "0.00"}
    assert (story.open(), story.deficit()) == ("0.00", "0.00")
