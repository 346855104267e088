"""Files of issued documents: made once in three formats, kept under their fingerprint, made again when lost, for their owner."""

import hashlib
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pypdf import PdfReader

from finance_console.audit import run_audit
from invoicing.documents.errors import DocumentToolMissing, MissingGlyph
from invoicing.documents.ofd import rendering
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.documents.xml_reading import read_einvoice
from invoicing.models import Invoice, InvoiceFile
from invoicing.services.crediting import requests
from invoicing.services.issuing import filing, marking
from tests.builders import at, make_story
from tests.documents import reading
from tests.documents.ofd_reading import Ofd
from tests.doors.console import Browser, sign_in

pytestmark = pytest.mark.django_db
NOON = at("2026-03-05 12:00")


@pytest.fixture
def story() -> Any:
    story = make_story(name="海棠 示例/有限公司")
    story.recharge("1000", "2026-03-01 09:00")
    story.order("106.00", "2026-03-02 09:00")
    story.issue(story.ask("2026-03-04 09:00", amount="106.00"), "2026-03-05 10:00")
    return story


@pytest.fixture
def filed(story: Any) -> Any:
    assert filing.render_waiting(at=NOON) == 1
    return story


def invoice_of(story: Any) -> Invoice:
    invoice: Invoice = Invoice.objects.get(application__customer=story.customer)
    return invoice


def get(client: Client, name: str) -> Any:
    return client.get(f"invoices/{Invoice.objects.get().pk}/{name}")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def lose(file: InvoiceFile) -> None:
    default_storage.delete(filing.path_of(file.sha256, file.format))


def test_an_issued_invoice_gets_its_three_files_once(filed: Any) -> None:
    assert filing.render_waiting(at=NOON) == 0
    files = {file.format: file for file in InvoiceFile.objects.all()}
    assert set(files) == {"pdf", "ofd", "xml"}
    starts = {"pdf": b"%PDF-1.7", "ofd": b"PK", "xml": b"<?xml"}
    for name, file in files.items():
        content = filing.content_of(file)
        assert content.startswith(starts[name])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
        assert default_storage.exists(f"documents/{file.sha256[:2]}/{file.sha256}.{name}")


def test_files_and_row_agree(filed: Any) -> None:
    invoice = invoice_of(filed)
    files = {file.format: filing.content_of(file) for file in invoice.files.all()}
    read = read_einvoice(files["xml"])
    assert (read.number, read.issued_on) == (invoice.number, invoice.invoice_date)
    row = (invoice.net.amount, invoice.tax.amount, invoice.gross.amount)
    assert (read.net, read.tax, read.gross) == row
    lines = invoice.lines.order_by("position").values_list(
        "content", "tax_code", "net", "tax", "gross"
    )
    assert [(x.content, x.tax_code, x.net, x.tax, x.gross) for x in read.lines] == list(lines)
    assert read.buyer.name == invoice.application.buyer["name"]
    assert read.seller.name == invoice.entity.name
    data = Ofd(files["ofd"]).custom_data
    assert (data["发票号码"], data["合计金额"]) == (invoice.number, str(row[0]))
    assert (data["合计税额"], data["价税合计"]) == (str(row[1]), str(row[2]))
    words = {word.text for word in reading.words(files["pdf"])}
    assert {invoice.number, *(f"¥{amount}" for amount in row)} <= words


def test_there_is_nothing_before_issue_and_before_it_is_made(story: Any) -> None:
    client, invoice = sign_in(story), invoice_of(story)
    for extension in ("pdf", "ofd", "xml"):
        assert get(client, f"{invoice.number}.{extension}").status_code == 404
        assert get(client, f"None.{extension}").status_code == 404


def test_sc_78_the_customer_downloads_all_three_under_the_usual_name(filed: Any) -> None:  # A48
    client, invoice = sign_in(filed), invoice_of(filed)
    for extension, kind in (("pdf", "pdf"), ("ofd", "ofd"), ("xml", "xml")):
        answer = get(client, f"{invoice.number}.{extension}")
        assert body(answer) == filing.content_of(invoice.files.get(format=extension))
        assert answer["Content-Type"] == f"application/{kind}"
        # letters of any script, no space and no slash; percent-encoded because they are not ASCII
        name = f"dzfp_{invoice.number}_%E6%B5%B7%E6%A3%A0%E7%A4%BA%E4%BE%8B%E6%9C%89%E9%99%90%E5%85%AC%E5%8F%B8_20260305100000"
        assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{name}.{extension}"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store, private" in answer["Cache-Control"]
    assert get(client, f"{invoice.number}.exe").status_code == 404


def test_files_are_for_their_owner(filed: Any) -> None:
    stranger, invoice = sign_in(make_story(name="Other Ltd")), invoice_of(filed)
    number = invoice.application.customer.code
    for name in ("{}.pdf", "{}.ofd", "{}.xml", "{}-copy.pdf", "{}-details.pdf", "{}-details.csv"):
        assert get(stranger, name.format(invoice.number)).status_code == 404
        assert get(Browser(number), name.format(invoice.number)).status_code == 302


@pytest.mark.parametrize("extension", ["pdf", "ofd", "xml"])
def test_lost_bytes_are_made_again_as_they_were(filed: Any, extension: str) -> None:  # R14
    file = InvoiceFile.objects.get(format=extension)
    before = filing.content_of(file)
    lose(file)
    invoice = invoice_of(filed)
    assert body(get(sign_in(filed), f"{invoice.number}.{extension}")) == before
    assert filing.read(file.sha256, extension) == before


def test_altered_bytes_are_noticed_and_made_again(filed: Any) -> None:
    file = InvoiceFile.objects.get(format="xml")
    before = filing.content_of(file)
    lose(file)
    default_storage.save(
        filing.path_of(file.sha256, "xml"), ContentFile(before.replace(b"100", b"900"))
    )
    assert filing.content_of(file) == before
    assert filing.read(file.sha256, "xml") == before


@pytest.mark.corrupts
def test_what_cannot_be_made_again_is_never_replaced_and_the_audit_names_it(
    filed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # I13
    file, invoice = InvoiceFile.objects.get(format="xml"), invoice_of(filed)
    assert [result.rows for result in run_audit() if result.rows] == []
    lose(file)
    monkeypatch.setattr("invoicing.documents.files.render_einvoice", lambda snapshot: b"<new/>")
    with pytest.raises(filing.FileLost, match="another file"):
        filing.content_of(file)
    assert get(sign_in(filed), f"{invoice.number}.xml").status_code == 404
    assert not default_storage.exists(filing.path_of(file.sha256, "xml"))
    (broken,) = [result for result in run_audit() if result.rows]
    assert (
        broken.name == "every filed document can be read, or made again with the same fingerprint"
    )
    assert f"{invoice.number} xml" in broken.rows[0]


def test_a_renderer_that_fails_leaves_the_invoice_issued_and_the_others_stored(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # R14
    real = rendering.render_invoice_files

    def broken(*_args: Any, **_kw: Any) -> Any:
        raise RuntimeError("out of order")

    monkeypatch.setattr("invoicing.documents.files.render_invoice_files", broken)
    assert filing.render_waiting(at=NOON) == 1
    invoice = invoice_of(story)
    assert invoice.status == "issued"
    early = dict(invoice.files.values_list("format", "sha256"))
    assert set(early) == {"pdf", "xml"}
    monkeypatch.setattr("invoicing.documents.files.render_invoice_files", real)
    assert filing.render_waiting(at=NOON) == 1
    late = dict(invoice.files.values_list("format", "sha256"))
    assert {name: late[name] for name in early} == early
    assert set(late) == {"pdf", "ofd", "xml"}


def test_one_that_cannot_be_made_does_not_stop_the_others(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = invoice_of(story), make_story(name="Other Ltd")
    second.recharge("1000", "2026-03-01 09:00")
    second.order("53.00", "2026-03-02 09:00")
    second.issue(second.ask("2026-03-04 09:00", amount="53.00"), "2026-03-05 10:30")
    real = filing.render_files

    def sometimes(snapshot: InvoiceSnapshot) -> Any:
        if snapshot.number == first.number:
            raise MissingGlyph("ก")
        return real(snapshot)

    monkeypatch.setattr(filing, "render_files", sometimes)
    assert filing.render_waiting(at=NOON) == 1
    assert (first.files.count(), invoice_of(second).files.count()) == (0, 3)
    assert invoice_of(story).status == "issued"


def test_a_machine_that_can_make_none_stops_trying(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def missing(snapshot: InvoiceSnapshot) -> Any:
        tried.append(snapshot.number)
        raise DocumentToolMissing("Pango", "libpango-1.0-0")

    monkeypatch.setattr(filing, "render_files", missing)
    assert filing.render_waiting(at=NOON) == 0
    assert len(tried) == 1


def credit(story: Any, amount: str, when: str) -> None:
    request = requests.request_credit(
        invoice=invoice_of(story),
        actor=story.user,
        reason="sales_return",
        amount=Decimal(amount),
        idempotency_key=f"credit {amount}",
        at=at(f"{when} 09:00"),
    )
    requests.approve_credit(request=request, reviewer=None, at=at(f"{when} 10:00"))


def test_sc_78_after_a_credit_the_pdf_is_marked_and_the_red_one_is_beside_it(filed: Any) -> None:
    client, invoice = sign_in(filed), invoice_of(filed)
    stranger = sign_in(make_story(name="Other Ltd"))
    original = filing.content_of(invoice.files.get(format="pdf"))
    credit(filed, "6.00", "2026-03-06")
    partly = body(get(client, f"{invoice.number}.pdf"))
    assert "部分红冲 PART CREDITED" in reading.text(partly)
    credit(filed, "100.00", "2026-03-07")
    assert filing.render_waiting(at=at("2026-03-08 12:00")) == 2
    marked = body(get(client, f"{invoice.number}.pdf"))
    assert "已红冲 CREDITED" in reading.text(marked)
    assert marked == body(get(client, f"{invoice.number}.pdf"))
    for note in invoice.credit_notes.all():
        assert note.number in reading.text(marked)
        address = f"credit-notes/{note.pk}/{note.number}"
        red = reading.text(body(client.get(f"{address}.pdf")))
        assert f"¥{note.gross.amount}" in red
        assert f"被红冲蓝字数电票号码：{invoice.number}" in red
        for name in ("pdf", "ofd", "xml"):
            assert client.get(f"{address}.{name}").status_code == 200
            assert stranger.get(f"{address}.{name}").status_code == 404
        page = client.get(f"applications/{invoice.application_id}/").content.decode()
        assert f"{address}.pdf" in page
    assert filing.content_of(invoice.files.get(format="pdf")) == original
    xml = body(get(client, f"{invoice.number}.xml"))
    assert xml == filing.content_of(invoice.files.get(format="xml"))


def test_a_copy_is_marked_as_one_and_is_not_among_the_files(filed: Any) -> None:
    invoice = invoice_of(filed)
    assert get(sign_in(filed), f"{invoice.number}-copy.pdf").status_code == 404
    copy = marking.copy_pdf(invoice)
    assert "副本 COPY" in reading.text(copy)
    assert "样 张" in reading.text(copy)  # the copy of a specimen is no original either
    assert copy == marking.copy_pdf(invoice)
    assert copy != filing.content_of(invoice.files.get(format="pdf"))
    assert dict(PdfReader(io.BytesIO(copy)).attachments) == {}
    assert invoice.files.count() == 3
