"""The page behind the second code on a document: open to everybody, silent about everything else."""

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as Unreachable

from invoicing.documents import verification
from invoicing.documents.snapshot import InvoiceSnapshot, ProformaSnapshot
from invoicing.models import Invoice, Proforma
from invoicing.services.overseas.proforma import request_proforma
from ledger.models import Bill
from tests.builders import at, make_story
from tests.doors.console import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
KEY = "a-key-for-tests-of-thirty-two-chars"


@pytest.fixture(autouse=True)
def configured(settings):
    settings.VERIFICATION_BASE_URL = "https://billing.example.com"
    settings.VERIFICATION_KEY = KEY
    cache.clear()


@pytest.fixture
def story():
    story = make_story("standard", "青岛海棠示例数据服务有限公司")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("60.00", "2026-01-02 09:00")
    story.issue(story.ask("2026-01-04 09:00", amount="60.00"), "2026-01-04 10:00")
    return story


def link(invoice: Invoice) -> str:
    snapshot = InvoiceSnapshot.from_json(invoice.snapshot)
    return f"/verify/{verification.token(snapshot, KEY)}"


def test_a_stranger_sees_what_the_paper_says_and_no_more(story):
    invoice = Invoice.objects.get()
    snapshot = InvoiceSnapshot.from_json(invoice.snapshot)
    response = Client().get(link(invoice))
    shown = text(response)
    assert response.status_code == 200
    for expected in (
        invoice.number,
        "2026-01-04",
        snapshot.seller.name,
        verification.masked(snapshot.buyer.name),
        "¥60.00",
        "Issued",
        "It is valid",
        "specimen of the sandbox",
    ):
        assert expected in shown
    hidden = [snapshot.buyer.name, snapshot.buyer.tax_id, snapshot.seller.tax_id, snapshot.drawer]
    assert [secret for secret in hidden if secret and secret in response.content.decode()] == []
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"


def test_it_asks_the_database_once(story, django_assert_num_queries):
    address = link(Invoice.objects.get())
    with django_assert_num_queries(1):
        Client().get(address)


def test_a_proforma_is_found_too(story):
    story.bill("30.00", "2026-01-03 09:00")
    story.customer.region = "SG"
    story.customer.save()
    request_proforma(sold=Bill.objects.get(), by=story.user, at=at("2026-02-05 09:00"))
    proforma = Proforma.objects.get()
    token = verification.token(ProformaSnapshot.from_json(proforma.snapshot), KEY)
    assert proforma.number in text(Client().get(f"/verify/{token}"))


def test_a_credited_document_says_so(story, monkeypatch):
    invoice = Invoice.objects.get()
    real = Invoice.objects.filter
    for status, credited, expected in (
        ("issued", "20.00", "A part of it was credited since: ¥20.00."),
        ("credited", "60.00", "no longer valid"),
    ):

        def altered(*args, status=status, credited=credited, **kwargs):
            return _One(real(*args, **kwargs).first(), status, credited)

        monkeypatch.setattr(Invoice.objects, "filter", altered)
        assert expected in text(Client().get(link(invoice)))


class _One:
    """A row as a credit would leave it."""

    def __init__(self, row, status, credited):
        row.__dict__["status"] = status
        row.credited_gross = type(row.credited_gross)(credited)
        self.row = row

    def first(self):
        return self.row


@pytest.mark.parametrize(
    "spoil",
    [
        lambda address: address[:-1] + ("a" if address[-1] != "a" else "b"),
        lambda address: address[:-1],
        lambda address: address.upper().replace("/VERIFY", "/verify"),
        lambda address: address.replace("/verify/2", "/verify/3"),
        lambda address: address + "/",
        lambda address: "/verify/x",
        lambda address: "/verify/%00-" + "a" * 32,
        lambda address: "/verify/" + "-" * 40,
    ],
)
def test_a_wrong_link_is_a_404(story, spoil):
    assert Client().get(spoil(link(Invoice.objects.get()))).status_code == 404


def test_without_an_address_configured_every_link_is_a_404(story, settings):
    settings.VERIFICATION_BASE_URL = ""
    assert Client().get(link(Invoice.objects.get())).status_code == 404


def test_an_address_that_asks_too_often_waits_and_others_do_not(story):
    address = link(Invoice.objects.get())
    asked = [Client(REMOTE_ADDR="192.0.2.7").get(address).status_code for _ in range(31)]
    assert asked == [200] * 30 + [429]
    assert Client(REMOTE_ADDR="192.0.2.8").get(address).status_code == 200
    assert "Too many checks" in text(Client(REMOTE_ADDR="192.0.2.7").get(address))


def test_behind_a_proxy_the_visitor_counts_and_cannot_pretend(story, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    address = link(Invoice.objects.get())

    def ask(number: int) -> int:
        forwarded = f"10.0.0.{number}, 192.0.2.7"
        return Client(headers={"x-forwarded-for": forwarded}).get(address).status_code

    assert [ask(number) for number in range(31)] == [200] * 30 + [429]
    other = Client(headers={"x-forwarded-for": "192.0.2.7, 192.0.2.9"})
    assert other.get(address).status_code == 200


def test_without_the_cache_the_page_still_answers(story, monkeypatch):  # R25
    def gone(*_args, **_named):
        raise Unreachable

    monkeypatch.setattr("invoicing.views.verify.cache.add", gone)
    assert Client().get(link(Invoice.objects.get())).status_code == 200


def test_it_can_only_be_read(story):
    assert Client().post(link(Invoice.objects.get())).status_code == 405
    assert Client().head(link(Invoice.objects.get())).status_code == 200


def test_it_speaks_the_language_of_the_visitor(story):
    page = Client(headers={"accept-language": "zh-hans"}).get(link(Invoice.objects.get()))
    assert 'lang="zh-Hans"' in page.content.decode()
