"""Shipping as staff meet it: who may, one invoice, a courier's file."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import Membership, OutboxMessage
from finance_console.kernel.money import ZERO
from finance_console.kernel.sheets import Bounds
from invoicing.models import Invoice
from invoicing.services.shipping import sending
from tests.builders import at, make_story
from tests.doors.console import page_of, sign_in, text
from tests.doors.test_admin_operators import operator
from tests.refusing import fingerprint, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
HEADER = "invoice_number,tracking_number\n"
TO_SHIP, TRACKING = "/admin/invoicing/invoice/to-ship/", "/admin/invoicing/invoice/tracking/"


def paper(story, when="2026-03-02 10:00", medium="paper"):
    """An issued invoice of 10.00."""
    story.recharge("10.00", when)
    placed = story.order("10.00", when)
    application = story.ask(when, method="order", sources=(placed.number,), medium=medium)
    story.issue(application, when)
    return application.invoices.get()


@pytest.fixture
def story():
    return make_story("baidu", "云帆印刷有限公司")


@pytest.fixture
def client():
    return operator("ship_invoice")


def one(invoice):
    return f"/admin/invoicing/invoice/{invoice.pk}/ship/"


def seen(client, invoice):
    return re.search(r'name="seen" value="([^"]+)"', client.get(one(invoice)).content.decode())[1]


def upload(client, content, name="courier.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    return client.post(TRACKING, {"file": SimpleUploadedFile(name, content)})


def confirm(client, page):
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]
    return client.post(f"{TRACKING}import/", {"ticket": ticket}, follow=True)


def xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_most_urgent_paper_invoice_is_first_and_electronic_ones_are_not_there(client, story):
    later, first = paper(story), paper(story)
    Invoice.objects.filter(pk=first.pk).update(ship_due_at=at("2026-03-03 10:00"))
    electronic = paper(story, medium="electronic")
    page = text(client.get(TO_SHIP))
    assert page.index(first.number) < page.index(later.number)
    assert electronic.number not in page


def test_one_invoice_is_shipped_and_the_customer_told_once(client, story):
    invoice = paper(story)
    data = {"seen": seen(client, invoice), "tracking": " SF1234567890 "}
    assert "is on its way" in text(client.post(one(invoice), data, follow=True))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.tracking_number) == ("shipped", "SF1234567890")
    assert OutboxMessage.objects.filter(topic="invoice_shipped").count() == 3
    again = text(client.post(one(invoice), data, follow=True))
    assert "It changed since you opened it." in again
    assert "SF1234567890" in again


def test_without_a_tracking_number_nothing_is_shipped(client, story):
    invoice = paper(story)
    data = {"seen": seen(client, invoice)}
    before = fingerprint()
    assert "This field is required." in text(client.post(one(invoice), data))
    page = text(client.post(one(invoice), data | {"tracking": "SF 12 ??"}))
    assert "4 to 40 letters, digits and dashes" in page
    assert fingerprint() == before


def test_who_may_not_ship_is_kept_out(story):
    invoice = paper(story)
    stranger = operator("review_application")
    for url in (one(invoice), TO_SHIP, TRACKING):
        assert stranger.get(url).status_code == 403
    assert stranger.post(one(invoice), {"tracking": "SF1234"}).status_code == 403
    assert stranger.post(f"{TRACKING}import/", {"ticket": "x"}).status_code == 403


def test_nobody_ships_to_their_own_account_and_only_once(client, story):
    invoice = paper(story)
    by = operator_user(client)
    Membership.objects.create(user=by, customer=story.customer, role="viewer")
    assert "cannot also approve it" in text(client.get(one(invoice)))
    when = at("2026-03-02 12:00")
    call = {"invoice": invoice, "tracking": "SF1234567890", "at": when}
    refused("four_eyes", lambda: sending.ship(actor=by, **call))
    refused("not_permitted", lambda: sending.ship(actor=story.user, **call))
    refused("wrong_state", lambda: sending.receive(invoice=invoice, actor=story.user, at=when))


def operator_user(client):
    from accounts.models import User

    return User.objects.get(pk=client.session["_auth_user_id"])


def test_a_file_shows_what_it_does_and_ships_nothing(client, story):
    ready, sent = paper(story), paper(story)
    electronic = paper(story, medium="electronic")
    sending.ship(
        invoice=sent, tracking="SF0000", actor=operator_user(client), at=at("2026-03-02 12:00")
    )
    content = HEADER + "".join(
        f"{number},{tracking}\n"
        for number, tracking in (
            (ready.number, "SF1111"),
            (ready.number, "SF2222"),
            (sent.number, "SF3333"),
            (electronic.number, "SF4444"),
            ("26991000000000000000", "SF5555"),
        )
    )
    before = fingerprint()
    page = upload(client, content)
    assert "Matched 1 Unmatched 2 Duplicates 1 Already shipped 1" in text(page)
    assert "Shipped already under SF0000: left out" in text(page)
    assert "Only paper invoices are sent." in text(page)
    assert "No invoice has this number." in text(page)
    assert fingerprint() == before
    assert "1 invoice is on its way." in text(confirm(client, page))
    ready.refresh_from_db()
    assert ready.tracking_number == "SF1111"
    assert "0 invoices are on their way." in text(confirm(client, page))
    assert OutboxMessage.objects.filter(topic="invoice_shipped").count() == 6


def test_a_spreadsheet_is_as_good_as_long_as_its_cells_are_text(client, story):
    invoice = paper(story)
    header = ("Note", "快递单号", "发票号码")
    page = upload(client, xlsx(header, (1.5, "SF1111", invoice.number), (None, None, None)))
    assert "Matched 1 Unmatched 0" in text(page)
    page = upload(client, xlsx(header, (None, "SF1111", int(invoice.number))))
    assert "line 2 holds a number where text is needed" in text(page)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "The submitted file is empty."),
        ("a,b\n1,2\n", "it needs one column called invoice_number."),
        (HEADER, "it has no lines besides its header."),
        (HEADER + "1,SF1111\n" * 1001, "it has more than 1000 lines."),
        (b"\xff\xfe", "it is neither text in UTF-8 nor an XLSX file."),
        (HEADER + '"1,2\n', "its quotes are broken or a field is too long."),
        (b"PK\x03\x04 and nothing else", "it is a damaged XLSX file."),
        ("x" * 1_000_001, "The file is larger than 1 MB."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(client, content, problem):
    page = upload(client, content)
    assert problem in text(page)
    assert "ticket" not in page.content.decode()


def test_a_spreadsheet_that_grows_when_it_is_unpacked_is_refused(client, monkeypatch):
    monkeypatch.setattr("invoicing.domain.tracking_file.BOUNDS", Bounds(unpacked=1000))
    assert "it is too large when it is unpacked." in text(upload(client, xlsx(("invoice_number",))))


def test_a_forged_ticket_ships_nothing(client):
    assert client.post(f"{TRACKING}import/", {"ticket": "x:y:z"}).status_code == 404
    assert client.get(f"{TRACKING}import/").status_code == 405


def test_all_of_a_file_or_nothing(client, story, monkeypatch):
    first, second = paper(story), paper(story)
    page = upload(client, f"{HEADER}{first.number},SF1111\n{second.number},SF2222\n")
    real = sending.ship_locked

    def fails(invoice, *args):
        if invoice.pk == second.pk:
            raise sending.DomainError("wrong_state", state="Being credited")
        return real(invoice, *args)

    monkeypatch.setattr(sending, "ship_locked", fails)
    before = fingerprint()
    assert "It is Being credited" in text(confirm(client, page))
    assert fingerprint() == before


def test_the_customer_sees_the_tracking_number_in_the_list_and_says_it_arrived(client, story):
    # A46, B58
    invoice = paper(story)
    sending.ship(
        invoice=invoice,
        tracking="SF1234567890",
        actor=operator_user(client),
        at=at("2026-03-02 12:00"),
    )
    console = sign_in(story)
    page = text(console.get(page_of(story, "invoicing:applications")))
    assert "Shipped SF1234567890" in page
    url = page_of(story, "invoicing:application", invoice.application_id)
    page = text(console.get(url))
    assert "Sent on 2026-03-02, express fee 0.00. Tracking number: SF1234567890" in page
    assert "It has arrived" in page
    answer = console.post(page_of(story, "invoicing:received", invoice.pk), follow=True)
    assert f"Invoice {invoice.number} has arrived." in text(answer)
    page = text(console.get(url))
    assert "It arrived on" in page
    assert "It has arrived" not in page


def test_before_it_is_sent_the_customer_sees_by_when(story):
    invoice = paper(story)
    page = text(sign_in(story).get(page_of(story, "invoicing:application", invoice.application_id)))
    assert "It is sent by 2026-03-05, express fee 0.00." in page


def test_sending_costs_nothing():  # B57
    assert sending.FEE == ZERO
