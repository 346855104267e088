"""Credit notes through the doors: the customer asks, the reviewer decides, both see what it does."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Membership, OutboxMessage
from invoicing.models import (
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    InvoiceFile,
    Offset,
    PaperReturn,
)
from invoicing.queries import deficits
from invoicing.services.crediting.requests import request_credit
from invoicing.services.deficits.offsetting import offset_now
from invoicing.services.deficits.undoing import undo_offset
from invoicing.services.issuing import filing
from ledger.models import Charge
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, make_story, make_user, yuan
from tests.doors.console import NOW, fields, sign_in, text
from tests.refusing import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def decider(name="decider"):
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="decide_credit"))
    return user


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invoiced(profile="standard", medium="electronic"):
    """A customer with one issued invoice of 500.00."""
    story = make_story(profile)
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("500.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-02 10:00", method="order", sources=(order.number,), medium=medium)
    invoice = story.issue(asked, "2026-03-02 11:00").invoices.get()
    return story, invoice, f"invoices/{invoice.pk}"


def asked_for(story, invoice, amount="500.00"):
    return request_credit(
        invoice=invoice,
        reason="sales_return",
        amount=yuan(amount),
        actor=story.user,
        at=NOW,
        idempotency_key="K",
    )


def test_the_customer_sees_what_a_credit_does_before_asking():
    story, _invoice, url = invoiced()
    refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("200.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-03 10:00"),
    )
    client = sign_in(story)
    page = client.get(f"{url}/credit/")
    assert "Credit invoice" in text(page)
    sent = {**fields(page), "reason": "sales_return", "amount": "500.00"}
    effect = client.post(f"{url}/credit/", sent)
    seen = text(effect)
    assert "Credit note −500.00" in seen
    assert "Can be invoiced again 300.00" in seen
    assert "Deficit that ends 200.00" in seen
    assert not CreditRequest.objects.exists()
    assert not CreditNote.objects.exists()
    answer = client.post(f"{url}/credit/", fields(effect), follow=True)
    request = CreditRequest.objects.get()
    assert (request.amount, request.status) == (yuan("500.00"), "crediting")
    assert request.number in text(answer)
    again = client.post(f"{url}/credit/", fields(effect))
    assert again["Location"] == client.at(f"credits/{request.pk}/")
    assert CreditRequest.objects.count() == 1


def test_a_refused_amount_keeps_the_form():
    story, _invoice, url = invoiced()
    answer = sign_in(story).post(f"{url}/credit/", {"reason": "sales_return", "amount": "500.01"})
    assert answer.status_code == 422
    assert "At most 500.00 of this invoice can still be credited." in text(answer)


def test_paper_says_where_the_original_goes():  # K22
    story, invoice, url = invoiced(medium="paper")
    client = sign_in(story)
    assert "Mail the undamaged original to" in text(client.get(f"{url}/credit/"))
    request = asked_for(story, invoice)
    page = text(client.get(f"credits/{request.pk}/"))
    assert "Waiting for the original" in page
    assert "Mail the undamaged original to" in page
    desk = client_of(decider())
    admin = f"/admin/invoicing/creditrequest/{request.pk}"
    half = desk.post(f"{admin}/original/", {"freight_collect": "yes"}, follow=True)
    assert "Prepay the postage" in text(half)
    came = desk.post(f"{admin}/original/", {"forms": ["invoice"]}, follow=True)
    assert "The original is registered" in text(came)
    request.refresh_from_db()
    assert request.status == "crediting"


def test_the_desk_lists_what_can_be_decided_and_apart_what_waits_for_its_original():
    requests = [asked_for(*invoiced(medium=medium)[:2]) for medium in ("electronic", "paper")]
    desk, page = client_of(decider()), "/admin/invoicing/creditrequest/"
    for value, shown, other in (("yes", *requests), ("original", *reversed(requests))):
        said = text(desk.get(page, {"waiting": value}))
        assert shown.number in said
        assert other.number not in said
    home = text(desk.get("/admin/"))
    assert "Credits to decide" in home
    assert "Credits that wait for their original" in home


def test_an_original_that_came_before_the_request_is_registered_by_its_number():
    story, invoice, _url = invoiced(medium="paper")
    desk, page = client_of(decider()), "/admin/invoicing/paperreturn/register/"
    sent = {"number": f" {invoice.number} ", "parts": ["invoice"]}
    for change, words in (
        ({"number": "123"}, "There is no invoice with this number."),
        ({"parts": []}, "The returned invoice is not complete. Missing: the invoice form."),
        ({"freight_collect": "on"}, "Prepay the postage"),
    ):
        assert words in text(desk.post(page, sent | change))
    assert not PaperReturn.objects.exists()
    came = desk.post(page, sent, follow=True)
    assert "The customer is told that the online request is missing." in text(came)
    assert "Invoice form, undamaged" in text(came)
    desk.post(page, sent)
    assert PaperReturn.objects.get().request is None
    told = OutboxMessage.objects.filter(topic="original_returned", channel="inbox").get()
    assert told.values == {"invoice": invoice.number}
    shown = text(sign_in(story).get(f"applications/{invoice.application_id}/"))
    assert "The original came back on 2026-03-20. Your online request is missing" in shown
    request = asked_for(story, invoice)
    assert (request.status, request.original) == ("crediting", PaperReturn.objects.get())
    shown = text(sign_in(story).get(f"applications/{invoice.application_id}/"))
    assert "Your online request is missing" not in shown


def test_originals_are_registered_by_those_who_decide_and_never_their_own():
    story, invoice, _url = invoiced(medium="paper")
    page = "/admin/invoicing/paperreturn/register/"
    sent = {"number": invoice.number, "parts": ["invoice"]}
    stranger = client_of(make_user("nobody", is_staff=True))
    assert stranger.get("/admin/invoicing/paperreturn/").status_code == 403
    assert stranger.post(page, sent).status_code == 403
    clerk = decider("both")
    Membership.objects.create(user=clerk, customer=story.customer)
    answer = client_of(clerk).post(page, sent)
    assert "The person who asked for it cannot also approve it." in text(answer)
    assert not PaperReturn.objects.exists()


def test_sc_89_the_page_says_that_later_edits_change_nothing():
    story, invoice, _url = invoiced()
    InvoiceFile.objects.create(
        invoice=invoice, format="pdf", sha256=filing.store(b"%PDF 89"), size=7, rendered_at=NOW
    )
    shown = text(sign_in(story).get(f"applications/{invoice.application_id}/"))
    assert "later edits of the title, the address or the remarks do not touch" in shown


def test_the_customer_takes_the_request_back():
    story, invoice, _url = invoiced()
    request = asked_for(story, invoice)
    sign_in(story).post(f"credits/{request.pk}/cancel/")
    request.refresh_from_db()
    invoice.refresh_from_db()
    assert (request.status, invoice.status) == ("cancelled", "issued")


def test_correcting_is_one_step():
    story, invoice, url = invoiced()
    client = sign_in(story)
    page = client.get(f"{url}/reissue/")
    sent = {**fields(page), "title": story.title.pk, "remarks": "second floor"}
    answer = client.post(f"{url}/reissue/", sent)
    again = InvoiceApplication.objects.get(corrects=invoice)
    assert answer["Location"] == client.at(f"applications/{again.pk}/submitted/")
    assert (again.total.amount, again.remarks[:12]) == (yuan("500.00"), "second floor")
    twice = client.post(f"{url}/reissue/", sent)
    assert twice["Location"] == answer["Location"]
    assert Invoice.objects.get(pk=invoice.pk).status == "credited"


def test_sc_119_nobody_decides_on_a_credit_of_their_own():
    story, invoice, _url = invoiced()
    clerk = decider("both")
    Membership.objects.create(user=clerk, customer=story.customer)
    request = asked_for(story, invoice)
    url = f"/admin/invoicing/creditrequest/{request.pk}"
    seen = {"seen": f"{request.pk}.crediting"}
    answer = client_of(clerk).post(f"{url}/do/approve/", seen, follow=True)
    assert "The person who asked for it cannot also approve it." in text(answer)
    assert not CreditNote.objects.exists()
    assert (
        client_of(make_user("nobody", is_staff=True)).post(f"{url}/do/approve/", seen).status_code
        == 403
    )
    done = client_of(decider()).post(f"{url}/do/approve/", seen, follow=True)
    assert "The credit note is issued" in text(done)
    assert CreditNote.objects.get().gross.amount == yuan("-500.00")
    page = text(sign_in(story).get(f"applications/{invoice.application_id}/"))
    assert f"Credited by red invoice {CreditNote.objects.get().number}" in page


def test_the_workbench_shows_where_a_deficit_comes_from_and_ends_it():
    story, _invoice, _url = invoiced()
    refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("200.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-03 10:00"),
    )
    story.recharge("150.00", "2026-03-04 10:00")
    later = story.order("150.00", "2026-03-04 11:00")
    client = sign_in(story)
    page = text(client.get("deficits/"))
    assert f"Can be offset now with {later.number} 150.00" in page
    assert "New consumption it still needs 50.00" in page
    done = client.post("deficits/offset/", follow=True)
    assert "Offset: 150.00." in text(done)
    pair = later.charge.item.offsets_given.get()
    client.post(f"deficits/offsets/{pair.pk}/undo/")
    pair.refresh_from_db()
    assert pair.undone_at is not None
    later.charge.item.refresh_from_db()
    assert later.charge.item.open == yuan("150.00")


def test_what_waits_is_forecast_for_one_deficit_only():
    story = make_story("standard")
    story.recharge("2000.00", "2026-03-01 09:00")
    orders = [story.order("500.00", f"2026-03-01 1{n}:00") for n in range(2)]
    asked = story.ask(
        "2026-03-02 10:00", method="order", sources=tuple(order.number for order in orders)
    )
    story.issue(asked, "2026-03-02 11:00")
    for number, order in enumerate(orders):
        refund_charge(
            charge=order.charge, amount=yuan("200.00"), reason="refund", reference=f"R{number}",
            at=at("2026-03-03 10:00"),
        )  # fmt: skip
    later = story.order("300.00", "2026-03-04 10:00")
    InvoiceableItem.objects.filter(charge=later.charge).update(available_at=at("2026-04-03 00:00"))
    found = deficits.of(story.customer, NOW)
    assert [(row.later, row.left) for row in found] == [
        (yuan("200.00"), yuan("0.00")),
        (yuan("100.00"), yuan("100.00")),
    ]


def test_nobody_else_undoes_an_offset():
    story, _invoice, _url = invoiced()
    refund_charge(
        charge=Charge.objects.get(),
        amount=yuan("200.00"),
        reason="refund",
        reference="R",
        at=at("2026-03-03 10:00"),
    )
    story.recharge("150.00", "2026-03-04 10:00")
    story.order("150.00", "2026-03-04 11:00")
    offset_now(customer=story.customer, at=NOW)
    pair, other = Offset.objects.get(), make_story("standard")
    assert sign_in(other).post(f"deficits/offsets/{pair.pk}/undo/").status_code == 404
    refused("not_permitted", lambda: undo_offset(offset=pair, actor=other.user, at=NOW))


def test_the_workbench_asks_the_same_number_of_queries_for_one_deficit_and_for_many(
    django_assert_max_num_queries,
):
    story = make_story("alibaba")
    story.recharge("5000.00", "2026-03-01 09:00")
    orders = [story.order("100.00", f"2026-03-01 1{n}:00") for n in range(6)]
    asked = story.ask(
        "2026-03-02 10:00", method="order", sources=tuple(order.number for order in orders)
    )
    story.issue(asked, "2026-03-02 11:00")
    for number, order in enumerate(orders):
        refund_charge(
            charge=order.charge, amount=yuan("10.00"), reason="refund", reference=f"R{number}",
            at=at("2026-03-03 10:00"),
        )  # fmt: skip
    client = sign_in(story)
    with django_assert_max_num_queries(24):
        page = text(client.get("deficits/"))
    assert page.count("Have it credited") == 6
