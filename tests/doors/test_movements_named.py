"""Every movement of money is shown with the number that people know its document by, as a link, never by our own key."""

import re

import pytest
from django.test import Client

from ledger.models import Lot, Order, Transfer
from ledger.queries.documents import documents
from ledger.services.funds import redeeming
from ledger.services.orders import changing, paying
from ledger.services.payouts import withdrawing
from ledger.services.recharges.reversing import reverse_recharge
from tests.builders import at, make_story, yuan
from tests.controllers import make_controller
from tests.doors import admin_data
from tests.doors.console import NOW, sign_in, text
from tests.doors.one_of_everything import addresses, one_of_everything
from tests.doors.test_admin_everywhere import crawl
from tests.doors.test_console_everywhere import POLICY
from tests.ledger.paying import call, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
KEYS = re.compile(
    r"\b[0-9a-f]{32}\b"
    r"|\b(?:grant|staff|code|order|bill|refund|unsubscribe|expiry|withdrawal|members|recharge|console|reissue"
    r"|adjustment|reversal|deliver[a-z]*|usage|sealed|proforma|seal)[a-z-]*:[\w-]"
)


@pytest.fixture
def story():
    """Money that came by bank, online and as a gift, and went in every way."""
    made = make_story("standard")
    made.recharge("500.00", "2026-03-01 09:00")
    made.grant("voucher", "20.00", "2026-03-01 09:10")
    call(start(made, when="2026-03-02 11:00"), when="2026-03-02 11:01")
    made.order("60.00", "2026-03-03 10:00")
    made.bill("10.00", "2026-03-03 11:00")
    yearly = paying.pay_order(
        number="ORD-YEAR", customer=made.customer, amount=yuan("36.50"), tax_category=made.key,
        starts_on=NOW.date(), ends_on=NOW.date().replace(year=2027), at=at("2026-03-10 10:00"),
    )  # fmt: skip
    paying.deliver_order(order=yearly, at=at("2026-03-10 10:00"))
    changing.unsubscribe(order=yearly, at=NOW)
    failed = made.order("5.00", "2026-03-11 10:00", delivered=False)
    paying.fail_delivery(order=failed, at=at("2026-03-11 11:00"))
    withdrawing.request_withdrawal(
        customer=made.customer, amount=yuan("3.00"), idempotency_key="0" * 32, by=None, at=NOW
    )
    return made


def test_the_statement_names_and_links_every_movement(story):
    client = sign_in(story)
    page = client.get("statement/")
    assert KEYS.findall(text(page)) == []
    rows = list(page.context["movements"])
    assert len(rows) == 9
    assert [row.row.transfer.reference for row in rows if not (row.number and row.href)] == []
    order = Order.objects.get(number="ORD-YEAR")
    assert f'href="{client.home}orders/{order.pk}/">ORD-YEAR</a>' in page.content.decode()
    for row in rows:
        assert client.get(row.href).status_code == 200


def test_the_file_of_the_statement_says_the_same_numbers(story):
    client = sign_in(story)
    page = client.get("statement/")
    lines = b"".join(client.get("export/statement.csv").streaming_content).decode()
    assert KEYS.findall(lines) == []
    numbers = [line.split(",")[3] for line in lines.splitlines()[1:]]
    assert numbers == [row.number for row in page.context["movements"]]


def test_funds_and_lots_name_where_they_came_from(story):
    client = sign_in(story)
    addresses = [f"funds/{lot.pk}/" for lot in Lot.objects.all()]
    addresses += [f"orders/{order.pk}/" for order in Order.objects.all()]
    for address in ("funds/", *addresses):
        assert (address, KEYS.findall(text(client.get(address)))) == (address, [])


def test_every_kind_of_movement_has_a_document(story):
    admin_data.everything(0)
    by = make_controller()
    (code,) = redeeming.create_codes(
        count=1, fund="gift", amount=yuan("5"), valid_until=NOW.replace(year=2027), by=by, at=NOW
    )
    redeeming.redeem(customer=story.customer, code=code, at=NOW)
    reverse_recharge(
        recharge=story.customer.transfers.get(reference="recharge:R1").recharge,
        reason="wrong", by=by, at=NOW,
    )  # fmt: skip
    known = documents(Transfer.objects.all())
    nameless = Transfer.objects.exclude(pk__in=known).values_list("reference", flat=True)
    assert list(nameless) == []
    assert [row.number for row in known.values() if KEYS.search(row.number)] == []


def test_no_page_of_staff_shows_a_key_of_ours(story):
    admin_data.everything(0)
    client = Client()
    client.force_login(admin_data.administrator())
    shown = {}
    for url in crawl(client):
        answer = client.get(url)
        if "html" in answer.get("Content-Type", "") and (found := KEYS.findall(text(answer))):
            shown[url] = found[:3]
    assert shown == {}, shown


def test_no_page_of_the_console_shows_a_key_of_ours():
    story = one_of_everything()
    client = sign_in(story)
    shown = {}
    for name, url in addresses(
        story, [name for name in POLICY if not name.startswith("person:")]
    ).items():
        answer = client.get(url)
        if "html" in answer.get("Content-Type", "") and (found := KEYS.findall(text(answer))):
            shown[name] = found[:3]
    assert shown == {}, shown


def test_lists_of_staff_link_every_movement_to_its_document(story):
    admin_data.everything(0)
    client = Client()
    client.force_login(admin_data.administrator())
    known = documents(Transfer.objects.all())
    for page in ("transfer", "entry"):
        shown = client.get(f"/admin/ledger/{page}/").content.decode()
        for document in known.values():
            model, pk = document.row
            link = f"/admin/ledger/{model}/{pk}/change/"
            assert f'<a href="{link}">{document.number}</a>' in shown
            assert client.get(link).status_code == 200
    one = Transfer.objects.order_by("pk").first()
    page = client.get(f"/admin/ledger/transfer/{one.pk}/change/").content.decode()
    assert f">{known[one.pk].number}</a>" in page
