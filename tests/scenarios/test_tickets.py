"""Scenarios where somebody has to be asked: addresses, closing, overseas, lost invoices, waiting too long."""

import pytest

from accounts.domain.file_content import CleanFile
from accounts.models import AuditRecord, Ticket
from accounts.services import tickets
from invoicing.models import AutoInvoicing, InvoiceableItem, InvoiceLine, Proforma
from invoicing.queries.closing import checklist
from invoicing.services.issuing.copying import certificates, grant_copy
from invoicing.services.overseas import drafting
from invoicing.services.overseas.proforma import confirm_proforma, request_proforma, seal_proforma
from invoicing.services.reviewing.mailing import change_mailing_address
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import make_reviewer
from tests.doors.console import Browser, confirm, submit, text
from tests.refusing import refused
from tests.scenarios.stage import ALL

FILE = CleanFile("scan.pdf", "application/pdf", PDF)


def clerk(story):
    return story.customer.users.get()


def browser(story) -> Browser:
    person = clerk(story)
    client = Browser(person.memberships.get().customer.code)
    client.force_login(person)
    return client


def freeze(monkeypatch, story):
    """The doors' clock is the story's."""
    for module in ("applications", "asking", "proforma"):
        monkeypatch.setattr(f"invoicing.views.{module}.moment", lambda: story.story.now)


def new_ticket(topic, about):
    return f"tickets/new/?topic={topic}&amp;about={about}"


def asked(stage, profile, **fields):
    story = stage(profile)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    story.apply("A1", "2026-03-02 10:00", method="order", orders=["O1"], **fields)
    return story


def test_sc_43_content_rate_and_quantity_of_a_post_change_nothing_and_are_logged(
    stage, monkeypatch
):  # A25
    story = stage("alibaba")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.do("advance", to="2026-03-02 10:00")
    freeze(monkeypatch, story)
    client = browser(story)
    page = confirm(client, method="order", source=[InvoiceableItem.objects.get().source])
    answer = submit(client, page, rate="0.03", content="咨询\0", quantity="7")
    assert answer.status_code == 302
    line = InvoiceLine.objects.get()
    assert (str(line.rate), line.content) == ("0.0600", "S6")
    logged = AuditRecord.objects.get(action="fixed_fields")
    assert logged.actor == clerk(story)
    assert logged.before == {"lines": [{"content": "S6", "rate": "0.0600"}]}
    assert logged.after == {"sent": {"content": ["咨询"], "quantity": ["7"], "rate": ["0.03"]}}


def test_an_ordinary_submit_is_not_logged(stage, monkeypatch):
    story = stage("alibaba")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.do("advance", to="2026-03-02 10:00")
    freeze(monkeypatch, story)
    client = browser(story)
    page = confirm(client, method="order", source=[InvoiceableItem.objects.get().source])
    assert submit(client, page).status_code == 302
    assert not AuditRecord.objects.filter(action="fixed_fields").exists()


@pytest.mark.parametrize("state", ["claimed", "approved", "issued"])
def test_sc_71_what_cannot_be_cancelled_leads_to_a_ticket(stage, monkeypatch, state):  # B17, D15
    story = asked(stage, "baidu")
    story.do("claim", application="A1", reviewer="wang")
    if state != "claimed":
        story.do("approve", application="A1", reviewer="wang")
    if state == "issued":
        story.do("issue", application="A1")
    freeze(monkeypatch, story)
    found = story.application("A1")
    link = new_ticket("application", found.number)
    url = browser(story).page("invoicing:withdraw", found.pk)
    for answer in (browser(story).get(url), browser(story).post(url)):
        assert link in answer.content.decode()
    page = browser(story).get(link.replace("&amp;", "&"))
    assert f'value="{found.number}"' in page.content.decode()
    assert f"Change or cancel an application: {found.number}" in page.content.decode()


def test_kingsoft_never_cancels_but_answers_a_ticket(stage, monkeypatch):
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.apply(
        "A1", "2026-04-04 00:00", method="month", months=["2026-03"], confirm_amount="150.00"
    )
    freeze(monkeypatch, story)
    found = story.application("A1")
    page = browser(story).get(browser(story).page("invoicing:application", found.pk))
    assert new_ticket("application", found.number) in page.content.decode()


def test_sc_77_an_address_is_fixed_after_submitting_and_changed_by_a_reviewer(stage, monkeypatch):
    # B48, B49
    story = stage("baidu")
    story.do("address", ref="new", account="acme", line="2 River Road", default=True)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    story.apply(
        "A1", "2026-03-02 10:00", method="order", orders=["O1"], kind="special", medium="paper"
    )
    found = story.application("A1")
    assert found.mailing_address == "Li Ming, 13800000001, 2 River Road"
    wanted = "Wang Fang, 13900000000, 9 Harbour Road"
    change = {"application": found, "address": wanted, "at": story.story.now}
    refused("address_fixed", lambda: change_mailing_address(by=clerk(story), **change))
    freeze(monkeypatch, story)
    page = browser(story).get(browser(story).page("invoicing:application", found.pk))
    assert new_ticket("address", found.number) in page.content.decode()
    reviewer = make_reviewer()
    change_mailing_address(by=reviewer, **change)
    logged = AuditRecord.objects.get(action="mailing_address")
    assert (logged.actor, logged.about) == (reviewer, found.number)
    assert logged.before == {"mailing_address": "Li Ming, 13800000001, 2 River Road"}
    assert logged.after == {"mailing_address": wanted}


@pytest.mark.parametrize("profile", ALL)
def test_sc_108_a_closed_account_reads_but_does_not_ask(stage, monkeypatch, profile):  # A58, C32
    story = stage(profile)
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.do("advance", to="2026-04-04 00:00")
    months = {"method": "month", "months": ["2026-03"]}
    if profile == "kingsoft":
        story.apply("A1", **months, confirm_amount="1000.00")
    else:
        story.apply("A1", method="order", orders=["O1"])
    story.issue("A1")
    story.paid_order("O2", "700.00", "2026-04-04 01:00")
    story.do("advance", to="2026-05-04 00:00")
    assert checklist(story.customer, story.story.now).open == 700
    assert story.open() == "700.00"
    assert story.do("close_account", account="acme") == {}
    assert story.do("close_account", account="acme") == {}
    wish = {"method": "month", "months": ["2026-04"], "confirm_amount": "700.00"}
    assert story.refused("apply", account="acme", ref="A2", **wish)["refused"] == "account_closed"
    refusal = story.refused("order", account="acme", ref="O3", amount="1.00", tax_key="S6")
    assert refusal["refused"] == "account_closed"
    assert story.open() == "0.00"  # lapsed with the account (D13)
    freeze(monkeypatch, story)
    client = browser(story)
    application = story.application("A1")
    assert (
        client.get(browser(story).page("invoicing:application", application.pk)).status_code == 200
    )
    assert client.get(browser(story).page("ledger:statement")).status_code == 200
    invoice = application.invoices.get()
    file = browser(story).page("invoicing:invoice_file", invoice.pk, invoice.number, "pdf")
    assert invoice.files.exists()
    assert client.get(file).status_code == 200
    assert "This account is closed." in text(client.get("invoices/new/"))


def test_closing_ends_auto_invoicing(stage):
    story = stage("alibaba")
    story.do("auto_invoicing", account="acme", enabled=True)
    story.paid_order("O1", "700.00", "2026-01-03 10:00")
    story.do("close_account", "2026-02-01 00:00", account="acme")
    story.do("advance", to="2026-02-06 00:00")
    (run,) = story.ask("auto_runs", month="2026-01")["runs"] or [{"result": "disabled"}]
    assert run["result"] == "disabled"
    assert AutoInvoicing.objects.get().pause_reason == "account_closed"


def test_sc_110_an_overseas_customer_gets_a_sealed_proforma_by_ticket(stage, monkeypatch):
    monkeypatch.setattr(drafting.pdf, "render_proforma", lambda s: s.digest().encode())
    story = stage("standard", region="HK")
    story.recharge("500.00", "2026-03-01 09:00")
    story.do("bill", ref="B1", account="acme", amount="100.00", tax_key="S6")
    story.do("advance", to="2026-03-05 00:00")
    refusal = story.refused("apply", account="acme", ref="A1", method="amount", amount="100.00")
    assert refusal["refused"] == "overseas_proforma_only"
    freeze(monkeypatch, story)
    client, now = browser(story), story.story.now
    assert "special" not in text(client.get("invoices/new/")).lower()
    before = story.ask("items", account="acme")
    bill = story.story.find("bill", "B1")
    client.post(browser(story).page("invoicing:get_proforma", bill.pk))
    ticket, proforma = Ticket.objects.get(), Proforma.objects.get()
    assert (ticket.topic, ticket.about, proforma.status) == ("proforma", bill.number, "draft")
    assert request_proforma(sold=bill, by=clerk(story), at=now) == [proforma]
    confirm_proforma(proforma=proforma, by=clerk(story), at=now)
    seal_proforma(proforma=proforma, scan=FILE, by=make_support(), at=now)
    proforma.refresh_from_db()
    assert proforma.status == "sealed"
    assert proforma.sealed_scan in ticket.messages.order_by("pk").last().files.all()
    page = client.get(browser(story).page("accounts:ticket", ticket.pk)).content.decode()
    scan = browser(story).page("invoicing:proforma_scan", proforma.pk, proforma.number)
    assert scan in page
    assert b"".join(client.get(scan).streaming_content) == PDF
    assert story.ask("items", account="acme") == before


def test_sc_111_a_lost_invoice_needs_its_certificate(stage, monkeypatch):  # B63
    story = asked(stage, "standard")
    story.issue("A1")
    invoice = story.application("A1").invoices.get()
    wish = {
        "customer": story.customer, "topic": "lost_invoice", "subject": "Lost", "text": "Lost.",
        "about": invoice.number, "by": clerk(story), "idempotency_key": "K", "at": story.story.now,
    }  # fmt: skip
    refused("materials_missing", lambda: tickets.open_ticket(**wish))
    ticket = tickets.open_ticket(files=[FILE], **wish)
    (certificate,) = certificates(ticket)
    copy = browser(story).page("invoicing:invoice_copy", invoice.pk, invoice.number)
    assert browser(story).get(copy).status_code == 404
    grant_copy(
        ticket=ticket, number=ticket.about, certificate_id=certificate.pk, by=make_support(),
        at=story.story.now,
    )  # fmt: skip
    invoice.refresh_from_db()
    assert invoice.status == "issued"
    page = browser(story).get(browser(story).page("accounts:ticket", ticket.pk)).content.decode()
    assert copy in page
    monkeypatch.undo()
    content = b"".join(browser(story).get(copy).streaming_content)
    assert content.startswith(b"%PDF-")


@pytest.mark.parametrize("profile", ["baidu", "alibaba"])
def test_sc_113_an_invoice_that_takes_too_long_says_whom_to_ask(stage, monkeypatch, profile):  # A60
    story = asked(stage, profile)
    story.do("approve", application="A1")
    found = story.application("A1")
    assert found.issue_breach_at is not None
    type(found).objects.filter(pk=found.pk).update(issue_at=None)  # the channel is silent
    freeze(monkeypatch, story)
    url = browser(story).page("invoicing:application", found.pk)
    link = new_ticket("waiting", found.number)
    assert link not in browser(story).get(url).content.decode()
    story.story.now = found.issue_breach_at.replace(microsecond=1)
    page = browser(story).get(url)
    assert link in page.content.decode()
    assert f"Contact support and name the reference {found.number}" in text(page)
