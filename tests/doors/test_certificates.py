"""Paper that is lost or sent back: templates of the certificates, where it goes, and why (B20, B63, K22, K23)."""

import pytest

from accounts.models import Certification
from invoicing.models import CreditRequest, Invoice
from invoicing.services.crediting import originals, requests, rules
from ledger.models import InvoicingEntity
from tests.builders import make_story, yuan
from tests.doors.console import NOW, confirm, fields, sign_in, submit, text
from tests.doors.test_credits import client_of, decider
from tests.refusing import refused
from tests.unguarded import unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
COMPANY = {"tax_id": "91330106MA2CFLT7XP", "address": "9 Hill Road", "phone": "0571-55550100",
           "bank": "Star Bank", "bank_account": "110000000001"}  # fmt: skip


def special(profile="baidu", medium="paper"):
    """An issued special invoice of 500.00."""
    story = make_story(profile)
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("500.00", "2026-03-01 10:00")
    story.customer.titles.update(**COMPANY)
    asked = story.ask(
        "2026-03-18 10:00", method="order", sources=(order.number,), kind="special", medium=medium
    )
    return story, story.issue(asked, "2026-03-18 11:00").invoices.get()


def test_b20_a_special_paper_invoice_comes_back_with_a_rejection_certificate():
    story, invoice = special()
    assert rules.forms_of(invoice) == ("invoice", "deduction", "rejection")
    client = sign_in(story)
    page = client.get(f"invoices/{invoice.pk}/credit/")
    assert "Enclose an invoice rejection certificate" in text(page)
    template = client.page("invoicing:certificate", invoice.pk, "rejection")
    assert template in page.content.decode()
    said = text(client.get(template))
    for words in (
        "发票拒收证明",
        invoice.number,
        "Acme Ltd",
        COMPANY["tax_id"],
        "500.00",
        invoice.entity.name,
    ):
        assert words in said
    arrived = {"freight_collect": False, "actor": decider(), "at": NOW}
    request = requests.request_credit(
        invoice=invoice, reason="sales_return", actor=story.user, at=NOW, idempotency_key="K"
    )
    desk = f"/admin/invoicing/creditrequest/{request.pk}/change/"
    assert "Invoice rejection certificate missing" in text(client_of(decider("other")).get(desk))
    originals.receive_original(invoice=invoice, forms=rules.forms_of(invoice), **arrived)
    assert "Invoice rejection certificate enclosed" in text(client_of(decider("third")).get(desk))


def test_elsewhere_no_certificate_is_asked_for():
    _story, invoice = special("standard")
    assert rules.forms_of(invoice) == ("invoice", "deduction")


def test_b63_paper_can_be_lost_and_the_ticket_knows_which():
    story, invoice = special()
    client = sign_in(story)
    page = client.get(f"applications/{invoice.application_id}/")
    template = client.page("invoicing:certificate", invoice.pk, "loss")
    assert "Lost it?" in text(page)
    assert template in page.content.decode()
    shown = client.get(template)
    assert "发票遗失证明" in text(shown)
    assert f"?topic=lost_invoice&amp;about={invoice.number}" in shown.content.decode()


def test_a_file_is_never_lost_and_nobody_prints_what_is_of_others():
    story, invoice = special("standard", medium="electronic")
    client = sign_in(story)
    assert "Lost it?" not in text(client.get(f"applications/{invoice.application_id}/"))
    other, paper = special()
    for own, pk, kind in (
        (client, invoice.pk, "loss"),
        (client, paper.pk, "loss"),
        (sign_in(other), paper.pk, "x"),
    ):
        assert own.get(f"invoices/{pk}/certificates/{kind}/").status_code == 404


def test_k22_returns_go_to_an_address_of_their_own():
    story, invoice = special("standard")
    client, entity = sign_in(story), invoice.entity
    own = f"{entity.name}, {entity.address}, {entity.phone}"
    assert f"Mail the undamaged original to: {own}" in text(
        client.get(f"invoices/{invoice.pk}/credit/")
    )
    InvoicingEntity.objects.update(
        return_recipient="退票组", return_address="北京市海淀区星河路 2 号", return_postcode="100000", return_phone="010-55550101"
    )  # fmt: skip
    said = text(client.get(f"invoices/{invoice.pk}/credit/"))
    assert (
        "Mail the undamaged original to: 退票组, 北京市海淀区星河路 2 号 100000, 010-55550101"
        in said
    )


def test_k23_the_reason_is_told_in_own_words():
    story, invoice = special("standard", medium="electronic")
    client, page = sign_in(story), f"invoices/{invoice.pk}/credit/"
    typed = fields(client.get(page)) | {
        "reason": "sales_return",
        "note": "Wrong  department",
        "amount": "500.00",
    }
    asked = client.post(page, typed)
    assert "This is what happens" in text(asked)
    client.post(page, fields(asked))
    request = CreditRequest.objects.get()
    assert (request.note, request.amount) == ("Wrong department", yuan("500.00"))
    assert "Wrong department" in text(client.get(f"credits/{request.pk}/"))
    desk = client_of(decider()).get(f"/admin/invoicing/creditrequest/{request.pk}/change/")
    assert "In the customer's words Wrong department" in text(desk)


def test_the_same_request_with_another_reason_is_another_request():
    story, _invoice = special("standard", medium="electronic")
    asked = {
        "invoice": Invoice.objects.get(), "reason": "sales_return", "actor": story.user, "at": NOW,
        "idempotency_key": "K",
    }  # fmt: skip
    requests.request_credit(**asked, note="one")
    refused("reference_conflict", lambda: requests.request_credit(**asked, note="two"))


def test_k09_the_console_asks_for_no_certification_where_the_profile_wants_none():
    story = make_story("kingsoft")
    story.recharge("500.00", "2026-01-01 09:00")
    story.order("100.00", "2026-01-10 10:00")
    with unguarded() as cursor:
        Certification.objects.all().delete()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    client = sign_in(story)
    page = confirm(client, method="month", month="2026-01")
    assert "Equals your certification" not in text(page)
    answer = submit(client, page, confirm_amount="100.00")
    assert answer.status_code == 302, text(answer)
